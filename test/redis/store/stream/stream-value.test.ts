/** A stream as a data structure, against a plain sorted list of its entries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Args } from '../../../../extension/redis/resp/args.ts';
import { defaultEncodingLimits } from '../../../../extension/redis/store/encoding-limits.ts';
import { radixTreeNodes } from '../../../../extension/redis/store/stream/radix-tree.ts';
import {
  compareIds,
  idText,
  MAX_ID,
  nextId,
  previousId,
  type StreamId,
  WIDE_MAX,
  wide,
  wideDifference,
  wideSum,
  ZERO_ID,
} from '../../../../extension/redis/store/stream/stream-id.ts';
import { StreamValue } from '../../../../extension/redis/store/stream/stream-value.ts';
import { SeededRandom } from '../../seeded-random.ts';

const id = (ms: number | bigint, seq: number | bigint = 0): StreamId => ({
  ms: typeof ms === 'bigint' ? wide(ms) : ms,
  seq: typeof seq === 'bigint' ? wide(seq) : seq,
});

interface Entry {
  readonly id: StreamId;
  readonly words: readonly string[];
}

/** A stream and what it should hold. */
class Model {
  readonly stream = new StreamValue({
    ...defaultEncodingLimits(),
    streamBlockEntries: 7,
    streamBlockBytes: 600,
  });
  entries: Entry[] = [];

  add(at: StreamId, ...words: string[]): void {
    this.stream.append(at, Args.of(...words), 0);
    this.entries.push({ id: at, words });
  }

  /** Both hold the same, wherever one looks. */
  check(random: SeededRandom): void {
    const { stream, entries } = this;
    assert.equal(stream.size, entries.length);
    const [a, b] = [random, random].map((r) => id(r.below(900), r.below(3)));
    const [from, to] =
      a !== undefined && b !== undefined && compareIds(a, b) <= 0 ? [a, b] : [b ?? ZERO_ID, a ?? ZERO_ID];
    const inside = entries.filter(
      (entry) => compareIds(entry.id, from) >= 0 && compareIds(entry.id, to) <= 0,
    );
    assert.equal(stream.count(from, to, Number.POSITIVE_INFINITY), inside.length);
    assert.equal(stream.count(from, to, 3), Math.min(3, inside.length));
    for (const reverse of [false, true]) {
      const found: string[] = [];
      stream.each(
        from,
        to,
        reverse,
        (entry) => found.push(`${idText(entry)} ${entry.contents().join(' ')}`) > 0,
      );
      const expected = inside.map((entry) => `${idText(entry.id)} ${entry.words.join(' ')}`);
      assert.deepEqual(found, reverse ? expected.reverse() : expected);
    }
    assert.deepEqual(stream.firstId, entries[0]?.id ?? ZERO_ID);
    assert.deepEqual(stream.lastLiveId(), entries.at(-1)?.id ?? ZERO_ID);
  }
}

