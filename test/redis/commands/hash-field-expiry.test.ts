/** Fields of hashes that expire: of 7.4, which the redis-server that all else is compared with does not know. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { allCommands } from '../../../extension/redis/commands/index.ts';
import { CommandFileWriter } from '../../../extension/redis/store/command-file-writer.ts';
import { defaultEncodingLimits } from '../../../extension/redis/store/encoding-limits.ts';
import { dumpPayload, isDumpPayload, restoreValue } from '../../../extension/redis/store/rdb/dump.ts';
import { StoreSession } from './store-session.ts';

/** The year 2100. */
const LATER = 4_102_444_800_000;

function sessionWithHash(): StoreSession {
  const redis = new StoreSession([allCommands]);
  redis.run('HSET', 'h', 'a', 1, 'b', 2, 'c', 3);
  return redis;
}

function encoding({ db }: StoreSession, key: string): string | undefined {
  return db.collection(db.findKey(bytesOf(key)))?.encoding;
}

describe('fields of a hash', () => {
  it('are given a time to live, one by one', () => {
    const redis = sessionWithHash();
    assert.equal(redis.run('HTTL', 'h', 'FIELDS', 2, 'a', 'x'), '[:-1 :-2]');
    assert.equal(redis.run('HEXPIRE', 'h', 100, 'FIELDS', 3, 'a', 'b', 'x'), '[:1 :1 :-2]');
    const at = String(redis.now + 100_000);
    assert.deepEqual(redis.replicated, [['HPEXPIREAT', 'h', at, 'FIELDS', '2', 'a', 'b']]);
    assert.deepEqual(redis.events, [['hexpire', 'h']]);
    assert.equal(redis.changes, 2);
    assert.equal(redis.run('HTTL', 'h', 'FIELDS', 3, 'a', 'b', 'c'), '[:100 :100 :-1]');
    assert.equal(redis.run('HPTTL', 'h', 'FIELDS', 1, 'a'), '[:100000]');
    redis.now += 1;
    assert.equal(redis.run('HTTL', 'h', 'FIELDS', 1, 'a'), '[:100]');
    assert.equal(redis.run('HPEXPIRETIME', 'h', 'FIELDS', 1, 'a'), `[:${at}]`);
    assert.equal(redis.run('HEXPIRETIME', 'h', 'FIELDS', 1, 'a'), `[:${Math.ceil(Number(at) / 1000)}]`);
    assert.equal(redis.run('HTTL', 'none', 'FIELDS', 2, 'a', 'b'), '[:-2 :-2]');
    assert.equal(redis.run('HEXPIRE', 'none', 1, 'FIELDS', 1, 'a'), '[:-2]');
    assert.equal(redis.run('EXISTS', 'none'), ':0');
    assert.equal(encoding(redis, 'h'), 'listpackex');
  });

  it('get it on conditions', () => {
    const redis = sessionWithHash();
    const set = (condition: string, at: number) =>
      redis.run('HPEXPIREAT', 'h', at, condition, 'FIELDS', 1, 'a');
    assert.equal(set('XX', LATER), '[:0]');
    assert.equal(set('GT', LATER), '[:0]', 'it lives for ever');
    assert.equal(set('LT', LATER), '[:1]');
    assert.equal(set('NX', LATER), '[:0]');
    assert.deepEqual(redis.replicated, []);
    assert.equal(set('GT', LATER), '[:0]');
    assert.equal(set('gt', LATER + 1), '[:1]');
    assert.equal(set('LT', LATER + 1), '[:0]');
    assert.equal(set('XX', LATER), '[:1]');
    assert.equal(redis.run('HPEXPIRETIME', 'h', 'FIELDS', 1, 'a'), `[:${LATER}]`);
  });

  it('go at once when the time is past, and the key with the last of them', () => {
    const redis = sessionWithHash();
    assert.equal(redis.run('HEXPIRE', 'h', 0, 'FIELDS', 2, 'a', 'x'), '[:2 :-2]');
    assert.deepEqual(redis.replicated, [['HDEL', 'h', 'a']]);
    assert.deepEqual(redis.events, [['hdel', 'h']]);
    assert.equal(redis.run('HEXPIREAT', 'h', 5, 'FIELDS', 2, 'b', 'c'), '[:2 :2]');
    assert.deepEqual(redis.events, [
      ['hdel', 'h'],
      ['del', 'h'],
    ]);
    assert.equal(redis.run('EXISTS', 'h'), ':0');
  });

  it('are gone when their time is up, which whoever looks first makes known', () => {
    const redis = sessionWithHash();
    redis.run('HPEXPIRE', 'h', 50, 'FIELDS', 2, 'a', 'b');
    redis.now += 50;
    assert.equal(redis.run('HLEN', 'h'), ':3', 'not before');
    redis.now += 1;
    assert.equal(redis.run('HGETALL', 'h'), '[c 3]');
    assert.deepEqual(redis.events, [['hexpired', 'h']]);
    assert.deepEqual(redis.replicated, [['HDEL', 'h', 'a', 'b']]);
    redis.run('HPEXPIRE', 'h', 50, 'FIELDS', 1, 'c');
    redis.now += 51;
    assert.equal(redis.run('HSET', 'h', 'd', 4), ':1', 'a new hash');
    assert.deepEqual(redis.replicated, [
      ['HDEL', 'h', 'c'],
      ['HSET', 'h', 'd', '4'],
    ]);
  });

  it('go by themselves, the soonest first, and no more at a time than is asked for', () => {
    const redis = new StoreSession([allCommands]);
    for (let i = 0; i < 200; i++) {
      redis.run('HSET', `h${i % 7}`, i, 'v');
      redis.run('HPEXPIRE', `h${i % 7}`, 1000 + ((i * 37) % 200), 'FIELDS', 1, i);
    }
    redis.run('HSET', 'h0', 'stays', 'v');
    redis.run('DEL', 'h1');
    redis.run('RENAME', 'h2', 'renamed');
    redis.run('COPY', 'h3', 'copied');
    const left = () =>
      ['h0', 'renamed', 'h3', 'copied', 'h4', 'h5', 'h6'].map((key) => redis.run('HLEN', key));
    assert.equal(redis.db.expireSomeFields(1000), 0);
    redis.now += 1100;
    assert.equal(redis.db.expireSomeFields(10), 10);
    while (redis.db.expireSomeFields(10) > 0);
    redis.now -= 1100;
    const total = () => left().reduce((sum, reply) => sum + Number(reply.slice(1)), 0);
    assert.ok(total() > 60 && total() < 140, String(total()));
    redis.now += 2000;
    while (redis.db.expireSomeFields(10) > 0);
    redis.now -= 2000;
    assert.deepEqual(left(), [':1', ':0', ':0', ':0', ':0', ':0', ':0']);
    assert.equal(redis.db.size, 1);
  });

  it('cost a slice no more when their hashes are gone: none looks at more of them than it may', () => {
    const redis = new StoreSession([allCommands]);
    for (let i = 0; i < 30; i++) {
      redis.run('HSET', `h${i}`, 'f', 'v');
      redis.run('HPEXPIRE', `h${i}`, 1000 + i, 'FIELDS', 1, 'f');
      if (i < 29) redis.run('DEL', `h${i}`);
    }
    redis.now += 2000;
    assert.deepEqual(
      [1, 2, 3, 4].map(() => [redis.db.expireSomeFields(10), redis.db.size]),
      [
        [10, 1],
        [10, 1],
        [10, 0],
        [0, 0],
      ],
    );
  });

  it('live on when they are set anew or persisted, and keep their time when they are added to', () => {
    const redis = sessionWithHash();
    redis.run('HPEXPIREAT', 'h', LATER, 'FIELDS', 3, 'a', 'b', 'c');
    redis.run('HSET', 'h', 'a', 9);
    redis.run('HINCRBY', 'h', 'b', 1);
    redis.run('HINCRBYFLOAT', 'h', 'c', 1);
    assert.deepEqual(redis.replicated, [
      ['HSET', 'h', 'c', '4'],
      ['HPEXPIREAT', 'h', String(LATER), 'FIELDS', '1', 'c'],
    ]);
    assert.equal(redis.run('HPEXPIRETIME', 'h', 'FIELDS', 3, 'a', 'b', 'c'), `[:-1 :${LATER} :${LATER}]`);
    assert.equal(redis.run('HPERSIST', 'h', 'FIELDS', 3, 'a', 'b', 'x'), '[:-1 :1 :-2]');
    assert.deepEqual(redis.events, [['hpersist', 'h']]);
    redis.run('HDEL', 'h', 'c');
    redis.run('HSET', 'h', 'c', 5);
    assert.equal(redis.run('HTTL', 'h', 'FIELDS', 3, 'a', 'b', 'c'), '[:-1 :-1 :-1]');
  });

  it('say what is wrong with a request in the words of Redis', () => {
    const redis = sessionWithHash();
    redis.run('SET', 's', 'v');
    const wrong: [words: string, error: string][] = [
      ['HEXPIRE s 1 FIELDS 1 a', 'WRONGTYPE Operation against a key holding the wrong kind of value'],
      ['HEXPIRE h x FIELDS 1 a', 'ERR value is not an integer or out of range'],
      ['HEXPIRE h -1 FIELDS 1 a', 'ERR invalid expire time, must be >= 0'],
      ['HPEXPIRE h 70368744177663 FIELDS 1 a', "ERR invalid expire time in 'hpexpire' command"],
      ['HEXPIRE h 1 FIELD 1 a', 'ERR Mandatory argument FIELDS is missing or not at the right position'],
      ['HEXPIRE h 1 FIELDS 0 a', 'ERR Parameter `numFields` should be greater than 0'],
      ['HEXPIRE h 1 FIELDS 2 a', 'ERR The `numfields` parameter must match the number of arguments'],
      ['HEXPIRE h 1 NX FIELDS 1', 'ERR The `numfields` parameter must match the number of arguments'],
      ['HTTL h FIELDS x a', 'ERR Number of fields must be a positive integer'],
      ['HPERSIST h 1 FIELDS a', 'ERR Mandatory argument FIELDS is missing or not at the right position'],
    ];
    for (const [words, error] of wrong) assert.equal(redis.run(...words.split(' ')), `-${error}`, words);
  });

  it('are sorted by only while they live', () => {
    const redis = new StoreSession([allCommands]);
    redis.run('RPUSH', 'l', '1', '2');
    redis.run('HSET', 'w1', 'f', 'one');
    redis.run('HSET', 'w2', 'f', 'two');
    redis.run('HPEXPIRE', 'w1', 10, 'FIELDS', 1, 'f');
    redis.now += 20;
    assert.equal(redis.run('SORT', 'l', 'BY', 'nosort', 'GET', 'w*->f'), '[nil two]');
  });
});

