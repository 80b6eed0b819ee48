/** Streams as DUMP payloads and in RDB files: as 5.0, 7.0 and 7.2 write them, in pieces, and damaged. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { type Command, command, WRITE } from '../../../../extension/redis/commands/command.ts';
import { allCommands } from '../../../../extension/redis/commands/index.ts';
import { NO_KEYS } from '../../../../extension/redis/commands/key-spec.ts';
import { readStreams } from '../../../../extension/redis/commands/stream-reading.ts';
import { defaultEncodingLimits } from '../../../../extension/redis/store/encoding-limits.ts';
import { dumpPayload, isDumpPayload, restoreValue } from '../../../../extension/redis/store/rdb/dump.ts';
import { RdbError, RdbType } from '../../../../extension/redis/store/rdb/format.ts';
import { RdbReader } from '../../../../extension/redis/store/rdb/reader.ts';
import { ValueReader } from '../../../../extension/redis/store/rdb/value-reader.ts';
import { RdbWriter } from '../../../../extension/redis/store/rdb/writer.ts';
import type { StreamValue } from '../../../../extension/redis/store/stream/stream-value.ts';
import { StoreSession } from '../../commands/store-session.ts';
import { SeededRandom } from '../../seeded-random.ts';

const limits = defaultEncodingLimits();

/**
 * By redis-server 7.2.4: entries 5-1 and 7-0, between them a deleted one; group g with 5-1 pending with alice, and bob
 * who never got anything.
 */
const PAYLOAD_7_2 =
  '15011000000000000000050000000000000001405050000000190002010101020181660281' +
  '6e020001020100010001817602f2a0860104050103010101dfff02817702dfff020501000102' +
  '01dfff020101856f7468657206f4351cdcdf02000000090601ff0207000501060003010167' +
  '050181ffffffffffffffff01000000000000000500000000000000010068e5cf8b01000003' +
  '0205616c696365c4d1b60fa2010000c4d1b60fa20100000100000000000000050000000000' +
  '00000103626f626fd1b60fa2010000ffffffffffffffff000b00be5c7930dab2463a';

const readGroup: Command = command('xreadgroup', -7, WRITE, NO_KEYS, (call) => {
  if (readStreams(call, true) !== undefined) call.reply.nullArray();
});

function sessionWith(stream: StreamValue): StoreSession {
  const redis = new StoreSession([allCommands, [readGroup]], { limits });
  redis.db.putKey(Buffer.from('s'), stream);
  return redis;
}

function restored(payload: Uint8Array): StreamValue {
  const value = restoreValue(payload, limits);
  assert.ok(value !== undefined && !(value instanceof Uint8Array) && value.kind === 'stream');
  return value;
}

