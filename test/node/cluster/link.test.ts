import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { Link } from '../../../extension/node/cluster/link.ts';
import { HEADER_SIZE } from '../../../extension/node/cluster/message-codec.ts';
import type { Connection } from '../../../extension/redis/world.ts';

/** A frame as far as framing goes: signature, length, and bytes that tell it from others. */
function frame(length: number, fill: string): Buffer {
  const bytes = Buffer.alloc(length, fill);
  bytes.write('RCmb');
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

class Wire {
  readonly link: Link;
  readonly received: Buffer[] = [];
  readonly written: Buffer[] = [];
  garbage = 0;
  isFull = false;
  destroyed = false;
  /** Called with each message, while it is delivered. */
  during: (() => void) | undefined;

  constructor(inbound = true) {
    this.link = new Link(
      {
        turn: (work) => work(),
        connected: () => {},
        lost: () => {},
        message: (_link, bytes, start, end) => {
          this.received.push(Buffer.from(bytes.subarray(start, end)));
          this.during?.();
        },
        garbage: () => {
          this.garbage++;
        },
        dirty: () => {},
        closed: () => {},
      },
      inbound,
      undefined,
      { monotonicMs: () => 0, wallMs: () => 0, after: () => ({ cancel() {} }) },
    );
    const connection: Connection = {
      local: { host: '::ffff:10.0.0.1', port: 17_000 },
      remote: { host: '2001:db8::1', port: 40_000 },
      pendingBytes: 7,
      write: (bytes, start, end) => {
        this.written.push(Buffer.from(bytes.subarray(start, end)));
        return !this.isFull;
      },
      pause: () => {},
      resume: () => {},
      end: () => {},
      destroy: () => {
        this.destroyed = true;
      },
    };
    this.link.attach(connection);
  }
}

describe('a link', () => {
  const frames = [frame(HEADER_SIZE, 'a'), frame(HEADER_SIZE + 10_000, 'b'), frame(HEADER_SIZE + 1, 'c')];
  const stream = Buffer.concat(frames);

  for (const piece of [1, 7, 8, 9, 1000, HEADER_SIZE, 5000, stream.length]) {
    it(`finds the messages in pieces of ${piece} bytes`, () => {
      const wire = new Wire();
      // One array for all pieces, as sockets have it: nothing may be kept in it.
      const shared = Buffer.alloc(piece + 3);
      for (let at = 0; at < stream.length; at += piece) {
        const size = stream.copy(shared, 3, at, Math.min(at + piece, stream.length));
        wire.link.data(shared, 3, 3 + size);
        shared.fill(0xee);
      }
      assert.deepEqual(wire.received, frames);
    });
  }

  it('that brings anything else is closed', () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n'), frame(HEADER_SIZE, 'x').fill(0, 4, 8)]) {
      for (const piece of [1, bytes.length]) {
        const wire = new Wire();
        for (let at = 0; at < bytes.length; at += piece)
          wire.link.data(bytes, at, Math.min(at + piece, bytes.length));
        assert.equal(wire.garbage, 1);
        assert.ok(wire.destroyed && !wire.link.isOpen);
        assert.deepEqual(wire.received, []);
      }
    }
  });

  it('closed by a message delivers none of those behind it', () => {
    const wire = new Wire();
    wire.during = () => wire.link.close();
    wire.link.data(stream, 0, stream.length);
    assert.equal(wire.received.length, 1);
  });

  it('a length of gigabytes costs no memory before the bytes have come', () => {
    const wire = new Wire();
    const huge = frame(HEADER_SIZE, 'x');
    huge.writeUInt32BE(0xffffffff, 4);
    const before = process.memoryUsage().arrayBuffers;
    wire.link.data(huge, 0, huge.length);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
    assert.deepEqual(wire.received, []);
  });

  it('sends what a turn said in one write', () => {
    const wire = new Wire();
    for (const bytes of frames) wire.link.send(bytes);
    assert.equal(wire.link.queuedBytes, stream.length + 7);
    assert.deepEqual(wire.written, []);
    wire.link.flush();
    assert.deepEqual(wire.written, [stream]);
  });

  it('keeps a copy of what is said while it is dialled: the next turn writes over the frame', () => {
    const wire = new Wire(false);
    const said = frame(HEADER_SIZE, 'x');
    const shared = Buffer.from(said);
    wire.link.send(shared);
    wire.link.flush();
    shared.fill(0);
    wire.link.connected();
    wire.link.flush();
    assert.deepEqual(wire.written, [said]);
  });

  it('tells when the connection keeps what it was given', () => {
    const wire = new Wire();
    wire.link.send(frames[0]);
    assert.equal(wire.link.flush(), true);
    wire.isFull = true;
    wire.link.send(frames[0]);
    assert.equal(wire.link.flush(), false);
    // Several frames go as one array, which is nobody else's.
    for (const bytes of frames) wire.link.send(bytes);
    assert.equal(wire.link.flush(), true);
  });

  it('keeps what is said while it is dialled, up to a limit', () => {
    const wire = new Wire(false);
    const large = frame(600_000, 'x');
    wire.link.send(large);
    wire.link.send(large);
    wire.link.flush();
    assert.deepEqual(wire.written, []);
    wire.link.connected();
    wire.link.flush();
    assert.equal(Buffer.concat(wire.written).length, large.length);
  });

  it('tells addresses as people write them', () => {
    const { link } = new Wire();
    assert.equal(link.localIp, '10.0.0.1');
    assert.equal(link.remoteIp, '2001:db8::1');
  });
});
