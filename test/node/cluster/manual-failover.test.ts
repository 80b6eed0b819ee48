import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { say, TestCluster } from './simulated-cluster.ts';

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

  it('goes by what the primary says while it stands still, and not by what it said before', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    const pong = { type: 'pong', gossip: [], extensions: {} } as const;
    primary.offset = 100;
    cluster.simulation.runFor(10);
    replica.following = { host: 'nowhere', port: 0 };
    primary.offset = 200;
    // The request is lost, and so the primary goes on; an answer to a ping is under way.
    cluster.partition([primary], [replica]);
    replica.run((node) => node.failover('agreed'));
    cluster.heal();
    replica.following = { host: primary.ip, port: 7000 };
    cluster.crash(primary);
    say(cluster, primary, replica, pong, { replicationOffset: 100 });
    assert.doesNotMatch(replica.logs.join('\n'), /Received replication offset|stream processed/);
    say(cluster, primary, replica, pong, { replicationOffset: 200, paused: true });
    say(cluster, primary, replica, pong, { replicationOffset: 100, paused: true });
    const received = replica.logs.filter((text) => text.startsWith('Received replication offset'));
    assert.deepEqual(received, ['Received replication offset for paused master manual failover: 200']);
    assert.ok(replica.node.isReplica);
  });

  it('is given up after five seconds, and the clients go on where they were', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, , , replica] = cluster.members;
    replica.following = { host: 'nowhere', port: 0 };
    primary.offset = 100;
    replica.run((node) => node.failover('agreed'));
    cluster.simulation.runFor(4800);
    // Held back for ten seconds, should this node not live to let them go.
    const pausedFor = (primary.writesPausedUntil ?? 0) - primary.world.clock.monotonicMs();
    assert.ok(pausedFor > 5000 && pausedFor < 5300, `${pausedFor}`);
    cluster.simulation.runFor(400);
    assert.equal(primary.writesPausedUntil, undefined);
    assert.ok(replica.node.isReplica && !primary.node.isReplica);
    assert.equal(primary.node.bus.paused, false);
    cluster.simulation.runFor(1000);
    const ends = replica.logs.filter((text) => text === 'Manual failover timed out.');
    assert.equal(ends.length, 1);
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
    // And it waits for the stream as it did the first time.
    two.following = { host: 'nowhere', port: 0 };
    one.offset = 100;
    two.run((node) => node.failover('agreed'));
    cluster.simulation.runFor(1000);
    assert.ok(two.node.isReplica);
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
