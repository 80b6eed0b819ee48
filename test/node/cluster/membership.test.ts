import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Member, peerOf, put, share, TestCluster } from './simulated-cluster.ts';

function knows(member: Member, other: Member): boolean {
  return member.node.peer(other.id) !== undefined;
}

describe('CLUSTER MEET', () => {
  it('in a chain joins all', () => {
    const cluster = new TestCluster(1);
    const members = [
      cluster.add(),
      cluster.add(),
      cluster.add(),
      cluster.add(),
      cluster.add(),
      cluster.add(),
    ];
    for (let at = 1; at < members.length; at++) {
      members[at - 1].run((node) => node.membership.meet(members[at].ip, 7000));
    }
    const took = cluster.simulation.runUntil(
      () => members.every((one) => members.every((other) => knows(one, other))),
      5000,
    );
    assert.ok(took < 30, `${took} ms`);
  });

  it('of an address where nobody is ends after the handshake time-out', () => {
    const cluster = TestCluster.create(1, 3, 0, { 'cluster-node-timeout': '2000' });
    const [member] = cluster.members;
    member.run((node) => node.membership.meet('10.0.0.99', 7000));
    assert.equal(member.node.view.nodes.size, 4);
    cluster.simulation.runFor(1900);
    assert.equal(member.node.view.nodes.size, 4);
    cluster.simulation.runFor(300);
    assert.equal(member.node.view.nodes.size, 3);
  });

  it('of itself, or of a node it knows, changes nothing', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [member, other] = cluster.members;
    member.run((node) => node.membership.meet(member.ip, 7000));
    member.run((node) => node.membership.meet(other.ip, 7000));
    cluster.simulation.runFor(1000);
    assert.equal(member.node.view.nodes.size, 3);
    assert.ok(cluster.settled());
  });

  it('is not lost with a connection that breaks', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const cluster = new TestCluster(seed, { 'cluster-node-timeout': '2000' }, { resetChance: 0.1 });
      const members = [cluster.add(), cluster.add(), cluster.add()];
      members[0].run((node) => node.membership.meet(members[1].ip, 7000));
      members[0].run((node) => node.membership.meet(members[2].ip, 7000));
      cluster.simulation.runUntil(
        () => members.every((one) => members.every((other) => knows(one, other))),
        20_000,
      );
    }
  });

  it('takes only what can be an address', () => {
    const cluster = new TestCluster(1);
    const { membership } = cluster.add().node;
    for (const host of ['localhost', '10.0.0', '10.0.0.256', '10.0.0.01', '', 'fe80::zz']) {
      assert.equal(membership.meet(host, 7000), false, host);
    }
    for (const [port, busPort] of [
      [0, 17000],
      [7000, 0],
      [-1, 17000],
      [7000, 65536],
    ]) {
      assert.equal(membership.meet('10.0.0.2', port, busPort), false);
    }
    assert.equal(membership.meet('10.0.0.2', 60_000), false, 'the bus port would be beyond 65535');
    assert.equal(membership.meet('::1', 7000), true);
  });

  it('two clusters meet: epochs that collide are told apart, the larger id keeps its own', () => {
    const cluster = new TestCluster(3);
    const members = Array.from({ length: 6 }, () => cluster.add());
    members.forEach((member, at) => {
      member.run((node) => node.setConfigEpoch(1));
      member.run((node) => node.slots.add([share(at, 6)]));
    });
    for (const other of members.slice(1)) members[0].run((node) => node.membership.meet(other.ip, 7000));
    const epochs = (): number[] => members.map(({ node }) => node.view.self.configEpoch);
    cluster.simulation.runUntil(() => new Set(epochs()).size === 6, 10_000);
    cluster.settle(10_000);
    const largest = members.reduce((one, other) => (one.id > other.id ? one : other));
    assert.equal(largest.node.view.self.configEpoch, 1);
  });

  it('a stranger cannot gossip itself into the cluster', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const stranger = cluster.add();
    const [member] = cluster.members;
    // It knows a member, but no member was told to meet it.
    const peer = stranger.node.view.nodes.create(member.id, 1, stranger.node.view.now);
    peer.ip = member.ip;
    peer.port = 7000;
    peer.busPort = 17_000;
    stranger.node.view.nodes.add(peer);
    cluster.simulation.runFor(5000);
    assert.ok(peer.link?.isConnected, 'it is answered');
    assert.equal(member.node.view.nodes.size, 3);
    assert.ok(cluster.members.slice(0, 3).every((one) => !knows(one, stranger)));
  });
});

