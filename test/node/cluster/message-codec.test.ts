import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import {
  type Body,
  FAIL,
  type Header,
  MESSAGE_TYPES,
  type Message,
  PFAIL,
  PRIMARY,
  REPLICA,
} from '../../../extension/node/cluster/message.ts';
import {
  decodeMessage,
  encodeMessage,
  HEADER_SIZE,
  messageLength,
  messageType,
} from '../../../extension/node/cluster/message-codec.ts';
import { slotsIn } from '../../../extension/node/cluster/slot-bitmap.ts';
import { rangesOf } from '../../../extension/redis/slots.ts';

/** Frames that redis-server 7.0.15 sent, recorded between five nodes on 127.0.0.1. */
const recorded: Record<string, string> = JSON.parse(
  readFileSync(new URL('captured-7.0.15.json', import.meta.url), 'utf8'),
);

function captured(name: string): Buffer {
  return inflateRawSync(Buffer.from(recorded[name], 'base64'));
}

function read(bytes: Uint8Array): Message {
  const message = decodeMessage(bytes, 0, bytes.length);
  assert.ok(!('refused' in message), 'refused' in message ? message.refused : '');
  return message;
}

function refusal(bytes: Uint8Array): string {
  const message = decodeMessage(bytes, 0, bytes.length);
  assert.ok('refused' in message);
  return message.refused;
}

const A = 'a'.repeat(40);
const B = '0123456789abcdef0123456789abcdef01234567';

const header: Header = {
  sender: A,
  currentEpoch: 7,
  configEpoch: 2 ** 32 + 5,
  replicationOffset: 2 ** 40 + 3,
  slots: new Uint8Array(2048).fill(0x81),
  primaryId: B,
  announcedIp: '2001:db8::1',
  port: 7000,
  tlsPort: 0,
  busPort: 17000,
  flags: REPLICA,
  clusterOk: true,
  paused: true,
  forceAck: false,
  hasExtensions: false,
};

describe('bus messages of redis-server 7.0.15', () => {
  for (const name of Object.keys(recorded)) {
    it(`${name}: read, and written again byte for byte`, () => {
      const bytes = captured(name);
      assert.equal(messageLength(bytes, 0), bytes.length);
      const { header: told, body } = read(bytes);
      assert.deepEqual(Buffer.compare(encodeMessage(told, body), bytes), 0);
    });
  }

  it('a ping tells who, where, which slots and of whom', () => {
    const { header: told, body } = read(captured('ping with host name'));
    assert.equal(body.type, 'ping');
    assert.ok('gossip' in body);
    assert.equal(told.announcedIp, '127.0.0.1');
    assert.deepEqual([told.port, told.busPort, told.tlsPort], [21400, 21410, 0]);
    assert.deepEqual(rangesOf(slotsIn(told.slots)), [[0, 5460]]);
    assert.equal(told.configEpoch, 1);
    assert.equal(told.primaryId, undefined);
    assert.equal(body.extensions.hostname, 'host-0.example');
    assert.equal(body.extensions.shardId, undefined);
    assert.equal(body.gossip.length, 3);
    for (const entry of body.gossip) {
      assert.match(entry.id, /^[0-9a-f]{40}$/);
      assert.equal(entry.ip, '127.0.0.1');
      assert.equal(entry.busPort, entry.port + 10);
    }
  });

  it('a manual failover forces votes, and its primary says that it stands still', () => {
    assert.equal(read(captured('auth-req of a manual failover')).header.forceAck, true);
    assert.equal(read(captured('auth-req')).header.forceAck, false);
    assert.equal(read(captured('ping of a paused primary')).header.paused, true);
    assert.equal(read(captured('ping with gossip')).header.paused, false);
  });

  it('an update is about the owner of slots', () => {
    const { header: told, body } = read(captured('update'));
    assert.ok(body.type === 'update');
    // The new primary spoke of itself, to the old one that did not know yet.
    assert.equal(body.about, told.sender);
    assert.deepEqual(rangesOf(slotsIn(body.slots)), [[0, 5460]]);
    assert.equal(body.configEpoch, told.configEpoch);
  });

  it('a node with TLS tells both of its ports', () => {
    const both: Header = { ...header, port: 7100, tlsPort: 7200, busPort: 17200 };
    const { header: told } = read(encodeMessage(both, { type: 'auth-req' }));
    assert.deepEqual([told.port, told.tlsPort, told.busPort], [7100, 7200, 17200]);
  });

  it('a publish carries its channel and message', () => {
    const { body } = read(captured('publish'));
    assert.ok(body.type === 'publish');
    assert.equal(Buffer.from(body.channel).toString(), 'chan');
    assert.equal(Buffer.from(body.message).toString(), 'hello');
  });
});

