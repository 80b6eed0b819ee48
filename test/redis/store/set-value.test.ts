import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Args } from '../../../extension/redis/resp/args.ts';
import { defaultEncodingLimits } from '../../../extension/redis/store/encoding-limits.ts';
import { SetValue } from '../../../extension/redis/store/set-value.ts';
import { SeededRandom } from '../seeded-random.ts';

function setOf(...members: string[]): SetValue {
  const set = new SetValue(defaultEncodingLimits());
  for (const member of members) set.add(member);
  return set;
}

describe('a set of integers', () => {
  it('is ordered by number, over all 64 bits', () => {
    const members = [
      '9',
      '-9223372036854775808',
      '100',
      '-1',
      '9223372036854775807',
      '0',
      '-100',
      '9007199254740993',
    ];
    const set = setOf(...members);
    assert.equal(set.encoding, 'intset');
    assert.deepEqual(
      [...set.values()],
      ['-9223372036854775808', '-100', '-1', '0', '9', '100', '9007199254740993', '9223372036854775807'],
    );
    for (const member of members) assert.ok(set.has(member));
    assert.equal(set.add('100'), false);
    assert.equal(set.delete('100'), true);
    assert.equal(set.has('100'), false);
  });

  it('takes only what Redis would print as it stands', () => {
    for (const text of [
      '+1',
      '01',
      '-0',
      '1.0',
      ' 1',
      '',
      '-',
      '9223372036854775808',
      '-9223372036854775809',
      '1e3',
    ]) {
      assert.equal(setOf('1', text).encoding, 'listpack', `'${text}'`);
    }
  });

  it('becomes a listpack, in its order, with the first other member', () => {
    const set = setOf('3', '1', '2', 'word', '0');
    assert.equal(set.encoding, 'listpack');
    assert.deepEqual([...set.values()], ['1', '2', '3', 'word', '0']);
  });

  it('becomes a hash table behind 512 members, and with a word when it has 128', () => {
    const set = setOf(...Array.from({ length: 512 }, (_, i) => String(i)));
    assert.equal(set.encoding, 'intset');
    set.add('512');
    assert.equal(set.encoding, 'hashtable');
    const words = setOf(...Array.from({ length: 128 }, (_, i) => String(i)), 'word');
    assert.equal(words.encoding, 'hashtable');
    assert.equal(setOf(...Array.from({ length: 127 }, (_, i) => String(i)), 'word').encoding, 'listpack');
  });
});

describe('a set of words', () => {
  it('becomes a hash table behind 128 members or 64 bytes', () => {
    const set = setOf(...Array.from({ length: 128 }, (_, i) => `m${i}`));
    assert.equal(set.encoding, 'listpack');
    assert.equal(set.add('m5'), false);
    assert.equal(set.encoding, 'listpack');
    set.add('one more');
    assert.equal(set.encoding, 'hashtable');
    assert.equal(setOf('a', 'x'.repeat(64)).encoding, 'listpack');
    assert.equal(setOf('a', 'x'.repeat(65)).encoding, 'hashtable');
  });

  it('chooses its encoding by what it is told to expect', () => {
    const encodingFor = (count: number, first: string) => {
      const set = new SetValue(defaultEncodingLimits());
      set.expect(count, first);
      return set.encoding;
    };
    assert.equal(encodingFor(512, '1'), 'intset');
    assert.equal(encodingFor(513, '1'), 'hashtable');
    assert.equal(encodingFor(128, 'a'), 'listpack');
    assert.equal(encodingFor(129, 'a'), 'hashtable');
  });

  it('is packed into integers once it is finished and has nothing else', () => {
    const set = new SetValue(defaultEncodingLimits());
    set.expect(1, 'a');
    for (const member of ['3', '1', '2']) set.add(member);
    assert.deepEqual([set.encoding, ...set.values()], ['listpack', '3', '1', '2']);
    set.compact();
    assert.deepEqual([set.encoding, ...set.values()], ['intset', '1', '2', '3']);
    set.add('word');
    set.compact();
    assert.equal(set.encoding, 'listpack');
  });
});

describe('any set', () => {
  it('agrees with a Set over thousands of random changes, in every encoding', () => {
    const random = new SeededRandom(3);
    for (const vocabulary of [(n: number) => String(n - 300), (n: number) => `m${n}`]) {
      for (const range of [40, 100, 1000]) {
        const set = new SetValue(defaultEncodingLimits());
        const model = new Set<string>();
        for (let step = 0; step < 3000; step++) {
          const member = vocabulary(random.below(range));
          if (random.below(3) === 0) assert.equal(set.delete(member), model.delete(member));
          else {
            const added = step % 2 === 0 ? set.add(member) : set.addArgument(Args.of(member), 0);
            assert.equal(added, !model.has(member));
            model.add(member);
          }
          assert.equal(set.has(member), model.has(member));
          assert.equal(set.hasArgument(Args.of(member), 0), model.has(member));
          assert.equal(set.size, model.size);
        }
        assert.deepEqual(new Set(set.values()), model);
        assert.deepEqual(new Set(set.clone().values()), model);
      }
    }
  });

  it('draws every member as often as any other', () => {
    const random = new SeededRandom(5);
    const set = new SetValue({ ...defaultEncodingLimits(), setEntries: 4 });
    for (let i = 0; i < 20; i++) set.add(`m${i}`);
    // Removals must not leave holes or favourites behind.
    for (let i = 0; i < 10; i++) set.delete(`m${i}`);
    const drawn = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const member = set.at(random.below(set.size));
      drawn.set(member, (drawn.get(member) ?? 0) + 1);
    }
    assert.equal(drawn.size, 10);
    // 1000 expected; five standard deviations are 150.
    for (const [member, times] of drawn) assert.ok(Math.abs(times - 1000) < 150, `${member}: ${times}`);
  });
});
