import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultEncodingLimits,
  type EncodingLimits,
} from '../../../extension/redis/store/encoding-limits.ts';
import { ListValue } from '../../../extension/redis/store/list-value.ts';
import { SeededRandom } from '../seeded-random.ts';

function listOf(...elements: string[]): ListValue {
  const list = new ListValue(defaultEncodingLimits());
  for (const element of elements) push(list, element);
  return list;
}

/** As RPUSH does. */
function push(list: ListValue, element: string): void {
  list.expect(1, element.length);
  list.pushTail(element);
}

describe('a list', () => {
  it('is pushed and popped at both ends', () => {
    const list = listOf('b', 'c');
    list.pushHead('a');
    assert.deepEqual([...list.values()], ['a', 'b', 'c']);
    assert.deepEqual([...list.reversed()], ['c', 'b', 'a']);
    assert.equal(list.popTail(), 'c');
    assert.equal(list.popHead(), 'a');
    assert.equal(list.popHead(), 'b');
    assert.equal(list.popHead(), undefined);
    assert.equal(list.popTail(), undefined);
    assert.equal(list.size, 0);
  });

  it('agrees with an array over thousands of random changes, across many blocks', () => {
    agreesWithArray(defaultEncodingLimits());
  });

  it('agrees with an array when some elements stand alone in their blocks', () => {
    agreesWithArray({ ...defaultEncodingLimits(), listLoneBytes: 3 });
  });

  it('is read bit by bit, and on from a clone', () => {
    const list = listOf(...Array.from({ length: 700 }, (_, i) => `tail ${i}`));
    for (let i = 0; i < 300; i++) list.pushHead(`head ${i}`);
    const whole = [...list.values()];
    const place = { block: 0, offset: 0 };
    const seen: string[] = [];
    const read = (from: ListValue, count: number) => from.read(place, count, (element) => seen.push(element));
    for (let n = 0; n < 7; n++) read(list, 64);
    const clone = list.clone();
    list.pushHead('another');
    list.trim(500, 501);
    while (seen.length < 1000) read(clone, Math.min(64, 1000 - seen.length));
    assert.deepEqual(seen, whole);
  });

  it('removes equal elements from either end', () => {
    const list = listOf('x', 'a', 'x', 'b', 'x');
    assert.equal(list.remove('x', 2, true), 2);
    assert.deepEqual([...list.values()], ['x', 'a', 'b']);
    assert.equal(list.remove('x', Number.POSITIVE_INFINITY, false), 1);
    assert.equal(list.remove('x', 1, false), 0);
    const many = listOf(...Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 'x' : 'y')));
    assert.equal(many.remove('x', 300, true), 300);
    assert.deepEqual([many.size, many.at(399), many.at(400), many.at(401)], [700, 'y', 'y', 'y']);
  });
});

describe('the encoding of a list', () => {
  it('is a listpack of up to 8 KiB, counted as a listpack counts', () => {
    // Header 6, end 1, and per element 62 + 1 (length) + 1 (back length): 127 elements make 8135 bytes.
    const list = listOf(...Array.from({ length: 127 }, () => 'x'.repeat(62)));
    assert.equal(list.encoding, 'listpack');
    push(list, 'x'.repeat(57));
    assert.equal(list.encoding, 'listpack');
    push(list, '');
    assert.equal(list.encoding, 'quicklist');
  });

  it('packs integers', () => {
    // 1 to 127 take two bytes each with their back length, and the longest number eleven less than its text.
    const list = listOf(...Array.from({ length: 4000 }, (_, i) => String(i % 100)));
    assert.equal(list.encoding, 'listpack');
    const texts = listOf(...Array.from({ length: 4000 }, (_, i) => `0${i % 100}`));
    assert.equal(texts.encoding, 'quicklist');
  });

  it('comes back to a listpack below half of the limit only', () => {
    const list = listOf(...Array.from({ length: 130 }, () => 'x'.repeat(62)));
    assert.equal(list.encoding, 'quicklist');
    while (list.size > 64) list.popHead();
    assert.equal(list.encoding, 'quicklist');
    list.popHead();
    assert.equal(list.encoding, 'listpack');
  });

  it('stays a quicklist while a large element stands alone, however little there is', () => {
    const limits = { ...defaultEncodingLimits(), listSize: 2, listLoneBytes: 10 };
    const list = new ListValue(limits);
    for (const element of ['a', 'x'.repeat(10), 'b']) push(list, element);
    assert.deepEqual([list.encoding, list.blockCount], ['quicklist', 3]);
    list.popHead();
    list.popTail();
    assert.deepEqual([list.encoding, list.blockCount], ['quicklist', 1]);
    list.setAt(0, 'c');
    assert.equal(list.encoding, 'listpack');
  });

  it('may be limited by elements', () => {
    const list = new ListValue({ ...defaultEncodingLimits(), listSize: 4 });
    for (const element of ['a', 'b', 'c', 'd']) push(list, element);
    assert.equal(list.encoding, 'listpack');
    push(list, 'e');
    assert.equal(list.encoding, 'quicklist');
    list.trim(0, 3);
    assert.equal(list.encoding, 'quicklist');
    list.trim(0, 2);
    assert.equal(list.encoding, 'listpack');
  });
});

function change(list: ListValue, model: string[], random: SeededRandom): void {
  const element = `e${random.below(50)}`;
  const index = random.below(model.length + 1);
  switch (random.below(8)) {
    case 0:
      list.pushHead(element);
      model.unshift(element);
      break;
    case 1:
    case 2:
      list.pushTail(element);
      model.push(element);
      break;
    case 3:
    case 4:
      list.insertAt(index, element);
      model.splice(index, 0, element);
      break;
    case 5:
      assert.equal(list.popHead(), model.shift());
      break;
    case 6:
      assert.equal(list.popTail(), model.pop());
      break;
    default:
      if (index >= model.length) return;
      list.setAt(index, element);
      model[index] = element;
  }
}

/** Some of the elements have two characters, the others three. */
function agreesWithArray(limits: EncodingLimits): void {
  const random = new SeededRandom(9);
  const list = new ListValue(limits);
  let model: string[] = [];
  for (let step = 0; step < 20_000; step++) {
    change(list, model, random);
    // Rarely, and only what is long: otherwise the list would never span many blocks.
    if (model.length > 1500) {
      const from = random.below(200);
      const to = model.length - random.below(200);
      list.trim(from, to);
      model = model.slice(from, to);
    }
    assert.equal(list.size, model.length);
    const index = random.below(model.length + 1);
    assert.equal(list.at(index), model[index]);
  }
  assert.deepEqual([...list.values()], model);
  assert.deepEqual([...list.reversed()], model.toReversed());
  assert.deepEqual([...list.clone().values()], model);
  const part: string[] = [];
  list.each(100, 700, (element) => part.push(element));
  assert.deepEqual(part, model.slice(100, 700));
}
