import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Args } from '../../../extension/redis/resp/args.ts';
import { defaultEncodingLimits } from '../../../extension/redis/store/encoding-limits.ts';
import { HashValue } from '../../../extension/redis/store/hash-value.ts';
import { SeededRandom } from '../seeded-random.ts';

describe('a hash', () => {
  it('keeps the order of its fields while it is small, removals included', () => {
    const hash = new HashValue(defaultEncodingLimits());
    for (const field of ['b', 'a', 'd', 'c']) assert.equal(hash.set(field, `${field}1`), true);
    assert.equal(hash.set('a', 'a2'), false);
    assert.equal(hash.delete('b'), true);
    assert.equal(hash.delete('b'), false);
    assert.deepEqual(
      [...hash.entries()],
      [
        ['a', 'a2'],
        ['d', 'd1'],
        ['c', 'c1'],
      ],
    );
    assert.equal(hash.encoding, 'listpack');
  });

  it('becomes a hash table behind 512 fields, and stays one', () => {
    const hash = new HashValue(defaultEncodingLimits());
    for (let i = 0; i < 512; i++) hash.set(`f${i}`, 'v');
    assert.equal(hash.encoding, 'listpack');
    hash.set('one more', 'v');
    assert.equal(hash.encoding, 'hashtable');
    for (let i = 0; i < 512; i++) hash.delete(`f${i}`);
    assert.equal(hash.encoding, 'hashtable');
    assert.deepEqual([...hash.fields()], ['one more']);
  });

  it('becomes a hash table for a field or value above 64 bytes, or when told of many', () => {
    for (const [field, value] of [
      ['f'.repeat(65), 'v'],
      ['f', 'v'.repeat(65)],
    ] as const) {
      const hash = new HashValue(defaultEncodingLimits());
      hash.set('f'.repeat(64), 'v'.repeat(64));
      assert.equal(hash.encoding, 'listpack');
      hash.set(field, value);
      assert.equal(hash.encoding, 'hashtable');
      assert.equal(hash.get(field), value);
    }
    const hash = new HashValue(defaultEncodingLimits());
    hash.expect(513);
    assert.equal(hash.encoding, 'hashtable');
  });

  it('feels a changed limit at the next write', () => {
    const limits = defaultEncodingLimits();
    const hash = new HashValue(limits);
    hash.set('a', '1');
    limits.hashEntries = 1;
    assert.equal(hash.encoding, 'listpack');
    hash.set('b', '2');
    assert.equal(hash.encoding, 'hashtable');
  });

  for (const { name, limit } of [
    { name: 'small', limit: 1000 },
    { name: 'large', limit: 4 },
  ]) {
    it(`agrees with a Map over thousands of random changes (${name})`, () => {
      const limits = { ...defaultEncodingLimits(), hashEntries: limit };
      const hash = new HashValue(limits);
      const model = new Map<string, string>();
      const random = new SeededRandom(7);
      for (let step = 0; step < 5000; step++) {
        const field = `f${random.below(200)}`;
        if (random.below(3) === 0) assert.equal(hash.delete(field), model.delete(field));
        else {
          const value = `v${random.below(1000)}`;
          const args = Args.of('HSET', field, value);
          const added = step % 2 === 0 ? hash.set(field, value) : hash.setArguments(args, 1);
          assert.equal(added, !model.has(field));
          model.set(field, value);
        }
        assert.equal(hash.size, model.size);
        assert.equal(hash.get(field), model.get(field));
        assert.equal(hash.getArgument(Args.of(field), 0), model.get(field));
      }
      assert.deepEqual(new Map(hash.entries()), model);
      assert.deepEqual(new Map(hash.clone().entries()), model);
    });
  }

  it('counts its bytes up and down to the same', () => {
    const hash = new HashValue(defaultEncodingLimits());
    hash.set('stays', 'here');
    const before = hash.usedBytes;
    hash.set('goes', 'x'.repeat(60));
    assert.ok(hash.usedBytes > before + 60);
    hash.set('goes', 'y');
    hash.delete('goes');
    assert.equal(hash.usedBytes, before);
  });

  it('is copied, not shared', () => {
    const hash = new HashValue(defaultEncodingLimits());
    hash.set('a', '1');
    const copy = hash.clone();
    copy.set('a', '2');
    copy.set('b', '3');
    assert.deepEqual([...hash.entries()], [['a', '1']]);
    assert.equal(copy.encoding, hash.encoding);
  });
});

describe('a scan of a hash', () => {
  it('gives a small one whole, whatever the count', () => {
    const hash = new HashValue(defaultEncodingLimits());
    for (let i = 0; i < 100; i++) hash.set(`f${i}`, `v${i}`);
    const seen: string[] = [];
    assert.equal(
      hash.scan(0, 1, (field) => seen.push(field)),
      0,
    );
    assert.equal(seen.length, 100);
  });

  it('visits what was there all the time, however the hash grows and shrinks meanwhile', () => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 50; round++) {
      const hash = new HashValue({ ...defaultEncodingLimits(), hashEntries: 4 });
      for (let i = 0; i < 300; i++) hash.set(`f${i}`, 'v');
      const always = new Set([...hash.fields()]);
      const seen = new Set<string>();
      let cursor = 0;
      do {
        cursor = hash.scan(cursor, 1 + random.below(20), (field) => seen.add(field));
        for (let n = random.below(30); n > 0; n--) {
          const field = `f${random.below(400)}`;
          if (random.below(2) === 0) hash.set(field, 'w');
          else if (hash.delete(field)) always.delete(field);
        }
      } while (cursor !== 0);
      assert.deepEqual(
        [...always].filter((field) => !seen.has(field)),
        [],
      );
    }
  });

  it('begins again with a cursor nobody gave', () => {
    const hash = new HashValue({ ...defaultEncodingLimits(), hashEntries: 1 });
    for (const field of ['a', 'b', 'c']) hash.set(field, 'v');
    const seen: string[] = [];
    assert.equal(
      hash.scan(999, 10, (field) => seen.push(field)),
      0,
    );
    assert.equal(seen.length, 3);
  });
});
