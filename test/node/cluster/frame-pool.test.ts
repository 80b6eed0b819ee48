import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FramePool } from '../../../extension/node/cluster/frame-pool.ts';

describe('room for the messages of a turn', () => {
  it('messages of one turn do not share bytes, however many they are', () => {
    const pool = new FramePool();
    const frames = Array.from({ length: 200 }, (_, at) => pool.take(2256 + at).fill(at));
    for (const [at, frame] of frames.entries()) {
      assert.equal(frame.length, 2256 + at);
      assert.ok(frame.every((byte) => byte === at));
    }
  });

  it('what was written is written over by the next turn', () => {
    const pool = new FramePool();
    const first = pool.take(3000).fill(1);
    pool.flushed(false);
    pool.take(3000).fill(2);
    assert.ok(first.every((byte) => byte === 2));
  });

  it('what a connection keeps stays as it is', () => {
    const pool = new FramePool();
    const first = pool.take(3000).fill(1);
    pool.flushed(true);
    pool.take(3000).fill(2);
    assert.ok(first.every((byte) => byte === 1));
  });

  it('nodes of one process do not share bytes, however many turns have passed', () => {
    const pools = [new FramePool(), new FramePool(), new FramePool()];
    for (let turn = 0; turn < 10; turn++) {
      const frames = pools.map((pool, at) => pool.take(3000).fill(at));
      for (const [at, frame] of frames.entries()) assert.ok(frame.every((byte) => byte === at));
      for (const pool of pools) pool.flushed(turn === 5);
    }
  });

  it('a large message has an array of its own', () => {
    const pool = new FramePool();
    const small = pool.take(3000).fill(1);
    const large = pool.take(1024 * 1024).fill(2);
    assert.notEqual(large.buffer, small.buffer);
  });
});