describe('a stream', () => {
  it('holds what was added and not deleted or trimmed, in order', () => {
    const random = new SeededRandom(3);
    const model = new Model();
    let ms = 1;
    for (let step = 0; step < 1500; step++) {
      const choice = random.below(20);
      if (choice < 13) {
        ms += random.below(3);
        const last = model.stream.lastId;
        const at = last.ms === ms ? id(ms, wideSum(last.seq, 1)) : id(ms);
        const value = random.pick(['', '1', '-70000', 'v', 'x'.repeat(70), '9223372036854775807', '007']);
        if (random.below(3) === 0) model.add(at, 'g', value, 'f', String(step));
        else model.add(at, 'f', value);
      } else if (choice < 18) {
        const target = model.entries.length > 0 ? random.pick(model.entries).id : id(5);
        const before = model.entries.length;
        model.entries = model.entries.filter((entry) => compareIds(entry.id, target) !== 0);
        assert.equal(model.stream.delete(target), model.entries.length < before);
        assert.equal(model.stream.delete(target), false);
      } else if (choice === 18) {
        const length = random.below(120);
        const removed = model.stream.trim({ to: { length }, approximate: false, limit: 0 });
        assert.equal(removed, Math.max(0, model.entries.length - length));
        model.entries = model.entries.slice(removed);
      } else {
        const minId = id(ms - random.below(200));
        const left = model.entries.filter((entry) => compareIds(entry.id, minId) >= 0);
        assert.equal(
          model.stream.trim({ to: { minId }, approximate: false, limit: 0 }),
          model.entries.length - left.length,
        );
        model.entries = left;
      }
      if (step % 5 === 0) model.check(random);
    }
    const copy = model.stream.clone();
    model.stream.trim({ to: { length: 0 }, approximate: false, limit: 0 });
    assert.equal(copy.size, model.entries.length);
    assert.ok(copy.usedBytes > model.stream.usedBytes);
  });

  it('knows what it takes, whatever comes and goes', () => {
    const model = new Model();
    const empty = model.stream.usedBytes;
    for (let n = 1; n <= 500; n++) model.add(id(n), 'field', `value ${n}`);
    const full = model.stream.usedBytes;
    assert.ok(full > empty + 500 * 10 && full < empty + 500 * 100, `${full} bytes`);
    for (const { id: each } of model.entries.filter((_, i) => i % 2 === 0)) model.stream.delete(each);
    for (const { id: each } of model.entries.filter((_, i) => i % 2 === 1)) model.stream.delete(each);
    assert.equal(model.stream.usedBytes, empty);
  });

  it('trims whole blocks, and no more of them than it may, when it need not be exact', () => {
    const model = new Model();
    for (let n = 1; n <= 30; n++) model.add(id(n), 'f', 'v');
    const trim = (length: number, limit: number) =>
      model.stream.trim({ to: { length }, approximate: true, limit });
    assert.equal(trim(20, 6), 0, 'a block has seven');
    assert.equal(trim(20, 13), 7);
    assert.equal(trim(20, 0), 0, '23 are left: without a block, 16 would be');
    assert.equal(trim(3, 0), 14);
    assert.equal(model.stream.trim({ to: { minId: id(30) }, approximate: true, limit: 0 }), 7);
    assert.deepEqual(model.stream.firstKeptId, id(29));
  });
});

describe('ids', () => {
  it('have a next and a previous one over all of 128 bits', () => {
    const top = 2n ** 64n - 1n;
    const cases: readonly (readonly [StreamId, StreamId])[] = [
      [id(0), id(0, 1)],
      [id(5, Number.MAX_SAFE_INTEGER), id(5, 2n ** 53n)],
      [id(5, top), id(6)],
      [id(Number.MAX_SAFE_INTEGER, top), id(2n ** 53n)],
      [id(top, top - 1n), MAX_ID],
    ];
    for (const [before, behind] of cases) {
      assert.deepEqual(nextId(before), behind);
      assert.deepEqual(previousId(behind), before);
      assert.ok(compareIds(before, behind) < 0 && compareIds(behind, before) > 0);
    }
    assert.equal(nextId(MAX_ID), undefined);
    assert.equal(previousId(ZERO_ID), undefined);
  });

  it('differ by what brings one to the other, with 64 bits', () => {
    const numbers = [0, 1, 7, 2 ** 31, Number.MAX_SAFE_INTEGER, wide(2n ** 53n), wide(2n ** 63n), WIDE_MAX];
    for (const a of numbers) {
      for (const b of numbers) assert.equal(wideSum(b, wideDifference(a, b)), a, `${a} - ${b}`);
    }
  });

  it('make a radix tree of as many nodes as redis-server has', () => {
    // Counted there, with XINFO STREAM and blocks of one entry.
    assert.equal(radixTreeNodes([]), 1);
    assert.equal(radixTreeNodes([id(1)]), 2);
    assert.equal(radixTreeNodes([id(1), id(2)]), 6);
    assert.equal(radixTreeNodes([id(1), id(1, 1)]), 4);
  });
});
