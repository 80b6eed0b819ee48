/**
 * Random commands on one family of data, from templates: `$key` and the like stand for a random choice, `$$key` for
 * the last choice made for it, `;` stands between commands that follow each other. Few keys and few values, so that
 * commands meet data, each other's data and data of the wrong kind; and every argument that has a limit is now and then
 * beyond it.
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

const VALUES = [
  'a',
  'hello world',
  '',
  '1',
  '10',
  '-7',
  '3.5',
  '0.1',
  '007',
  '\x00\xff',
  LONG,
  'ohmytext',
  'mynewtext',
];
const TIMES = ['0', '-1', '', 'x', '9223372036854775807', '-9223372036854775808'];

/** 1 in `every` the odd choice. */
function mostly(random: SeededRandom, usual: readonly Binary[], odd: readonly Binary[], every = 25): Binary {
  return random.pick(random.below(every) === 0 ? odd : usual);
}

/** The largest number of 64 bits. */
const LARGEST = '18446744073709551615';

/** What a sequence remembers of itself. */
interface Memory {
  /** Commands so far. */
  n: number;
  /** Ids that entries of streams were last added with. */
  readonly ids: Binary[];
}

const TOKENS: Record<string, (random: SeededRandom, memory: Memory) => Binary> = {
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
  random: (random) => String(random.below(1_000_000)),
  longitude: (random) =>
    mostly(
      random,
      ['13.361389', '-122.27652', '0', '179.9', '-179.9', '-0.5', '90'],
      ['180', '-180', '181', 'x', 'inf'],
    ),
  latitude: (random) =>
    mostly(
      random,
      ['38.115556', '37.805186', '0', '84.9', '-85', '-33.8', '70'],
      ['85.05112878', '86', 'nan', ''],
    ),
  near: (random) => `${10 + random.below(80) / 10}`,
  north: (random) => `${random.pick(['', '-'])}${30 + random.below(200) / 4}`,
  place: (random) => random.pick(['Palermo', 'Catania', 'a', 'b', '1', '2', 'edge']),
  radius: (random) => mostly(random, ['0', '1', '100', '350.5', '1000', '5000', '12000'], ['-1', 'x', '1e6']),
  unit: (random) => mostly(random, ['m', 'km', 'FT', 'mi'], ['cm']),
  bit: (random) => mostly(random, ['0', '1'], ['2', '-1', 'x', '']),
  bits: (random) =>
    mostly(random, ['0', '1', '7', '8', '15', '63', '100'], ['-1', '4294967296', 'x', '', '#1']),
  offset: (random) =>
    mostly(random, ['0', '1', '5', '13', '#0', '#1', '#3'], ['-1', '#-1', '#', '99999999999', 'x']),
  width: (random) =>
    mostly(
      random,
      ['u1', 'i8', 'u8', 'i5', 'u13', 'i64', 'u63', 'i1', 'i33'],
      ['u64', 'i65', 'i0', 'x8', 'i', '8'],
    ),
  operand: (random) =>
    mostly(
      random,
      ['0', '1', '-1', '5', '127', '255', '-128', '1000', '9223372036854775807', '-9223372036854775808'],
      ['x', ''],
    ),
  overflow: (random) => mostly(random, ['WRAP', 'sat', 'FAIL'], ['no']),
  many: (random) => String(random.below(20)),
  value: (random) => mostly(random, VALUES, ['9223372036854775807', '-9223372036854775808', '1e17', 'inf']),
  // Points in time, so that both sides tell their replicas the same: some past, some far ahead.
  seconds: (random) => mostly(random, ['33000000000', '33000000001', '1'], TIMES),
  milliseconds: (random) => mostly(random, ['33000000000000', '33000000000001', '1'], TIMES),
  type: (random) => random.pick(['string', 'LIST', 'hash', 'set', 'zset', 'foo']),
  pattern: (random) => random.pick(['*', 'k*', '[k]?', '?1', 'k[^1]', 'no*', '']),
  stream: (random) => mostly(random, ['k1', 'k1', 'k1', 'k2'], ['wrong', 'none'], 30),
  // Ids go up with time.
  script: (random) => random.pick(SCRIPTS),
  database: (random) => mostly(random, ['0', '1', '2'], ['16', '-1', 'x'], 8),
  new: (random, { n, ids }) => {
    const id = mostly(
      random,
      [`${n + 1}-${random.below(3)}`, `${n + 1}`, `${n + 1}-*`, `${n - (n % 4) + 1}-*`],
      ['0-0', '0-*', '1', 'x', '-', '5-', '-5', '1-x', '007', ' 7', `${LARGEST}0`, '1-1-1'],
    );
    ids.push(id.replace('*', '0'));
    if (ids.length > 15) ids.shift();
    return id;
  },
  later: (_, { n }) => `${n + 1}`,
  id: (random, { n, ids }) =>
    ids.length > 0 && random.below(4) > 0
      ? random.pick(ids)
      : mostly(
          random,
          ['0', '0-1', String(n), String(random.below(n + 1)), `${n - random.below(9)}-${random.below(3)}`],
          ['x', '-', '', '1-', `${n}-${LARGEST}`, LARGEST, `${LARGEST}-${LARGEST}`, `1-${LARGEST}6`, '01-1'],
        ),
  from: (random, { n, ids }) =>
    ids.length > 0 && random.below(4) === 0
      ? random.pick(['', '(']) + random.pick(ids)
      : mostly(
          random,
          ['-', '0', `${n - random.below(60)}`, `(${n - random.below(30)}-0`, `${random.below(n + 1)}-1`],
          ['+', '(', '(-', 'x', `(${LARGEST}-${LARGEST}`, `(5-${LARGEST}`],
        ),
  to: (random, { n, ids }) =>
    ids.length > 0 && random.below(4) === 0
      ? random.pick(['', '(']) + random.pick(ids)
      : mostly(
          random,
          ['+', '+', `${n}`, `${n - random.below(60)}-1`, `(${n - random.below(30)}`, LARGEST],
          ['-', '(0-0', '(+', '', '(0', '(1-0'],
        ),
  group: (random) => mostly(random, ['g', 'g', 'g', 'h'], ['none']),
  consumer: (random) => mostly(random, ['alice', 'bob'], ['nobody']),
  reader: (random) => random.pick(['alice', 'bob']),
  start: (random, { ids }) => mostly(random, ['0', '$', ids[0] ?? '0'], ['x', '>', '']),
  field: (random) => random.pick(['f', 'g', '1', '']),
  content: (random) =>
    random.pick(['v', 'w', '', '1', '-5000', '70000', '007', '9223372036854775807', LONG, '-0']),
  threshold: (random) =>
    mostly(random, ['0', '3', '7', '12', '20'], ['-1', 'x', '1e3', '9223372036854775807']),
  idle: (random) => mostly(random, ['0', '3600000'], ['-1', 'x', '']),
  weight: (random) =>
    random.pick(['weight_*', 'hash_*->field', 'none_*', 'nosort', '#', 'weight_*->field', '*']),
};

