/** Hashes: see command-docs.ts for the notation. */
export const hashes = `
hdel @2.0.0 O(N)
  key:key0 field...
  Removes fields.
hexists @2.0.0 O(1)
  key:key0 field
  Whether a hash has a field.
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
hvals @2.0.0 O(N)
  key:key0
  All values of a hash.
`;