describe('a hash whose fields expire', () => {
  it('comes through DUMP and RESTORE with their times', () => {
    const redis = sessionWithHash();
    redis.run('HPEXPIREAT', 'h', LATER, 'FIELDS', 1, 'a');
    redis.run('HPEXPIREAT', 'h', LATER + 5000, 'FIELDS', 1, 'c');
    const value = redis.db.collection(redis.db.findKey(bytesOf('h')));
    assert.ok(value);
    const payload = dumpPayload(value, true);
    redis.db.putKey(bytesOf('again'), restored(payload));
    assert.equal(
      redis.run('HPEXPIRETIME', 'again', 'FIELDS', 3, 'a', 'b', 'c'),
      `[:${LATER} :-1 :${LATER + 5000}]`,
    );
  });

  it('is read as 7.4 writes it, small or large', () => {
    // DUMP of redis-server 7.4.1: as a listpack, and as a hash table.
    const payloads = {
      listpackex:
        '1900d8c32cbb0300002f2f00000009008161020101f400d8c32cbb030000098163020301f488ebc32cbb0300000981620283' +
        '74776f040001ff0c00a081a4e7dd8b8b30',
      hashtable: '1800d8c32cbb0300000353890163c0030001620374776f010161c0010c0071478d8d4e2a1eff',
    };
    for (const [form, hex] of Object.entries(payloads)) {
      const redis = new StoreSession([allCommands]);
      redis.db.putKey(bytesOf('h'), restored(Buffer.from(hex, 'hex')));
      const times = redis.run('HPEXPIRETIME', 'h', 'FIELDS', 3, 'a', 'b', 'c');
      assert.equal(times, `[:${LATER} :-1 :${LATER + 5000}]`, form);
      assert.equal(redis.run('HMGET', 'h', 'a', 'b', 'c'), '[1 two 3]', form);
    }
  });

  it('is written to an append-only file as commands that make it', () => {
    const redis = sessionWithHash();
    redis.run('HPEXPIREAT', 'h', LATER, 'FIELDS', 1, 'b');
    const writer = new CommandFileWriter([]);
    writer.entry(redis.db, redis.db.findKey(bytesOf('h')));
    const text = Buffer.from(writer.end()).toString('latin1').replaceAll('\r\n', ' ');
    assert.match(text, new RegExp(`HPEXPIREAT \\$1 h \\$13 ${LATER} \\$6 FIELDS \\$1 1 \\$1 b `));
  });
});

function restored(payload: Uint8Array) {
  assert.ok(isDumpPayload(payload, true));
  const value = restoreValue(payload, defaultEncodingLimits(), assert.fail);
  assert.ok(value !== undefined && !(value instanceof Uint8Array));
  return value;
}
