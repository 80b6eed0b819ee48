import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MESSAGE_TYPES } from '../../../extension/node/cluster/message.ts';
import { peerOf, TestCluster } from './simulated-cluster.ts';

describe('six fresh nodes', () => {
  it('know each other, agree about the slots and are ok within milliseconds', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = new TestCluster(seed);
      for (let count = 6; count > 0; count--) cluster.add();
      const took = cluster.join(3);
      // One-way delays are up to 1 ms: a dozen round trips, and no tick of 100 ms waited for.
      assert.ok(took < 30, `seed ${seed}: ${took} ms`);
    }
  });
});

describe('a node that does not answer', () => {
  it('is told nothing, though it shows that it knows us', () => {
    const cluster = TestCluster.create(1, 3, 1);
    const [first, , , fresh] = cluster.members;
    fresh.run((node) => node.reset(true));
    for (const { node } of [first, fresh]) node.bus.ignoredType = MESSAGE_TYPES.indexOf('ping');
    cluster.members[1].run((node) => node.membership.meet(fresh.ip, 7000));
    cluster.simulation.runUntil(() => fresh.node.peer(first.id)?.link?.isConnected === true, 1000);
    cluster.simulation.runFor(100);
    // Its pongs show that it knows the first node, which they reach.
    fresh.configure({ 'cluster-announce-hostname': 'fresh.example' });
    cluster.simulation.runFor(1000);
    assert.equal(peerOf(first, fresh).hostname, 'fresh.example');
    assert.equal(peerOf(fresh, first).slots.count, 0);
    for (const { node } of [first, fresh]) node.bus.ignoredType = -1;
    cluster.simulation.runUntil(() => peerOf(fresh, first).slots.count > 0, 15_000);
  });
});
