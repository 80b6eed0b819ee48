import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planRebalance } from '../../extension/trib/rebalance.ts';

const nodes = (...slots: number[]) => slots.map((count, i) => ({ node: i, weight: 1, slots: count }));

function slotsAfter(weighted: ReturnType<typeof nodes>, threshold = 2): number[] {
  const slots = weighted.map((entry) => entry.slots);
  for (const { source, target, count } of planRebalance(weighted, threshold)) {
    slots[source] = (slots[source] ?? 0) - count;
    slots[target] = (slots[target] ?? 0) + count;
  }
  return slots;
}

describe('the plan of rebalance', () => {
  it('leaves a cluster alone whose nodes are within the threshold', () => {
    assert.deepEqual(planRebalance(nodes(5461, 5462, 5461), 2), []);
    assert.deepEqual(planRebalance(nodes(5500, 5442, 5442), 2), []);
  });

  it('fills an empty primary from all others', () => {
    assert.deepEqual(slotsAfter(nodes(5461, 5462, 5461, 0)), [4096, 4096, 4096, 4096]);
  });

  it('respects weights, and empties a node of weight 0', () => {
    const weighted = nodes(4096, 4096, 4096, 4096).map((entry, i) => ({ ...entry, weight: i === 3 ? 0 : 1 }));
    assert.equal(slotsAfter(weighted)[3], 0);
  });

  it('always ends: what is given equals what is taken, for any shape', () => {
    for (let primaries = 3; primaries < 40; primaries++) {
      const slots = Array.from({ length: primaries }, (_, i) => (i * 977) % 1500);
      const total = slots.reduce((a, b) => a + b, 0);
      const result = slotsAfter(nodes(...slots), 0);
      assert.equal(
        result.reduce((a, b) => a + b, 0),
        total,
      );
      assert.ok(Math.max(...result) - Math.min(...result) <= 1, `${primaries}: ${result}`);
    }
  });
});
