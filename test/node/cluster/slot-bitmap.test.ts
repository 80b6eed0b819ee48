import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  countIn,
  inBoth,
  rangesIn,
  SlotBitmap,
  slotsIn,
  without,
} from '../../../extension/node/cluster/slot-bitmap.ts';
import { rangesOf, SLOT_COUNT, type SlotRange } from '../../../extension/redis/slots.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';

/** Within a byte, over its borders, whole bytes, all. */
const RANGES: readonly SlotRange[] = [
  [0, 0],
  [3, 5],
  [7, 8],
  [8, 15],
  [5, 23],
  [9, 16],
  [1, 14],
  [5461, 10922],
  [16376, 16383],
  [0, SLOT_COUNT - 1],
];

describe('a bitmap of slots', () => {
  it('takes a range as it takes its slots one by one', () => {
    for (const [first, last] of RANGES) {
      const oneByOne = new SlotBitmap();
      for (let slot = first; slot <= last; slot++) oneByOne.add(slot);
      const atOnce = new SlotBitmap();
      atOnce.addUnset([first, last]);
      assert.ok(atOnce.equals(oneByOne.bytes), `${first}-${last}`);
      assert.equal(atOnce.count, oneByOne.count);
      assert.deepEqual(rangesIn(atOnce.bytes), [[first, last]]);
    }
  });

  it('adds ranges beside each other', () => {
    const bitmap = new SlotBitmap();
    bitmap.addUnset([0, 2]);
    bitmap.addUnset([3, 12]);
    bitmap.addUnset([14, 14]);
    assert.deepEqual(bitmap.ranges(), [
      [0, 12],
      [14, 14],
    ]);
    assert.equal(bitmap.count, 14);
  });

  it('tells the same as a set of numbers, whatever comes and goes', () => {
    const random = new SeededRandom(1);
    const bitmap = new SlotBitmap();
    const numbers = new Set<number>();
    const anyRange = (): SlotRange => {
      const first = random.below(SLOT_COUNT);
      return [first, Math.min(SLOT_COUNT - 1, first + random.below(random.below(2) === 0 ? 20 : 3000))];
    };
    const slotsOf = ([first, last]: SlotRange) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    for (let i = 0; i < 400; i++) {
      const range = anyRange();
      const slots = slotsOf(range);
      if (i % 3 === 0 && !slots.some((slot) => numbers.has(slot))) {
        bitmap.addUnset(range);
        for (const slot of slots) numbers.add(slot);
      } else if (i % 3 === 1) {
        for (const slot of slots) assert.equal(bitmap.add(slot), !numbers.has(slot));
        for (const slot of slots) numbers.add(slot);
        // For the second time.
        assert.equal(bitmap.add(range[0]), false);
      } else for (const slot of slots) assert.equal(bitmap.delete(slot), numbers.delete(slot));
      const asked = anyRange();
      assert.equal(
        bitmap.firstIn(asked),
        slotsOf(asked).find((slot) => numbers.has(slot)),
      );
      assert.equal(
        bitmap.firstMissingIn(asked),
        slotsOf(asked).find((slot) => !numbers.has(slot)),
      );
      assert.equal(bitmap.count, numbers.size);
      if (i % 20 > 0) continue;
      const sorted = [...numbers].sort((a, b) => a - b);
      assert.deepEqual([...bitmap], sorted);
      assert.equal(countIn(bitmap.bytes), numbers.size);
      assert.deepEqual(bitmap.ranges(), rangesOf(sorted));
    }
    for (const slot of numbers) bitmap.delete(slot);
    assert.equal(bitmap.count, 0);
    assert.deepEqual(bitmap.ranges(), []);
    assert.equal(new SlotBitmap().count, 0, 'those without slots share their bytes, which stay empty');
    assert.ok(new SlotBitmap().equals(new Uint8Array(SLOT_COUNT / 8)));
  });

  it('finds the first slot of a range that is there, or is not', () => {
    const bitmap = new SlotBitmap();
    bitmap.addUnset([100, 299]);
    assert.equal(bitmap.firstIn([0, 99]), undefined);
    assert.equal(bitmap.firstIn([0, 100]), 100);
    assert.equal(bitmap.firstIn([150, 400]), 150);
    assert.equal(bitmap.firstIn([300, 16383]), undefined);
    assert.equal(bitmap.firstMissingIn([100, 299]), undefined);
    assert.equal(bitmap.firstMissingIn([100, 300]), 300);
    assert.equal(bitmap.firstMissingIn([99, 200]), 99);
  });

  it('is compared with another, wherever its bytes lie in a message', () => {
    const [ours, theirs] = [new SlotBitmap(), new SlotBitmap()];
    ours.addUnset([5, 70]);
    theirs.addUnset([40, 16383]);
    for (let offset = 0; offset < 4; offset++) {
      const message = new Uint8Array(offset + theirs.bytes.length);
      message.set(theirs.bytes, offset);
      const claimed = message.subarray(offset);
      assert.deepEqual(rangesIn(claimed), [[40, 16383]]);
      assert.deepEqual(rangesIn(without(claimed, ours.bytes)), [[71, 16383]]);
      assert.deepEqual(rangesIn(without(ours.bytes, claimed)), [[5, 39]]);
      assert.deepEqual([...slotsIn(inBoth(claimed, ours.bytes))].slice(0, 2), [40, 41]);
      assert.deepEqual(rangesIn(inBoth(claimed, ours.bytes)), [[40, 70]]);
    }
    assert.deepEqual(ours.ranges(), [[5, 70]], 'the operands stay as they are');
  });
});
