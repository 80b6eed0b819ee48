/** Keys of any kind: see command-docs.ts for the notation. */
export const keys = `
copy @6.2.0 O(N)
  source:key0 destination:key1 [DB=destination-db:integer] [+REPLACE]
  Copies a value to another key.
del @1.0.0 O(N)
  key:key0...
  Removes keys.
dump @2.6.0 O(1)
  key:key0
  A value as bytes that RESTORE takes.
exists @1.0.0 O(N)
  key:key0...
  How many of the keys exist.
expire @1.0.0 O(1)
  key:key0 seconds:integer [condition(+NX|+XX|+GT|+LT)]
  Lets a key expire after seconds.
expireat @1.2.0 O(1)
  key:key0 unix-time-seconds:time [condition(+NX|+XX|+GT|+LT)]
  Lets a key expire at a time in seconds.
expiretime @7.0.0 O(1)
  key:key0
  When a key expires, in seconds.
keys @1.0.0 O(N)
  pattern:pattern
  All keys whose names match a pattern.
migrate @2.6.0
  host port:integer key-selector(key:key0|empty-string+"") destination-db:integer timeout:integer [+COPY] [+REPLACE] [authentication(AUTH=auth/password|AUTH2=auth2{username password})] [KEYS=keys:key1/key...]
  Moves keys to another server.
move @1.0.0 O(1)
  key:key0 db:integer
  Moves a key to another database.
object @2.2.3
  -
  How a value is kept.
object|encoding @2.2.3 O(1)
  key:key0
  The form in which a value is kept.
object|freq @4.0.0 O(1)
  key:key0
  How often a key was used of late.
object|help @6.2.0 O(1)
  -
  What the subcommands do.
object|idletime @2.2.3 O(1)
  key:key0
  Seconds since a key was used.
object|refcount @2.2.3 O(1)
  key:key0
  How many references there are to a value.
persist @2.2.0 O(1)
  key:key0
  Takes a key's expiry time away.
pexpire @2.6.0 O(1)
  key:key0 milliseconds:integer [condition(+NX|+XX|+GT|+LT)]
  Lets a key expire after milliseconds.
pexpireat @2.6.0 O(1)
  key:key0 unix-time-milliseconds:time [condition(+NX|+XX|+GT|+LT)]
  Lets a key expire at a time in milliseconds.
pexpiretime @7.0.0 O(1)
  key:key0
  When a key expires, in milliseconds.
pttl @2.6.0 O(1)
  key:key0
  How long a key still lives, in milliseconds.
randomkey @1.0.0 O(1)
  -
  Any key.
rename @1.0.0 O(1)
  key:key0 newkey:key1
  Gives a key another name.
renamenx @1.0.0 O(1)
  key:key0 newkey:key1
  Gives a key another name, if that is free.
restore @2.6.0 O(1)
  key:key0 ttl:integer serialized-value [+REPLACE] [+ABSTTL] [IDLETIME=seconds:integer] [FREQ=frequency:integer]
  Makes a key out of what DUMP gave.
scan @2.8.0 O(1)
  cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer] [TYPE=type]
  Goes through the keys, some at a time.
sort @1.0.0 O(N+M*log(M))
  key:key0 [BY=by-pattern:pattern1/pattern] [LIMIT=limit{offset:integer count:integer}] [GET=get-pattern:pattern1/pattern....] [order(+ASC|+DESC)] [sorting+ALPHA] [STORE=destination:key2]
  Sorts a list, a set or a sorted set.
sort_ro @7.0.0 O(N+M*log(M))
  key:key0 [BY=by-pattern:pattern1/pattern] [LIMIT=limit{offset:integer count:integer}] [GET=get-pattern:pattern1/pattern....] [order(+ASC|+DESC)] [sorting+ALPHA]
  Sorts a list, a set or a sorted set, and keeps nothing.
touch @3.2.1 O(N)
  key:key0...
  Marks keys as used.
ttl @1.0.0 O(1)
  key:key0
  How long a key still lives, in seconds.
type @1.0.0 O(1)
  key:key0
  What kind of value a key has.
unlink @4.0.0 O(1)
  key:key0...
  Removes keys, and their memory later.
wait @3.0.0 O(1)
  numreplicas:integer timeout:integer
  Waits until replicas have what this connection wrote.
waitaof @7.2.0 O(1)
  numlocal:integer numreplicas:integer timeout:integer
  Waits until what this connection wrote is on the disk, here and on replicas.
`;
