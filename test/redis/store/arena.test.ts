import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../../extension/redis/store/arena.ts';

test('a block lies whole within its slab, whatever sizes come first', () => {
  for (const size of [8, 1000, 16_376, 16_384, 30_000, 131_072, 131_073, 2_000_000]) {
    const arena = new Arena();
    const blocks: { at: number; size: number; mark: number }[] = [];
    for (const [i, bytes] of [size, size, 40, size, 100_000, 24, size].entries()) {
      const at = arena.allocate(bytes);
      const slab = arena.slab(at);
      assert.notEqual(at, 0);
      assert.ok(
        arena.offset(at) + bytes <= slab.length,
        `${bytes} bytes at ${arena.offset(at)} of ${slab.length}`,
      );
      slab.fill(i + 1, arena.offset(at), arena.offset(at) + bytes);
      blocks.push({ at, size: bytes, mark: i + 1 });
    }
    for (const { at, size: bytes, mark } of blocks) {
      const content = arena.slab(at).subarray(arena.offset(at), arena.offset(at) + bytes);
      assert.ok(
        content.every((byte) => byte === mark),
        'no block overlaps another',
      );
    }
  }
});

test('a block too large to share a slab may be the very first', () => {
  const arena = new Arena();
  const large = arena.allocate(300_000);
  assert.notEqual(large, 0);
  assert.ok(arena.offset(large) + 300_000 <= arena.slab(large).length);
});
