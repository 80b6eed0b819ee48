/** DUMP payloads between a real redis-server and our codec, both ways, in every encoding it has for small and large. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, it } from 'node:test';
import { type Binary, binaryOf } from '../../extension/redis/bytes.ts';
import { defaultEncodingLimits } from '../../extension/redis/store/encoding-limits.ts';
import type { Collection } from '../../extension/redis/store/keyspace.ts';
import { dumpPayload, isDumpPayload, restoreValue } from '../../extension/redis/store/rdb/dump.ts';
import { RdbType } from '../../extension/redis/store/rdb/format.ts';
import { idText, MAX_ID, ZERO_ID } from '../../extension/redis/store/stream/stream-id.ts';
import type { StreamValue } from '../../extension/redis/store/stream/stream-value.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const limits = defaultEncodingLimits();

function streamContent(stream: StreamValue): unknown {
  const entries: unknown[] = [];
  stream.each(ZERO_ID, MAX_ID, false, (entry) => entries.push([idText(entry), entry.contents()]) > 0);
  const { lastId, firstId, maxDeletedId, entriesAdded } = stream;
  const groups = [...stream.groups].map(([name, group]) => ({
    name,
    lastId: group.lastId,
    entriesRead: group.entriesRead,
    pending: [...group.pending].map((each) => [idText(each), each.consumer.name, each.deliveries]),
    consumers: [...group.consumers.keys()].sort(),
  }));
  return { entries, lastId, firstId, maxDeletedId, entriesAdded, groups };
}

/** What a value holds, in an order of its own: a picture that two values of equal content share. */
function content(value: Uint8Array | Collection): unknown {
  if (value instanceof Uint8Array) return binaryOf(value);
  switch (value.kind) {
    case 'list':
      return [...value.values()];
    case 'set':
      return [...value.values()].sort();
    case 'hash':
      return Object.fromEntries(value.entries());
    case 'sorted-set':
      return Object.fromEntries(value.entries());
    case 'stream':
      return streamContent(value);
  }
}

