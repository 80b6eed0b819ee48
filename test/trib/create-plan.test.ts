import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planCreate, refusal } from '../../extension/trib/create-plan.ts';

const on = (host: string, ...names: string[]) => names.map((name) => ({ host, name }));
const pairs = (plan: ReturnType<typeof planCreate<{ host: string; name: string }>>) =>
  plan.replicas.map(({ node, of }) => `${node.name} -> ${of.name}`);

describe('the plan of create', () => {
  it('is the one of the tutorial on one host', () => {
    const plan = planCreate(on('h', '7000', '7001', '7002', '7003', '7004', '7005'), 1);
    assert.deepEqual(
      plan.primaries.map(({ node, slots }) => [node.name, ...slots]),
      [
        ['7000', 0, 5460],
        ['7001', 5461, 10922],
        ['7002', 10923, 16383],
      ],
    );
    assert.deepEqual(pairs(plan), ['7003 -> 7000', '7004 -> 7001', '7005 -> 7002']);
  });

  it('covers every slot once, whatever the number of primaries', () => {
    for (let count = 3; count <= 200; count++) {
      const nodes = Array.from({ length: count }, (_, i) => ({ host: 'h', name: String(i) }));
      let next = 0;
      for (const { slots } of planCreate(nodes, 0).primaries) {
        assert.equal(slots[0], next);
        next = slots[1] + 1;
      }
      assert.equal(next, 16384);
    }
  });

  it('spreads primaries over hosts and puts replicas on another host than their primary', () => {
    const plan = planCreate([...on('x', 'x1', 'x2'), ...on('y', 'y1', 'y2'), ...on('z', 'z1', 'z2')], 1);
    assert.deepEqual(new Set(plan.primaries.map(({ node }) => node.host)), new Set(['x', 'y', 'z']));
    for (const { node, of } of plan.replicas) assert.notEqual(node.host, of.host);
  });

  it('gives left-over nodes to the primaries in turn', () => {
    const plan = planCreate(on('h', 'a', 'b', 'c', 'd', 'e', 'f', 'g'), 1);
    assert.deepEqual(pairs(plan), ['d -> a', 'e -> b', 'f -> c', 'g -> a']);
  });

  it('refuses fewer than three primaries in the known words', () => {
    assert.equal(refusal(6, 1), undefined);
    assert.deepEqual(refusal(5, 1), [
      '*** ERROR: Invalid configuration for cluster creation.',
      '*** Redis Cluster requires at least 3 master nodes.',
      '*** This is not possible with 5 nodes and 1 replicas per node.',
      '*** At least 6 nodes are required.',
    ]);
  });
});
