/** A node with an append-only file: how the file begins, is switched on and off, and comes back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode } from '../simulated-node.ts';
import {
  AOF,
  again,
  breakDisk,
  commands,
  info,
  manifest,
  rewrite,
  text,
  together,
} from './appending-node.ts';

describe('the append-only file', () => {
  it('begins with a base of nothing, and holds what changes the data', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    client.call('SET', 'k', 'v', 'EX', 100);
    client.call('GET', 'k');
    client.call('SADD', 'set', 'only');
    client.call('SPOP', 'set');
    client.call('SELECT', 3);
    client.call('MULTI');
    client.call('INCR', 'a');
    client.call('INCR', 'b');
    client.call('EXEC');
    const written = commands(node, 'appendonly.aof.1.incr.aof');
    assert.match(written[1] ?? '', /^SET k v PXAT \d+$/i);
    assert.deepEqual(written.toSpliced(1, 1), [
      'SELECT 0',
      'SADD set only',
      'SREM set only',
      'MULTI',
      'SELECT 3',
      'INCR a',
      'INCR b',
      'EXEC',
    ]);
    const client2 = again(node).client();
    client2.call('SELECT', 3);
    assert.equal(client2.call('GET', 'b'), '1');
    assert.equal(info(client2, 'aof_enabled'), '1');
  });

  it('is all there, or not at all, when the power goes while it begins', () => {
    const node = SimulatedNode.started(AOF);
    assert.equal(again(again(node, 'power'), 'power').client().call('SET', 'k', 'v'), 'OK');
  });

  it('is switched on and off while the node runs', () => {
    const node = SimulatedNode.started(['auto-aof-rewrite-percentage 0']);
    const client = node.client();
    client.call('SET', 'before', '1');
    assert.equal(client.call('CONFIG', 'SET', 'appendonly', 'yes'), 'OK');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    assert.equal(client.call('SET', 'during', '2'), 'OK');
    assert.deepEqual(commands(node, 'appendonly.aof.1.incr.aof'), ['SELECT 0', 'SET during 2']);
    client.call('CONFIG', 'SET', 'appendonly', 'no');
    client.call('SET', 'after', '3');
    // A rewrite without a file that is written leaves nothing but a base.
    rewrite(node, client);
    assert.deepEqual(manifest(node), ['file appendonly.aof.2.base.rdb seq 2 type b']);
    const other = again(node).client();
    assert.deepEqual(other.call('MGET', 'before', 'during', 'after'), ['1', '2', '3']);
  });

  it('waits with its first base for an image that is being written', () => {
    const node = SimulatedNode.started([...AOF.slice(1), 'rdbcompression no']);
    const client = node.client();
    for (let i = 0; i < 200; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    assert.deepEqual(together(client, 'BGSAVE', 'CONFIG SET appendonly yes').at(-1), 'OK');
    assert.equal(info(client, 'aof_rewrite_scheduled'), '1');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    assert.equal(info(client, 'aof_enabled'), '1');
    assert.match(node.log.join(''), /already another background operation/);
  });

  it('is not on before its first base is there, and SHUTDOWN waits for that', () => {
    const node = SimulatedNode.started(['rdbcompression no']);
    const client = node.client();
    for (let i = 0; i < 200; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    const { disk } = node.node.world;
    const { rename } = disk;
    let failures = 0;
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.base.rdb') && failures++ === 0) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    assert.match(
      String(together(client, 'CONFIG SET appendonly yes', 'SHUTDOWN')[1]),
      /^-ERR Errors trying to SHUTDOWN/,
    );
    node.simulation.runUntil(() => failures === 1, 5000);
    assert.equal(node.node.appendOnly.state, 'waiting');
    assert.equal(client.call('SET', 'late', 'v'), 'OK');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    client.send('SHUTDOWN', 'NOSAVE');
    client.wait(100);
    assert.equal(node.exitCode, 0);
    assert.equal(again(node).client().call('DBSIZE'), 201);
  });

  it('tells when something was written, if it is to', () => {
    const node = SimulatedNode.started([...AOF, 'aof-timestamp-enabled yes']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    assert.match(text(node, 'appendonly.aof.1.incr.aof'), /^#TS:\d+\r\n\*2\r\n\$6\r\nSELECT/);
    assert.equal(again(node).client().call('GET', 'k'), 'v');
  });
});

it('a replica whose disk takes no more ends, unless it is told not to mind', () => {
  for (const ignore of ['yes', 'no']) {
    const simulation = new Simulation(7);
    const primary = SimulatedNode.started(['repl-diskless-sync-delay 0'], { simulation, host: '10.0.0.1' });
    const lines = [...AOF, 'replicaof 10.0.0.1 6379', `replica-ignore-disk-write-errors ${ignore}`];
    const replica = SimulatedNode.started(lines, { simulation, host: '10.0.0.2' });
    simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
    simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
    const client = primary.client();
    const repair = breakDisk(replica);
    client.call('SET', 'k', 'v');
    simulation.runUntil(() => replica.node.appendOnly.writeError !== undefined, 5000);
    client.call('SET', 'k', 'w');
    client.wait(500);
    repair();
    assert.equal(replica.exitCode, ignore === 'yes' ? undefined : 1);
    assert.equal(/unable to write command to disk/.test(replica.log.join('')), ignore === 'no');
  }
});

it('does not begin again with what a replica had before another full sync', () => {
  const node = SimulatedNode.started(AOF);
  const { appendOnly, world } = node.node;
  appendOnly.switchOff();
  const { open } = world.disk;
  world.disk.open = () => {
    throw new Error('EIO: i/o error, open');
  };
  appendOnly.restart();
  node.simulation.runFor(100);
  assert.match(node.log.join(''), /Failed enabling the AOF after successful master synchronization/);
  world.disk.open = open;
  // Another image comes, and takes longer than until the next try.
  appendOnly.switchOff();
  node.simulation.runFor(5000);
  assert.equal(appendOnly.state, 'off');
  appendOnly.restart();
  node.simulation.runUntil(() => appendOnly.state === 'on', 5000);
});

it('a replica that can not switch its file on after a full sync tries ten times, a second apart, and ends', () => {
  const node = SimulatedNode.started(AOF);
  const { appendOnly, world } = node.node;
  appendOnly.switchOff();
  world.disk.open = () => {
    throw new Error('EIO: i/o error, open');
  };
  appendOnly.restart();
  node.simulation.runFor(8900);
  assert.equal(node.exitCode, undefined);
  node.simulation.runFor(200);
  assert.equal(node.exitCode, 1);
  const log = node.log.join('');
  assert.equal(log.split('Trying it again in one second').length - 1, 9);
  assert.match(log, /FATAL: this replica instance finished the synchronization with its master, but the AOF/);
});

it('a replica that is promoted in the middle of a full sync writes its file again', () => {
  const simulation = new Simulation(9);
  const lines = ['repl-diskless-sync-delay 0', 'rdbcompression no'];
  const primary = SimulatedNode.started(lines, { simulation, host: '10.0.0.1' });
  const client = primary.client();
  for (let i = 0; i < 400; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
  client.wait(100);
  const replica = SimulatedNode.started([...AOF, 'key-load-delay 10000'], { simulation, host: '10.0.0.2' });
  const mine = replica.client();
  mine.call('REPLICAOF', '10.0.0.1', 6379);
  simulation.runUntil(() => replica.node.appendOnly.state === 'off', 60_000);
  simulation.crash('10.0.0.1');
  simulation.runUntil(() => !replica.node.loading, 60_000);
  assert.equal(replica.node.appendOnly.state, 'off');
  assert.equal(mine.call('REPLICAOF', 'NO', 'ONE'), 'OK');
  simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
  mine.call('SET', 'mine', 'v');
  assert.equal(again(replica).client().call('GET', 'mine'), 'v');
});
