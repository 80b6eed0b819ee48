/** SHUTDOWN: what is waited for, what is saved, and what can still call it off. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { SimulatedNode } from './simulated-node.ts';

function pair(): { primary: SimulatedNode; replica: SimulatedNode } {
  const simulation = new Simulation(3);
  const lines = ['repl-diskless-sync-delay 0', 'shutdown-timeout 10'];
  const primary = SimulatedNode.started(lines, { simulation, host: '10.0.0.1' });
  const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
  simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
  return { primary, replica };
}

describe('SHUTDOWN', () => {
  it('ends the node without an answer', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.send('SHUTDOWN', 'NOSAVE');
    assert.deepEqual(client.wait(100), []);
    assert.equal(client.closed, true);
    assert.equal(node.exitCode, 0);
    assert.match(node.log.join(''), /User requested shutdown[\s\S]*bye bye/);
  });

  it('saves nothing while data is loaded: half of it would replace the file with all of it', () => {
    for (const lines of [['save 3600 1'], ['appendonly yes', 'save 3600 1']]) {
      const node = SimulatedNode.started([...lines, 'rdbcompression no']);
      const { simulation, host } = node;
      const client = node.client();
      for (let i = 0; i < 400; i++) client.send('SET', `key:${i}`, 'x'.repeat(9000));
      client.wait(100);
      client.call('SAVE');
      for (const argv of [['SHUTDOWN'], ['SHUTDOWN', 'SAVE']]) {
        simulation.crash(host, 'process');
        const slow = new SimulatedNode([...lines, 'key-load-delay 1000'], { simulation, host });
        slow.node.start(() => {});
        simulation.runUntil(() => slow.node.databases[0].size > 0, 1000);
        const impatient = slow.client();
        assert.match(String(impatient.call('DEBUG', 'RELOAD')), /^-LOADING/);
        impatient.send(...argv);
        impatient.wait(100);
        assert.equal(slow.exitCode, 0);
      }
      simulation.crash(host, 'process');
      for (const again of [lines, ['save 3600 1']]) {
        assert.equal(SimulatedNode.started(again, { simulation, host }).client().call('DBSIZE'), 400);
        simulation.crash(host, 'process');
      }
    }
  });

  it('saves when it is told to, or when there are save points', () => {
    for (const [lines, argv, saved] of [
      [[], ['SHUTDOWN'], false],
      [[], ['SHUTDOWN', 'SAVE'], true],
      [['save 900 1'], ['SHUTDOWN'], true],
      [['save 900 1'], ['SHUTDOWN', 'NOSAVE'], false],
    ] as const) {
      const node = SimulatedNode.started(lines);
      const client = node.client();
      client.call('SET', 'k', 'v');
      client.send(...argv);
      client.wait(100);
      assert.equal(node.exitCode, 0);
      assert.equal(node.simulation.world(node.host).disk.exists('/data/dump.rdb'), saved, argv.join(' '));
    }
  });

  it('saves in slices, while nobody is served', () => {
    const node = SimulatedNode.started(['rdb-key-save-delay 100000']);
    const { disk } = node.simulation.world(node.host);
    const [client, again, other] = [node.client(), node.client(), node.client()];
    for (let i = 0; i < 20; i++) client.call('SET', `key${i}`, 'v');
    client.send('SHUTDOWN', 'SAVE');
    client.wait(50);
    again.send('SHUTDOWN', 'SAVE');
    other.send('SET', 'late', 'v');
    other.send('PING');
    client.wait(1500);
    assert.deepEqual([node.exitCode, other.received.length], [undefined, 0]);
    assert.deepEqual(
      disk.list('/data').filter((name) => name.endsWith('.rdb')),
      ['temp-1.rdb'],
    );
    client.wait(1000);
    assert.deepEqual([node.exitCode, other.received.length], [0, 0]);
    const next = SimulatedNode.started([], { simulation: node.simulation, host: node.host });
    assert.equal(next.client().call('DBSIZE'), 20);
    assert.equal(disk.exists('/data/temp-1.rdb'), false);
  });

  it('goes on serving when it could not save, unless it is forced', () => {
    const node = SimulatedNode.started(['save 900 1']);
    const client = node.client();
    const { disk } = node.node.world;
    disk.rename = () => {
      throw new Error('EISDIR: illegal operation on a directory');
    };
    client.call('SET', 'k', 'v');
    client.send('SHUTDOWN');
    const other = node.client();
    assert.equal(client.next(), '-ERR Errors trying to SHUTDOWN. Check logs.');
    assert.equal(other.call('SET', 'k', 'w'), 'OK');
    assert.match(node.log.join(''), /Error trying to save the DB, can't exit\./);
    client.send('SHUTDOWN', 'FORCE');
    client.wait(100);
    assert.equal(node.exitCode, 0);
    assert.match(node.log.join(''), /Error trying to save the DB\. Exit anyway\./);
  });

  it('of a replica whose primary flushes all meanwhile saves what is left', () => {
    const { primary, replica } = pair();
    const client = primary.client();
    for (let i = 0; i < 20; i++) client.call('SET', `key${i}`, 'v');
    client.call('WAIT', 1, 0);
    const other = replica.client('10.2.0.1');
    other.call('CONFIG', 'SET', 'rdb-key-save-delay', 100_000);
    other.send('SHUTDOWN', 'SAVE');
    primary.simulation.runFor(500);
    assert.equal(client.call('FLUSHALL'), 'OK');
    client.call('SET', 'new', 'v');
    primary.simulation.runUntil(() => replica.exitCode === 0, 10_000);
    const disk = primary.simulation.world('10.0.0.2').disk;
    assert.ok(disk.exists('/data/dump.rdb'));
    assert.ok(!disk.exists('/data/temp-1.rdb'));
  });

  it('lets a replica that is behind catch up, while nobody writes', () => {
    const { primary, replica } = pair();
    const [client, other] = [primary.client(), primary.client()];
    replica.node.pause();
    client.call('SET', 'k', 'v');
    client.send('SHUTDOWN');
    primary.simulation.runUntil(() => primary.node.shutdown.underWay, 1000);
    other.send('SET', 'late', 1);
    primary.simulation.runFor(2000);
    assert.equal(primary.exitCode, undefined);
    assert.equal(other.received.length, 0);
    replica.node.resume();
    primary.simulation.runUntil(() => primary.exitCode === 0, 10_000);
    assert.equal(replica.client('10.2.0.1').call('GET', 'k'), 'v');
    assert.match(primary.log.join(''), / \* 1 of 1 replicas are in sync when shutting down\./);
  });

  it('does not wait for a replica that is being sent its data, and lacks no more than that', () => {
    const simulation = new Simulation(4);
    const primary = SimulatedNode.started(['repl-diskless-sync-delay 0'], { simulation, host: '10.0.0.1' });
    const client = primary.client();
    for (let i = 0; i < 10; i++) client.call('SET', `key${i}`, 'v');
    client.call('CONFIG', 'SET', 'rdb-key-save-delay', 500_000);
    SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
    simulation.runUntil(() => primary.node.persistence.saving, 3000);
    client.send('SHUTDOWN', 'NOSAVE');
    simulation.runFor(100);
    assert.equal(primary.exitCode, 0);
  });

  it('waits no longer than shutdown-timeout, and with NOW not at all', () => {
    for (const [argv, atLeast, atMost] of [
      [['SHUTDOWN'], 10_000, 10_100],
      [['SHUTDOWN', 'NOW'], 0, 50],
    ] as const) {
      const { primary, replica } = pair();
      const client = primary.client();
      replica.node.pause();
      client.call('SET', 'k', 'v');
      client.send(...argv);
      const took = primary.simulation.runUntil(() => primary.exitCode === 0, 60_000);
      assert.ok(took >= atLeast && took <= atMost, `${argv.join(' ')} took ${took} ms`);
      assert.match(
        primary.log.join(''),
        /Lagging replica 10\.0\.0\.2:6379 reported offset \d+ behind master, lag=\d+, state=online\.[\s\S]* 0 of 1 replicas are in sync when shutting down\./,
      );
    }
  });

  it('that fails is told to all who asked for it', () => {
    const { primary, replica } = pair();
    const [first, second, other] = [primary.client(), primary.client(), primary.client()];
    replica.node.pause();
    first.call('SET', 'k', 'v');
    for (const client of [first, second]) client.send('SHUTDOWN');
    // A first append-only file that takes half a minute must not be lost.
    other.call('CONFIG', 'SET', 'rdb-key-save-delay', 30_000_000);
    assert.equal(other.call('CONFIG', 'SET', 'appendonly', 'yes'), 'OK');
    replica.node.resume();
    for (const client of [first, second]) {
      assert.match(String(client.next()), /^-ERR Errors trying to SHUTDOWN\. Check logs\./);
    }
    assert.equal(primary.exitCode, undefined);
    assert.match(
      primary.log.join(''),
      /Writing initial AOF, can't exit[\s\S]*Errors trying to shut down the server/,
    );
  });

  it('can be called off while it waits', () => {
    const { primary, replica } = pair();
    const [client, other] = [primary.client(), primary.client()];
    assert.equal(other.call('SHUTDOWN', 'ABORT'), '-ERR No shutdown in progress.');
    replica.node.pause();
    client.call('SET', 'k', 'v');
    client.send('SHUTDOWN');
    primary.simulation.runFor(1000);
    assert.equal(other.call('SHUTDOWN', 'ABORT'), 'OK');
    assert.equal(client.next(), '-ERR Errors trying to SHUTDOWN. Check logs.');
    assert.equal(other.call('SET', 'still', 'here'), 'OK');
    assert.equal(primary.exitCode, undefined);
  });

  it('that a signal asked for waits for the cron, and can be called off until then', () => {
    const { primary } = pair();
    const client = primary.client();
    const options = { save: undefined, now: false, force: false };
    let failures = 0;
    assert.equal(client.call('DEBUG', 'PAUSE-CRON', '1'), 'OK');
    primary.node.shutdown.request(options, () => failures++);
    primary.simulation.runFor(1000);
    assert.equal(client.call('SHUTDOWN', 'ABORT'), 'OK');
    assert.equal(failures, 1);
    client.call('DEBUG', 'PAUSE-CRON', '0');
    primary.simulation.runFor(1000);
    assert.equal(primary.exitCode, undefined);
    client.call('DEBUG', 'PAUSE-CRON', '1');
    primary.node.shutdown.request(options, () => failures++);
    client.call('DEBUG', 'PAUSE-CRON', '0');
    primary.simulation.runFor(1000);
    assert.equal(primary.exitCode, 0);
  });
});
