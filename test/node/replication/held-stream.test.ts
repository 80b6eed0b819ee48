import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PORT } from '../simulated-node.ts';
import { PRIMARY, pair } from '../simulated-pair.ts';

describe('a stream that a pause of the replica holds up', () => {
  it('is not executed twice when the link breaks meanwhile', () => {
    const { simulation, replica, p, r } = pair(21);
    p.call('RPUSH', 'l', 'a');
    simulation.runFor(100);
    assert.equal(r.call('CLIENT', 'PAUSE', 1000, 'WRITE'), 'OK');
    p.call('RPUSH', 'l', 'b');
    p.call('MULTI');
    p.call('RPUSH', 'l', 'c');
    p.call('RPUSH', 'l', 'd');
    p.call('EXEC');
    simulation.runFor(100);
    assert.deepEqual(r.call('LRANGE', 'l', 0, -1), ['a']);
    assert.equal(p.call('CLIENT', 'KILL', 'TYPE', 'replica'), 1);
    simulation.runFor(100);
    assert.ok(replica.node.replication.linkUp);
    simulation.runFor(2000);
    assert.deepEqual(r.call('LRANGE', 'l', 0, -1), ['a', 'b', 'c', 'd']);
    assert.deepEqual(r.call('DEBUG', 'DIGEST'), p.call('DEBUG', 'DIGEST'));
  });

  it('is not executed by and by when there is no link any more', () => {
    const { simulation, replica, p, r } = pair(23);
    p.call('RPUSH', 'l', 'a');
    simulation.runFor(100);
    assert.equal(r.call('CLIENT', 'PAUSE', 300, 'WRITE'), 'OK');
    p.call('RPUSH', 'l', 'b');
    simulation.runFor(100);
    assert.equal(r.call('REPLICAOF', '10.9.9.9', PORT), 'OK');
    simulation.runFor(1000);
    assert.equal(r.call('REPLICAOF', PRIMARY, PORT), 'OK');
    simulation.runUntil(() => replica.node.replication.linkUp, 5000);
    simulation.runFor(100);
    assert.deepEqual(r.call('LRANGE', 'l', 0, -1), ['a', 'b']);
    assert.deepEqual(r.call('DEBUG', 'DIGEST'), p.call('DEBUG', 'DIGEST'));
  });

  it('is dropped when the replica becomes a primary before', () => {
    const { simulation, p, r } = pair(22);
    assert.equal(r.call('CLIENT', 'PAUSE', 1000, 'WRITE'), 'OK');
    p.call('RPUSH', 'l', 'a');
    simulation.runFor(100);
    const before = String(r.call('INFO', 'replication')).match(/master_repl_offset:(\d+)/)?.[1];
    assert.equal(r.call('REPLICAOF', 'NO', 'ONE'), 'OK');
    simulation.runFor(2000);
    assert.equal(r.call('EXISTS', 'l'), 0);
    const after = String(r.call('INFO', 'replication')).match(/master_repl_offset:(\d+)/)?.[1];
    assert.equal(after, before);
  });
});
