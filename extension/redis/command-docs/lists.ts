/** Lists: see command-docs.ts for the notation. */
export const lists = `
blmove @6.2.0 O(1)
  source:key0 destination:key1 wherefrom(+LEFT|+RIGHT) whereto(+LEFT|+RIGHT) timeout:double
  Moves an element between lists; waits for one.
blmpop @7.0.0 O(N+M)
  timeout:double numkeys:integer key:key0... where(+LEFT|+RIGHT) [COUNT=count:integer]
  Takes elements off the first list that has any; waits for one.
blpop @2.0.0 O(N)
  key:key0... timeout:double
  Takes the first element of the first list that has any; waits for one.
brpop @2.0.0 O(N)
  key:key0... timeout:double
  Takes the last element of the first list that has any; waits for one.
brpoplpush @2.2.0 O(1) !6.2.0 BLMOVE
  source:key0 destination:key1 timeout:double
  Moves the last element of a list to the front of another; waits for one.
lindex @1.0.0 O(N)
  key:key0 index:integer
  The element at a position.
linsert @2.2.0 O(N)
  key:key0 where(+BEFORE|+AFTER) pivot element
  Puts an element before or behind another.
llen @1.0.0 O(1)
  key:key0
  How many elements a list has.
lmove @6.2.0 O(1)
  source:key0 destination:key1 wherefrom(+LEFT|+RIGHT) whereto(+LEFT|+RIGHT)
  Moves an element from an end of a list to an end of another.
lmpop @7.0.0 O(N+M)
  numkeys:integer key:key0... where(+LEFT|+RIGHT) [COUNT=count:integer]
  Takes elements off the first list that has any.
lpop @1.0.0 O(N)
  key:key0 [count:integer]
  Takes elements off the front of a list.
lpos @6.0.6 O(N)
  key:key0 element [RANK=rank:integer] [COUNT=num-matches:integer] [MAXLEN=len:integer]
  Where an element is in a list.
lpush @1.0.0 O(1)
  key:key0 element...
  Puts elements in front of a list.
lpushx @2.2.0 O(1)
  key:key0 element...
  Puts elements in front of a list, if there is one.
lrange @1.0.0 O(S+N)
  key:key0 start:integer stop:integer
  Part of a list.
lrem @1.0.0 O(N+M)
  key:key0 count:integer element
  Removes elements that equal a value.
lset @1.0.0 O(N)
  key:key0 index:integer element
  Replaces the element at a position.
ltrim @1.0.0 O(N)
  key:key0 start:integer stop:integer
  Keeps only part of a list.
rpop @1.0.0 O(N)
  key:key0 [count:integer]
  Takes elements off the end of a list.
rpoplpush @1.2.0 O(1) !6.2.0 LMOVE
  source:key0 destination:key1
  Moves the last element of a list to the front of another.
rpush @1.0.0 O(1)
  key:key0 element...
  Puts elements at the end of a list.
rpushx @2.2.0 O(1)
  key:key0 element...
  Puts elements at the end of a list, if there is one.
`;
