import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { keySlot } from '../../../extension/redis/slots.ts';
import { Key } from '../../../extension/redis/store/key.ts';
import { SeededRandom } from '../seeded-random.ts';

/** Braces, what differs from them in one bit, and what could pass for one with its neighbours. */
const LETTERS = 'ab{}{z|k\x7b\xfb\x00\xff';

test('the slot is that of the specification, wherever there are braces', () => {
  const random = new SeededRandom(1);
  const key = new Key();
  for (let i = 0; i < 20_000; i++) {
    const length = random.below(20);
    const name = Array.from({ length }, () => LETTERS[random.below(LETTERS.length)]).join('');
    const bytes = bytesOf(name);
    key.set(bytes, 0, length);
    assert.equal(key.slot, keySlot(bytes, 0, length), name);
  }
});

test('the hash depends on every byte of the key, on its length, and not on where it stands', () => {
  const wanted = new Key();
  const hashOf = (text: string, start = 0, end = text.length) => {
    wanted.set(bytesOf(text), start, end);
    return wanted.hash;
  };
  const seen = new Set<number>();
  for (let length = 0; length <= 24; length++) {
    const key = 'x'.repeat(length);
    seen.add(hashOf(key));
    for (let i = 0; i < length; i++) seen.add(hashOf(`${key.slice(0, i)}{${key.slice(i + 1)}`));
    for (let start = 1; start < 6; start++) {
      assert.equal(hashOf(`${'{'.repeat(start)}${key}yy`, start, start + length), hashOf(key));
    }
  }
  assert.equal(seen.size, 25 + (24 * 25) / 2);
});
