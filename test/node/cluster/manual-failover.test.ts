import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestCluster } from './simulated-cluster.ts';

describe('CLUSTER FAILOVER', () => {
  it('loses nothing: the primary stands still, the replica catches up, and all agree in a moment', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const cluster = TestCluster.create(seed, 3, 3);
      const [primary, , , replica] = cluster.members;
      primary.offset = 5000;
      cluster.simulation.runFor(10);
      replica.run((node) => node.failover('agreed'));
      cluster.simulation.runUntil(() => primary.writesPausedUntil !== undefined, 10);
      const took = cluster.simulation.runUntil(() => !replica.node.isReplica, 1000);
      assert.ok(took < 20, `seed ${seed}: ${took} ms`);
      cluster.simulation.runUntil(() => primary.node.isReplica, 20);
      assert.equal(replica.offset, 5000);
      assert.equal(
        primary.writesPausedUntil,
        undefined,
        'its clients go on, and are sent to the new primary',
      );
      assert.ok(cluster.settle(1000) < 20);
      assert.equal(primary.following?.host, replica.ip);
    }
  });

  it('waits until the replica has all the primary had', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    // The stream is behind: nothing arrives until we let it.
    const { following } = replica;
    replica.following = { host: 'nowhere', port: 0 };
    primary.offset = 100;
    replica.offset = 60;
    replica.run((node) => node.failover('agreed'));
    cluster.simulation.runFor(1000);
    assert.ok(replica.node.isReplica);
    // As many bytes, but of what?
    replica.offset = 100;
    cluster.simulation.runFor(1000);
    assert.ok(replica.node.isReplica);
    replica.following = following;
    // The stream's bytes end a turn of the replica.
    replica.run(() => {});
    assert.ok(cluster.simulation.runUntil(() => !replica.node.isReplica, 1000) < 10);
  });

  it('is given up after five seconds, and the clients go on where they were', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    replica.following = { host: 'nowhere', port: 0 };
    primary.offset = 100;
    replica.run((node) => node.failover('agreed'));
    cluster.simulation.runFor(4800);
    assert.notEqual(primary.writesPausedUntil, undefined);
    cluster.simulation.runFor(400);
    assert.equal(primary.writesPausedUntil, undefined);
    assert.ok(replica.node.isReplica && !primary.node.isReplica);
    assert.ok(replica.logs.includes('Manual failover timed out.'));
  });

  it('there and back again needs no waiting for an old election to expire', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [one, , , two] = cluster.members;
    two.run((node) => node.failover('agreed'));
    cluster.simulation.runUntil(() => one.node.isReplica && !two.node.isReplica, 1000);
    cluster.settle(1000);
    one.run((node) => node.failover('agreed'));
    cluster.simulation.runUntil(() => two.node.isReplica && !one.node.isReplica, 1000);
    cluster.settle(1000);
    assert.equal(one.node.view.self.configEpoch, 8);
  });

  it('FORCE works with a dead primary, before anybody called it failed', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    cluster.crash(primary);
    cluster.simulation.runFor(5);
    assert.throws(() => replica.run((node) => node.failover('agreed')), /please use CLUSTER FAILOVER FORCE/);
    replica.run((node) => node.failover('force'));
    assert.ok(cluster.simulation.runUntil(() => !replica.node.isReplica, 1000) < 20);
  });

  it('TAKEOVER works without any other primary', () => {
    const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': '2000' });
    const [one, two, three, replica, second, third] = cluster.members;
    for (const dead of [one, two, three]) cluster.crash(dead);
    cluster.simulation.runFor(5000);
    for (const survivor of [replica, second, third]) survivor.run((node) => node.failover('takeover'));
    cluster.simulation.runUntil(() => [replica, second, third].every(({ node }) => node.stateOk), 10_000);
    assert.deepEqual(replica.slots, [[0, 5460]]);
    const epochs = [replica, second, third].map(({ node }) => node.view.self.configEpoch);
    assert.equal(new Set(epochs).size, 3, 'no two nodes keep one epoch');
  });

  it('is for replicas that know their primary', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    assert.throws(() => primary.node.failover('agreed'), /You should send CLUSTER FAILOVER to a replica/);
    replica.node.view.self.primary = undefined;
    assert.throws(() => replica.node.failover('agreed'), /my master is unknown to me/);
  });
});
