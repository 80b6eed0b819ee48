import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAIL, PFAIL } from '../../../extension/node/cluster/message.ts';
import { BITMAP_SIZE } from '../../../extension/node/cluster/slot-bitmap.ts';
import { peerOf, say, TestCluster } from './simulated-cluster.ts';

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
