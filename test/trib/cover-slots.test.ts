import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterNode } from '../../extension/trib/cluster-node.ts';
import { ClusterView } from '../../extension/trib/cluster-view.ts';
import { planCoverage } from '../../extension/trib/cover-slots.ts';
import { TribError } from '../../extension/trib/transcript.ts';

/** Primaries by name: so many slots, from 1000 on, and so many keys of these others. */
function viewOf(primaries: Record<string, { slots: number; keys?: Record<number, number> }>): ClusterView {
  const view = new ClusterView(() => Promise.reject(new Error('nobody is dialled')));
  for (const [name, { slots, keys = {} }] of Object.entries(primaries)) {
    const node = new ClusterNode({
      address: { host: name, port: 1 },
      credentials: {},
      call: async (_, what, slot) => {
        assert.equal(what, 'COUNTKEYSINSLOT');
        return keys[Number(slot)] ?? 0;
      },
      close: () => {},
    });
    node.id = name;
    for (let slot = 0; slot < slots; slot++) node.slots.add(1000 * (view.nodes.length + 1) + slot);
    view.nodes.push(node);
  }
  return view;
}

/** What is asked, and what would be done about it. */
async function plan(view: ClusterView, uncovered: readonly number[]): Promise<[string, string, string[]][]> {
  const coverage = await planCoverage(view, uncovered);
  return coverage.map(({ which, slots, repairs }) => [
    which,
    slots,
    repairs.flatMap(({ settle, gather }) => [...settle, ...gather].map(({ says }) => `${says}`)),
  ]);
}

describe('slots that nobody serves', () => {
  it('without keys go to the primaries with the fewest, neighbours together', async () => {
    const view = viewOf({ full: { slots: 10 }, poor: { slots: 3 }, empty: { slots: 0 } });
    assert.deepEqual(await plan(view, [0, 1, 2, 3, 4, 5, 6, 7, 8]), [
      [
        'have no keys across the cluster',
        '0-8',
        ['>>> Covering slots 0-2 with poor:1', '>>> Covering slots 3-8 with empty:1'],
      ],
    ]);
  });

  it('with keys on one primary are that one’s', async () => {
    const view = viewOf({ a: { slots: 0 }, b: { slots: 9, keys: { 3: 1, 5: 7 } }, c: { slots: 1 } });
    assert.deepEqual(await plan(view, [3, 5]), [
      ['have keys in just one node', '3,5', ['>>> Covering slots 3,5 with b:1']],
    ]);
  });

  it('with keys on several are the one’s that has most, and the keys with them', async () => {
    const view = viewOf({ a: { slots: 5, keys: { 3: 1 } }, b: { slots: 5, keys: { 3: 2 } } });
    const [[which, slots, says] = ['', '', []]] = await plan(view, [3]);
    assert.deepEqual([which, slots], ['have keys in multiple nodes', '3']);
    assert.match(says[0] ?? '', /Fixing slot 3: owned by no node, keys in a:1, b:1; .*; b:1 gets it$/);
    assert.equal(says[1], '>>> Moving the keys of slot 3 to b:1');
  });

  it('are asked about kind by kind', async () => {
    const view = viewOf({ a: { slots: 5, keys: { 3: 1, 4: 1 } }, b: { slots: 5, keys: { 3: 2 } } });
    const kinds = await plan(view, [2, 3, 4]);
    assert.deepEqual(
      kinds.map(([, slots]) => slots),
      ['2', '4', '3'],
    );
  });

  it('can be given to nobody when no primary is left', async () => {
    await assert.rejects(plan(viewOf({}), [1]), TribError);
  });
});
