/**
 * What the comparison with redis-server 7.0 cannot show: what 7.2 does differently, what is up to chance, and what
 * happens inside. Everything else about these commands is in test/conformance/differential.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allCommands } from '../../../extension/redis/commands/index.ts';
import { StoreSession } from './store-session.ts';

const session = (seed?: number) => new StoreSession([allCommands], seed === undefined ? {} : { seed });

const numbered = (count: number, name = '') => Array.from({ length: count }, (_, i) => `${name}${i}`);

/** Words of a reply without its brackets. */
const words = (reply: string) =>
  reply
    .replace(/[[\]{}~%]/g, '')
    .split(' ')
    .filter(Boolean);

function encoding({ db, args }: StoreSession, key: string): string | undefined {
  args.assign(['', key]);
  const entry = db.find(args, 1);
  return entry === 0 ? undefined : db.collection(entry)?.encoding;
}

describe('hashes', () => {
  it('replicate a float increment as the sum', () => {
    const redis = session();
    assert.equal(redis.run('HINCRBYFLOAT', 'h', 'f', '0.1'), '0.1');
    assert.equal(redis.run('HINCRBYFLOAT', 'h', 'f', '0.2'), '0.3');
    assert.deepEqual(redis.replicated, [['HSET', 'h', 'f', '0.3']]);
  });

  it('give random fields: distinct ones, or as many draws as asked for', () => {
    const redis = session();
    redis.run('HSET', 'h', ...numbered(2000));
    for (const count of [1, 10, 400, 999]) {
      const fields = words(redis.run('HRANDFIELD', 'h', count));
      assert.equal(new Set(fields).size, count);
      assert.ok(fields.every((field) => Number(field) % 2 === 0));
    }
    assert.equal(words(redis.run('HRANDFIELD', 'h', -5000)).length, 5000);
    const pairs = words(redis.run('HRANDFIELD', 'h', 10, 'WITHVALUES'));
    for (let i = 0; i < pairs.length; i += 2) assert.equal(Number(pairs[i + 1]), Number(pairs[i]) + 1);
  });

  it('refuse a sample that no client could take', () => {
    const redis = session();
    redis.run('HSET', 'h', 'f', 'v');
    assert.equal(redis.run('HRANDFIELD', 'h', '-9223372036854775807'), '-ERR value is out of range');
    assert.match(redis.run('HRANDFIELD', 'h', '-9223372036854775808'), /value must between/);
  });

  it('are scanned page by page once they are hash tables', () => {
    const redis = session();
    redis.run('HSET', 'h', ...numbered(2000));
    assert.equal(encoding(redis, 'h'), 'hashtable');
    const seen = new Set<string>();
    let cursor = '0';
    let pages = 0;
    do {
      const [next = '', ...elements] = words(redis.run('HSCAN', 'h', cursor, 'COUNT', 100));
      for (let i = 0; i < elements.length; i += 2) seen.add(elements[i]);
      cursor = next;
      pages++;
    } while (cursor !== '0');
    assert.deepEqual([seen.size, pages], [1000, 10]);
  });
});

describe('lists', () => {
  it('change their encoding for all that one command brings', () => {
    const redis = session();
    redis.run('RPUSH', 'l', ...numbered(10, 'x'.repeat(1000)));
    assert.equal(encoding(redis, 'l'), 'quicklist');
    redis.run('LTRIM', 'l', 0, 2);
    assert.equal(encoding(redis, 'l'), 'listpack');
  });

  it('are walked from the nearer end and still right in the middle', () => {
    const redis = session();
    redis.run('RPUSH', 'l', ...numbered(5000));
    for (const index of [0, 1, 127, 128, 2499, 2500, 4998, 4999]) {
      assert.equal(redis.run('LINDEX', 'l', index), String(index));
      assert.equal(redis.run('LINDEX', 'l', index - 5000), String(index));
    }
    assert.deepEqual(words(redis.run('LRANGE', 'l', 2400, 2600)), numbered(5000).slice(2400, 2601));
    assert.equal(redis.run('LPOS', 'l', '4000', 'RANK', -1, 'MAXLEN', 1000), ':4000');
    assert.equal(redis.run('LPOS', 'l', '3999', 'RANK', -1, 'MAXLEN', 1000), 'nil');
  });

  it('replicate LMPOP as the pop it was', () => {
    const redis = session();
    redis.run('RPUSH', 'b', '1', '2', '3');
    assert.equal(redis.run('LMPOP', 2, 'a', 'b', 'RIGHT', 'COUNT', 9), '[b [3 2 1]]');
    assert.deepEqual(redis.replicated, [['RPOP', 'b', '3']]);
    assert.deepEqual(redis.events, [
      ['rpop', 'b'],
      ['del', 'b'],
    ]);
  });
});