describe('every message survives the wire', () => {
  const gossip = {
    id: B,
    pingSent: 1_700_000_000,
    pongReceived: 4_000_000_000,
    ip: '10.0.0.1',
    port: 1,
    tlsPort: 2,
    busPort: 65535,
    flags: PRIMARY | PFAIL | FAIL,
  };
  const extensions = {
    hostname: 'host-0.example',
    nodename: 'seven!!',
    forgotten: [
      { id: A, seconds: 59 },
      { id: B, seconds: 2 ** 33 },
    ],
    shardId: B,
    unknown: [],
  };
  const bodies: Body[] = [
    { type: 'ping', gossip: [], extensions: {} },
    { type: 'pong', gossip: [gossip, { ...gossip, id: A }], extensions },
    { type: 'meet', gossip: [gossip], extensions: { ...extensions, forgotten: [] } },
    { type: 'fail', about: B },
    { type: 'publish', channel: Buffer.from('news'), message: Buffer.alloc(100_000, 'x') },
    { type: 'publishshard', channel: Buffer.from([0, 255]), message: Buffer.alloc(0) },
    { type: 'auth-req' },
    { type: 'auth-ack' },
    { type: 'mfstart' },
    { type: 'update', about: A, configEpoch: 2 ** 53 - 1, slots: new Uint8Array(2048).fill(7) },
    { type: 'module', moduleId: 2n ** 63n + 1n, kind: 200, payload: Buffer.from('payload') },
  ];

  for (const body of bodies) {
    it(`${body.type}`, () => {
      const told = { ...header, hasExtensions: 'extensions' in body && 'hostname' in body.extensions };
      // In the middle of other bytes: places count from the frame, not from the array.
      const frame = encodeMessage(told, body);
      const bytes = Buffer.concat([Buffer.alloc(13, 0xee), frame, Buffer.alloc(5, 0xee)]);
      assert.equal(messageLength(bytes, 13), frame.length);
      assert.equal(messageType(bytes, 13), body.type);
      const message = decodeMessage(bytes, 13, 13 + frame.length);
      assert.ok(!('refused' in message));
      assert.deepEqual(plain(message.header), plain(told));
      assert.deepEqual(plain(message.body), plain(body));
    });
  }

  it('extensions are aligned to eight bytes and closed by a NUL', () => {
    const body: Body = {
      type: 'ping',
      gossip: [],
      extensions: { nodename: 'seven!!', hostname: 'eight!!!' },
    };
    const frame = encodeMessage({ ...header, hasExtensions: true }, body);
    // Seven letters and a NUL fill one word of eight bytes, eight letters need two.
    assert.equal(frame.length, HEADER_SIZE + 8 + 16 + 8 + 8);
    assert.equal(frame.readUInt16BE(2214), 2);
  });

  it('an address that is too long is cut, not run into the next field', () => {
    const frame = encodeMessage({ ...header, announcedIp: '1'.repeat(60) }, { type: 'mfstart' });
    assert.equal(read(frame).header.announcedIp, '1'.repeat(45));
  });
});

/** Buffers as arrays, absent extensions as empty ones: what is compared is the content. */
function plain(value: object): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => {
      if (typeof inner === 'bigint') return String(inner);
      if (inner?.type === 'Buffer') return [...inner.data];
      if (inner instanceof Uint8Array) return [...inner];
      if (key === 'extensions') return { forgotten: [], unknown: [], ...inner };
      return inner;
    }),
  );
}

