import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOADDR } from '../../../extension/node/cluster/message.ts';
import { type Member, peerOf, say, share, TestCluster } from './simulated-cluster.ts';

const FAST = { 'cluster-node-timeout': '2000' };

/** Whom a member has for the replicas of a primary, by their addresses. */
function replicasOf(primary: Member, member: Member): string[] {
  const { nodes } = member.node.view;
  return (nodes.get(primary.id)?.replicas ?? []).map(({ id }) => addressOf(id, member)).sort();
}

function primaryOf(replica: Member, member: Member): string | undefined {
  const primary = member.node.view.nodes.get(replica.id)?.primary;
  return primary === undefined ? undefined : addressOf(primary.id, member);
}

/** By the number of the member: nodes do not know what they themselves are reached at. */
function addressOf(id: string, { node }: Member): string {
  return id === node.myId ? 'itself' : `${node.view.nodes.get(id)?.ip}`;
}

describe('a replica that goes to another primary', () => {
  function moved() {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, second, third, mover, ofSecond] = cluster.members;
    cluster.simulation.runFor(1000);
    mover.run((node) => node.replicate(peerOf(mover, second)));
    cluster.simulation.runFor(200);
    return { cluster, first, second, third, mover, ofSecond };
  }

  it('is one of the other’s for everybody, and of nobody else’s', () => {
    const { cluster, first, second, third, mover, ofSecond } = moved();
    assert.deepEqual(replicasOf(second, third), [mover.ip, ofSecond.ip]);
    assert.deepEqual(replicasOf(second, mover), [ofSecond.ip, 'itself']);
    for (const member of cluster.members) assert.deepEqual(replicasOf(first, member), []);
  });

  it('is of the other’s shard for everybody', () => {
    const { cluster, second, mover } = moved();
    const { shardId } = second.node.view.self;
    for (const member of cluster.members) {
      assert.equal(member.node.view.nodes.get(mover.id)?.shardId, shardId);
    }
  });

  it('lets go the clients of slots that it served before', () => {
    const { mover } = moved();
    const [first, last] = share(0, 3);
    assert.equal(mover.lost.length, last - first + 1);
  });

  it('is remembered as such', () => {
    const { cluster, second, third, mover } = moved();
    cluster.crash(third);
    assert.equal(primaryOf(mover, cluster.restart(third)), second.ip);
  });

  it('has the shard of its primary also for who hears of no shards: a node that knows nothing of them said it', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [, second, third, mover] = cluster.members;
    const pong = { type: 'pong', gossip: [], extensions: {} } as const;
    say(cluster, mover, third, pong, { primaryId: second.id, slots: second.node.view.self.slots.bytes });
    assert.equal(peerOf(third, mover).shardId, peerOf(third, second).shardId);
  });

  it('stays with its clients when it goes to the one it had', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    replica.run((node) => node.replicate(peerOf(replica, first)));
    assert.deepEqual(replica.lost, []);
    assert.deepEqual(replicasOf(first, replica), ['itself']);
  });

  it('to one that nobody has heard of stays where it was', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, second, , mover] = cluster.members;
    say(cluster, mover, second, { type: 'pong', gossip: [], extensions: {} }, { primaryId: 'f'.repeat(40) });
    assert.equal(primaryOf(mover, second), first.ip);
    assert.deepEqual(replicasOf(first, second), [mover.ip]);
  });
});

describe('a replica that took its primary’s place', () => {
  it('is a primary for everybody, and no replica of the one it replaced', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [dead, second, third, heir] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => !heir.node.isReplica, 10_000);
    cluster.settle(1000);
    for (const member of cluster.alive) assert.deepEqual(replicasOf(dead, member), []);
    for (const member of [second, third]) assert.equal(primaryOf(heir, member), undefined);
    const roles = heir.events.flatMap((event) => (event.type === 'role' ? [event.role] : []));
    assert.deepEqual(roles, ['replica', 'primary']);
  });

  it('is one also before it has any slots, and for who forgot all but its file', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [, second, , replica] = cluster.members;
    cluster.simulation.runFor(1000);
    const pong = { type: 'pong', gossip: [], extensions: {} } as const;
    const { flags } = second.node.view.self;
    cluster.crash(replica);
    say(cluster, replica, second, pong, {
      primaryId: undefined,
      configEpoch: 0,
      flags,
      slots: new Uint8Array(2048),
    });
    cluster.simulation.runFor(200);
    cluster.crash(second);
    assert.ok(peerOf(cluster.restart(second), replica).isPrimary);
  });
});

describe('a replica whose primary is elsewhere than before', () => {
  /** What its primary says of where it is. */
  function toldOf(address: { readonly announcedIp?: string; readonly port?: number }): Member {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    cluster.crash(first);
    say(cluster, first, replica, { type: 'ping', gossip: [], extensions: {} }, address);
    return replica;
  }

  it('follows it there', () => {
    assert.deepEqual(toldOf({ announcedIp: '10.0.0.77' }).following, { host: '10.0.0.77', port: 7000 });
    assert.deepEqual(toldOf({ port: 7100 }).following, { host: '10.0.0.1', port: 7100 });
  });

  it('waits where it was while nobody knows where that is', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    cluster.crash(first);
    const peer = peerOf(replica, first);
    peer.raise(NOADDR);
    peer.ip = '';
    peer.port = 0;
    cluster.simulation.runFor(300);
    assert.deepEqual(replica.following, { host: first.ip, port: 7000 });
  });
});
