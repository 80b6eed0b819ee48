/**
 * Random commands on one family of data, from templates: `$key` and the like stand for a random choice. Few keys and
 * few values, so that commands meet data, each other's data and data of the wrong kind; and every argument that has a
 * limit is now and then beyond it.
 */
import type { Binary } from '../../extension/redis/bytes.ts';
import type { SeededRandom } from '../redis/seeded-random.ts';

const INTEGERS = ['0', '1', '2', '3', '5', '-1', '-2', '-3', '10', '-10'];
const ODD_INTEGERS = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '1.5',
  'abc',
  '',
  ' 1',
  '+1',
  '01',
  '-0',
];
const FLOATS = ['0', '1', '-1', '0.5', '-2.25', '3.0e3', '100', '1e3', '.5', '5.'];
const ODD_FLOATS = ['inf', '-inf', '+inf', 'nan', '1e400', 'abc', '', ' 1', '0x10', '1e-400'];
const LONG = 'x'.repeat(70);
const ELEMENTS = ['a', 'b', 'c', 'foo', 'bar', '1', '2', '3', '-5', '10', '100', '', '\x00\xff', LONG];
const MEMBERS = [
  'a',
  'b',
  'c',
  'aa',
  'ab',
  'foo',
  '1',
  '2',
  '10',
  '-7',
  '007',
  '9223372036854775807',
  '',
  LONG,
];

/** 1 in `every` the odd choice. */
function mostly(random: SeededRandom, usual: readonly Binary[], odd: readonly Binary[], every = 25): Binary {
  return random.pick(random.below(every) === 0 ? odd : usual);
}

const TOKENS: Record<string, (random: SeededRandom) => Binary> = {
  // `wrong` starts as a string, as `text` does, which nothing overwrites; nothing ever writes `absent`.
  key: (random) => mostly(random, ['k1', 'k2', 'k3'], ['wrong', 'none'], 15),
  target: (random) => mostly(random, ['k1', 'k2', 'k3', 'to'], ['wrong']),
  element: (random) => random.pick(ELEMENTS),
  member: (random) => random.pick(MEMBERS),
  number: (random) => String(random.below(40)),
  integer: (random) => mostly(random, INTEGERS, ODD_INTEGERS),
  count: (random) => mostly(random, ['1', '2', '3', '0', '100'], ['-1', ...ODD_INTEGERS]),
  keys: (random) => mostly(random, ['2'], ['0', '1', '3', '-1', 'x']),
  float: (random) => mostly(random, FLOATS, ODD_FLOATS),
  score: (random) => mostly(random, ['0', '1', '2', '3', '-1', '2.5', '1e3'], ODD_FLOATS, 20),
  bound: (random) =>
    mostly(
      random,
      ['0', '1', '2', '(1', '(2.5', '-inf', '+inf', '(inf', '-1'],
      ['', '(', 'abc', '((1', ' 1', 'nan', '1e999', '(1 '],
    ),
  lex: (random) =>
    mostly(random, ['-', '+', '[a', '(a', '[aa', '(foo', '[', '(', '[x'], ['a', '', '+a', '1']),
  end: (random) => mostly(random, ['LEFT', 'right'], ['up']),
  extreme: (random) => mostly(random, ['MIN', 'max'], ['mid']),
  many: (random) => String(random.below(20)),
};

