import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backlog, moveOn, type Place } from '../../../extension/node/replication/backlog.ts';

const LIMIT = 1024 * 1024;
const CHUNK = 1000;

/** A stream whose byte at each offset can be told from the offset. */
function byteAt(offset: number): number {
  return (offset * 31 + (offset >> 8)) & 0xff;
}

function stream(start: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => byteAt(start + i));
}

function grow(backlog: Backlog, bytes: number): void {
  for (let rest = bytes; rest > 0; rest -= CHUNK) {
    const size = Math.min(CHUNK, rest);
    backlog.append(stream(backlog.end, size), 0, size);
  }
}

/** Reads on from `place` to the end of the stream, as a replica is sent it, and holds every byte against its offset. */
function readOn(place: Place): number {
  for (;;) {
    moveOn(place);
    const { block, at } = place;
    if (at === block.size) return block.start + at;
    const expected = stream(block.start + at, block.size - at);
    assert.ok(Buffer.from(expected).equals(block.bytes.subarray(at, block.size)), `at ${block.start + at}`);
    place.at = block.size;
  }
}

describe('the backlog', () => {
  it('keeps what its limit says, and finds every offset of that', () => {
    const backlog = new Backlog(7, () => LIMIT);
    grow(backlog, 4_000_000);
    assert.ok(backlog.size >= LIMIT && backlog.size < 2 * LIMIT);
    assert.equal(backlog.find(backlog.begin - 1), undefined);
    const place = backlog.find(backlog.begin);
    assert.ok(place);
    assert.equal(readOn(place), backlog.end);
  });

  it('writes over blocks that nobody needs any more, instead of asking for new memory', () => {
    const backlog = new Backlog(
      0,
      () => LIMIT,
      () => backlog.end,
    );
    grow(backlog, 2_000_000);
    const memory = new Set<ArrayBufferLike>();
    for (let i = 0; i < 100; i++) {
      grow(backlog, 50_000);
      const place = backlog.find(backlog.end);
      assert.ok(place);
      memory.add(place.block.bytes.buffer);
    }
    // 5 MB went through: 80 blocks of 64 KiB. Those of one limit, and one or two more, are enough for them.
    assert.ok(memory.size <= LIMIT / (64 * 1024) + 2, `${memory.size} blocks`);
  });

  it('leaves alone what a replica has yet to be sent, however old it is', () => {
    let slow = 0;
    const backlog = new Backlog(
      0,
      () => LIMIT,
      () => slow,
    );
    grow(backlog, 100_000);
    slow = 90_000;
    const place = backlog.find(slow);
    assert.ok(place);
    grow(backlog, 3_000_000);
    assert.equal(readOn(place), backlog.end);
    slow = backlog.end;
    grow(backlog, 3_000_000);
    assert.equal(readOn(place), backlog.end);
  });

  it('has for others, too, what it keeps for the slowest replica, and lets it go with that one', () => {
    let slow = 50_000;
    const backlog = new Backlog(
      0,
      () => LIMIT,
      () => slow,
    );
    grow(backlog, 3_000_000);
    assert.ok(backlog.begin <= slow);
    const place = backlog.find(slow + 1000);
    assert.ok(place);
    assert.equal(readOn(place), backlog.end);
    slow = Number.POSITIVE_INFINITY;
    backlog.trim();
    assert.ok(backlog.size >= LIMIT && backlog.size < 2 * LIMIT);
  });
});
