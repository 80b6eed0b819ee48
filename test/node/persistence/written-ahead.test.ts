import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WrittenAhead } from '../../../extension/node/persistence/written-ahead.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';

test('what was written ahead is known until the walk has passed it', () => {
  const ahead = new WrittenAhead();
  const random = new SeededRandom(8);
  const added: [slot: number, hash: number][] = [];
  for (let i = 0; i < 20_000; i++) {
    const slot = i % 3 === 0 ? 130 : random.below(16384);
    // Hashes of all kinds, 0 and the ends among them.
    const hash = i < 8 ? [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 64, 128, 256][i] : random.below(2 ** 32) | 0;
    if (ahead.add(slot, hash ?? 0)) added.push([slot, hash ?? 0]);
    else assert.ok(ahead.has(slot, hash ?? 0));
  }
  assert.ok(added.length > 19_900);
  for (const [slot, hash] of added) {
    assert.ok(ahead.has(slot, hash));
    assert.ok(!ahead.add(slot, hash));
    assert.ok(
      !ahead.has(slot ^ 1, hash) || added.some((other) => other[0] === (slot ^ 1) && other[1] === hash),
    );
  }
  for (let slot = 0; slot < 200; slot++) ahead.passed(slot);
  for (const [slot, hash] of added) assert.equal(ahead.has(slot, hash), slot >= 128);
});