/** Scripts that reply with every type, write, fail in every way, and look at who runs them. */
const SCRIPTS = [
  "return redis.call('SET', KEYS[1], ARGV[1])",
  "return redis.call('INCR', KEYS[1])",
  "return redis.pcall('INCR', KEYS[1])",
  "return redis.call('GET', KEYS[1])",
  "return redis.call('LPUSH', KEYS[1], ARGV[1], KEYS[1])",
  "return redis.call('LRANGE', KEYS[1], 0, -1)",
  "return {1, 2.9, 'x', false, 'after', {ok = 'fine'}, {err = 'MINE failed'}}",
  'return {1, nil, 3}',
  'return {KEYS[1], ARGV[1], #KEYS, #ARGV}',
  "return redis.error_reply('MINE is an error')",
  "return redis.error_reply('no code')",
  "return redis.status_reply('GOOD')",
  "return {err = 'MINE'}",
  "redis.call('SET', KEYS[1], 'half') return redis.call('INCR', KEYS[1])",
  "redis.setresp(3) return redis.call('HGETALL', KEYS[1])",
  'redis.setresp(3) return {map = {a = 1}}',
  'redis.setresp(3) return {double = 1.5}',
  'return {double = 1.5}',
  "return redis.call('NOSUCH')",
  "return redis.call('GET')",
  'return redis.call()',
  "return redis.pcall('SELECT', 1)",
  "return redis.call('MULTI')",
  'return tostring(nosuch)',
  'nosuch = 1',
  'return redis.sha1hex(ARGV[1])',
  'return cjson.encode({ARGV[1], 1, {a = true}})',
  'return cjson.decode(\'[1, null, {"a": "b"}]\')',
  'return math.floor(3.7) + tonumber(ARGV[2] or 1)',
  'return string.format("%5.1f|%s|%q", 2.25, ARGV[1], ARGV[1])',
  'return #ARGV > 5 and true or nil',
  'error({err = "MINE thrown"})',
  "error('plain')",
  'syntax error',
  'return',
];

