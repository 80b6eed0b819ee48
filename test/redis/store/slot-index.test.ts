import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { Arena, classBytes, sizeClass } from '../../../extension/redis/store/arena.ts';
import { Entries } from '../../../extension/redis/store/entries.ts';
import { Key } from '../../../extension/redis/store/key.ts';
import { SegmentPool } from '../../../extension/redis/store/segment-pool.ts';
import { SlotIndex } from '../../../extension/redis/store/slot-index.ts';
import { SeededRandom } from '../seeded-random.ts';

/** A key that claims to be of slot 7 and to have this hash. */
function keyOf(name: string, hash: number): Key {
  const key = new Key();
  key.set(bytesOf(name), 0, name.length);
  key.slot = 7;
  key.hash = hash;
  return key;
}

test('keys whose hashes collide on purpose are found, walked and removed all the same', () => {
  const cases: [string, (i: number) => number][] = [
    ['one and the same hash', () => 0x1234567],
    ['the same first twenty bits', (i) => 0x7abcd000 | (i & 0xfff)],
    ['the highest hashes there are', (i) => -1 - i],
  ];
  for (const [label, hashOf] of cases) {
    const entries = new Entries();
    const index = new SlotIndex(entries);
    const count = label === 'one and the same hash' ? 3000 : 30_000;
    const addresses: number[] = [];
    for (let i = 0; i < count; i++) {
      addresses.push(entries.create(keyOf(`key${i}`, hashOf(i)), 0, 0, 0, false));
      index.insert(7, hashOf(i), addresses[i]);
    }
    for (let i = 0; i < count; i += 11) {
      assert.equal(index.find(keyOf(`key${i}`, hashOf(i))), addresses[i], label);
    }
    const walked = new Set<number>();
    for (let from = 0; from < 2 ** 32; ) {
      const next = index.scanFrom(7, from, (address) => walked.add(address));
      assert.ok(next > from && Number.isInteger(next), label);
      from = next;
    }
    assert.equal(walked.size, count, label);
    for (let i = 0; i < count; i++) index.remove(7, hashOf(i), addresses[i]);
    assert.deepEqual([index.size, index.usedBytes], [0, 0], label);
  }
});

test('an entry is remembered for its own key only, whatever shares its hash', () => {
  const entries = new Entries();
  const index = new SlotIndex(entries);
  const [one, other] = [keyOf('one', 5), keyOf('two', 5)];
  const places = [one, other].map((key) => entries.create(key, 0, 0, 0, false));
  for (const place of places) index.insert(7, 5, place);
  index.remember(other, places[0]);
  assert.deepEqual([index.find(other), other.entry], [places[1], 0]);
  index.remember(one, places[0]);
  assert.deepEqual([index.find(one), one.entry], [places[0], places[0]]);
  index.remove(7, 5, places[0]);
  assert.equal(index.find(one), 0);
});

test('a walk that stops and goes on visits each key once, though the slot grows and shrinks meanwhile', () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 30; round++) {
    const entries = new Entries();
    const index = new SlotIndex(entries);
    const stay = new Map<number, number>();
    const come: [hash: number, address: number][] = [];
    const add = (name: string): [number, number] => {
      const hash = random.below(2 ** 32) | 0;
      const address = entries.create(keyOf(name, hash), 0, 0, 0, false);
      index.insert(9, hash, address);
      return [hash, address];
    };
    const count = [3, 40, 400, 6000][round % 4];
    for (let i = 0; i < count; i++) stay.set(add(`stays ${i}`)[1], 0);
    let wanted = 0;
    for (let from = 0, visited = 0; from < 2 ** 32; ) {
      wanted = visited + random.below(count);
      const before = from;
      const visit = (address: number, hash: number) => {
        visited++;
        assert.ok(hash >>> 0 >= before);
        const times = stay.get(address);
        if (times !== undefined) stay.set(address, times + 1);
      };
      from = index.walk(9, from, () => visited >= wanted, visit);
      if (random.below(2) === 0) for (let i = 0; i < count; i++) come.push(add(`comes ${i}`));
      else for (const [hash, address] of come.splice(0)) index.remove(9, hash, address);
      if (come.length > 10 * count)
        for (const [hash, address] of come.splice(0)) index.remove(9, hash, address);
    }
    assert.deepEqual([...new Set(stay.values())], [1], `round ${round}`);
  }
});