describe('sets', () => {
  it('pop at random, and tell replicas what went', () => {
    const redis = session(4);
    redis.run('SADD', 's', ...numbered(3000));
    const popped = words(redis.run('SPOP', 's', 2500));
    assert.equal(new Set(popped).size, 2500);
    assert.deepEqual(
      redis.replicated.map(([name, key, ...members]) => [name, key, members.length]),
      [
        ['SREM', 's', 1024],
        ['SREM', 's', 1024],
        ['SREM', 's', 452],
      ],
    );
    assert.deepEqual(
      redis.replicated.flatMap(([, , ...members]) => members),
      popped,
    );
    assert.equal(redis.run('SCARD', 's'), ':500');
    for (const member of popped.slice(0, 100)) assert.equal(redis.run('SISMEMBER', 's', member), ':0');
    const one = redis.run('SPOP', 's');
    assert.deepEqual(redis.replicated, [['SREM', 's', one]]);
  });

  it('tell replicas DEL when all is popped', () => {
    const redis = session();
    redis.run('SADD', 's', 'a', 'b');
    redis.run('SPOP', 's', 2);
    assert.deepEqual(redis.replicated, [['DEL', 's']]);
  });

  it('keep their expiry when nearly everything is popped', () => {
    const redis = session();
    redis.run('SADD', 's', ...numbered(600, 'm'));
    redis.args.assign(['', 's']);
    redis.db.setExpireAt(redis.args, 1, redis.now + 1000);
    redis.run('SPOP', 's', 597);
    redis.args.assign(['', 's']);
    assert.equal(redis.db.expireAt(redis.db.find(redis.args, 1)), redis.now + 1000);
    assert.equal(encoding(redis, 's'), 'listpack');
  });

  it('have the encodings of 7.2', () => {
    const redis = session();
    redis.run('SADD', 'words', 'b', 'a', '3');
    redis.run('SADD', 'numbers', '3', '1', '2');
    redis.run('SADD', 'many', ...numbered(129, 'm'));
    assert.deepEqual(
      ['words', 'numbers', 'many'].map((key) => encoding(redis, key)),
      ['listpack', 'intset', 'hashtable'],
    );
    assert.equal(redis.run('SMEMBERS', 'words'), '[b a 3]');
    redis.run('SINTERSTORE', 'to', 'words', 'numbers');
    assert.equal(encoding(redis, 'to'), 'intset');
    redis.run('SUNIONSTORE', 'to', 'numbers', 'words');
    assert.equal(encoding(redis, 'to'), 'listpack');
    assert.equal(redis.run('SMEMBERS', 'to'), '[1 2 3 b a]');
  });

  it('find differences whichever way is less work', () => {
    const redis = session();
    redis.run('SADD', 'large', ...numbered(2000));
    redis.run('SADD', 'small', ...numbered(1990).reverse());
    redis.run('SADD', 'tiny', '1999', 'x');
    assert.equal(redis.run('SDIFFSTORE', 'to', 'large', 'small', 'tiny'), ':9');
    assert.equal(redis.run('SDIFFSTORE', 'to', 'tiny', 'large', 'small', 'small', 'small'), ':1');
    assert.equal(redis.run('SMEMBERS', 'to'), '[x]');
  });

  it('give every member the same chance', () => {
    const redis = session(8);
    redis.run('SADD', 's', ...numbered(10, 'm'));
    const drawn = new Map<string, number>();
    for (const member of words(redis.run('SRANDMEMBER', 's', -10_000))) {
      drawn.set(member, (drawn.get(member) ?? 0) + 1);
    }
    for (let i = 0; i < 5000; i++) {
      for (const member of words(redis.run('SRANDMEMBER', 's', 2))) {
        drawn.set(member, (drawn.get(member) ?? 0) + 1);
      }
    }
    // 2000 expected; five standard deviations are 212.
    for (const times of drawn.values()) assert.ok(Math.abs(times - 2000) < 212, String(times));
  });
});

describe('HyperLogLogs', () => {
  it('pass their own test, whatever chance gives them', () => {
    for (const seed of [1, 2, 3]) assert.equal(session(seed).run('PFSELFTEST'), '+OK');
  });
});

