import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PORT } from '../simulated-node.ts';
import { PRIMARY, pair } from '../simulated-pair.ts';

describe('fields of a hash that expire', () => {
  it('are left to the primary to remove, and hidden on the replica until it does', () => {
    const { simulation, primary, replica, p, r } = pair(11);
    p.call('HSET', 'h', 'a', '1', 'b', '2');
    p.call('HPEXPIRE', 'h', 300, 'FIELDS', 1, 'a');
    p.call('HSET', 'other', 'x', '1');
    p.call('HPEXPIRE', 'other', 300, 'FIELDS', 1, 'x');
    p.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    simulation.runFor(500);
    assert.deepEqual(r.call('HGETALL', 'h'), ['b', '2']);
    assert.deepEqual(r.call('HTTL', 'h', 'FIELDS', 2, 'a', 'b'), [-2, -1]);
    assert.equal(r.call('HLEN', 'other'), 0);
    assert.equal(r.call('EXISTS', 'other'), 1, 'it is there until the primary says otherwise');
    p.call('DEBUG', 'SET-ACTIVE-EXPIRE', 1);
    simulation.runUntil(() => replica.node.databases[0]?.size === 1, 2000);
    assert.deepEqual(p.call('HGETALL', 'h'), ['b', '2']);
    assert.deepEqual(p.call('DEBUG', 'DIGEST'), r.call('DEBUG', 'DIGEST'));
    assert.equal(primary.node.databases[0]?.size, 1);
  });

  it('come with a full sync', () => {
    const { simulation, replica, p, r } = pair(12);
    p.call('HSET', 'h', 'a', '1', 'b', '2');
    p.call('HEXPIRE', 'h', 1000, 'FIELDS', 1, 'a');
    r.call('REPLICAOF', 'NO', 'ONE');
    r.call('FLUSHALL');
    r.call('REPLICAOF', PRIMARY, PORT);
    simulation.runUntil(() => replica.node.replication.linkUp, 5000);
    assert.deepEqual(
      r.call('HPEXPIRETIME', 'h', 'FIELDS', 2, 'a', 'b'),
      p.call('HPEXPIRETIME', 'h', 'FIELDS', 2, 'a', 'b'),
    );
  });
});
