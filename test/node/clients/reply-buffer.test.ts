import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { ReplyBuffer, ReplyBufferSizing } from '../../../extension/node/clients/reply-buffer.ts';

const KIB = 1024;

/** A connection that remembers what it sent; `keeps` as one does whose peer does not read. */
function connection(keeps = false) {
  const sent: Uint8Array[] = [];
  const write = (bytes: Uint8Array, start?: number, end?: number) => {
    sent.push(keeps ? bytes.subarray(start, end) : bytes.slice(start, end));
    return !keeps;
  };
  return { write, text: () => Buffer.concat(sent).toString() };
}

const add = (buffer: ReplyBuffer, text: string) => buffer.add(Buffer.from(text), text.length);

describe('the buffer for the replies of a session', () => {
  it('is there from the first reply on and sends all that waits at once', () => {
    const buffer = new ReplyBuffer(0);
    assert.equal(buffer.size, 0);
    add(buffer, '+OK\r\n');
    add(buffer, ':1\r\n');
    assert.deepEqual([buffer.size, buffer.length, buffer.peak], [16 * KIB, 9, 9]);
    const { write, text } = connection();
    buffer.sendTo({ write });
    buffer.sendTo({ write });
    assert.equal(text(), '+OK\r\n:1\r\n');
    assert.deepEqual([buffer.length, buffer.peak], [0, 9]);
  });

  it('leaves bytes alone that a connection keeps', () => {
    const buffer = new ReplyBuffer(0);
    const slow = connection(true);
    add(buffer, 'mine');
    buffer.sendTo(slow);
    add(buffer, 'more');
    assert.equal(slow.text(), 'mine');
  });

  it('takes nothing that it has no room for', () => {
    const buffer = new ReplyBuffer(0);
    assert.ok(add(buffer, 'x'.repeat(10 * KIB)));
    assert.ok(!add(buffer, 'y'.repeat(10 * KIB)));
    assert.deepEqual([buffer.length, buffer.peak], [10 * KIB, 16 * KIB]);
    const { write, text } = connection();
    buffer.sendTo({ write });
    assert.equal(text(), 'x'.repeat(10 * KIB));
  });

  it('is cut to what was needed of late, and doubled while that is all of it', () => {
    const sizing = new ReplyBufferSizing();
    const buffer = new ReplyBuffer(0);
    const answer = (size: number) => {
      add(buffer, 'x'.repeat(size));
      buffer.sendTo(connection());
    };
    answer(3000);
    buffer.resize(sizing, 1000);
    assert.equal(buffer.size, 3001);
    // What it needed is forgotten after five seconds, and counts until then.
    buffer.resize(sizing, 5000);
    assert.equal(buffer.size, 3001);
    buffer.resize(sizing, 6000);
    assert.equal(buffer.size, KIB);
    for (let i = 0; i < 10; i++) {
      answer(5000);
      buffer.resize(sizing, 7000 + i);
    }
    assert.equal(buffer.size, 8 * KIB);
    assert.deepEqual([sizing.shrunk, sizing.expanded], [2, 3]);
  });

  it('keeps its size while resizing is off', () => {
    const sizing = new ReplyBufferSizing();
    sizing.enabled = false;
    const buffer = new ReplyBuffer(0);
    add(buffer, '+OK\r\n');
    buffer.resize(sizing, 60_000);
    assert.equal(buffer.size, 16 * KIB);
  });
});
