import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evict } from '../../extension/node/eviction.ts';
import { evictionLimitMs } from '../../extension/node/memory-limit.ts';
import { bytesOf } from '../../extension/redis/bytes.ts';
import { Keyspace } from '../../extension/redis/store/keyspace.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { SimulatedNode } from './simulated-node.ts';

function database(keys: number): Keyspace {
  const db = new Keyspace(0, { now: () => 0 });
  for (let i = 0; i < keys; i++) db.setStringBytes(bytesOf(`k${i}`), bytesOf('v'));
  return db;
}

describe('eviction', () => {
  it('stops for others when it is tired, and says so', () => {
    const db = database(1000);
    let asked = 0;
    const evictor = {
      policy: 'allkeys-random',
      samples: 5,
      random: new SeededRandom(1),
      used: () => db.size,
      evicted: () => {},
      tired: () => ++asked === 3,
    };
    assert.equal(evict([db], 100, evictor), 'tired');
    assert.equal(db.size, 1000 - 3 * 16);
    assert.equal(evict([db], 100, evictor), 'done');
    assert.equal(db.size, 100);
    assert.equal(evict([db], 10, { ...evictor, policy: 'noeviction' }), 'full');
    assert.equal(evict([db], 10, { ...evictor, policy: 'volatile-lru' }), 'full');
  });

  it('makes room of keys whose time is up, as of any other', () => {
    for (const policy of [
      'volatile-ttl',
      'volatile-random',
      'allkeys-random',
      'allkeys-lru',
      'volatile-lfu',
    ]) {
      const node = SimulatedNode.started([`maxmemory-policy ${policy}`]);
      const client = node.client();
      client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
      const value = 'x'.repeat(100_000);
      for (let i = 0; i < 10; i++) client.call('SET', `short:${i}`, value, 'PX', 1);
      client.wait(100);
      client.call('CONFIG', 'SET', 'maxmemory', 1_050_000);
      for (let i = 0; i < 20; i++) assert.equal(client.call('SET', `k:${i}`, value, 'EX', 100), 'OK', policy);
    }
  });

  it('takes half a millisecond at a time, and more when it is told to be tenacious', () => {
    assert.deepEqual([0, 5, 10, 100].map(evictionLimitMs), [0, 0.25, 0.5, Number.POSITIVE_INFINITY]);
    assert.ok(evictionLimitMs(50) > 100);
  });
});
