import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { binaryOf, recentBinaryOf } from '../../extension/redis/bytes.ts';
import { SeededRandom } from './seeded-random.ts';

describe('strings of words that come again', () => {
  it('are what the bytes say, however many words share their place', () => {
    const random = new SeededRandom(7);
    for (let i = 0; i < 50_000; i++) {
      // Few different bytes and lengths: words that differ in one byte only are the rule here.
      const bytes = Uint8Array.from({ length: random.below(44) }, () =>
        random.below(4) === 0 ? random.below(256) : 0x61,
      );
      const start = random.below(3);
      const end = Math.max(start, bytes.length - random.below(3));
      assert.equal(recentBinaryOf(bytes, start, end), binaryOf(bytes, start, end));
    }
  });

  it('do not change when the bytes they came from do', () => {
    const bytes = Buffer.from('field:1');
    const first = recentBinaryOf(bytes, 0, bytes.length);
    bytes[6] = 0x32;
    assert.deepEqual([first, recentBinaryOf(bytes, 0, bytes.length)], ['field:1', 'field:2']);
  });
});