describe('CLUSTER FORGET', () => {
  it('on one node is heard of by all, and gossip does not bring the node back for a minute', () => {
    const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': '2000' });
    const gone = cluster.members[5];
    const others = cluster.members.slice(0, 5);
    const [first] = others;
    cluster.crash(gone);
    first.run((node) => node.membership.forget(peerOf(first, gone)));
    cluster.simulation.runUntil(() => others.every((other) => !knows(other, gone)), 5000);
    cluster.simulation.runFor(59_000 - cluster.simulation.nowMs);
    assert.ok(others.every((other) => !knows(other, gone)));
  });

  it('is over after that minute: the node can be met again', () => {
    const cluster = TestCluster.create(1, 3, 1);
    const spare = cluster.members[3];
    const others = cluster.members.slice(0, 3);
    spare.run((node) => node.reset(false));
    for (const other of others) other.run((node) => node.membership.forget(peerOf(other, spare)));
    cluster.simulation.runFor(61_000);
    others[0].run((node) => node.membership.meet(spare.ip, 7000));
    const took = cluster.simulation.runUntil(() => others.every((other) => knows(other, spare)), 5000);
    assert.ok(took < 20, `${took} ms`);
  });
});

describe('CLUSTER RESET', () => {
  it('SOFT keeps the id, HARD takes a new one, both leave a node alone without slots', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const replica = cluster.members[4];
    const { id } = replica;
    put(replica, 'data');
    replica.run((node) => node.reset(false));
    assert.equal(replica.id, id);
    assert.equal(replica.node.isReplica, false);
    assert.equal(replica.node.view.nodes.size, 1);
    assert.equal(replica.keyspace.size, 0);
    assert.equal(replica.following, undefined);
    assert.ok(replica.node.view.currentEpoch > 0);
    replica.run((node) => node.reset(true));
    assert.notEqual(replica.id, id);
    assert.equal(replica.node.view.currentEpoch, 0);
    assert.match(replica.node.info(), /cluster_slots_assigned:0\r\n/);
  });

  it('of a primary needs it to be empty', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [member] = cluster.members;
    put(member, 'data');
    assert.throws(() => member.node.reset(true), /can't be called with master nodes containing keys/);
  });

  it('a cluster that was reset can be made anew at once', () => {
    const cluster = TestCluster.create(1, 3, 3);
    for (const member of cluster.members) member.run((node) => node.reset(true));
    cluster.simulation.runFor(50);
    assert.ok(cluster.join(3) < 30);
  });
});

describe('addresses', () => {
  it('a node that moves is found where it says it is', () => {
    const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': '2000' });
    const [moved, other, , replica] = cluster.members;
    moved.configure({ 'cluster-announce-port': '7777' });
    assert.equal(moved.node.view.self.port, 7777);
    cluster.simulation.runUntil(() => peerOf(other, moved).port === 7777, 5000);
    cluster.simulation.runUntil(() => replica.following?.port === 7777, 5000);
  });

  it('host names and human names are told, and taken back', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [named, other] = cluster.members;
    named.configure({
      'cluster-announce-hostname': 'one.example',
      'cluster-announce-human-nodename': 'one',
    });
    cluster.simulation.runUntil(() => peerOf(other, named).hostname === 'one.example', 20);
    assert.equal(peerOf(other, named).nodename, 'one');
    named.configure({ 'cluster-announce-hostname': '' });
    cluster.simulation.runUntil(() => peerOf(other, named).hostname === '', 20);
  });
});

describe('publish', () => {
  it('reaches every node; to a shard, only its own', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    first.run((node) => node.publish(Buffer.from('news'), Buffer.from('all'), false));
    first.run((node) => node.publish(Buffer.from('{x}'), Buffer.from('shard'), true));
    cluster.simulation.runFor(10);
    for (const member of cluster.members.slice(1)) {
      const expected = member === replica ? ['news: all', '{x}: shard (sharded)'] : ['news: all'];
      assert.deepEqual(member.delivered, expected);
    }
  });

  it('a message larger than any buffer arrives whole', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    const message = Buffer.alloc(3_000_000, 'x');
    first.run((node) => node.publish(Buffer.from('big'), message, false));
    cluster.simulation.runUntil(() => second.delivered.length === 1, 5000);
    assert.equal(second.delivered[0], `big: ${message}`);
  });
});

describe('the bus port', () => {
  it('closes on bytes that are no messages, and goes on', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [member] = cluster.members;
    const { network } = cluster.simulation.world('10.0.0.200');
    let closed = false;
    const connection = network.connect(
      { host: member.ip, port: 17_000 },
      {
        connected: () => connection.write(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
        data: () => assert.fail('no answer to that'),
        closed: () => {
          closed = true;
        },
      },
    );
    cluster.simulation.runUntil(() => closed, 1000);
    assert.match(
      member.logs.join('\n'),
      /Bad message length or signature received on the Cluster bus from 10\.0\.0\.\d+:\d+/,
    );
    assert.ok(cluster.settled());
  });

  it('a link whose other side does not read is closed at its limit', () => {
    const cluster = TestCluster.create(1, 3, 0, { 'cluster-link-sendbuf-limit': '1000000' });
    const [talker, deaf] = cluster.members;
    cluster.simulation.pause(deaf.ip);
    for (let count = 0; count < 200; count++) {
      talker.run((node) => node.publish(Buffer.from('c'), Buffer.alloc(10_000), false));
    }
    cluster.simulation.runUntil(
      () => /total_cluster_links_buffer_limit_exceeded:1/.test(talker.node.info()),
      1000,
    );
  });
});
