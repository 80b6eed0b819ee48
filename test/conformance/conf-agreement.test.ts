/**
 * What `check-conf` says of a file is what redis-server does with it. A part of what `conf-files/run.ts` compares on
 * demand, with another seed than the one that is usual there.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Comparison,
  compareBatch,
  DEBIAN,
  knownDisagreements,
  reasonFor,
} from './conf-files/agreement.ts';
import { generateFile } from './conf-files/generate.ts';
import { sweepFile } from './conf-files/sweeps.ts';
import { needsRedisServer } from './redis-server.ts';

const SEED = 1;
const COUNT = 250;

for (const [kind, generate] of [
  ['generated files', generateFile],
  ['sweeps', sweepFile],
] as const) {
  test(`verdict and first error line of ${kind} are those of redis-server`, needsRedisServer, async () => {
    const comparisons: Comparison[] = [];
    await compareBatch({ ...DEBIAN, seed: SEED, from: 0, count: COUNT, generate }, (comparison) =>
      comparisons.push(comparison),
    );
    assert.equal(comparisons.length, COUNT);
    const accepted = comparisons.filter(({ theirs }) => theirs.starts).length;
    assert.ok(accepted > COUNT / 5 && accepted < (COUNT * 4) / 5, `${accepted} start: neither all nor none`);
    const unknown = comparisons.filter(
      (comparison) => comparison.differs !== undefined && reasonFor(comparison, DEBIAN.target) === undefined,
    );
    assert.deepEqual(unknown, []);
  });

  test(`the same seed makes the same ${kind}`, () => {
    const ids = [0, 1, 2, 3];
    const make = () => ids.map((index) => generate(7, index, 'r7.0'));
    assert.deepEqual(make(), make());
    assert.equal(new Set(make().map(({ text }) => text)).size, ids.length);
  });
}

test('every known disagreement has a reason', () => {
  for (const { id, words, text, reason } of knownDisagreements) {
    const by = [id, words, text].filter((way) => way !== undefined);
    assert.ok(reason.length > 20, by[0]);
    assert.equal(by.length, 1, 'by its id, by what the server says, or by what the file says');
  }
});
