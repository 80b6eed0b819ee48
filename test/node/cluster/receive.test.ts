import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAIL, NOADDR, PFAIL, type PingBody, PRIMARY } from '../../../extension/node/cluster/message.ts';
import { BITMAP_SIZE } from '../../../extension/node/cluster/slot-bitmap.ts';
import { peerOf, say, TestCluster } from './simulated-cluster.ts';

const PONG: PingBody = { type: 'pong', gossip: [], extensions: {} };

describe('an UPDATE', () => {
  it('about this node itself changes nothing', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    const { self } = replica.node.view;
    const { configEpoch } = self;
    say(cluster, first, replica, {
      type: 'update',
      about: replica.id,
      configEpoch: 99,
      slots: new Uint8Array(BITMAP_SIZE),
    });
    assert.ok(self.isReplica && self.primary !== undefined);
    assert.equal(self.configEpoch, configEpoch);
    assert.ok(replica.logs.includes('Discarding UPDATE message about myself.'));
  });
});

describe('an UPDATE that brings nothing new', () => {
  it('is about a node nobody knows, or by an epoch that is known', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second, third] = cluster.members;
    const slots = new Uint8Array(BITMAP_SIZE).fill(255);
    const { configEpoch } = peerOf(first, third);
    for (const [about, epoch] of [
      ['c'.repeat(40), 99],
      [third.id, configEpoch],
    ] as const) {
      say(cluster, second, first, { type: 'update', about, configEpoch: epoch, slots });
      assert.deepEqual(first.slots, [[0, 5460]]);
    }
    say(cluster, second, first, { type: 'update', about: third.id, configEpoch: configEpoch + 1, slots });
    assert.deepEqual(peerOf(first, third).slots.ranges(), [[0, 16_383]]);
  });
});

describe('what a message tells of its sender', () => {
  it('that it is there: data in any direction is a sign of life', () => {
    const cluster = TestCluster.create(1, 3, 0, { 'cluster-node-timeout': '2000' });
    const [first, , third] = cluster.members;
    cluster.crash(third);
    for (let time = 0; time < 10; time++) {
      cluster.simulation.runFor(500);
      say(cluster, third, first, PONG);
    }
    const doubted = () => (peerOf(first, third).flags & (PFAIL | FAIL)) !== 0;
    assert.ok(!doubted());
    const took = cluster.simulation.runUntil(doubted, 5000);
    assert.ok(took > 1800 && took < 2200, `${took}`);
  });

  it('whether it stands for election', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, , , replica] = cluster.members;
    for (const [setting, stands] of [
      ['yes', false],
      ['no', true],
    ] as const) {
      replica.configure({ 'cluster-replica-no-failover': setting });
      cluster.simulation.runUntil(() => peerOf(first, replica).standsForElection === stands, 15_000);
    }
  });

  it('its name among hosts, which is remembered', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    second.configure({ 'cluster-announce-hostname': 'two.example' });
    cluster.simulation.runUntil(() => peerOf(first, second).hostname === 'two.example', 15_000);
    cluster.simulation.runFor(200);
    cluster.crash(second);
    cluster.crash(first);
    assert.equal(peerOf(cluster.restart(first), second).hostname, 'two.example');
  });

  it('whom it was told to forget: for as long, and never this node or its primary', () => {
    const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': '60000' });
    const [first, second, third, replica, gone] = cluster.members;
    const { id, ip, port, tlsPort, busPort, flags } = peerOf(replica, gone);
    for (const member of [first, second, third, gone]) cluster.crash(member);
    const forget = (...ids: string[]): void =>
      say(
        cluster,
        second,
        replica,
        { type: 'pong', gossip: [], extensions: { forgotten: ids.map((one) => ({ id: one, seconds: 40 })) } },
        { hasExtensions: true },
      );
    forget(replica.id, first.id, 'd'.repeat(40), gone.id);
    assert.equal(replica.node.view.self.primary, peerOf(replica, first));
    assert.equal(replica.node.peer(gone.id), undefined);
    const entry = { id, ip, port, tlsPort, busPort, flags, pingSent: 0, pongReceived: 0 };
    const gossip = (): void =>
      say(cluster, second, replica, { type: 'pong', gossip: [entry], extensions: {} });
    cluster.simulation.runFor(38_000);
    gossip();
    assert.equal(replica.node.peer(gone.id), undefined);
    cluster.simulation.runFor(2500);
    gossip();
    assert.ok(replica.node.peer(gone.id));
  });
});

describe('a node that is not where it was', () => {
  it('has no address when another answers there', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second, third] = cluster.members;
    cluster.crash(third);
    const peer = peerOf(first, third);
    // The second has been given the address of the third.
    peer.ip = second.ip;
    peer.link?.close();
    cluster.simulation.runUntil(() => !peer.hasAddress, 2000);
    assert.deepEqual([peer.ip, peer.port, peer.tlsPort, peer.busPort], ['', 0, 0, 0]);
    assert.ok(first.logs.includes(`PONG contains mismatching sender ID. About node ${third.id}`));
    cluster.simulation.runFor(200);
    cluster.crash(first);
    assert.ok(!peerOf(cluster.restart(first), third).hasAddress, 'and that is remembered');
  });

  it('is found again by who meets it there', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    cluster.partition([second], [first]);
    const peer = peerOf(first, second);
    peer.ip = '10.0.0.99';
    peer.link?.close();
    cluster.simulation.runFor(20);
    cluster.heal();
    first.run((node) => node.membership.meet(second.ip, 7000));
    cluster.simulation.runFor(50);
    assert.equal(peer.ip, second.ip);
    assert.equal(first.node.view.nodes.size, 3);
  });
});

describe('gossip about a node that is not known', () => {
  it('is believed of one that can be reached, and remembered', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    const entry = {
      id: 'e'.repeat(40),
      ip: '10.0.0.77',
      port: 7000,
      tlsPort: 0,
      busPort: 17_000,
      flags: PRIMARY,
      pingSent: 0,
      pongReceived: 0,
    };
    const without = { ...entry, id: 'f'.repeat(40), flags: PRIMARY | NOADDR };
    say(cluster, second, first, { type: 'pong', gossip: [entry, without], extensions: {} });
    assert.equal(first.node.peer(entry.id)?.ip, entry.ip);
    assert.equal(first.node.peer(without.id), undefined);
    cluster.simulation.runFor(200);
    cluster.crash(first);
    assert.equal(cluster.restart(first).node.peer(entry.id)?.ip, entry.ip);
  });
});

describe('gossip about a node that can not be reached', () => {
  it('tells another address of it, though only the port for TLS is another', () => {
    const cluster = TestCluster.create(1, 3, 0, { 'cluster-node-timeout': '1000' });
    const [first, second, third] = cluster.members;
    const { id, ip, port, busPort, flags } = peerOf(first, third);
    cluster.crash(third);
    cluster.simulation.runUntil(() => (peerOf(first, third).flags & (PFAIL | FAIL)) !== 0, 5000);
    const entry = { id, ip, port, tlsPort: 7443, busPort, flags, pingSent: 0, pongReceived: 0 };
    say(cluster, second, first, { type: 'pong', gossip: [entry], extensions: {} });
    assert.equal(peerOf(first, third).tlsPort, 7443);
  });
});
