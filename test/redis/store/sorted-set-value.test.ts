import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Args } from '../../../extension/redis/resp/args.ts';
import { defaultEncodingLimits } from '../../../extension/redis/store/encoding-limits.ts';
import { SortedSetValue } from '../../../extension/redis/store/sorted-set-value.ts';
import { SeededRandom } from '../seeded-random.ts';

type Pair = [member: string, score: number];

function inOrder(set: SortedSetValue, from = 0, to = set.size, reverse = false): Pair[] {
  const pairs: Pair[] = [];
  set.each(from, to, reverse, (member, score) => pairs.push([member, score]));
  return pairs;
}

/** The same by the plainest means: a Map, sorted when asked. */
class Model {
  readonly scores = new Map<string, number>();
  sorted(): Pair[] {
    return [...this.scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  }
}

describe('a sorted set', () => {
  it('orders by score, and equal scores by bytes', () => {
    const set = new SortedSetValue(defaultEncodingLimits());
    for (const [member, score] of [
      ['b', 1],
      ['a', 1],
      ['z', 0],
      ['\xff', 1],
      ['B', 1],
      ['', 1],
    ] as const) {
      assert.equal(set.set(member, score), 'added');
    }
    assert.deepEqual(
      inOrder(set).map(([member]) => member),
      ['z', '', 'B', 'a', 'b', '\xff'],
    );
    assert.equal(set.set('z', 5), 'updated');
    assert.equal(set.set('z', 5), 'unchanged');
    assert.equal(set.rank('z'), 5);
    assert.equal(set.rank('nobody'), undefined);
    assert.equal(set.score('nobody'), undefined);
  });

  it('knows infinite scores', () => {
    const set = new SortedSetValue(defaultEncodingLimits());
    set.set('last', Number.POSITIVE_INFINITY);
    set.set('first', Number.NEGATIVE_INFINITY);
    set.set('middle', 0);
    assert.deepEqual(
      inOrder(set).map(([member]) => member),
      ['first', 'middle', 'last'],
    );
    assert.equal(set.countByScore(Number.NEGATIVE_INFINITY, false), 0);
    assert.equal(set.countByScore(Number.POSITIVE_INFINITY, false), 2);
    assert.equal(set.countByScore(Number.POSITIVE_INFINITY, true), 3);
  });

  it('knows minus zero only as a skip list', () => {
    const set = new SortedSetValue(defaultEncodingLimits());
    set.set('small', -0);
    assert.ok(Object.is(set.score('small'), 0));
    set.set('x'.repeat(65), -0);
    assert.ok(Object.is(set.score('x'.repeat(65)), -0));
  });

  it('becomes a skip list behind 128 members or 64 bytes', () => {
    const set = new SortedSetValue(defaultEncodingLimits());
    for (let i = 0; i < 128; i++) set.set(`m${i}`, i);
    set.set('m0', 1000);
    assert.equal(set.encoding, 'listpack');
    set.set('one more', 0);
    assert.equal(set.encoding, 'skiplist');
    const long = new SortedSetValue(defaultEncodingLimits());
    long.set('x'.repeat(65), 1);
    assert.equal(long.encoding, 'skiplist');
    const told = new SortedSetValue(defaultEncodingLimits());
    told.expect(129, 1);
    assert.equal(told.encoding, 'skiplist');
  });

  it('agrees with a sorted Map over many random changes, across many blocks', () => {
    const random = new SeededRandom(1);
    const set = new SortedSetValue(defaultEncodingLimits());
    const model = new Model();
    for (let round = 0; round < 12; round++) {
      // It grows to some thousands and shrinks to some dozens again, so that blocks split, empty and join.
      const growing = round % 4 < 2;
      for (let step = 0; step < 3000; step++) {
        const member = `m${random.below(6000)}`;
        if (random.below(10) < (growing ? 1 : 7)) {
          assert.equal(set.delete(member), model.scores.delete(member));
        } else if (growing || model.scores.has(member)) {
          const score = random.below(300) / 2;
          const known = model.scores.get(member);
          const outcome = known === undefined ? 'added' : known === score ? 'unchanged' : 'updated';
          const args = Args.of(member);
          assert.equal(set.scoreOfArgument(args, 0), known);
          assert.equal(step % 2 === 0 ? set.set(member, score) : set.setArgument(args, 0, score), outcome);
          model.scores.set(member, score);
        }
      }
      agree(set, model, random);
    }
    const copy = set.clone();
    set.removeRanks(0, set.size);
    assert.equal(set.size, 0);
    agree(copy, model, random);
  });

  it('takes ascending and descending input, and equal scores', () => {
    for (const score of [(i: number) => i, (i: number) => 0 - i, () => 7]) {
      const set = new SortedSetValue(defaultEncodingLimits());
      const model = new Model();
      for (let i = 0; i < 5000; i++) {
        set.set(`m${i}`, score(i));
        model.scores.set(`m${i}`, score(i));
      }
      agree(set, model, new SeededRandom(2));
    }
  });

  it('scans what was there all the time, however it changes meanwhile', () => {
    const random = new SeededRandom(13);
    const set = new SortedSetValue(defaultEncodingLimits());
    for (let i = 0; i < 1000; i++) set.set(`m${i}`, i);
    const always = new Set(Array.from({ length: 1000 }, (_, i) => `m${i}`));
    const seen = new Map<string, number>();
    let cursor = 0;
    do {
      cursor = set.scan(cursor, 10, (member, score) => seen.set(member, score));
      const gone = `m${random.below(1000)}`;
      if (set.delete(gone)) always.delete(gone);
      set.set(`new${random.below(500)}`, 1);
    } while (cursor !== 0);
    for (const member of always) assert.equal(seen.get(member), Number(member.slice(1)));
  });

  it('counts its bytes', () => {
    const set = new SortedSetValue(defaultEncodingLimits());
    const empty = set.usedBytes;
    for (let i = 0; i < 10_000; i++) set.set(`member:${i}`, i);
    // Redis takes about 100 bytes for such a member.
    assert.ok(set.usedBytes > 10_000 * 60 && set.usedBytes < 10_000 * 200, String(set.usedBytes));
    for (let i = 0; i < 10_000; i++) set.delete(`member:${i}`);
    // The index keeps its smallest size.
    assert.ok(set.usedBytes < empty + 256, String(set.usedBytes));
  });
});

function agree(set: SortedSetValue, model: Model, random: SeededRandom): void {
  const sorted = model.sorted();
  assert.deepEqual(inOrder(set), sorted);
  assert.deepEqual(inOrder(set, 0, set.size, true), sorted.toReversed());
  for (let n = 0; n < 100; n++) {
    const rank = random.below(sorted.length);
    const [member, score] = sorted[rank];
    assert.equal(set.rank(member), rank);
    assert.equal(set.score(member), score);
    assert.equal(
      set.countByScore(score, false),
      sorted.findIndex(([, other]) => other >= score),
    );
    const above = sorted.findIndex(([, other]) => other > score);
    assert.equal(set.countByScore(score, true), above < 0 ? sorted.length : above);
    const to = Math.min(sorted.length, rank + random.below(1500));
    assert.deepEqual(inOrder(set, rank, to), sorted.slice(rank, to));
    assert.deepEqual(inOrder(set, rank, to, true), sorted.slice(rank, to).toReversed());
  }
  const from = random.below(sorted.length);
  const to = Math.min(sorted.length, from + random.below(sorted.length >> 2));
  const told: Pair[] = [];
  set.removeRanks(from, to, (member, score) => told.push([member, score]));
  assert.deepEqual(told, sorted.slice(from, to));
  for (const [member] of told) model.scores.delete(member);
  assert.deepEqual(inOrder(set), model.sorted());
}