const FAMILIES = {
  hashes: `
    HSET $key $element $element | HSET $key $element $element $element $element | HSET $key $element $element $element
    HSET $key $number $element $number $element $number $element $number $element $number $element $number $element
    HSETNX $key $element $element | HMSET $key $element $element | HGET $key $element | HMGET $key $element $element $element
    HGETALL $key | HKEYS $key | HVALS $key | HLEN $key | HSTRLEN $key $element | HEXISTS $key $element
    HDEL $key $element | HDEL $key $element $element $number | HINCRBY $key $element $integer | HINCRBY $key n $integer
    HINCRBYFLOAT $key $element $float | HINCRBYFLOAT $key f $float | HINCRBYFLOAT $key f 0.1
    HRANDFIELD absent | HRANDFIELD absent $count | HRANDFIELD $key 1000 WITHVALUES | HRANDFIELD $key 0 | HRANDFIELD $key 5 with
    HRANDFIELD $key 5 WITHVALUES x | HRANDFIELD text | HRANDFIELD $key abc | HRANDFIELD $key 9223372036854775807 WITHVALUES
    HSCAN $key 0 COUNT 1000 | HSCAN $key 0 MATCH *o* COUNT 1000 | HSCAN $key x | HSCAN $key 0 COUNT 0 | HSCAN $key 0 TYPE hash
    HSCAN absent 0 COUNT 0 | HSCAN $key 0 MATCH | HSCAN text 0 | HSCAN absent 5`,
  lists: `
    LPUSH $key $element | RPUSH $key $element | LPUSH $key $element $element $element | RPUSH $key $element $number $number
    LPUSHX $key $element | RPUSHX $key $element $element | LPOP $key | RPOP $key | LPOP $key $count | RPOP $key $count | LPOP $key 1 2
    LLEN $key | LINDEX $key $integer | LRANGE $key $integer $integer | LRANGE $key 0 -1 | LSET $key $integer $element
    LINSERT $key BEFORE $element $element | LINSERT $key after $element $element | LINSERT $key at $element $element
    LREM $key $integer $element | LTRIM $key $integer $integer | LTRIM $key 0 50 | LTRIM $key 1 -2
    LPOS $key $element | LPOS $key $element RANK $integer | LPOS $key $element COUNT $count | LPOS $key $element COUNT 0
    LPOS $key $element RANK $integer COUNT $count MAXLEN $many | LPOS $key $element MAXLEN $count RANK -1 | LPOS $key a COUNT | LPOS $key a b c
    LMOVE $key $target $end $end | RPOPLPUSH $key $target | LMOVE k1 k1 LEFT RIGHT
    LMPOP $keys $key $key $end | LMPOP $keys $key $key $end COUNT $count | LMPOP 2 absent $key LEFT COUNT 2 COUNT 1 | LMPOP 5 a b LEFT`,
  sets: `
    SADD $key $member | SADD $key $member $member $number | SADD $key $number $number $number $number | SADD $target $number
    SREM $key $member | SREM $key $member $number $number | SISMEMBER $key $member | SMISMEMBER $key $member $number $member
    SCARD $key | SMEMBERS $key | SMOVE $key $target $member | SMOVE $key $target $number
    SPOP absent | SPOP absent $count | SPOP $key 1000 | SPOP $key 0 | SPOP text | SPOP $key -1 | SPOP $key 1 2
    SRANDMEMBER absent | SRANDMEMBER absent $count | SRANDMEMBER $key 1000 | SRANDMEMBER $key 0 | SRANDMEMBER $key x | SRANDMEMBER $key 1 2
    SINTER $key $key | SINTER $key $key $target | SUNION $key $key $target | SDIFF $key $key | SDIFF $key $target $key | SDIFF $key
    SINTERCARD $keys $key $target | SINTERCARD $keys $key $target LIMIT $count | SINTERCARD 9 $key | SINTERCARD 1 $key LIMIT
    SINTERSTORE $target $key $key | SUNIONSTORE $target $key $key | SDIFFSTORE $target $key $key $target | SUNIONSTORE to absent
    SSCAN $key 0 COUNT 1000 | SSCAN $key 0 MATCH 1* COUNT 1000 | SSCAN absent 0 | SSCAN $key 0 COUNT x`,
  'sorted sets': `
    ZADD $key $score $member | ZADD $key $score $member $score $member $score $number | ZADD $key NX $score $member | ZADD $key XX $score $member
    ZADD $key GT $score $member | ZADD $key LT CH $score $member | ZADD $key XX GT CH $score $member $score $number | ZADD $key NX XX 1 a
    ZADD $key GT LT 1 a | ZADD $key NX GT 1 a | ZADD $key INCR $score $member | ZADD $key NX INCR $score $member | ZADD $key XX INCR $score $member
    ZADD $key INCR 1 a 2 b | ZADD $key CH 1 | ZADD absent XX INCR 1 a | ZADD $key GT INCR $score $member | ZINCRBY $key $score $member
    ZINCRBY $key $score $number | ZREM $key $member | ZREM $key $member $number | ZCARD $key | ZSCORE $key $member | ZMSCORE $key $member $number absent
    ZRANK $key $member | ZREVRANK $key $member | ZCOUNT $key $bound $bound | ZRANGE $key $integer $integer | ZRANGE $key 0 -1 WITHSCORES
    ZRANGE $key $integer $integer REV WITHSCORES | ZRANGE $key $bound $bound BYSCORE | ZRANGE $key $bound $bound BYSCORE REV LIMIT $integer $integer WITHSCORES
    ZRANGE $key 0 1 LIMIT 0 1 | ZRANGE $key - + BYLEX WITHSCORES | ZRANGE $key 0 1 BYSCORE BYLEX | ZRANGE $key 0 1 x | ZRANGE $key 0 -1 LIMIT 0 -1
    ZREVRANGE $key $integer $integer | ZREVRANGE $key 0 2 WITHSCORES | ZREVRANGE $key 0 1 REV | ZRANGEBYSCORE $key $bound $bound
    ZRANGEBYSCORE $key $bound $bound WITHSCORES LIMIT $integer $count | ZREVRANGEBYSCORE $key $bound $bound LIMIT $many $integer
    ZRANGESTORE $target $key $integer $integer | ZRANGESTORE $target $key $bound $bound BYSCORE LIMIT $integer $integer | ZRANGESTORE to $key 0 -1 REV
    ZRANGESTORE to $key 0 -1 WITHSCORES | ZREMRANGEBYRANK $key $integer $integer | ZREMRANGEBYSCORE $key $bound $bound
    ZPOPMIN $key | ZPOPMAX $key | ZPOPMIN $key $count | ZPOPMAX $key $count | ZPOPMIN $key 1 2
    ZMPOP $keys $key $key $extreme | ZMPOP $keys $key $key $extreme COUNT $count | ZMPOP 2 absent $key MIN COUNT 2 COUNT 1
    ZRANDMEMBER absent | ZRANDMEMBER absent $count | ZRANDMEMBER $key 1000 WITHSCORES | ZRANDMEMBER $key 0 | ZRANDMEMBER $key 5 with | ZRANDMEMBER text
    ZUNION $keys $key $key | ZUNION $keys $key $key WITHSCORES | ZUNION 2 $key plain WEIGHTS $score $float WITHSCORES | ZUNION 2 $key $key AGGREGATE max WITHSCORES
    ZINTER $keys $key $key WITHSCORES | ZINTER 2 $key plain WEIGHTS $float $float AGGREGATE MIN WITHSCORES | ZINTER 2 $key $key WEIGHTS 1
    ZDIFF $keys $key $key | ZDIFF 3 $key plain $key WITHSCORES | ZDIFF 2 $key $key WEIGHTS 1 2 | ZUNION 2 $key $key AGGREGATE avg
    ZUNIONSTORE $target $keys $key $key | ZUNIONSTORE $target 2 $key plain WEIGHTS $float $score AGGREGATE min | ZINTERSTORE $target $keys $key $key
    ZDIFFSTORE $target $keys $key $key | ZUNIONSTORE to 2 $key $key WITHSCORES | ZINTERCARD $keys $key $key | ZINTERCARD 2 $key plain LIMIT $count
    ZSCAN $key 0 COUNT 1000 | ZSCAN $key 0 MATCH *a* COUNT 1000 | ZSCAN absent 0 | SADD plain $member $number`,
  'sorted sets by member': `
    ZADD $key 0 $member 0 $member | ZADD $key 0 $number 0 $number | ZREM $key $member | ZLEXCOUNT $key $lex $lex | ZLEXCOUNT $key - +
    ZRANGEBYLEX $key $lex $lex | ZRANGEBYLEX $key $lex $lex LIMIT $integer $integer | ZREVRANGEBYLEX $key $lex $lex | ZRANGEBYLEX $key - + WITHSCORES
    ZREVRANGEBYLEX $key $lex $lex LIMIT $many $count | ZRANGE $key $lex $lex BYLEX REV | ZRANGESTORE $target $key $lex $lex BYLEX
    ZREMRANGEBYLEX $key $lex $lex | ZREMRANGEBYLEX $key [b [c`,
} as const;

export type Family = keyof typeof FAMILIES;

export const familyNames = Object.keys(FAMILIES).filter((name): name is Family => name in FAMILIES);

/** An endless, repeatable source of commands of the family. */
export function commandSource(family: Family, random: SeededRandom): () => Binary[] {
  const templates = FAMILIES[family]
    .split(/[|\n]/)
    .map((template) => template.trim().split(' '))
    .filter((template) => template.length > 1);
  return () =>
    random
      .pick(templates)
      .map((word) => (word.startsWith('$') ? (TOKENS[word.slice(1)]?.(random) ?? word) : word));
}
