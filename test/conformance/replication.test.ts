/** Replication, files and MIGRATE between nodes of ours and real ones: who leads and who follows must not matter. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { crc16 } from '../../extension/redis/slots.ts';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21520;
const REAL = 21530;

interface Server {
  readonly port: number;
  call(...argv: readonly (string | number | Uint8Array)[]): Promise<string>;
}

let started: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const server of started) await server.stop();
  started = [];
});

async function ours(number: number, ...lines: string[]): Promise<OurServer> {
  const server = await OurServer.start(OURS + number, 'repl-diskless-sync-delay 0', ...lines);
  started.push(server);
  return server;
}

async function real(number: number, ...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(REAL + number, '--repl-diskless-sync-delay', '0', ...options);
  started.push(server);
  return server;
}

async function info(server: Server, name: string): Promise<string> {
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(await server.call('INFO'))?.[1] ?? '';
}

async function follow(replica: Server, primary: Server): Promise<void> {
  await replica.call('REPLICAOF', '127.0.0.1', primary.port);
  await until(async () => (await info(replica, 'master_link_status')) === 'up', 'link');
}

const offset = (server: Server) => info(server, 'master_repl_offset');

/** Waits until the replica has all, then compares every database, value by value, by the servers' own words. */
async function same(primary: Server, replica: Server): Promise<void> {
  await until(async () => (await offset(primary)) === (await offset(replica)), 'equal offsets');
  for (const database of [0, 3]) {
    for (const server of [primary, replica]) await server.call('SELECT', database);
    const keys = (await primary.call('KEYS', '*')).split('\n').sort();
    assert.deepEqual((await replica.call('KEYS', '*')).split('\n').sort(), keys);
    for (const key of keys.filter((name) => name !== '')) {
      assert.equal(await content(replica, key), await content(primary, key), key);
      assert.equal(await replica.call('EXPIRETIME', key), await primary.call('EXPIRETIME', key), key);
    }
  }
}

async function content(server: Server, key: string): Promise<string> {
  switch (await server.call('TYPE', key)) {
    case 'list':
      return server.call('LRANGE', key, 0, -1);
    case 'set':
      return (await server.call('SMEMBERS', key)).split('\n').sort().join('\n');
    case 'hash':
      return (await server.call('HGETALL', key)).split('\n').sort().join('\n');
    case 'zset': {
      // 7.0 prints scores with 17 digits, 7.2 with as many as it takes.
      const words = (await server.call('ZRANGE', key, 0, -1, 'WITHSCORES')).split('\n');
      return words
        .map((word, i) => (i % 2 === 0 ? word : word.replace(/^[-\d.e+]+$/, (score) => `${Number(score)}`)))
        .join('\n');
    }
    default:
      return shown(await server.call('GET', key));
  }
}

/** Long values would fill the screen when they differ: where they do is in their checksums. */
function shown(text: string): string {
  if (text.length < 1000) return text;
  const parts = text.match(/[\s\S]{1,4096}/g) ?? [];
  return `${text.length} bytes: ${parts.map((part) => crc16(Buffer.from(part, 'latin1')).toString(16)).join(' ')}`;
}

