import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestCluster } from './simulated-cluster.ts';

describe('six fresh nodes', () => {
  it('know each other, agree about the slots and are ok within milliseconds', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = new TestCluster(seed);
      for (let count = 6; count > 0; count--) cluster.add();
      const took = cluster.join(3);
      // One-way delays are up to 1 ms: a dozen round trips, and no tick of 100 ms waited for.
      assert.ok(took < 30, `seed ${seed}: ${took} ms`);
    }
  });
});