const FAMILIES = {
  streams: `
    XADD $stream $new $field $content | XADD $stream $new $field $content $field $content | XADD $stream $new f $content | XADD $stream $new f $content | XADD $stream $new f v g $content
    XADD $stream $new f v g | XADD $stream NOMKSTREAM $new f v | XADD absent NOMKSTREAM $new f v | XADD $stream MAXLEN $threshold $new f v | XADD $stream MAXLEN = $threshold $new f v
    XADD $stream MAXLEN ~ $threshold $new f v | XADD $stream MAXLEN ~ $threshold LIMIT $many $new f v | XADD $stream MINID $id $new f v | XADD $stream MINID ~ $id $new f v
    XADD $stream MINID ~ $id LIMIT $integer $new f v | XADD $stream MAXLEN 1 LIMIT 1 $new f v | XADD $stream LIMIT 1 $new f v | XADD $stream MAXLEN 1 MINID 1 $new f v | XADD $stream MAXLEN ~ 1
    XADD $stream maxlen ~ $threshold nomkstream $new f v | XADD $stream LIMIT 0 $new f v | XADD $stream foo $new f v | XADD $stream * f
    XLEN $stream | XRANGE $stream - + | XRANGE $stream $from $to | XRANGE $stream $from $to COUNT $count | XREVRANGE $stream $to $from | XREVRANGE $stream $to $from COUNT $count
    XREVRANGE $stream + - COUNT 1 | XRANGE $stream - + COUNT | XRANGE $stream - + foo 1 | XREVRANGE $stream + - COUNT 2 COUNT 1 | XRANGE absent - + COUNT 0
    XDEL $stream $id | XDEL $stream $id $id $id | XDEL $stream $id $id x | XDEL absent 1 | XTRIM $stream MAXLEN $threshold | XTRIM $stream MAXLEN ~ $threshold | XTRIM $stream MINID $id
    XTRIM $stream MINID ~ $id | XTRIM $stream MAXLEN ~ $threshold LIMIT $many | XTRIM $stream MAXLEN 5 LIMIT 1 | XTRIM $stream LIMIT 1 MAXLEN ~ 2 | XTRIM $stream foo 1 | XTRIM $stream NOMKSTREAM MAXLEN 1
    XADD k4 $new f v ; XADD k4 $new f v | XTRIM k4 MAXLEN 0 | XINFO STREAM k4 | XSETID $stream $later | XSETID k4 $id | XSETID k4 $new ENTRIESADDED $threshold | XSETID k4 x ENTRIESADDED 1
    XADD k5 7-18446744073709551615 f v ; XADD k5 8-* f v ; XINFO STREAM k5 | XADD k5 18446744073709551615-18446744073709551615 f v ; XADD k5 * f v ; XADD k5 18446744073709551615-* f v ; XREVRANGE k5 + - ; DEL k5 | XSETID $stream $later ENTRIESADDED 5000 MAXDELETEDID $id | XSETID k4 $id foo | XSETID absent 1
    XSETID $stream 1000 MAXDELETEDID 1001 | DEL $stream | COPY $stream $target REPLACE | TYPE $stream | OBJECT ENCODING $stream | RENAME $stream $target | EXISTS $stream
    XINFO STREAM $stream | XINFO STREAM $stream | XINFO STREAM $stream foo | XINFO STREAM $stream FULL COUNT | XINFO STREAM none | XINFO foo $stream | XINFO GROUPS absent | XINFO CONSUMERS $stream none
    XREAD STREAMS $stream $id | XREAD COUNT $count STREAMS $stream $target $id $id | XREAD STREAMS $stream $stream $id | XREAD COUNT $integer STREAMS $stream $ | XREAD STREAMS $stream > | XREAD GROUP g alice STREAMS k1 1
    XREAD NOACK STREAMS $stream 1 | XREAD COUNT 1 $stream 1 | XREAD COUNT x STREAMS $stream 1 | XREAD STREAMS $stream $stream 0 0`,
  'groups of streams': `
    XADD $stream $new f $content | XADD $stream $new $field $content | XADD $stream $new f v ; XADD $$stream $new g v | XADD $stream $new f v ; XADD $$stream $new f v ; XADD $$stream $new f v g w
    XADD $stream $new f $content ; XADD $$stream $new f $content ; XADD $$stream $new f $content | XADD $stream MAXLEN $threshold $new f v | XDEL $stream $id $id | XDEL $stream $id | XTRIM $stream MAXLEN ~ 9
    XGROUP CREATE $stream $group $start ; XGROUP CREATECONSUMER $$stream $$group alice ; XGROUP CREATECONSUMER $$stream $$group bob
    XGROUP CREATE $stream $group $start MKSTREAM ; XGROUP CREATECONSUMER $$stream $$group bob ; XGROUP CREATECONSUMER $$stream $$group alice
    XGROUP CREATE $stream $group $start ENTRIESREAD $integer ; XGROUP CREATECONSUMER $$stream $$group alice ; XGROUP CREATECONSUMER $$stream $$group bob
    XGROUP CREATE $stream g 0 foo | XGROUP CREATE $stream g 0 ENTRIESREAD -2 | XGROUP CREATE $stream g 0 ENTRIESREAD | XGROUP SETID $stream $group $start | XGROUP SETID $stream $group $id ENTRIESREAD $integer
    XGROUP SETID $stream $group - | XGROUP SETID $stream g 0 MKSTREAM | XGROUP DESTROY $stream h | XGROUP DESTROY $stream none | XGROUP DELCONSUMER $stream $group $reader ; XGROUP CREATECONSUMER $$stream $$group $$reader
    XGROUP DELCONSUMER $stream $group nobody | XGROUP CREATECONSUMER $stream $group $reader | XGROUP foo $stream g | DEL $target | COPY $stream $target REPLACE | XSETID $stream $later | XSETID $stream $later ENTRIESADDED $many
    XREADGROUP GROUP $group $reader STREAMS $stream > | XREADGROUP GROUP $group $reader COUNT $count STREAMS $stream > | XREADGROUP GROUP g $reader COUNT 2 STREAMS $stream > | XREADGROUP GROUP g $reader NOACK COUNT 1 STREAMS $stream >
    XREADGROUP GROUP g $reader COUNT 3 STREAMS k1 $target > > | XREADGROUP GROUP g $reader COUNT 1 STREAMS k1 k1 > > | XREADGROUP GROUP $group $reader STREAMS $stream $id | XREADGROUP GROUP g $reader COUNT $count STREAMS $stream 0
    XREADGROUP GROUP g $reader COUNT 1 STREAMS $stream > | XREADGROUP GROUP g $reader COUNT 2 STREAMS k1 > | XREADGROUP GROUP g $reader NOACK STREAMS $stream $id | XREADGROUP GROUP h $reader COUNT 4 STREAMS $stream >
    XREADGROUP GROUP g $reader STREAMS $stream $ | XREADGROUP GROUP g alice STREAMS $stream $stream > | XREADGROUP GROUP g alice BLOCK x STREAMS $stream > | XREADGROUP COUNT 1 NOACK STREAMS $stream $stream > > | XREADGROUP GROUP g alice FOO STREAMS $stream >
    XACK $stream $group $id | XACK $stream $group $id $id $id | XACK $stream $group $id x | XACK $stream g x | XACK absent g x | COPY $stream to REPLACE ; XINFO STREAM to FULL
    XPENDING $stream $group | XPENDING $stream $group $from $to $count | XPENDING $stream $group $from $to $count $consumer | XPENDING $stream $group IDLE $idle $from $to $count | XPENDING $stream g IDLE $idle - + 10 $consumer
    XPENDING $stream g - + | XPENDING $stream g IDLE 5 - + | XPENDING $stream g - + 1 alice bob carol | XPENDING $stream g - + 5 alice bob | XPENDING $stream g | XPENDING $stream g - + 100
    XCLAIM $stream $group $reader $idle $id | XCLAIM $stream $group $reader 0 $id $id $id | XCLAIM $stream $group $reader 0 $id $id IDLE 7200000 | XCLAIM $stream g $reader 0 $id $id TIME 1000 | XCLAIM $stream g $reader 3600000 $id $id JUSTID
    XCLAIM $stream g $reader 0 $id $id FORCE | XCLAIM $stream g $reader 0 $id FORCE JUSTID RETRYCOUNT $integer | XCLAIM $stream g $reader 0 $id LASTID $id | XCLAIM $stream g $reader 0 $id FORCE IDLE 7200000 RETRYCOUNT 5 LASTID $id JUSTID
    XCLAIM $stream g $reader 0 x | XCLAIM $stream g $reader 0 $id foo | XCLAIM $stream g $reader 0 $id IDLE | XCLAIM $stream g $reader 0 $id TIME x | XCLAIM $stream g $reader 0 $id RETRYCOUNT x | XCLAIM $stream g $reader 0 1 FORCE 2
    XAUTOCLAIM $stream $group $reader $idle $from | XAUTOCLAIM $stream g $reader 0 0 COUNT $count | XAUTOCLAIM $stream g $reader $idle $id COUNT $many JUSTID | XAUTOCLAIM $stream g $reader 0 0 COUNT | XAUTOCLAIM $stream g $reader 0 0 foo
    XINFO GROUPS $stream | XINFO GROUPS $stream | XINFO CONSUMERS $stream $group | XINFO STREAM $stream FULL | XINFO STREAM $stream FULL COUNT $many | XINFO STREAM $stream`,
  strings: `
    GET $key | SET $key $value | SET $key $value | SET $key $value NX | SET $key $value XX | SET $key $value NX GET | SET $key $value XX GET
    SET $key $value GET | SET $key $value KEEPTTL | SET $key $value EXAT $seconds | SET $key $value PXAT $milliseconds | SET $key $value PXAT $milliseconds get
    SET $key $value EX 0 | SET $key $value PX -1 | SET $key $value EX x | SET $key $value EX | SET $key $value NX XX | SET $key $value EXAT 1 PXAT 1
    SET $key $value KEEPTTL EXAT 1 | SET $key $value PERSIST | SET $key $value foo | SET $key $value EX 9223372036854775807 | SET $key $value KEEPTTL GET XX
    SETNX $key $value | SETEX $key 0 $value | PSETEX $key -1 $value | SETEX $key x $value | GETSET $key $value | GETDEL $key | GETEX $key
    GETEX $key PERSIST | GETEX $key EXAT $seconds | GETEX $key PXAT $milliseconds | GETEX $key EX 0 | GETEX $key PERSIST EXAT 1 | GETEX $key NX | GETEX $key EXAT
    MGET $key $key list | MSET $key $value $key $value | MSET $key $value $key | MSETNX $key $value $target $value | MSETNX none $value | DEL none
    INCR $key | DECR $key | INCRBY $key $integer | DECRBY $key $integer | INCRBY n $integer | DECRBY n $integer | INCRBYFLOAT $key $float | INCRBYFLOAT f 0.1
    INCRBYFLOAT f $float | INCR list | APPEND $key $value | APPEND list x | STRLEN $key | STRLEN list | GETRANGE $key $integer $integer | SUBSTR $key $integer $integer
    SETRANGE $key $many $value | SETRANGE $key $integer $value | SETRANGE absent $integer $element | SETRANGE $key 536870912 x | PEXPIRETIME $key | EXPIRETIME $key
    LCS $key $key | LCS $key $key LEN | LCS $key $key IDX | LCS $key $key IDX WITHMATCHLEN | LCS $key $key IDX MINMATCHLEN $integer | LCS $key $key LEN IDX
    LCS $key list | LCS $key $key MINMATCHLEN | DEL list | RPUSH list a`,
  keys: `
    SET $key $value | SET $target $value | RPUSH $key a b | HSET $key f v | SADD $key 1 2 | ZADD $key 1 a | APPEND $key $value | SETRANGE $key 2 x | INCR $key
    DEL $key | DEL $key $target none | UNLINK $key $key | EXISTS $key $key none | TOUCH $key none $target | TYPE $key
    KEYS $pattern | SCAN 0 COUNT 1000 | SCAN 0 COUNT 1000 MATCH $pattern | SCAN 0 COUNT 1000 TYPE $type | SCAN x | SCAN 0 COUNT 0 | SCAN 0 COUNT | SCAN 0 foo
    RENAME $key $target | RENAME $key $key | RENAMENX $key $target | RENAMENX $key $key | RENAME none to
    COPY $key $target | COPY $key $target REPLACE | COPY $key $key | COPY $key $target DB 0 | COPY $key $key DB 1 REPLACE | COPY $key $target DB 99 | COPY $key $target foo
    MOVE $key 1 | MOVE $key 0 | MOVE $key x | MOVE $key 99
    EXPIREAT $key $seconds | PEXPIREAT $key $milliseconds | EXPIREAT $key $seconds NX | EXPIREAT $key $seconds XX | PEXPIREAT $key $milliseconds GT
    PEXPIREAT $key $milliseconds LT | PEXPIREAT $key $milliseconds XX GT | EXPIREAT $key 1 NX XX | EXPIREAT $key 1 GT LT | EXPIREAT $key 1 foo | EXPIRE $key x
    EXPIRE $key 9223372036854775807 | PEXPIRE $key 9223372036854775807 | EXPIRE $key -1 | PEXPIRE $key 0 | EXPIRE absent 100
    PERSIST $key | EXPIRETIME $key | PEXPIRETIME $key | TTL absent | PTTL absent | SET $key $value KEEPTTL | GETDEL $key
    OBJECT ENCODING string | OBJECT REFCOUNT string | OBJECT ENCODING absent | OBJECT FREQ string | OBJECT IDLETIME absent | OBJECT foo | OBJECT ENCODING | OBJECT freq absent
    SET string $value | APPEND string $element | SETRANGE string 0 $value | COPY string other REPLACE | OBJECT ENCODING other | INCR string | DEL string`,
  sort: `
    RPUSH list $number $number | RPUSH list $member | SADD set $number $member | ZADD zset $number $number | DEL list | DEL set | DEL zset | DEL plain | RPUSH plain $number
    SET weight_$number $number | SET weight_$number $value | HSET hash_$number field $number | SORT plain | SORT plain DESC | SORT plain LIMIT $integer $integer
    SORT list | SORT list ALPHA | SORT list DESC ALPHA | SORT set ALPHA | SORT set ALPHA LIMIT 1 3 | SORT zset | SORT zset DESC | SORT zset ALPHA | SORT_RO zset ALPHA DESC
    SORT list BY nosort | SORT zset BY nosort | SORT zset BY nosort DESC LIMIT $integer $integer | SORT list BY nosort DESC LIMIT 1 2 | SORT list BY nosort GET # GET weight_*
    SORT plain BY $weight | SORT plain BY weight_* GET # GET weight_* GET $weight | SORT plain BY hash_*->field GET hash_*->field | SORT plain BY weight_* LIMIT $many 5 DESC
    SORT plain STORE to | SORT set ALPHA STORE to | SORT zset BY nosort STORE to | SORT plain BY $weight GET $weight STORE to | SORT none STORE to | LRANGE to 0 -1
    SORT set BY nosort STORE to | SORT text | SORT none | SORT plain foo | SORT plain LIMIT 1 | SORT plain STORE | SORT_RO plain STORE to | SORT plain LIMIT x 1 | SORT_RO plain BY $weight`,
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
  hyperloglogs: `
    PFADD $key $element | PFADD $key $many $number $value $member | PFADD $key | PFADD big $random $random $random $random $random $random $random $random
    PFADD big $random $random $random $random $random $random $random $random $random $random $random $random $random $random $random $random
    PFADD text a | PFCOUNT $key | PFCOUNT $key $key | PFCOUNT big | PFCOUNT big $key | PFCOUNT absent | PFCOUNT absent text | PFCOUNT text
    PFMERGE $target $key $key | PFMERGE $target | PFMERGE to big $key | PFMERGE $key text | GET $key | GET big | GET to
    PFDEBUG ENCODING $key | PFDEBUG DECODE $key | PFDEBUG TODENSE k3 | PFDEBUG GETREG k1 | PFDEBUG foo $key | PFDEBUG DECODE absent | PFDEBUG ENCODING big
    SETRANGE k2 4 $element | DEL k2 | DEL k3 | SET k2 HYLL | RPUSH none a`,
  places: `
    GEOADD $key $longitude $latitude $place | GEOADD $key $longitude $latitude $place $longitude $latitude $place | GEOADD k1 $longitude $latitude $number
    GEOADD k1 $near $north $number $near $north $number $near $north $number | GEOADD $key NX $longitude $latitude $place | GEOADD $key XX CH $near $north $place
    GEOADD $key NX XX 1 1 a | GEOADD $key CH 1 1 a | GEOADD $key 1 1 a 2 | GEOADD $key 1 2 a 3 91 b | GEOADD $key x 1 a | GEOADD $key NX CH XX
    GEOPOS $key $place $place $number | GEOPOS $key | GEODIST $key $place $place | GEODIST k1 $number $number $unit | GEODIST $key $place $place $unit x
    GEOHASH $key $place $number | GEOHASH text a | GEORADIUS $key $near $north $radius $unit | GEORADIUS $key $near $north $radius $unit WITHDIST WITHCOORD ASC
    GEORADIUS $key $longitude $latitude $radius $unit WITHHASH COUNT $count | GEORADIUS $key $near $north $radius km DESC COUNT 3 | GEORADIUS $key 0 0 6000 km COUNT 2 ANY
    GEORADIUS $key $near $north $radius km STORE $target | GEORADIUS $key $near $north $radius km STOREDIST $target | GEORADIUS $key 1 1 1 km STORE to WITHDIST
    GEORADIUS_RO $key $near $north $radius km WITHDIST | GEORADIUS_RO $key 1 1 1 km STORE to | GEORADIUSBYMEMBER $key $place $radius $unit | GEORADIUSBYMEMBER k1 $number $radius km ASC
    GEORADIUSBYMEMBER k1 $number $radius km STORE $target DESC COUNT 2 | GEORADIUSBYMEMBER_RO k1 $number $radius m WITHCOORD | GEORADIUSBYMEMBER absent a 1 km STORE to
    GEOSEARCH $key FROMMEMBER $place BYRADIUS $radius $unit | GEOSEARCH k1 FROMMEMBER $number BYBOX $radius $radius km ASC WITHDIST | GEOSEARCH k1 FROMLONLAT $near $north BYBOX $radius $radius $unit
    GEOSEARCH $key FROMLONLAT $longitude $latitude BYRADIUS $radius km DESC WITHCOORD WITHHASH | GEOSEARCH $key FROMLONLAT 0 0 BYBOX 30000 30000 km ASC | GEOSEARCH $key BYRADIUS 1 km ASC DESC
    GEOSEARCH $key FROMLONLAT 1 1 ASC WITHDIST DESC | GEOSEARCH $key FROMLONLAT 1 1 FROMMEMBER a BYRADIUS 1 km | GEOSEARCH $key FROMLONLAT 1 1 BYRADIUS 1 km BYBOX 1 1 km
    GEOSEARCH $key FROMLONLAT 1 1 BYRADIUS 1 km ANY | GEOSEARCH $key FROMLONLAT 1 1 BYRADIUS 1 km COUNT 0 | GEOSEARCH absent FROMMEMBER a BYRADIUS 1 km
    GEOSEARCHSTORE $target $key FROMLONLAT $near $north BYRADIUS $radius km | GEOSEARCHSTORE $target k1 FROMMEMBER $number BYBOX $radius 500 km STOREDIST | GEOSEARCHSTORE to $key FROMLONLAT 1 1 BYRADIUS 1 km WITHDIST
    ZRANGE to 0 -1 WITHSCORES | ZREM $key $place | DEL to | ZADD k3 $number $place | GEOSEARCH k1 FROMLONLAT $near $north BYRADIUS $radius km COUNT 3 ANY ASC`,
  bitmaps: `
    SETBIT $key $bits $bit | SETBIT $key $number 1 | GETBIT $key $bits | GETBIT $key $number | GET $key | SET $key $element | SET $key \xff\xff | SET $key 123
    BITCOUNT $key | BITCOUNT $key $integer $integer | BITCOUNT $key $integer $integer BIT | BITCOUNT $key $integer $integer byte
    BITCOUNT $key 0 | BITCOUNT $key 0 1 x | BITCOUNT absent 0 | BITPOS $key $bit | BITPOS $key $bit $integer | BITPOS $key $bit $integer $integer
    BITPOS $key $bit $integer $integer BIT | BITPOS $key 0 1 9 bit | BITPOS $key 1 0 1 x | BITPOS $key 1 0 1 BIT x | BITPOS absent $bit
    BITOP AND $target $key $key | BITOP or $target $key $key $key | BITOP XOR $target $key absent | BITOP NOT $target $key | BITOP NOT to k1 k2
    BITOP nor to $key | BITOP AND to absent absent
    BITFIELD $key GET $width $offset | BITFIELD $key SET $width $offset $operand | BITFIELD $key INCRBY $width $offset $operand
    BITFIELD $key OVERFLOW $overflow INCRBY $width $offset $operand SET $width $offset $operand GET $width $offset
    BITFIELD $key SET u8 0 255 OVERFLOW FAIL INCRBY u8 0 $integer | BITFIELD $key SET u8 0 | BITFIELD $key | BITFIELD $key OVERFLOW
    BITFIELD_RO $key GET $width $offset GET $width $offset | BITFIELD_RO $key SET u8 0 1 | BITFIELD_RO absent GET u8 0
    BITFIELD k2 INCRBY i8 #0 $operand INCRBY i8 #1 $operand OVERFLOW SAT INCRBY u8 #2 $operand | RPUSH none a`,
} as const;

