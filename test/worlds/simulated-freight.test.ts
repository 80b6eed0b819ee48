import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { load } from '../../extension/worlds/simulated-freight.ts';

const SEGMENT = 32 * 1024;

describe('bytes on their way', () => {
  it('are a copy, and come out piece by piece', () => {
    const bytes = Buffer.from('hello, you');
    const freight = load(bytes, 5);
    bytes.fill('x');
    const target = Buffer.alloc(3);
    assert.equal(freight.unload(target, 0), 3);
    assert.equal(target.toString(), 'hel');
    assert.equal(freight.length, 2);
    assert.equal(freight.unload(target, 1), 2);
    assert.equal(target.toString(), 'hlo');
    assert.equal(freight.length, 0);
  });

  it('stay as they are, however much is loaded and unloaded meanwhile', () => {
    const target = Buffer.alloc(SEGMENT);
    const waiting = load(Buffer.alloc(SEGMENT, 1), SEGMENT);
    const half = load(Buffer.alloc(SEGMENT, 2), SEGMENT);
    half.unload(Buffer.alloc(SEGMENT / 2), 0);
    for (let i = 0; i < 100; i++) {
      const [first, second] = [3, 4].map((fill) => load(Buffer.alloc(SEGMENT, fill), SEGMENT));
      second.unload(target, 0);
      assert.ok(target.every((byte) => byte === 4));
      first.unload(target, 0);
      assert.ok(target.every((byte) => byte === 3));
    }
    waiting.unload(target, 0);
    assert.ok(target.every((byte) => byte === 1));
    half.unload(target, 0);
    assert.ok(target.subarray(0, SEGMENT / 2).every((byte) => byte === 2));
  });
});