test('a slot gets room for its share of the keys that are expected, and no more for a lie', () => {
  const bytesOfOneKey = (expected: number): number => {
    const entries = new Entries();
    const index = new SlotIndex(entries);
    index.expect(expected);
    const key = keyOf('key', 1);
    index.insert(7, 1, entries.create(key, 0, 0, 0, false));
    assert.notEqual(index.find(key), 0);
    return index.usedBytes;
  };
  // Cells of eight bytes, a quarter of which stays empty.
  assert.equal(bytesOfOneKey(0), 4 * 8);
  assert.equal(bytesOfOneKey(16384 * 10), 16 * 8);
  assert.equal(bytesOfOneKey(1e18), 128 * 8);
});

test('every entry has one position, whatever slots and segments it is in', () => {
  const entries = new Entries();
  const index = new SlotIndex(entries);
  const random = new SeededRandom(5);
  const hashes = new Map<number, [slot: number, hash: number]>();
  for (let i = 0; i < 20_000; i++) {
    const address = entries.create(keyOf(`key${i}`, 0), 0, 0, 0, false);
    const place: [number, number] = [i % 2 === 0 ? 5000 : random.below(16384), random.below(2 ** 32) | 0];
    hashes.set(address, place);
    index.insert(...place, address);
  }
  for (const [address, place] of hashes) {
    if (hashes.size > 15_000) index.remove(...place, address);
    if (hashes.size > 15_000) hashes.delete(address);
  }
  const found = Array.from({ length: index.size }, (_, position) => index.at(position));
  assert.deepEqual(new Set(found), new Set(hashes.keys()));
});

test('segments never overlap, and all free room joins again', () => {
  const pool = new SegmentPool();
  const random = new SeededRandom(3);
  const held: { segment: number; bits: number; mark: number }[] = [];
  for (let step = 1; step < 20_000; step++) {
    const i = random.below(held.length + 1);
    const old = held[i];
    if (old !== undefined && random.below(2) === 0) {
      const words = pool.words(old.segment);
      const place = pool.place(old.segment);
      const intact = words.subarray(place, place + (2 << old.bits)).every((word) => word === old.mark);
      assert.ok(intact, 'nobody wrote into a segment in use');
      pool.free(old.segment, old.bits);
      held.splice(i, 1);
    } else if (held.length < 2000) {
      const bits = random.below(100) === 0 ? 16 : 2 + random.below(10);
      const segment = pool.allocate(bits);
      const place = pool.place(segment);
      const words = pool.words(segment).subarray(place, place + (2 << bits));
      assert.ok(
        words.every((word) => word === 0),
        'a segment starts empty',
      );
      words.fill(step);
      held.push({ segment, bits, mark: step });
    }
  }
  for (const { segment, bits } of held) pool.free(segment, bits);
  assert.equal(pool.usedBytes, 0);
  const whole = pool.allocate(15);
  assert.equal(pool.place(whole), 0, 'a page is one piece again');
});

test('size classes hold what they say and lose an eighth at most', () => {
  let last = 0;
  for (let size = 1; size < 2_000_000; size += size < 5000 ? 1 : 997) {
    const bytes = classBytes(sizeClass(size));
    assert.ok(bytes >= size && bytes % 8 === 0 && bytes >= last);
    assert.ok(size < 64 || bytes <= size * 1.125 + 8, `${size} -> ${bytes}`);
    assert.equal(sizeClass(bytes), sizeClass(size));
    last = bytes;
  }
});

test('an arena gives blocks that do not overlap, the large ones in slabs of their own', () => {
  const arena = new Arena();
  const random = new SeededRandom(9);
  const held: { address: number; size: number; mark: number }[] = [];
  for (let step = 1; step < 5000; step++) {
    const old = held[random.below(held.length + 1)];
    if (old !== undefined && random.below(3) === 0) {
      const start = arena.offset(old.address);
      const block = arena.slab(old.address).subarray(start, start + old.size);
      assert.ok(block.every((byte) => byte === old.mark));
      arena.free(old.address, old.size);
      held.splice(held.indexOf(old), 1);
    } else {
      const size = random.below(200) === 0 ? 200_000 + random.below(100_000) : 1 + random.below(3000);
      const address = arena.allocate(size);
      const start = arena.offset(address);
      arena.slab(address).fill(step & 0xff, start, start + size);
      held.push({ address, size, mark: step & 0xff });
    }
  }
  for (const { address, size } of held) arena.free(address, size);
  assert.equal(arena.usedBytes, 0);
});
