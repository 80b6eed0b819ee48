/** Hashes: see command-docs.ts for the notation. */
export const hashes = `
hdel @2.0.0 O(N)
  key:key0 field...
  Removes fields.
hexists @2.0.0 O(1)
  key:key0 field
  Whether a hash has a field.
hexpire @7.4.0 O(N)
  key:key0 seconds:integer [condition(+NX|+XX|+GT|+LT)] FIELDS=fields{numfields:integer field...}
  Gives fields of a hash a time to live in seconds.
hexpireat @7.4.0 O(N)
  key:key0 unix-time-seconds:time [condition(+NX|+XX|+GT|+LT)] FIELDS=fields{numfields:integer field...}
  Says at which second of Unix time fields of a hash expire.
hexpiretime @7.4.0 O(N)
  key:key0 FIELDS=fields{numfields:integer field...}
  The second of Unix time at which each field expires.
hget @2.0.0 O(1)
  key:key0 field
  The value of a field.
hgetall @2.0.0 O(N)
  key:key0
  All fields and their values.
hincrby @2.0.0 O(1)
  key:key0 field increment:integer
  Adds an amount to the number in a field.
hincrbyfloat @2.6.0 O(1)
  key:key0 field increment:double
  Adds a fraction to the number in a field.
hkeys @2.0.0 O(N)
  key:key0
  All fields of a hash.
hlen @2.0.0 O(1)
  key:key0
  How many fields a hash has.
hmget @2.0.0 O(N)
  key:key0 field...
  The values of several fields.
hmset @2.0.0 O(N) !4.0.0 HSET
  key:key0 data{field value}...
  Sets several fields.
hpersist @7.4.0 O(N)
  key:key0 FIELDS=fields{numfields:integer field...}
  Fields of a hash do not expire any more.
hpexpire @7.4.0 O(N)
  key:key0 milliseconds:integer [condition(+NX|+XX|+GT|+LT)] FIELDS=fields{numfields:integer field...}
  Gives fields of a hash a time to live in milliseconds.
hpexpireat @7.4.0 O(N)
  key:key0 unix-time-milliseconds:time [condition(+NX|+XX|+GT|+LT)] FIELDS=fields{numfields:integer field...}
  Says at which millisecond of Unix time fields of a hash expire.
hpexpiretime @7.4.0 O(N)
  key:key0 FIELDS=fields{numfields:integer field...}
  The millisecond of Unix time at which each field expires.
hpttl @7.4.0 O(N)
  key:key0 FIELDS=fields{numfields:integer field...}
  How many milliseconds each field of a hash has left.
hrandfield @6.2.0 O(N)
  key:key0 [options{count:integer [+WITHVALUES]}]
  Random fields of a hash.
hscan @2.8.0 O(1)
  key:key0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]
  Goes through fields and values, some at a time.
hset @2.0.0 O(1)
  key:key0 data{field value}...
  Sets fields.
hsetnx @2.0.0 O(1)
  key:key0 field value
  Sets a field, if it does not exist.
hstrlen @3.2.0 O(1)
  key:key0 field
  The length of a field's value in bytes.
httl @7.4.0 O(N)
  key:key0 FIELDS=fields{numfields:integer field...}
  How many seconds each field of a hash has left.
hvals @2.0.0 O(N)
  key:key0
  All values of a hash.
`;