/** What a session is, beyond data: for whole nodes, over several connections. */
const SESSION_FAMILIES = {
  transactions: `
    MULTI | EXEC | DISCARD | WATCH $key | WATCH $key $key ; MULTI | UNWATCH | WATCH | MULTI x | EXEC x | MULTI ; EXEC | MULTI ; DISCARD
    MULTI ; SET $key $value ; GET $$key ; EXEC | MULTI ; INCR $key ; LPUSH $key a ; GET $$key ; EXEC | MULTI ; NOSUCH ; SET $key 1 ; EXEC | MULTI ; GET ; EXEC | MULTI ; WATCH $key ; EXEC
    MULTI ; MULTI ; EXEC | WATCH $key ; MULTI ; SET $$key 1 ; EXEC | WATCH $key | WATCH $key ; SET $$key $value ; MULTI ; PING ; EXEC | WATCH $key ; DEL $$key ; MULTI ; PING ; EXEC
    SET $key $value | DEL $key | INCR $key | LPUSH $key $element | GET $key | EXPIREAT $key $seconds | SADD $key $member | SPOP none | APPEND $key x | PERSIST $key | RENAME $key $target
    MULTI ; BLPOP $key 0 ; EXEC | MULTI ; BLMOVE $key $target LEFT RIGHT 0 ; EXEC | MULTI ; BZPOPMIN $key 0 ; EXEC | MULTI ; XREAD BLOCK 0 STREAMS $key 0 ; EXEC | MULTI ; BRPOPLPUSH $key $target 0 ; EXEC
    MULTI ; SELECT $database ; SET $key $value ; SELECT 0 ; EXEC | SELECT $database | SELECT 0 | MOVE $key $database | SWAPDB 0 1 | SWAPDB $database $database | COPY $key $target DB $database REPLACE
    MULTI ; EVAL $script 1 $key $value ; EXEC | EVAL $script 1 $key $value | FLUSHDB | FLUSHALL ASYNC | FLUSHALL foo | DBSIZE | EXISTS $key $key | TYPE $key | MULTI ; HELLO 3 ; EXEC | HELLO 2 | HELLO 3 | RESET
    MULTI ; SUBSCRIBE a ; EXEC ; PING ; UNSUBSCRIBE | MULTI ; UNSUBSCRIBE ; EXEC | MULTI ; PUBLISH ch m ; EXEC | PUBLISH ch m | PING | PING x | ECHO $value | MULTI ; CLIENT GETNAME ; EXEC`,
  scripts: `
    EVAL $script 1 $key $value | EVAL $script 1 $key $value | EVAL $script 0 | EVAL $script 2 $key $key $value $value | EVAL_RO $script 1 $key $value | EVAL $script 3 $key | EVAL $script x | EVAL $script -1 | EVAL $script
    SET $key $value | LPUSH $key $element | HSET $key $field $content | DEL $key | GET $key | SCRIPT LOAD $script | SCRIPT EXISTS a b | SCRIPT FLUSH | SCRIPT FLUSH SYNC | SCRIPT FLUSH foo | SCRIPT foo | SCRIPT KILL
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0 | EVALSHA x 0 | EVALSHA_RO ffffffffffffffffffffffffffffffffffffffff 1 $key | HELLO 2 | HELLO 3 | MULTI ; EVAL $script 1 $key $value ; EXEC
    FUNCTION LIST | FUNCTION FLUSH | FUNCTION FLUSH foo | FCALL nosuch 0 | FCALL nosuch x | FUNCTION DELETE nosuch | FUNCTION STATS | FUNCTION KILL | FUNCTION foo | FUNCTION LOAD x | FUNCTION DUMP foo`,
} as const;

