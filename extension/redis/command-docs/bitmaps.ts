/** Bits within strings: see command-docs.ts for the notation. */
export const bitmaps = `
bitcount @2.6.0 O(N)
  key:key0 [range{start:integer end:integer [unit(+BYTE|+BIT)]}]
  How many bits are set.
bitfield @3.2.0 O(1)
  key:key0 [operation(GET=get-block{encoding offset:integer}|write{[OVERFLOW=overflow-block(+WRAP|+SAT|+FAIL)] write-operation(SET=set-block{encoding offset:integer value:integer}|INCRBY=incrby-block{encoding offset:integer increment:integer})})...]
  Reads and changes integers of any width within a string.
bitfield_ro @6.0.0 O(1)
  key:key0 [GET=get-block{encoding offset:integer}....]
  Reads integers of any width within a string.
bitop @2.6.0 O(N)
  operation(+AND|+OR|+XOR|+NOT) destkey:key0 key:key1...
  Combines strings bit by bit and keeps the result.
bitpos @2.8.7 O(N)
  key:key0 bit:integer [range{start:integer [end-unit-block{end:integer [unit(+BYTE|+BIT)]}]}]
  Where the first set, or clear, bit is.
getbit @2.2.0 O(1)
  key:key0 offset:integer
  One bit of a string.
setbit @2.2.0 O(1)
  key:key0 offset:integer value:integer
  Sets or clears one bit of a string.
`;