describe('a stream', () => {
  it('of 7.2 is read with all it knows, and written as 7.0 reads it', () => {
    const payload = Buffer.from(PAYLOAD_7_2, 'hex');
    assert.ok(isDumpPayload(payload));
    const shown = (stream: StreamValue) => sessionWith(stream).run('XINFO', 'STREAM', 's', 'FULL');
    const stream = restored(payload);
    assert.equal(
      shown(stream),
      '[length :2 radix-tree-keys :1 radix-tree-nodes :2 last-generated-id 7-0 max-deleted-entry-id 6-0 ' +
        'entries-added :3 recorded-first-entry-id 5-1 entries [[5-1 [f v n 100000]] [7-0 [other 12345678901]]] ' +
        'groups [[name g last-delivered-id 5-1 entries-read nil lag nil pel-count :1 ' +
        'pending [[5-1 alice :1700000000000 :3]] consumers [' +
        '[name alice seen-time :1795559969220 active-time :1795559969220 pel-count :1 pending [[5-1 :1700000000000 :3]]] ' +
        '[name bob seen-time :1795559969135 active-time :-1 pel-count :0 pending []]]]]]',
    );
    const ours = dumpPayload(stream, true);
    assert.equal(ours[0], RdbType.streamListpacks2);
    // When bob was last active is what 7.0 does not tell: when he was last seen is the nearest guess.
    const guessed = shown(stream).replace('active-time :-1', 'active-time :1795559969135');
    assert.equal(shown(restored(ours)), guessed);
  });

  it('of 5.0 says less: what was added and read is counted', () => {
    const writer = new RdbWriter(false);
    const id = Buffer.from('00000000000000050000000000000001', 'hex');
    writer.length(1);
    writer.string(id);
    writer.string(Buffer.from('1d0000000a0001010001010181660200010201000100018176020401ff', 'hex'));
    for (const number of [1, 5, 1, 1]) writer.length(number);
    writer.binary('g');
    for (const number of [5, 1, 1]) writer.length(number);
    writer.raw(id);
    writer.int64(1_700_000_000_000);
    writer.length(2);
    writer.length(1);
    writer.binary('alice');
    writer.int64(1_700_000_000_000);
    writer.length(1);
    writer.raw(id);
    const stream = new ValueReader(RdbType.streamListpacks, limits).read(new RdbReader(writer.take()));
    assert.ok(stream !== undefined && !(stream instanceof Uint8Array) && stream.kind === 'stream');
    assert.match(
      sessionWith(stream).run('XINFO', 'STREAM', 's', 'FULL'),
      /entries-added :1 recorded-first-entry-id 5-1 .* entries-read :1 lag :0 pel-count :1 /,
    );
  });

  it('may arrive in any pieces', () => {
    const bytes = Buffer.from(PAYLOAD_7_2, 'hex').subarray(1, -10);
    for (const size of [1, 7, 50]) {
      const reader = new ValueReader(RdbType.streamListpacks3, limits);
      let committed = 0;
      let value: ReturnType<ValueReader['read']>;
      for (let end = size; value === undefined; end += size) {
        const piece = new RdbReader(bytes.subarray(0, Math.min(end, bytes.length)), committed);
        try {
          value = reader.read(piece);
        } catch (error) {
          assert.ok(error instanceof RdbError && error.missing > 0);
          committed = piece.committed;
        }
      }
      assert.deepEqual(
        dumpPayload(value, false),
        dumpPayload(restored(Buffer.from(PAYLOAD_7_2, 'hex')), false),
      );
    }
  });

  it('that is damaged is refused, or is one that every command copes with', () => {
    const random = new SeededRandom(7);
    const good = Buffer.from(PAYLOAD_7_2, 'hex');
    let survivors = 0;
    for (let n = 0; n < 1000; n++) {
      const damaged = Buffer.from(good);
      for (let left = 1 + random.below(3); left > 0; left--) {
        damaged[1 + random.below(good.length - 11)] = random.below(256);
      }
      const value = restoreValue(damaged, limits);
      if (value === undefined) continue;
      assert.ok(!(value instanceof Uint8Array) && value.kind === 'stream');
      survivors++;
      const redis = sessionWith(value);
      // Anything but a ReplyError is thrown.
      for (const line of EVERYTHING) redis.run(...line.split(' '));
      dumpPayload(value, true);
    }
    assert.ok(survivors > 30, `${survivors} were taken`);
  });
});

const EVERYTHING = [
  'XINFO STREAM s FULL COUNT 0',
  'XINFO STREAM s',
  'XINFO GROUPS s',
  'XRANGE s - +',
  'XREVRANGE s + -',
  'XPENDING s g - + 100',
  'XREADGROUP GROUP g bob STREAMS s >',
  'XREADGROUP GROUP g alice STREAMS s 0',
  'XAUTOCLAIM s g bob 0 0',
  'XDEL s 5-1 7-0',
  'XACK s g 5-1',
  'XADD s * f v',
  'COPY s t',
  'XTRIM s MAXLEN 1',
  'XTRIM t MINID 6',
];
