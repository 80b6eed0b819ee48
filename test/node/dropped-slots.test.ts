/** What becomes of the keys of a slot that another node claims. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterHostOf } from '../../extension/node/hosts.ts';
import { keySlotOf } from '../../extension/redis/slots.ts';
import { field, SimulatedNode } from './simulated-node.ts';

const KEYS = 3500;
const SLOT = keySlotOf('t');

/** A node of a cluster with many keys in one slot, of which it has just heard that it went. */
function losing() {
  const simulated = SimulatedNode.started(['cluster-enabled yes', 'cluster-require-full-coverage no']);
  const { node } = simulated;
  const client = simulated.client();
  client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
  const pairs = Array.from({ length: KEYS }, (_, i) => [`{t}${i}`, 'v']);
  assert.equal(client.call('MSET', ...pairs.flat()), 'OK');
  client.call('SET', 'other', 'stays');
  client.call('CLUSTER', 'DELSLOTS', SLOT);
  const left = () => node.databases[0].countInSlot(SLOT);
  assert.equal(left(), KEYS);
  node.turns.run(() => node.data.dropSlot(SLOT));
  return { simulated, node, client, left };
}

describe('the keys of a lost slot', () => {
  it('go little by little, each as a change', () => {
    const { simulated, client, left } = losing();
    const before = left();
    assert.ok(before > 0 && before < KEYS, `${before} left behind the first slice`);
    simulated.simulation.runUntil(() => left() < before, 100);
    assert.ok(left() > 0, 'a slice at a time');
    simulated.simulation.runFor(100);
    assert.equal(client.call('DBSIZE'), 1);
    const changes = Number(field(client.call('INFO', 'persistence'), 'rdb_changes_since_last_save'));
    assert.equal(changes, KEYS + 1 + KEYS);
  });

  it('are gone when the slot comes back', () => {
    const { node, left } = losing();
    assert.ok(left() > 0);
    node.turns.run(() => node.cluster?.slots.add([[SLOT, SLOT]]));
    assert.equal(left(), 0);
  });

  it('are gone when the node becomes a replica, which has what its primary has', () => {
    const { node, left } = losing();
    assert.ok(left() > 0);
    node.turns.run(() => clusterHostOf(node).replicateFrom({ host: '10.0.0.9', port: 6379 }));
    assert.equal(left(), 0);
  });
});
