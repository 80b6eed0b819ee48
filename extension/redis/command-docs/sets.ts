/** Sets: see command-docs.ts for the notation. */
export const sets = `
sadd @1.0.0 O(1)
  key:key0 member...
  Adds members to a set.
scard @1.0.0 O(1)
  key:key0
  How many members a set has.
sdiff @1.0.0 O(N)
  key:key0...
  The members of the first set that no other has.
sdiffstore @1.0.0 O(N)
  destination:key0 key:key1...
  Keeps the members of the first set that no other has.
sinter @1.0.0 O(N*M)
  key:key0...
  The members that all sets have.
sintercard @7.0.0 O(N*M)
  numkeys:integer key:key0... [LIMIT=limit:integer]
  How many members all sets have in common.
sinterstore @1.0.0 O(N*M)
  destination:key0 key:key1...
  Keeps the members that all sets have.
sismember @1.0.0 O(1)
  key:key0 member
  Whether a set has a member.
smembers @1.0.0 O(N)
  key:key0
  All members of a set.
smismember @6.2.0 O(N)
  key:key0 member...
  Which of several members a set has.
smove @1.0.0 O(1)
  source:key0 destination:key1 member
  Moves a member from one set to another.
spop @1.0.0
  key:key0 [count:integer]
  Takes random members out of a set.
srandmember @1.0.0
  key:key0 [count:integer]
  Random members of a set.
srem @1.0.0 O(N)
  key:key0 member...
  Removes members from a set.
sscan @2.8.0 O(1)
  key:key0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]
  Goes through the members of a set, some at a time.
sunion @1.0.0 O(N)
  key:key0...
  The members that any of the sets has.
sunionstore @1.0.0 O(N)
  destination:key0 key:key1...
  Keeps the members that any of the sets has.
`;
