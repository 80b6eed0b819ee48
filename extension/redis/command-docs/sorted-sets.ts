/** Sorted sets: see command-docs.ts for the notation. */
export const sortedSets = `
bzmpop @7.0.0 O(K)+O(M*log(N))
  timeout:double numkeys:integer key:key0... where(+MIN|+MAX) [COUNT=count:integer]
  Takes members off the first sorted set that has any; waits for one.
bzpopmax @5.0.0 O(log(N))
  key:key0... timeout:double
  Takes the member with the highest score; waits for one.
bzpopmin @5.0.0 O(log(N))
  key:key0... timeout:double
  Takes the member with the lowest score; waits for one.
zadd @1.2.0 O(log(N))
  key:key0 [condition(+NX|+XX)] [comparison(+GT|+LT)] [change+CH] [increment+INCR] data{score:double member}...
  Adds members with their scores, or changes scores.
zcard @1.2.0 O(1)
  key:key0
  How many members a sorted set has.
zcount @2.0.0 O(log(N))
  key:key0 min:double max:double
  How many members have a score within a range.
zdiff @6.2.0 O(L+(N-K)log(N))
  numkeys:integer key:key0... [+WITHSCORES]
  The members of the first sorted set that no other has.
zdiffstore @6.2.0 O(L+(N-K)log(N))
  destination:key0 numkeys:integer key:key1...
  Keeps the members of the first sorted set that no other has.
zincrby @1.2.0 O(log(N))
  key:key0 increment:integer member
  Adds an amount to a member's score.
zinter @6.2.0 O(N*K)+O(M*log(M))
  numkeys:integer key:key0... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate(+SUM|+MIN|+MAX)] [+WITHSCORES]
  The members that all sorted sets have.
zintercard @7.0.0 O(N*K)
  numkeys:integer key:key0... [LIMIT=limit:integer]
  How many members all sorted sets have in common.
zinterstore @2.0.0 O(N*K)+O(M*log(M))
  destination:key0 numkeys:integer key:key1... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate(+SUM|+MIN|+MAX)]
  Keeps the members that all sorted sets have.
zlexcount @2.8.9 O(log(N))
  key:key0 min max
  How many members are within a range of the alphabet.
zmpop @7.0.0 O(K)+O(M*log(N))
  numkeys:integer key:key0... where(+MIN|+MAX) [COUNT=count:integer]
  Takes the lowest or highest members off the first sorted set that has any.
zmscore @6.2.0 O(N)
  key:key0 member...
  The scores of several members.
zpopmax @5.0.0 O(log(N)*M)
  key:key0 [count:integer]
  Takes the members with the highest scores.
zpopmin @5.0.0 O(log(N)*M)
  key:key0 [count:integer]
  Takes the members with the lowest scores.
zrandmember @6.2.0 O(N)
  key:key0 [options{count:integer [+WITHSCORES]}]
  Random members of a sorted set.
zrange @1.2.0 O(log(N)+M)
  key:key0 start stop [sortby(+BYSCORE|+BYLEX)] [+REV] [LIMIT=limit{offset:integer count:integer}] [+WITHSCORES]
  Members by rank, by score or by the alphabet.
zrangebylex @2.8.9 O(log(N)+M) !6.2.0 ZRANGE
  key:key0 min max [LIMIT=limit{offset:integer count:integer}]
  Members within a range of the alphabet.
zrangebyscore @1.0.5 O(log(N)+M) !6.2.0 ZRANGE
  key:key0 min:double max:double [+WITHSCORES] [LIMIT=limit{offset:integer count:integer}]
  Members within a range of scores.
zrangestore @6.2.0 O(log(N)+M)
  dst:key0 src:key1 min max [sortby(+BYSCORE|+BYLEX)] [+REV] [LIMIT=limit{offset:integer count:integer}]
  Keeps members by rank, by score or by the alphabet.
zrank @2.0.0 O(log(N))
  key:key0 member [+WITHSCORE]
  A member's rank, from the lowest score on.
zrem @1.2.0 O(M*log(N))
  key:key0 member...
  Removes members.
zremrangebylex @2.8.9 O(log(N)+M)
  key:key0 min max
  Removes members within a range of the alphabet.
zremrangebyrank @2.0.0 O(log(N)+M)
  key:key0 start:integer stop:integer
  Removes members by rank.
zremrangebyscore @1.2.0 O(log(N)+M)
  key:key0 min:double max:double
  Removes members within a range of scores.
zrevrange @1.2.0 O(log(N)+M) !6.2.0 ZRANGE
  key:key0 start:integer stop:integer [+WITHSCORES]
  Members by rank, the highest score first.
zrevrangebylex @2.8.9 O(log(N)+M) !6.2.0 ZRANGE
  key:key0 max min [LIMIT=limit{offset:integer count:integer}]
  Members within a range of the alphabet, backwards.
zrevrangebyscore @2.2.0 O(log(N)+M) !6.2.0 ZRANGE
  key:key0 max:double min:double [+WITHSCORES] [LIMIT=limit{offset:integer count:integer}]
  Members within a range of scores, the highest first.
zrevrank @2.0.0 O(log(N))
  key:key0 member [+WITHSCORE]
  A member's rank, from the highest score on.
zscan @2.8.0 O(1)
  key:key0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]
  Goes through members and scores, some at a time.
zscore @1.2.0 O(1)
  key:key0 member
  A member's score.
zunion @6.2.0 O(N)+O(M*log(M))
  numkeys:integer key:key0... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate(+SUM|+MIN|+MAX)] [+WITHSCORES]
  The members that any of the sorted sets has.
zunionstore @2.0.0 O(N)+O(Mlog(M))
  destination:key0 numkeys:integer key:key1... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate(+SUM|+MIN|+MAX)]
  Keeps the members that any of the sorted sets has.
`;