describe('sorted sets', () => {
  it('rank with the score, as 7.2 does', () => {
    const redis = session();
    redis.run('ZADD', 'z', 1, 'a', 2.5, 'b', 3, 'c');
    assert.equal(redis.run('ZRANK', 'z', 'b', 'WITHSCORE'), '[:1 2.5]');
    assert.equal(redis.run('ZREVRANK', 'z', 'a', 'WITHSCORE'), '[:2 1]');
    assert.equal(redis.run('ZRANK', 'z', 'x', 'WITHSCORE'), 'nil-array');
    assert.equal(redis.run('ZRANK', 'z', 'x'), 'nil');
    assert.equal(redis.run('ZRANK', 'z', 'b', 'score'), '-ERR syntax error');
    redis.reply.protocol = 3;
    assert.equal(redis.run('ZRANK', 'z', 'b', 'WITHSCORE'), '[:1 ,2.5]');
  });

  it('print scores as 7.2 does', () => {
    const redis = session();
    redis.run('ZADD', 'z', '0.1', 'a', '1e300', 'b', '-1e-7', 'c', '3', 'd');
    assert.equal(redis.run('ZMSCORE', 'z', 'a', 'b', 'c', 'd'), '[0.1 1e+300 -1e-7 3]');
    assert.equal(redis.run('ZSCAN', 'z', 0), '[0 [c -1e-7 a 0.1 d 3 b 1e+300]]');
    redis.run('ZADD', 'z', '0.1', 'x'.repeat(65));
    assert.equal(encoding(redis, 'z'), 'skiplist');
    const scan = words(redis.run('ZSCAN', 'z', 0));
    assert.equal(scan[scan.indexOf('a') + 1], '0.10000000000000001');
    assert.equal(scan[scan.indexOf('b') + 1], '1.0000000000000001e+300');
    assert.equal(scan[scan.indexOf('c') + 1], '-9.9999999999999995e-08');
    assert.equal(scan[scan.indexOf('d') + 1], '3');
  });

  it('go on by rank, score and member in sets of many blocks', () => {
    const redis = session();
    const members = numbered(5000).map((n) => `m${n.padStart(5, '0')}`);
    redis.run('ZADD', 'z', ...members.flatMap((member) => ['0', member]));
    assert.deepEqual(words(redis.run('ZRANGE', 'z', 2000, 2600)), members.slice(2000, 2601));
    assert.deepEqual(
      words(redis.run('ZRANGE', 'z', '(m03000', '[m01000', 'BYLEX', 'REV', 'LIMIT', 5, 700)),
      members.slice(1000, 3000).reverse().slice(5, 705),
    );
    assert.equal(redis.run('ZLEXCOUNT', 'z', '(m01000', '+'), ':3999');
    assert.equal(redis.run('ZREMRANGEBYLEX', 'z', '[m00500', '(m04500'), ':4000');
    assert.equal(redis.run('ZRANK', 'z', 'm04500'), ':500');
    assert.equal(redis.run('ZPOPMAX', 'z'), '[m04999 0]');
  });

  it('store ranges as Redis 7.2 encodes them', () => {
    const redis = session();
    redis.run('ZADD', 'z', 1, 'a', 2, 'b');
    redis.run('ZRANGESTORE', 'to', 'z', 0, -1);
    assert.equal(encoding(redis, 'to'), 'listpack');
    redis.run('ZRANGESTORE', 'to', 'z', 0, 9, 'BYSCORE');
    assert.equal(encoding(redis, 'to'), 'skiplist');
  });

  it('replicate ZMPOP as the pop it was', () => {
    const redis = session();
    redis.run('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c');
    assert.equal(redis.run('ZMPOP', 2, 'x', 'z', 'MAX', 'COUNT', 2), '[z [[c 3] [b 2]]]');
    assert.deepEqual(redis.replicated, [['ZPOPMAX', 'z', '2']]);
  });

  it('count what is not a number as nothing', () => {
    const redis = session();
    redis.run('ZADD', 'up', 'inf', 'm', '1', 'n');
    redis.run('ZADD', 'down', '-inf', 'm', '2', 'n');
    assert.equal(redis.run('ZUNION', 2, 'up', 'down', 'WITHSCORES'), '[m 0 n 3]');
    redis.run('ZADD', 'zero', 0, 'm');
    assert.equal(redis.run('ZUNION', 1, 'zero', 'WEIGHTS', -1, 'WITHSCORES'), '[m -0]');
    assert.equal(redis.run('ZUNIONSTORE', 'stored', 1, 'zero', 'WEIGHTS', -1), ':1');
    assert.equal(redis.run('ZSCORE', 'stored', 'm'), '0');
    assert.equal(redis.run('ZINTER', 2, 'up', 'down', 'WEIGHTS', 0, 1, 'WITHSCORES'), '[m -inf n 2]');
    assert.equal(redis.run('ZINCRBY', 'up', '-inf', 'm'), '-ERR resulting score is not a number (NaN)');
    assert.equal(redis.run('ZSCORE', 'up', 'm'), 'inf');
  });
});
