/**
 * A few of the runs that `npm run simulate` does by the thousand: enough to notice at once that something fundamental
 * broke. `npm test` runs 200.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSeed } from './run-seed.ts';

describe('whatever breaks, whoever interferes', () => {
  for (let seed = 1; seed <= 5; seed++) {
    it(`what Redis Cluster promises holds (seed ${seed})`, () => {
      runSeed(seed, { nodes: 6, faults: 30 });
    });
  }

  it('a seed is the same run every time', () => {
    const options = { nodes: 6, faults: 10 };
    assert.deepEqual(runSeed(77, options), runSeed(77, options));
  });

  it('also with spare replicas, which move where they are needed', () => {
    runSeed(1, { nodes: 9, faults: 30 });
  });
});