const times = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`);

/** Values of every kind, small and large, in two databases. */
async function fill(server: Server): Promise<void> {
  for (const database of [0, 3]) {
    await server.call('SELECT', database);
    await server.call('SET', 'string', `text ${database}`);
    await server.call('SET', 'number', '-12345');
    await server.call('SET', 'long', 'abc'.repeat(10_000), 'EX', 1000);
    await server.call('RPUSH', 'list', ...times(2000, 'element'));
    await server.call('SADD', 'integers', 1, -2, 300_000);
    await server.call('SADD', 'set', ...times(500, 'member'));
    await server.call('HSET', 'hash', 'f', 'v', 'g', '7');
    await server.call('HSET', 'large-hash', ...times(1200, 'field'));
    await server.call('ZADD', 'sorted', 1.5, 'a', 'inf', 'b', '-inf', 'c');
    await server.call('ZADD', 'large-sorted', ...times(400, 'm').flatMap((m, i) => [i / 3, m]));
  }
  await server.call('SELECT', 0);
}

/** Writes whose effects differ from what was asked, so that only the right stream gives the same data. */
async function write(server: Server, round: number): Promise<void> {
  await server.call('SELECT', round % 2 === 0 ? 0 : 3);
  await server.call('SET', `key${round}`, round, 'EX', 500);
  await server.call('INCR', 'counter');
  await server.call('SPOP', 'set', 3);
  await server.call('LPOP', 'list', 2);
  await server.call('HINCRBYFLOAT', 'hash', 'float', '0.1');
  await server.call('MULTI');
  await server.call('RPUSH', 'list', `in transaction ${round}`);
  await server.call('ZINCRBY', 'sorted', 1, 'a');
  await server.call('EXEC');
}

const PAIRS = [
  ['a replica of ours of a real primary', real, ours],
  ['a real replica of a primary of ours', ours, real],
  ['a replica of ours of a primary of ours', ours, ours],
] as const;

for (const [what, makePrimary, makeReplica] of PAIRS) {
  describe(what, needsRedisServer, () => {
    it('has the same data after the full sync, and after every write', async () => {
      const primary = await makePrimary(0);
      await fill(primary);
      const replica = await makeReplica(1);
      await replica.call('SET', 'old', 'data');
      await follow(replica, primary);
      for (let round = 0; round < 40; round++) await write(primary, round);
      await same(primary, replica);
      assert.equal(await primary.call('WAIT', 1, 2000), '1');
      await assert.rejects(
        replica.call('SET', 'a', 'b'),
        /READONLY You can't write against a read only replica/,
      );
    });

    it('has a full sync while writes go on', async () => {
      const primary = await makePrimary(0);
      for (let i = 0; i < 40; i++) {
        const large = `${i} ${'0123456789'.repeat(5000)}`;
        await primary.call('MSET', ...times(10, `key${i}.`).flatMap((key) => [key, large]));
      }
      const replica = await makeReplica(1);
      await replica.call('REPLICAOF', '127.0.0.1', primary.port);
      for (let round = 0; round < 100; round++) await write(primary, round);
      await until(async () => (await info(replica, 'master_link_status')) === 'up', 'link');
      await same(primary, replica);
    });

    it('continues where it was after its connection was cut', async () => {
      const primary = await makePrimary(0);
      await fill(primary);
      const replica = await makeReplica(1);
      await follow(replica, primary);
      for (let round = 0; round < 5; round++) {
        await primary.call('CLIENT', 'KILL', 'TYPE', 'replica');
        await write(primary, round);
      }
      await until(async () => (await info(replica, 'master_link_status')) === 'up', 'link');
      await same(primary, replica);
      assert.equal(await info(primary, 'sync_full'), '1');
      assert.ok(Number(await info(primary, 'sync_partial_ok')) >= 1);
    });

    it('can change places with its primary without a full sync', async () => {
      const primary = await makePrimary(0);
      await fill(primary);
      const replica = await makeReplica(1);
      await follow(replica, primary);
      await write(primary, 1);
      await until(async () => (await offset(primary)) === (await offset(replica)), 'equal offsets');

      await replica.call('REPLICAOF', 'NO', 'ONE');
      await write(replica, 2);
      await follow(primary, replica);
      await write(replica, 3);
      await same(replica, primary);
      assert.equal(await info(replica, 'sync_full'), '0');
      assert.equal(await info(replica, 'sync_partial_ok'), '1');
    });

    it('passes the stream on to a replica of its own', async () => {
      const primary = await makePrimary(0);
      await fill(primary);
      const middle = await makeReplica(1);
      await follow(middle, primary);
      await write(primary, 1);
      const last = await real(5);
      await follow(last, middle);
      const other = await ours(6);
      await follow(other, middle);
      for (let round = 2; round < 20; round++) await write(primary, round);
      await same(primary, last);
      await same(primary, other);
      // They have the top primary's history and can go on with it directly.
      for (const each of [last, other]) await follow(each, primary);
      await write(primary, 20);
      await same(primary, last);
      await same(primary, other);
      assert.equal(await info(primary, 'sync_full'), '1');
    });
  });
}

describe('RDB files', needsRedisServer, () => {
  it('of a real server are loaded by ours, and the other way round', async () => {
    const theirs = await real(0);
    await fill(theirs);
    await theirs.call('SAVE');
    const folder = await ours(0);
    folder.kill();
    copyFileSync(path.join(theirs.folder, 'dump.rdb'), path.join(folder.folder, 'dump.rdb'));
    const reader = await OurServer.startIn(folder.folder, OURS + 1);
    started.push(reader);
    await same(theirs, reader);

    await write(reader, 1);
    await reader.call('SAVE');
    const again = await RedisServer.start(REAL + 2, '--dir', reader.folder);
    started.push(again);
    await same(again, reader);
  });
});

describe('what eviction knows of a key', needsRedisServer, () => {
  for (const [policy, option, value, field] of [
    ['allkeys-lfu', 'FREQ', 200, 'FREQ'],
    ['allkeys-lru', 'IDLETIME', 5000, 'IDLETIME'],
  ] as const) {
    for (const [what, makePrimary, makeReplica] of PAIRS) {
      it(`comes with a full sync under ${policy}: ${what}`, async () => {
        const primary = await makePrimary(0);
        const replica = await makeReplica(1);
        for (const server of [primary, replica])
          await server.call('CONFIG', 'SET', 'maxmemory-policy', policy);
        // Its DUMP is the string 'x'; a RESTORE says how it was used.
        const dump = Buffer.from('0001780a002280865fbde848d0', 'hex');
        await primary.call('RESTORE', 'used', 0, dump, option, value);
        assert.equal(await primary.call('OBJECT', field, 'used'), String(value));
        await follow(replica, primary);
        const there = Number(await replica.call('OBJECT', field, 'used'));
        // A second may have passed.
        assert.ok(
          there === value || (option === 'IDLETIME' && there < value + 5 && there > value),
          `${there}`,
        );
      });
    }
  }
});

describe('MIGRATE', needsRedisServer, () => {
  for (const [what, makeSource, makeTarget] of PAIRS) {
    it(`moves keys: ${what.replace('a replica', 'to one').replace('a real replica', 'to a real one')}`, async () => {
      const source = await makeSource(0);
      const target = await makeTarget(1);
      await fill(source);
      const where = ['127.0.0.1', target.port] as const;
      assert.equal(await source.call('MIGRATE', ...where, 'list', 0, 5000), 'OK');
      assert.equal(await source.call('EXISTS', 'list'), '0');
      assert.equal(await target.call('LLEN', 'list'), '2000');

      const keys = ['string', 'long', 'absent', 'hash', 'large-sorted'];
      assert.equal(await source.call('MIGRATE', ...where, '', 3, 5000, 'COPY', 'KEYS', ...keys), 'OK');
      assert.equal(await source.call('EXISTS', ...keys), '4');
      await target.call('SELECT', 3);
      assert.equal(await target.call('EXISTS', ...keys), '4');
      const left = Number(await target.call('TTL', 'long'));
      assert.ok(left > 900 && left <= 1000);
      assert.equal(await target.call('TTL', 'string'), '-1');

      await assert.rejects(
        source.call('MIGRATE', ...where, 'string', 3, 5000),
        /ERR Target instance replied with error: BUSYKEY Target key name already exists/,
      );
      assert.equal(await source.call('EXISTS', 'string'), '1');
      assert.equal(await source.call('MIGRATE', ...where, 'string', 3, 5000, 'REPLACE'), 'OK');
      assert.equal(await source.call('MIGRATE', ...where, 'absent', 0, 5000), 'NOKEY');
    });
  }
});
