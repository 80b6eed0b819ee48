/** FAILOVER: a primary and its replica change places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, PORT, type TestClient } from '../simulated-node.ts';
import { PRIMARY, pair, REPLICA } from '../simulated-pair.ts';

function state(client: TestClient): string {
  const info = client.call('INFO', 'replication');
  return `${field(info, 'role')} ${field(info, 'master_failover_state')}`;
}

describe('FAILOVER', () => {
  it('makes the replica the primary, without a full sync and without a lost write', () => {
    const { simulation, primary, replica, p, r } = pair(1);
    const writer = primary.client();
    for (let i = 0; i < 100; i++) p.send('INCR', 'n');
    p.send('FAILOVER');
    for (let i = 1; i <= 100; i++) assert.equal(p.next(), i);
    assert.equal(p.next(), 'OK');
    // Held back, and then refused: it would have been lost.
    writer.send('INCR', 'n');
    simulation.runUntil(() => primary.node.replication.linkUp, 1000);
    assert.match(String(writer.next()), /^-READONLY/);
    assert.equal(state(p), 'slave no-failover');
    assert.equal(state(r), 'master no-failover');
    assert.equal(r.call('INCR', 'n'), 101);
    r.call('WAIT', 1, 0);
    assert.equal(p.call('GET', 'n'), '101');
    const { full, partial } = replica.node.replication.syncCounts;
    assert.deepEqual([full, partial], [0, 1]);
  });

  it('waits for the replica that is named, and is over after its time', () => {
    const { simulation, primary, p } = pair(2);
    simulation.partition(PRIMARY, REPLICA);
    p.call('SET', 'k', 'v');
    assert.equal(p.call('FAILOVER', 'TO', REPLICA, PORT, 'TIMEOUT', 500), 'OK');
    assert.equal(p.call('FAILOVER'), '-ERR FAILOVER already in progress.');
    assert.match(String(p.call('REPLICAOF', REPLICA, PORT)), /not allowed while failing over/);
    assert.equal(state(p), 'master waiting-for-sync');
    primary.client().send('SET', 'k', 'held back');
    simulation.runFor(600);
    assert.equal(state(p), 'master no-failover');
    assert.equal(p.call('GET', 'k'), 'held back');
  });

  it('with FORCE does not wait for longer', () => {
    const { simulation, replica, p, r } = pair(3);
    simulation.partition(PRIMARY, REPLICA);
    p.call('SET', 'k', 'not there yet');
    assert.equal(p.call('FAILOVER', 'TO', REPLICA, PORT, 'TIMEOUT', 500, 'FORCE'), 'OK');
    simulation.runFor(600);
    assert.equal(state(p), 'slave failover-in-progress');
    simulation.heal();
    simulation.runUntil(() => replica.node.replication.role === 'primary', 5000);
    simulation.runUntil(() => field(p.call('INFO', 'replication'), 'master_link_status') === 'up', 5000);
    assert.equal(state(p), 'slave no-failover');
    assert.equal(r.call('SET', 'k', 'v'), 'OK');
  });

  it('can be called off at any time', () => {
    const { simulation, p } = pair(4);
    assert.equal(p.call('FAILOVER', 'ABORT'), '-ERR No failover in progress.');
    simulation.partition(PRIMARY, REPLICA);
    p.call('SET', 'k', 'v');
    p.call('FAILOVER', 'TO', REPLICA, PORT, 'TIMEOUT', 500, 'FORCE');
    assert.equal(p.call('FAILOVER', 'ABORT'), 'OK');
    p.call('FAILOVER', 'TO', REPLICA, PORT, 'TIMEOUT', 500, 'FORCE');
    simulation.runFor(600);
    assert.equal(p.call('FAILOVER', 'ABORT'), 'OK');
    assert.equal(state(p), 'master no-failover');
    assert.equal(p.call('SET', 'k', 'w'), 'OK');
  });

  it('is over when the replica refuses', () => {
    const { simulation, primary, replica, p } = pair(5);
    simulation.partition(PRIMARY, REPLICA);
    p.call('SET', 'k', 'v');
    p.call('FAILOVER', 'TO', REPLICA, PORT, 'TIMEOUT', 200, 'FORCE');
    // It became somebody else's primary meanwhile.
    replica.node.replication.promote();
    simulation.runFor(300);
    simulation.heal();
    simulation.runUntil(() => primary.node.replication.role === 'primary', 5000);
    assert.equal(p.call('SET', 'k', 'w'), 'OK');
    assert.ok(primary.log.some((line) => line.includes('Failover target rejected psync request')));
  });

  it('says what makes no sense', () => {
    const { p, r } = pair(6);
    for (const [argv, error] of [
      [['TIMEOUT', 0], 'FAILOVER timeout must be greater than 0'],
      [['TIMEOUT', 'x'], 'value is not an integer or out of range'],
      [['NOSUCH'], 'syntax error'],
      [['TO', REPLICA], 'syntax error'],
      [['FORCE'], 'FAILOVER with force option requires both a timeout and target HOST and IP.'],
      [['TO', '10.9.9.9', 1], 'FAILOVER target HOST and PORT is not a replica.'],
    ] as const) {
      assert.equal(p.call('FAILOVER', ...argv), `-ERR ${error}`);
    }
    assert.match(String(r.call('FAILOVER')), /is not valid when server is a replica/);
  });
});
