/** Strings: see command-docs.ts for the notation. */
export const strings = `
append @2.0.0 O(1)
  key:key0 value
  Adds bytes at the end of a string.
decr @1.0.0 O(1)
  key:key0
  Takes one from a number.
decrby @1.0.0 O(1)
  key:key0 decrement:integer
  Takes an amount from a number.
get @1.0.0 O(1)
  key:key0
  The string at a key.
getdel @6.2.0 O(1)
  key:key0
  The string at a key, which is removed.
getex @6.2.0 O(1)
  key:key0 [expiration(EX=seconds:integer|PX=milliseconds:integer|EXAT=unix-time-seconds:time|PXAT=unix-time-milliseconds:time|+PERSIST)]
  The string at a key, with a new expiry time or none.
getrange @2.4.0 O(N)
  key:key0 start:integer end:integer
  Part of a string, by byte positions.
getset @1.0.0 O(1) !6.2.0 SET
  key:key0 value
  Sets a string and answers with the one before.
incr @1.0.0 O(1)
  key:key0
  Adds one to a number.
incrby @1.0.0 O(1)
  key:key0 increment:integer
  Adds an amount to a number.
incrbyfloat @2.6.0 O(1)
  key:key0 increment:double
  Adds a fraction to a number.
lcs @7.0.0 O(N*M)
  key1:key0 key2:key0 [+LEN] [+IDX] [MINMATCHLEN=min-match-len:integer] [+WITHMATCHLEN]
  The longest common subsequence of two strings.
mget @1.0.0 O(N)
  key:key0...
  The strings at several keys.
mset @1.0.1 O(N)
  data{key:key0 value}...
  Sets several keys.
msetnx @1.0.1 O(N)
  data{key:key0 value}...
  Sets several keys, if none of them exists.
psetex @2.6.0 O(1) !2.6.12 SET
  key:key0 milliseconds:integer value
  Sets a string that expires after milliseconds.
set @1.0.0 O(1)
  key:key0 value [condition(+NX|+XX)] [+GET] [expiration(EX=seconds:integer|PX=milliseconds:integer|EXAT=unix-time-seconds:time|PXAT=unix-time-milliseconds:time|+KEEPTTL)]
  Sets a string, on conditions and with an expiry time if wanted.
setex @2.0.0 O(1) !2.6.12 SET
  key:key0 seconds:integer value
  Sets a string that expires after seconds.
setnx @1.0.0 O(1) !2.6.12 SET
  key:key0 value
  Sets a string, if the key does not exist.
setrange @2.2.0 O(1)
  key:key0 offset:integer value
  Overwrites part of a string, from a byte position on.
strlen @2.2.0 O(1)
  key:key0
  The length of a string in bytes.
substr @1.0.0 O(N) !2.0.0 GETRANGE
  key:key0 start:integer end:integer
  Part of a string, by byte positions.
`;
