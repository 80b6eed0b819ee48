/** DEBUG DIGEST of the same data is the same from us and from redis-server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_440;
const THEIRS = 21_441;

const many = (count: number, word: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => word(i)).join(' ');

/** Every type, in its small and in its large encoding. */
const COMMANDS = `
set text v
set number 12345
set large ${'x'.repeat(10_000)}
setex expires 1000 v
rpush small-list a b 1 2
rpush large-list ${many(1000, (i) => `element-${i}`)}
sadd integers 1 2 3
sadd small-set a b 1
sadd large-set ${many(1000, (i) => `member-${i}`)}
hset small-hash a 1 b 2
hset large-hash ${many(1000, (i) => `field-${i} ${i}`)}
zadd small-zset 1 one 2 two inf three
zadd large-zset ${many(1000, (i) => `${7 * i} m${i}`)}
expire small-hash 1000
select 3
set text v
select 0`;

/** 7.0 digests scores with 17 digits, 7.2 in as few as they need. */
const FRACTIONS = `
zadd scores 0.1 a 1e-5 b 1e17 c -0 d -inf e 562949953421312.125 f 5e-324 g 1.7976931348623157e308 h 319.618347 i
zadd large-scores ${many(1000, (i) => `${i / 7} m${i}`)}`;

describe('DEBUG DIGEST', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;
  before(async () => {
    [ours, theirs] = await Promise.all([OurServer.start(OURS), RedisServer.start(THEIRS)]);
    const older = (await theirs.call('INFO', 'server')).includes('redis_version:7.0.');
    for (const line of `${older ? '' : FRACTIONS}${COMMANDS}`.trim().split('\n')) {
      const [word = '', ...rest] = line.split(' ');
      await Promise.all([ours.call(word, ...rest), theirs.call(word, ...rest)]);
    }
  });
  after(() => {
    ours.stop();
    theirs.stop();
  });

  const same = async (...argv: string[]) => {
    const [mine, real] = await Promise.all([ours.call(...argv), theirs.call(...argv)]);
    assert.equal(mine, real, argv.join(' '));
    return mine;
  };

  it('is the same for each value', async () => {
    const keys = (await ours.call('KEYS', '*')).split('\n').sort();
    assert.ok(keys.length >= 13);
    for (const key of [...keys, 'nobody']) await same('DEBUG', 'DIGEST-VALUE', key);
    await same('DEBUG', 'DIGEST-VALUE', ...keys);
  });

  it('is the same for all databases', async () => {
    const full = await same('DEBUG', 'DIGEST');
    await Promise.all([
      ours.call('HSET', 'small-hash', 'b', '3'),
      theirs.call('HSET', 'small-hash', 'b', '3'),
    ]);
    assert.notEqual(await same('DEBUG', 'DIGEST'), full);
  });
});
