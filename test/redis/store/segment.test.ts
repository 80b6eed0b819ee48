import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCell, isFull, removeCell, wordOf } from '../../../extension/redis/store/segment.ts';
import { SegmentPool } from '../../../extension/redis/store/segment-pool.ts';
import { SeededRandom } from '../seeded-random.ts';

const BITS = 4;

test('a segment keeps each key within reach of its home, whichever leave before it and round its end', () => {
  const random = new SeededRandom(5);
  for (const depth of [0, 3]) {
    const pool = new SegmentPool();
    const cells = pool.allocate(BITS);
    const words = pool.words(cells);
    const hashes = new Map<number, number>();
    for (let address = 1; address < 5000; address++) {
      if (!isFull(hashes.size, BITS) && random.below(3) > 0) {
        // Homes are the last cells of the segment, so that many a key stands at its beginning.
        const hash = ((0xe000_0000 >>> depth) + random.below(0x2000_0000 >>> depth)) | 0;
        addCell(pool, cells, BITS, depth, hash, address);
        hashes.set(address, hash);
        continue;
      }
      const [gone, hash] = [...hashes][random.below(hashes.size)] ?? [];
      if (gone === undefined || hash === undefined) continue;
      removeCell(pool, cells, BITS, depth, wordOf(pool, cells, BITS, depth, hash, gone));
      hashes.delete(gone);
      for (const [kept, itsHash] of hashes) {
        const at = wordOf(pool, cells, BITS, depth, itsHash, kept);
        assert.deepEqual([words[at], words[at + 1]], [itsHash, kept]);
        const home = (itsHash << depth) >>> (32 - BITS);
        for (let cell = home; pool.place(cells) + 2 * cell !== at; cell = (cell + 1) % (1 << BITS)) {
          assert.notEqual(words[pool.place(cells) + 2 * cell + 1], 0, 'a search would end before the key');
        }
      }
    }
  }
});