describe('what is no message is refused', () => {
  const ping = (): Buffer => Buffer.from(captured('ping with host name'));

  it('by signature and by a length below the header', () => {
    assert.equal(messageLength(Buffer.from('HTTP/1.1'), 0), undefined);
    const short = ping();
    short.writeUInt32BE(HEADER_SIZE - 1, 4);
    assert.equal(messageLength(short, 0), undefined);
  });

  it('by every length that is not the one its counts add up to', () => {
    for (const name of Object.keys(recorded)) {
      const bytes = captured(name);
      assert.match(
        refusal(bytes.subarray(0, bytes.length - 1)),
        /^Received (a|invalid) [\w-]+ packet /,
        name,
      );
      assert.match(
        refusal(Buffer.concat([bytes, Buffer.alloc(8)])),
        /of length \d+ but expected length \d+$/,
      );
    }
  });

  it('by counts that lead beyond the end', () => {
    const gossip = ping();
    gossip.writeUInt16BE(60_000, 14);
    assert.match(refusal(gossip), /exceeds total packet length/);
    const extensions = ping();
    extensions.writeUInt16BE(2, 2214);
    assert.match(refusal(extensions), /exceeds total packet length/);
    const lengths = Buffer.from(captured('publish'));
    lengths.writeUInt32BE(0xffffffff, HEADER_SIZE);
    assert.match(refusal(lengths), /expected length 4294969\d+/);
  });

  it('by an end before the counts themselves', () => {
    for (const [type, counts] of [
      ['publish', 8],
      ['module', 13],
    ] as const) {
      const cut = encodeMessage(header, { type: 'auth-req' });
      cut.writeUInt16BE(MESSAGE_TYPES.indexOf(type), 12);
      assert.equal(
        refusal(cut),
        `Received invalid ${type} packet of length ${HEADER_SIZE} but expected length ${HEADER_SIZE + counts}`,
      );
    }
  });

  it('by an extension whose length is none', () => {
    const start = HEADER_SIZE + 3 * 104;
    const unaligned = ping();
    unaligned.writeUInt32BE(23, start);
    assert.match(refusal(unaligned), /without proper padding \(23 bytes\)/);
    const empty = ping();
    empty.writeUInt32BE(0, start);
    assert.match(refusal(empty), /exceeds total packet length/);
  });

  it('by its type, its version, or an epoch no counter can hold', () => {
    const type = ping();
    type.writeUInt16BE(11, 12);
    assert.equal(refusal(type), 'Received unknown packet type: 11');
    const epoch = ping();
    epoch.writeUInt32BE(0xffffffff, 16);
    assert.match(refusal(epoch), /epoch beyond/);
    const version = ping();
    version.writeUInt16BE(2, 8);
    const refused = decodeMessage(version, 0, version.length);
    assert.ok('refused' in refused && refused.silent);
  });

  it('an extension of a later version is passed over', () => {
    const bytes = ping();
    bytes.writeUInt16BE(9, HEADER_SIZE + 3 * 104 + 4);
    const { body } = read(bytes);
    assert.ok('extensions' in body);
    assert.deepEqual(body.extensions.unknown, [9]);
    assert.equal(body.extensions.hostname, undefined);
  });

  it('an extension of a later version is not taken for a shard id of the same length', () => {
    const extensions = { shardId: B };
    const bytes = encodeMessage({ ...header, hasExtensions: true }, { type: 'ping', gossip: [], extensions });
    bytes.writeUInt16BE(9, HEADER_SIZE + 4);
    const { body } = read(bytes);
    assert.ok('extensions' in body);
    assert.deepEqual(body.extensions.unknown, [9]);
    assert.equal(body.extensions.shardId, undefined);
  });

  it('random bytes never do more than be refused', () => {
    let seed = 1;
    const next = (): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed;
    };
    let refused = 0;
    for (const name of Object.keys(recorded)) {
      for (let round = 0; round < 200; round++) {
        const bytes = Buffer.from(captured(name));
        for (let hits = 0; hits < 4; hits++) bytes[8 + (next() % (bytes.length - 8))] = next() & 0xff;
        const message = decodeMessage(bytes, 0, bytes.length);
        if ('refused' in message) refused++;
        else assert.ok(MESSAGE_TYPES.includes(message.body.type));
      }
    }
    assert.ok(refused > 0);
  });
});
