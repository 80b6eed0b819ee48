import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  countSlots,
  crc16,
  evenShare,
  formatRange,
  hashTag,
  keySlot,
  keySlotOf,
  keySlotOfText,
  parseRange,
  rangesOf,
  SLOT_COUNT,
} from '../../extension/redis/slots.ts';

// CommonJS whose module.exports is the function; its types say so only under other compiler settings.
const reference: (key: string | Uint8Array) => number = createRequire(import.meta.url)('cluster-key-slot');

/** Bytes from a small linear congruential generator: the same keys in every run. */
function* randomKeys(count: number, maxLength: number): Generator<Uint8Array> {
  let state = 42;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  for (let at = 0; at < count; at++) {
    const key = new Uint8Array(next() % maxLength);
    // A quarter of the bytes are braces, so that every kind of hash tag comes up.
    for (let i = 0; i < key.length; i++) key[i] = next() % 4 === 0 ? 0x7b + (next() % 2) * 2 : next() % 256;
    yield key;
  }
}

test('the check value of CRC16 XMODEM', () => {
  assert.equal(crc16(Buffer.from('123456789')), 0x31c3);
});

test('known keys', () => {
  assert.equal(keySlotOf('foo'), 12182);
  assert.equal(keySlotOf('name'), 5798);
  assert.equal(keySlotOf(''), 0);
  assert.equal(keySlotOf('{user1000}.following'), keySlotOf('{user1000}.followers'));
  assert.equal(
    keySlotOf('foo{}{bar}'),
    crc16(Buffer.from('foo{}{bar}')) % SLOT_COUNT,
    'an empty tag is no tag',
  );
  assert.equal(keySlotOf('foo{{bar}}zap'), crc16(Buffer.from('{bar')) % SLOT_COUNT, 'first { to first }');
  assert.equal(keySlotOf('foo{bar}{zap}'), keySlotOf('bar'));
});

/** cluster-key-slot takes `{}…}` for a tag that ends at the second `}`; redis-server and we hash the whole key. */
function misreadByReference(key: Uint8Array): boolean {
  const open = key.indexOf(0x7b);
  return open >= 0 && key[open + 1] === 0x7d && key.indexOf(0x7d, open + 2) >= 0;
}

test('every way to ask agrees with cluster-key-slot on random keys', () => {
  for (const key of randomKeys(20_000, 40)) {
    if (misreadByReference(key)) continue;
    const expected = reference(Buffer.from(key));
    assert.equal(keySlot(key, 0, key.length), expected, Buffer.from(key).toString('hex'));
    assert.equal(keySlotOf(Buffer.from(key).toString('latin1')), expected);
    const framed = Buffer.concat([Buffer.from('{x}'), key, Buffer.from('}{')]);
    assert.equal(keySlot(framed, 3, 3 + key.length), expected, 'bytes outside the key do not count');
  }
});

test('text is hashed as UTF-8', () => {
  for (const key of ['键', '用户:{张三}:姓名', 'ü', 'plain', '{}', '😀']) {
    assert.equal(keySlotOfText(key), reference(key), key);
  }
});

test('hash tags', () => {
  assert.equal(hashTag('user:{42}:name'), '42');
  for (const key of ['user', 'a{', 'a}b{', 'a{}b', '}{']) assert.equal(hashTag(key), undefined, key);
});

test('ranges are the shortest description of a set of slots', () => {
  assert.deepEqual(rangesOf([]), []);
  assert.deepEqual(rangesOf([7]), [[7, 7]]);
  assert.deepEqual(rangesOf([0, 1, 2, 5, 16382, 16383]), [
    [0, 2],
    [5, 5],
    [16382, 16383],
  ]);
  assert.equal(countSlots(rangesOf([0, 1, 2, 5])), 4);
});

test('ranges are written and read as in nodes.conf', () => {
  assert.equal(formatRange([0, 5460]), '0-5460');
  assert.equal(formatRange([866, 866]), '866');
  for (const text of ['0-5460', '866', '16383']) {
    const range = parseRange(text);
    assert.ok(range);
    assert.equal(formatRange(range), text);
  }
  for (const text of ['', '-', '5-', '-5', '9-8', '16384', '0-16384', '1-2-3', ' 1', '0x1', '123456']) {
    assert.equal(parseRange(text), undefined, text);
  }
});

test('even shares cover every slot once', () => {
  assert.deepEqual(
    [0, 1, 2].map((i) => evenShare(i, 3)),
    [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ],
  );
  for (const count of [1, 4, 7, 100]) {
    let next = 0;
    for (let i = 0; i < count; i++) {
      const [first, last] = evenShare(i, count);
      assert.equal(first, next);
      next = last + 1;
    }
    assert.equal(next, SLOT_COUNT);
  }
});
