/** WAITAOF: waiting for disks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode, type TestClient } from '../simulated-node.ts';
import { AOF, again, commands, manifest } from './appending-node.ts';

describe('WAITAOF', () => {
  function pair(): { primary: SimulatedNode; replica: SimulatedNode; client: TestClient } {
    const simulation = new Simulation(5);
    const primary = SimulatedNode.started([...AOF, 'repl-diskless-sync-delay 0'], {
      simulation,
      host: '10.0.0.1',
    });
    const replica = SimulatedNode.started([...AOF, 'replicaof 10.0.0.1 6379'], {
      simulation,
      host: '10.0.0.2',
    });
    simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
    simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
    return { primary, replica, client: primary.client() };
  }

  it('waits until the disks have it, here and on replicas', () => {
    const { primary, replica, client } = pair();
    client.call('SET', 'k', 'v');
    assert.deepEqual(client.call('WAITAOF', 1, 1, 0), [1, 1]);
    client.call('CONFIG', 'SET', 'appendfsync', 'no');
    client.call('SET', 'k', 'w');
    assert.deepEqual(client.call('WAITAOF', 1, 0, 100), [0, 0]);
    assert.deepEqual(client.call('WAITAOF', 0, 1, 0), [0, 1]);
    assert.equal(again(replica, 'power').client().call('GET', 'k'), 'w');
    assert.equal(primary.exitCode, undefined);
  });

  it('needs a file for what it is to wait for', () => {
    const { client, replica } = pair();
    assert.match(String(client.call('WAITAOF', 2, 0, 0)), /must between 0 and 1/);
    client.call('CONFIG', 'SET', 'appendonly', 'no');
    assert.match(String(client.call('WAITAOF', 1, 0, 0)), /numlocal is set but appendonly is disabled/);
    assert.match(String(replica.client().call('WAITAOF', 0, 0, 0)), /cannot be used with replica/);
  });

  it("the file of a replica has its primary's data from the full sync on", () => {
    const { replica, client } = pair();
    client.call('SET', 'k', 'v');
    client.call('WAITAOF', 0, 1, 0);
    const lines = commands(replica, manifest(replica).at(-1)?.split(' ')[1] ?? '');
    assert.deepEqual(lines, ['SELECT 0', 'SET k v']);
  });
});
