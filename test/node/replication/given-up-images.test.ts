/** Images for replicas of which nobody has any use any more. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { field, PORT, SimulatedNode, type TestClient } from '../simulated-node.ts';

const PRIMARY = '10.0.0.1';
const KEYS = 10;

interface Shard {
  readonly simulation: Simulation;
  readonly primary: SimulatedNode;
  readonly p: TestClient;
  readonly replicas: readonly { readonly node: SimulatedNode; readonly r: TestClient }[];
}

/** A primary that takes a second for every key of an image, and two replicas that wait for one. */
function waitingShard(seed: number, ...lines: readonly string[]): Shard {
  const simulation = new Simulation(seed);
  const primary = SimulatedNode.started(['repl-diskless-sync-delay 0', ...lines], {
    simulation,
    host: PRIMARY,
  });
  const p = primary.client();
  for (let i = 0; i < KEYS; i++) p.call('SET', `key${i}`, 'x'.repeat(1000));
  p.call('CONFIG', 'SET', 'rdb-key-save-delay', 1_000_000, 'repl-diskless-sync-max-replicas', 2);
  const replicas = ['10.0.0.2', '10.0.0.3'].map((host) => {
    const node = SimulatedNode.started([], { simulation, host });
    const r = node.client();
    r.call('REPLICAOF', PRIMARY, PORT);
    return { node, r };
  });
  simulation.runUntil(
    () => primary.node.persistence.saving && primary.node.replication.replicas().length === 2,
    2000,
  );
  return { simulation, primary, p, replicas };
}

function saving(p: TestClient): string | undefined {
  return field(p.call('INFO', 'persistence'), 'rdb_bgsave_in_progress');
}

describe('a file for replicas', () => {
  const BY_DISK = 'repl-diskless-sync no';

  it('is given up when the last of them leaves', () => {
    const { simulation, p, replicas } = waitingShard(1, BY_DISK);
    assert.match(String(p.call('INFO', 'replication')), /state=wait_bgsave[\s\S]*state=wait_bgsave/);
    replicas[0]?.r.call('REPLICAOF', 'NO', 'ONE');
    simulation.runFor(100);
    assert.equal(saving(p), '1');
    replicas[1]?.r.call('REPLICAOF', 'NO', 'ONE');
    simulation.runFor(100);
    assert.equal(saving(p), '0');
    assert.equal(field(p.call('INFO', 'persistence'), 'rdb_last_bgsave_status'), 'ok');
  });

  it('is finished all the same when files are wanted anyway', () => {
    const { simulation, p, replicas } = waitingShard(2, BY_DISK, 'save 900 1');
    for (const { r } of replicas) r.call('REPLICAOF', 'NO', 'ONE');
    simulation.runFor(200);
    assert.equal(saving(p), '1');
    simulation.runFor(KEYS * 1000);
    assert.equal(field(p.call('INFO', 'persistence'), 'rdb_changes_since_last_save'), '0');
  });
});

describe('an image on its way to replicas', () => {
  it('shows them as waiting for it', () => {
    const { p, replicas } = waitingShard(3);
    const info = String(p.call('INFO', 'replication'));
    for (const { node } of replicas) assert.match(info, new RegExp(`ip=${node.host},.*state=wait_bgsave`));
  });

  it('ends with the last of them', () => {
    const { simulation, primary, p, replicas } = waitingShard(4);
    for (const { node } of replicas) node.node.kill();
    simulation.runFor(100);
    assert.equal(saving(p), '0');
    assert.match(primary.log.join(''), /Diskless rdb transfer, last replica dropped, killing fork child\./);
  });

  it('is begun anew by FLUSHALL: there is hardly anything to send any more', () => {
    const { simulation, primary, p, replicas } = waitingShard(5);
    assert.equal(p.call('FLUSHALL'), 'OK');
    simulation.runUntil(() => replicas.every(({ node }) => node.node.replication.linkUp), 2000);
    assert.equal(saving(p), '0');
    for (const { r } of replicas) assert.equal(r.call('DBSIZE'), 0);
    const started = primary.log.filter((line) => line.includes('Background RDB transfer started by pid'));
    assert.ok(started.length >= 2);
  });
});
