/** A replica that has data gets new data: what it answers meanwhile, and what it has when the link breaks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, PORT, type TestClient } from '../simulated-node.ts';
import { type Pair, PRIMARY, pair, REPLICA } from '../simulated-pair.ts';

const KEYS = 30;
const SWAPDB = 'repl-diskless-load swapdb';

function loading(client: TestClient): string {
  const info = client.call('INFO', 'persistence');
  return `loading ${field(info, 'loading')}, async ${field(info, 'async_loading')}`;
}

/** The replica has missed more than the backlog holds. From now on images take two seconds. */
function fallenBehind(seed: number, line: string, meanwhile: readonly string[] = ['PING']): Pair {
  const made = pair(seed, 'repl-backlog-size 1024', 'rdbcompression no', line);
  const { simulation, p, r } = made;
  p.call('SET', 'k', 'old');
  p.call('WAIT', 1, 0);
  assert.equal(r.call('GET', 'k'), 'old');
  simulation.partition(PRIMARY, REPLICA);
  for (let i = 0; i < KEYS; i++) p.call('SET', `key${i}`, 'x'.repeat(40_000));
  p.call('SET', 'k', 'new');
  p.call(...meanwhile);
  p.call('CLIENT', 'KILL', 'TYPE', 'REPLICA');
  p.call('CONFIG', 'SET', 'rdb-key-save-delay', 70_000);
  r.call('CLIENT', 'KILL', 'TYPE', 'MASTER');
  simulation.heal();
  return made;
}

it('an image that is half read is not saved, however much there was to save before', () => {
  const { simulation, replica, p, r } = pair(6, 'rdbcompression no', 'repl-diskless-load on-empty-db');
  for (let i = 0; i < KEYS; i++) p.call('SET', `key${i}`, 'x'.repeat(40_000));
  r.call('REPLICAOF', 'NO', 'ONE');
  r.call('FLUSHALL');
  r.wait(3000);
  r.call('CONFIG', 'SET', 'key-load-delay', 100_000);
  assert.ok(replica.node.persistence.dirty > 0);
  r.send('REPLICAOF', PRIMARY, PORT);
  simulation.runUntil(() => replica.node.loading && replica.node.databases[0].size > 0, 3000);
  r.call('CONFIG', 'SET', 'save', '1 1');
  simulation.runUntil(() => {
    assert.ok(!replica.node.persistence.saving || !replica.node.loading);
    return !replica.node.loading;
  }, 10_000);
  assert.equal(r.wait(3000).length, 1);
  assert.equal(field(r.call('INFO', 'persistence'), 'rdb_changes_since_last_save'), '0');
});

describe('a new image of the same history, with swapdb', () => {
  it('comes in beside the old data, which is served', () => {
    const { simulation, replica, r } = fallenBehind(1, SWAPDB);
    simulation.runUntil(() => replica.node.asyncLoading, 3000);
    assert.equal(loading(r), 'loading 0, async 1');
    assert.deepEqual([r.call('GET', 'k'), r.call('DBSIZE')], ['old', 1]);
    assert.match(String(r.call('SAVE')), /^-LOADING/);
    assert.match(String(r.call('CONFIG', 'SET', 'appendonly', 'yes')), /^-LOADING/);
    assert.equal(r.call('CONFIG', 'SET', 'timeout', 10), 'OK');
    simulation.runUntil(() => replica.node.replication.linkUp, 5000);
    assert.equal(loading(r), 'loading 0, async 0');
    assert.deepEqual([r.call('GET', 'k'), r.call('DBSIZE')], ['new', KEYS + 1]);
  });

  it('leaves the old data when the link breaks', () => {
    const { simulation, primary, replica, r } = fallenBehind(2, SWAPDB);
    simulation.runUntil(() => replica.node.asyncLoading, 3000);
    primary.node.kill();
    simulation.runUntil(() => !replica.node.asyncLoading, 3000);
    assert.deepEqual([r.call('GET', 'k'), r.call('DBSIZE')], ['old', 1]);
    const told = replica.log.join('');
    assert.match(told, /Internal error in RDB reading offset \d+ -> Unexpected EOF reading RDB file\./);
    assert.match(told, /sync: Discarding temporary DB in background/);
  });

  it('makes a transaction fail that watched the old data', () => {
    const { simulation, replica, r } = fallenBehind(3, SWAPDB);
    simulation.runUntil(() => replica.node.asyncLoading, 3000);
    r.call('WATCH', 'k');
    r.call('MULTI');
    r.call('GET', 'k');
    simulation.runUntil(() => replica.node.replication.linkUp, 5000);
    assert.equal(r.call('EXEC'), null);
  });
});

describe('an image of another history, with swapdb', () => {
  it('lets nobody see the old data, but keeps it until all is there', () => {
    const { simulation, primary, replica, r } = fallenBehind(4, SWAPDB, ['DEBUG', 'CHANGE-REPL-ID']);
    simulation.runUntil(() => replica.node.loading, 3000);
    assert.equal(loading(r), 'loading 1, async 0');
    assert.match(String(r.call('GET', 'k')), /^-LOADING/);
    primary.node.kill();
    simulation.runUntil(() => !replica.node.loading, 3000);
    assert.equal(r.call('GET', 'k'), 'old');
  });
});

describe('key-load-delay', () => {
  it('makes an image take its time, until it is set back', () => {
    const { simulation, replica, p, r } = fallenBehind(5, 'loading-process-events-interval-bytes 1024');
    p.call('CONFIG', 'SET', 'rdb-key-save-delay', 0);
    r.call('CONFIG', 'SET', 'key-load-delay', 300_000);
    simulation.runUntil(() => replica.node.loading, 5000);
    assert.equal(loading(r), 'loading 1, async 0');
    assert.match(String(r.call('GET', 'k')), /^-LOADING/);
    simulation.runFor(3000);
    assert.ok(replica.node.loading);
    r.call('CONFIG', 'SET', 'key-load-delay', 0);
    simulation.runUntil(() => replica.node.replication.linkUp, 500);
    assert.equal(r.call('GET', 'k'), 'new');
  });
});