const times = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`);
const ALL_BYTES: Binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1');
const HUGE = 'x'.repeat(20_000);

/** How to make a value on a server, and what its DUMP must begin with. */
const VALUES: readonly {
  readonly what: string;
  readonly make: readonly (string | number)[];
  readonly type: number;
  readonly is?: unknown;
}[] = [
  { what: 'an empty string', make: ['SET', 'k', ''], type: RdbType.string, is: '' },
  { what: 'every byte', make: ['SET', 'k', ALL_BYTES], type: RdbType.string, is: ALL_BYTES },
  ...[
    '0',
    '127',
    '-128',
    '32767',
    '-32768',
    '2147483647',
    '-2147483648',
    '2147483648',
    '-0',
    '007',
    '-',
    '1e3',
  ].map((text) => ({ what: `the string ${text}`, make: ['SET', 'k', text], type: RdbType.string, is: text })),
  { what: 'a string that LZF shrinks', make: ['SET', 'k', HUGE], type: RdbType.string, is: HUGE },
  {
    what: 'a string beyond 16 KiB that it does not',
    make: ['SETRANGE', 'k', 40_000, ALL_BYTES],
    type: RdbType.string,
  },
  {
    what: 'a list in one listpack',
    make: ['RPUSH', 'k', 'a', '1', '-5000', '', ALL_BYTES],
    type: RdbType.listQuicklist2,
    is: ['a', '1', '-5000', '', ALL_BYTES],
  },
  {
    what: 'a list of many listpacks',
    make: ['RPUSH', 'k', ...times(3000, 'element-')],
    type: RdbType.listQuicklist2,
    is: times(3000, 'element-'),
  },
  {
    what: 'a list with a plain node',
    make: ['RPUSH', 'k', 'a', HUGE, 'b'],
    type: RdbType.listQuicklist2,
    is: ['a', HUGE, 'b'],
  },
  {
    what: 'a set of integers, 16 bits',
    make: ['SADD', 'k', 3, -1, 32767],
    type: RdbType.setIntset,
    is: ['-1', '3', '32767'],
  },
  {
    what: 'a set of integers, 32 bits',
    make: ['SADD', 'k', 3, -70_000],
    type: RdbType.setIntset,
    is: ['-70000', '3'],
  },
  {
    what: 'a set of integers, 64 bits',
    make: ['SADD', 'k', '9223372036854775807', '-9223372036854775808'],
    type: RdbType.setIntset,
    is: ['-9223372036854775808', '9223372036854775807'],
  },
  { what: 'a small set', make: ['SADD', 'k', 'b', 'a', '7'], type: RdbType.set, is: ['7', 'a', 'b'] },
  {
    what: 'a large set',
    make: ['SADD', 'k', ...times(1000, '')],
    type: RdbType.set,
    is: times(1000, '').sort(),
  },
  {
    what: 'a small hash',
    make: ['HSET', 'k', 'f', 'v', '12', '-3', '', ''],
    type: RdbType.hashListpack,
    is: { f: 'v', 12: '-3', '': '' },
  },
  { what: 'a large hash', make: ['HSET', 'k', ...times(2000, 'f')], type: RdbType.hash },
  {
    what: 'a small sorted set',
    make: ['ZADD', 'k', '1.5', 'a', 'inf', 'b', '-inf', 'c', '-0.1', 'd', '1e300', 'e', 3, 'f'],
    type: RdbType.sortedSetListpack,
    is: { a: 1.5, b: Infinity, c: -Infinity, d: -0.1, e: 1e300, f: 3 },
  },
  {
    what: 'a large sorted set',
    make: ['ZADD', 'k', ...times(500, 'm').flatMap((m, i) => [i * 0.1, m])],
    type: RdbType.sortedSet2,
    is: Object.fromEntries(times(500, 'm').map((m, i) => [m, i * 0.1])),
  },
];

const LARGEST = '18446744073709551615';
const STREAMS: readonly {
  readonly what: string;
  readonly make: readonly (readonly (string | number)[])[];
}[] = [
  { what: 'one entry', make: [['XADD', 'k', '5-1', 'a', 'b']] },
  { what: 'no entry', make: [['XGROUP', 'CREATE', 'k', 'g', '$', 'MKSTREAM']] },
  {
    what: 'entries of all kinds',
    make: [
      ...times(1000, 'v').map((v, i) => [
        'XADD',
        'k',
        `${1_700_000_000_000 + i * 37}-${i % 3}`,
        'f',
        v,
        'n',
        i * i * i,
      ]),
      ['XADD', 'k', '1800000000000-0', ...times(200, 'x')],
      ['XADD', 'k', '1800000000001-0', 'n', '-9223372036854775808', 'f', HUGE],
      ['XADD', 'k', `1800000000001-${LARGEST}`, 'f', '', '', 'n'],
      ['XADD', 'k', `${LARGEST}-7`, 'f', '007', 'n', '-0'],
    ],
  },
  {
    what: 'deleted entries and groups',
    make: [
      ...times(300, 'v').map((v, i) => ['XADD', 'k', `${i + 1}-0`, i % 5 === 0 ? 'g' : 'f', v]),
      ['XDEL', 'k', '3', '150', '151', '300'],
      ['XTRIM', 'k', 'MAXLEN', 250],
      ['XGROUP', 'CREATE', 'k', 'g', 0],
      ['XGROUP', 'CREATE', 'k', 'other', '$', 'ENTRIESREAD', 12],
      ['XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', 70, 'STREAMS', 'k', '>'],
      ['XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', 30, 'STREAMS', 'k', '>'],
      ['XCLAIM', 'k', 'g', 'bob', 0, '60-0', 'RETRYCOUNT', '9007199254740993'],
      ['XACK', 'k', 'g', '61-0', '62-0'],
      ['XGROUP', 'CREATECONSUMER', 'k', 'g', 'carol'],
    ],
  },
];

describe('DUMP and RESTORE with redis-server', needsRedisServer, () => {
  let server: RedisServer;
  before(async () => {
    server = await RedisServer.start(21500);
  });
  after(() => server.stop());

  const dump = async (): Promise<Buffer> => {
    const reply = await server.client.reply('DUMP', 'k');
    assert.ok(reply.type === 'bulk');
    return Buffer.from(reply.value, 'latin1');
  };
  /** The server's own comparison of content: equal for values that hold the same. */
  const digest = () => server.call('DEBUG', 'DIGEST-VALUE', 'k');

  for (const { what, make, type, is } of VALUES) {
    it(`${what}: its payload is read, and ours is taken as the same`, async () => {
      await server.call('DEL', 'k');
      await server.call(...make);
      const payload = await dump();
      assert.equal(payload[0], type, 'the encoding this test is about');
      assert.ok(isDumpPayload(payload));
      const value = restoreValue(payload, limits);
      assert.ok(value !== undefined);
      if (is !== undefined) assert.deepEqual(content(value), is);

      const expected = await digest();
      for (const compress of [true, false]) {
        await server.call('RESTORE', 'k', 0, dumpPayload(value, compress), 'REPLACE');
        assert.equal(await digest(), expected);
      }
    });
  }

  it('encodes a restored value as the server itself does', async () => {
    const encodings: Record<string, readonly (string | number)[]> = {
      intset: ['SADD', 'k', 1, 2],
      listpack: ['HSET', 'k', 'a', 'b'],
      hashtable: ['HSET', 'k', 'a', 'x'.repeat(65)],
      skiplist: ['ZADD', 'k', ...times(129, 'm').flatMap((m, i) => [i, m])],
      quicklist: ['RPUSH', 'k', ...times(3000, 'element-')],
    };
    for (const [encoding, make] of Object.entries(encodings)) {
      await server.call('DEL', 'k');
      await server.call(...make);
      const value = restoreValue(await dump(), limits);
      assert.ok(value !== undefined && !(value instanceof Uint8Array));
      assert.equal(value.encoding, encoding);
      assert.equal(await server.call('OBJECT', 'ENCODING', 'k'), encoding);
      await server.call('RESTORE', 'k', 0, dumpPayload(value, true), 'REPLACE');
      assert.equal(await server.call('OBJECT', 'ENCODING', 'k'), encoding, 'from our payload too');
    }
  });

  it('refuses a payload that is damaged anywhere, cut, or of a version to come', async () => {
    await server.call('DEL', 'k');
    await server.call('HSET', 'k', 'field', 'value');
    const payload = await dump();
    for (let at = 0; at < payload.length; at++) {
      const damaged = Buffer.from(payload);
      damaged[at] ^= 1;
      assert.ok(!isDumpPayload(damaged), `byte ${at}`);
      assert.ok(!isDumpPayload(payload.subarray(0, at)), `cut at ${at}`);
    }
  });

  it('a stream with groups: its payload is read, and ours is the same', async () => {
    for (const { what, make } of STREAMS) {
      await server.call('DEL', 'k');
      for (const argv of make) await server.call(...argv);
      const payload = await dump();
      assert.equal(payload[0], RdbType.streamListpacks2);
      const value = restoreValue(payload, limits);
      assert.ok(value !== undefined && !(value instanceof Uint8Array), what);

      const expected = [await digest(), await server.client.reply('XINFO', 'STREAM', 'k', 'FULL')];
      for (const compress of [true, false]) {
        await server.call('RESTORE', 'k', 0, dumpPayload(value, compress), 'REPLACE');
        assert.deepEqual(
          [await digest(), await server.client.reply('XINFO', 'STREAM', 'k', 'FULL')],
          expected,
        );
      }
      // Without compression, which may find other repetitions, there is but one way to write it.
      await server.call('CONFIG', 'SET', 'rdbcompression', 'no');
      assert.deepEqual(dumpPayload(value, false), await dump(), what);
      await server.call('CONFIG', 'SET', 'rdbcompression', 'yes');
    }
  });
});
