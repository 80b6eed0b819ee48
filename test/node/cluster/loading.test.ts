import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerOf, put, TestCluster } from './simulated-cluster.ts';

describe('while its data is loaded from the disk', () => {
  it('a node takes no part: what it lost meanwhile it learns with the keys at hand, and drops them', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(first);
    const slot = 866;
    second.run((node) => {
      node.bumpEpoch();
      node.view.assign(slot, node.view.self);
      node.view.effects.saveNow();
    });
    const back = cluster.restart(first, true);
    cluster.simulation.runFor(3000);
    assert.equal(back.node.view.slots.owner(slot), back.node.view.self, 'nobody could tell it yet');
    assert.equal(put(back, 'hello'), slot);
    back.node.dataLoaded();
    assert.ok(cluster.settle(5000) < 4000);
    assert.equal(back.node.view.slots.owner(slot), peerOf(back, second));
    assert.equal(back.node.view.slots.importingFrom.size, 0);
    assert.equal(back.keyspace.countInSlot(slot), 0);
  });

  it('a primary that needs long is replaced, and follows who replaced it', () => {
    const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': '1000' });
    const [primary, , , replica] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(primary);
    const back = cluster.restart(primary, true);
    cluster.simulation.runUntil(() => replica.node.view.self.isPrimary, 5000);
    back.node.dataLoaded();
    cluster.settle(5000);
    assert.equal(back.node.view.self.primary?.id, replica.id);
    assert.equal(back.following?.host, replica.ip);
  });

  it('a replica is one already, and whose: what has expired stays, and the history goes on', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(replica);
    const back = cluster.restart(replica, true);
    assert.equal(back.following?.host, primary.ip);
  });

  it('the two seconds in which a restarted primary takes no queries have not begun', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [primary] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(primary);
    const back = cluster.restart(primary, true);
    cluster.simulation.runFor(3000);
    assert.equal(back.node.stateOk, false);
    back.node.dataLoaded();
    const took = cluster.simulation.runUntil(() => back.node.stateOk, 3000);
    assert.ok(took > 1800 && took < 2200, `${took}`);
  });

  it('a node leaves in order, and whoever waited for it is rid of it', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(first);
    const back = cluster.restart(first, true);
    cluster.simulation.runFor(500);
    assert.equal(peerOf(second, back).link?.isConnected, true);
    back.node.stop(true);
    back.running = false;
    cluster.simulation.runFor(500);
    assert.notEqual(peerOf(second, back).link?.isConnected, true);
  });
});