export type SessionFamily = keyof typeof SESSION_FAMILIES;

export const sessionFamilies = Object.keys(SESSION_FAMILIES).filter(
  (name): name is SessionFamily => name in SESSION_FAMILIES,
);

export type Family = keyof typeof FAMILIES;

export const familyNames = Object.keys(FAMILIES).filter((name): name is Family => name in FAMILIES);

/** An endless, repeatable source of commands of the family: those of one template, which follow each other, at a time. */
export function templateSource(family: Family | SessionFamily, random: SeededRandom): () => Binary[][] {
  const templates = { ...FAMILIES, ...SESSION_FAMILIES }[family]
    .split(/[|\n]/)
    .map((template) => template.split(';').map((words) => words.trim().split(' ')))
    .filter(([words = []]) => words.join('') !== '');
  const memory: Memory = { n: 0, ids: [] };
  const chosen = new Map<string, Binary>();
  const fill = (word: string): Binary => {
    if (word.startsWith('$$')) return chosen.get(word.slice(2)) ?? word;
    const name = word.startsWith('$') ? word.slice(1) : '';
    const choice = TOKENS[name]?.(random, memory) ?? word;
    chosen.set(name, choice);
    return choice;
  };
  return () =>
    random.pick(templates).map((words) => {
      memory.n++;
      return words.map(fill);
    });
}

/** The same, one command at a time. */
export function commandSource(family: Family, random: SeededRandom): () => Binary[] {
  const next = templateSource(family, random);
  const ahead: Binary[][] = [];
  return () => {
    if (ahead.length === 0) ahead.push(...next());
    return ahead.shift() ?? [];
  };
}
