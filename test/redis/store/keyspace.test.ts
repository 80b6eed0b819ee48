import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Binary, binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { Args } from '../../../extension/redis/resp/args.ts';
import { ReplyWriter } from '../../../extension/redis/resp/reply-writer.ts';
import { keySlotOf } from '../../../extension/redis/slots.ts';
import { HashValue } from '../../../extension/redis/store/hash-value.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import type { Database } from '../../../extension/redis/store/keyspace-options.ts';
import { ListValue } from '../../../extension/redis/store/list-value.ts';

/** Numbers that repeat from run to run (mulberry32). */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function keyspace(): { db: Keyspace; clock: { now: number }; expired: Binary[] } {
  const clock = { now: 1_700_000_000_000 };
  const expired: Binary[] = [];
  const db = new Keyspace(0, {
    now: () => clock.now,
    observer: { expired: (_, key) => expired.push(key), fieldsExpired: () => {} },
  });
  return { db, clock, expired };
}

const set = (db: Keyspace, key: Binary, value: Binary, keep = false) =>
  db.setString(Args.of('SET', key, value), 1, 2, keep);

function get(db: Keyspace, key: Binary): Binary | undefined {
  const entry = db.find(Args.of('GET', key), 1);
  return entry === 0 ? undefined : binaryOf(db.stringBytes(entry));
}

function allKeys(db: Keyspace): Binary[] {
  const keys: Binary[] = [];
  for (let slot = 0; slot < 16384; slot++) db.eachInSlot(slot, (entry) => keys.push(db.keyOf(entry)));
  return keys.sort();
}

test('a sample of the keys that expire tells how many are overdue, and how long the others will live', () => {
  const { db, clock } = keyspace();
  assert.deepEqual(db.sampleExpiry(20), { looked: 0, due: 0, meanLeftMs: 0 });
  for (let i = 0; i < 4000; i++) {
    set(db, `k${i}`, 'v');
    db.setExpireAt(Args.of('X', `k${i}`), 1, clock.now + 1 + i);
  }
  set(db, 'forever', 'v');
  assert.deepEqual(db.sampleExpiry(4000), { looked: 4000, due: 0, meanLeftMs: 2000.5 });
  clock.now += 1001;
  assert.deepEqual(db.sampleExpiry(10_000), { looked: 4000, due: 1000, meanLeftMs: 1499.5 });
  const { looked, due, meanLeftMs } = db.sampleExpiry(400);
  assert.equal(looked, 400);
  assert.ok(Math.abs(due - 100) < 40, `${due}`);
  assert.ok(Math.abs(meanLeftMs - 1500) < 200, `${meanLeftMs}`);
});

test('an image of the data has what is expired and not removed yet, whoever looks for living keys does not', () => {
  const { db, clock } = keyspace();
  set(db, 'gone', 'v');
  db.setExpireAt(Args.of('X', 'gone'), 1, clock.now + 10);
  clock.now += 20;
  const stored: Binary[] = [];
  for (let slot = 0; slot < 16384; slot++) db.eachStoredInSlot(slot, (entry) => stored.push(db.keyOf(entry)));
  assert.deepEqual([stored, allKeys(db)], [['gone'], []]);
});

test('warming up changes nothing: absent, expired and living keys, in slots of one segment and of many', () => {
  const { db, clock, expired } = keyspace();
  for (let i = 0; i < 3000; i++) set(db, `{many}:${i}`, `v${i}`);
  set(db, 'gone', 'v');
  db.setExpireAt(Args.of('X', 'gone'), 1, clock.now + 10);
  clock.now += 20;
  const ahead = ['{many}:7', 'gone', 'never', '{many}:2999', '{many}:none'].map((key) => Args.of('GET', key));
  const lookups = { ...db.lookups };
  db.prefetch([...ahead, Args.of('PING'), Args.of('GET', 'x')], 7, 1);
  assert.deepEqual([db.size, expired, db.lookups], [3001, [], lookups]);
  assert.deepEqual(
    ahead
      .map((args) => db.find(args, 1))
      .map((entry) => (entry === 0 ? undefined : binaryOf(db.stringBytes(entry)))),
    ['v7', undefined, undefined, 'v2999', undefined],
  );
});

test('what was looked up beforehand is not believed when its key has gone, moved or changed places since', () => {
  const changes: [string, (db: Keyspace) => string | undefined][] = [
    ['nothing', () => 'old'],
    [
      'removed, and its block is another key by now',
      (db) => {
        db.removeKey(bytesOf('a'));
        set(db, 'c', 'old');
        return undefined;
      },
    ],
    [
      'removed and made anew',
      (db) => {
        db.removeKey(bytesOf('a'));
        set(db, 'c', 'old');
        set(db, 'a', 'new');
        return 'new';
      },
    ],
    [
      'grown out of its block',
      (db) => {
        set(db, 'a', 'x'.repeat(500));
        set(db, 'c', 'old');
        return 'x'.repeat(500);
      },
    ],
    [
      'another database in its place',
      (db) => {
        const other = keyspace().db;
        set(other, 'c', 'old');
        db.swap(other);
        return undefined;
      },
    ],
    [
      'all cleared',
      (db) => {
        db.clear();
        set(db, 'c', 'old');
        return undefined;
      },
    ],
  ];
  for (const keys of [
    ['a', 'b'],
    ['a', 'a'],
  ]) {
    for (const [what, change] of changes) {
      const { db } = keyspace();
      set(db, 'a', 'old');
      set(db, 'b', 'v');
      const ahead = keys.map((key) => Args.of('GET', key));
      db.prefetch(ahead, 2, 1);
      const value = change(db);
      const entry = db.find(ahead[0], 1);
      assert.equal(entry === 0 ? undefined : binaryOf(db.stringBytes(entry)), value, what);
    }
  }
});

interface Modelled {
  value: Binary;
  expireAt: number;
}

/** One random operation on both; sizes and times are such that blocks, segments and the heap all get their turn. */
function step(
  db: Keyspace,
  model: Map<Binary, Modelled>,
  now: number,
  below: (limit: number) => number,
): void {
  // Half of the keys share one hash tag, so that their slot's segments split and merge.
  const number = below(4000);
  const key = number % 2 ? `{tag}${number}` : `key:${number}`;
  const args = Args.of('X', key);
  const known = model.get(key);
  const size = below(20) === 0 ? below(3000) : below(60);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const value = String.fromCharCode(below(256)).repeat(size);
      const keep = below(3) === 0;
      set(db, key, value, keep);
      model.set(key, { value, expireAt: keep ? (known?.expireAt ?? -1) : -1 });
      return;
    }
    case 4: {
      const expireAt = below(4) === 0 ? -1 : now + below(5000);
      db.setStringBytes(bytesOf(key), bytesOf('y'.repeat(size)), expireAt);
      model.set(key, { value: 'y'.repeat(size), expireAt });
      return;
    }
    case 5:
    case 6:
      assert.equal(below(2) ? db.remove(args, 1) : db.removeKey(bytesOf(key)), model.delete(key));
      return;
    case 7: {
      const expireAt = now + below(5000);
      db.setExpireAt(args, 1, expireAt);
      if (known) known.expireAt = expireAt;
      return;
    }
    case 8:
      assert.equal(db.persist(args, 1), known !== undefined && known.expireAt >= 0);
      if (known) known.expireAt = -1;
      return;
    default: {
      const entry = db.resizeString(args, 1, size);
      const old = known?.value ?? '';
      const value = old.slice(0, size).padEnd(size, '\0');
      assert.equal(binaryOf(db.stringBytes(entry)), value);
      model.set(key, { value, expireAt: known?.expireAt ?? -1 });
    }
  }
}

test('a keyspace behaves as a Map with expiry times, whatever happens to it', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const below = seeded(seed);
    const { db, clock, expired } = keyspace();
    const model = new Map<Binary, Modelled>();
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 1000; i++) step(db, model, clock.now, below);
      for (const [key, { value, expireAt }] of model) {
        const entry = db.findKey(bytesOf(key));
        assert.notEqual(entry, 0, key);
        assert.equal(db.expireAt(entry), expireAt);
        assert.equal(get(db, key), value);
      }
      assert.deepEqual(allKeys(db), [...model.keys()].sort());
      clock.now += 700;
      const due = [...model].filter(([, { expireAt }]) => expireAt >= 0 && expireAt < clock.now);
      for (const [key] of due) model.delete(key);
      expired.length = 0;
      if (below(2)) assert.equal(db.expireSome(10_000), due.length);
      else for (const [key] of due) assert.equal(get(db, key), undefined);
      assert.deepEqual(expired.sort(), due.map(([key]) => key).sort());
      assert.equal(db.size, model.size);
      assert.equal(db.expiring, [...model.values()].filter(({ expireAt }) => expireAt >= 0).length);
      if (round === 20)
        for (const key of [...model.keys()].slice(0, 3900)) model.delete(key) && db.removeKey(bytesOf(key));
    }
    for (const key of model.keys()) db.removeKey(bytesOf(key));
    assert.deepEqual([db.size, db.expiring, db.usedBytes], [0, 0, 0], 'all memory came back');
  }
});

test('a hundred thousand keys of one hash tag live in one slot, found and counted', () => {
  const { db } = keyspace();
  const slot = keySlotOf('{tag}');
  for (let i = 0; i < 100_000; i++) set(db, `{tag}${i}`, 'value');
  set(db, 'other', 'value');
  assert.equal(db.countInSlot(slot), 100_000);
  assert.equal(new Set(db.keysInSlot(slot, 200_000)).size, 100_000);
  assert.equal(db.keysInSlot(slot, 10).length, 10);
  for (let i = 0; i < 100_000; i += 7) assert.equal(get(db, `{tag}${i}`), 'value');
  for (let i = 0; i < 99_900; i++) assert.ok(db.removeKey(bytesOf(`{tag}${i}`)));
  assert.equal(db.keysInSlot(slot, 200).length, 100);
  assert.equal(db.size, 101);
});

test('SCAN visits every key that stays, while the keyspace grows and shrinks', () => {
  for (const tag of ['', '{tag}']) {
    const { db } = keyspace();
    const lasting = Array.from({ length: 3000 }, (_, i) => `${tag}lasting:${i}`);
    for (const key of lasting) set(db, key, 'v');
    const seen = new Set<Binary>();
    let cursor = 0n;
    let calls = 0;
    do {
      cursor = db.scan(cursor, (entry) => seen.add(db.keyOf(entry)), 10);
      calls++;
      // First it grows by many keys, then they all go again.
      for (let i = 0; i < 100; i++) {
        if (calls < 150) set(db, `${tag}passing:${calls}:${i}`, 'v');
        else if (calls < 300) db.removeKey(bytesOf(`${tag}passing:${calls - 150}:${i}`));
      }
    } while (cursor !== 0n);
    for (const key of lasting) assert.ok(seen.has(key), key);
    assert.ok(calls > 150);
  }
});

test('a cursor from nowhere does no harm', () => {
  const { db } = keyspace();
  set(db, 'k', 'v');
  for (const cursor of [2n ** 64n - 1n, 16384n << 32n]) {
    assert.equal(
      db.scan(cursor, () => assert.fail('behind the last slot')),
      0n,
    );
  }
  const seen: Binary[] = [];
  for (let cursor = 12345n; cursor !== 0n; ) cursor = db.scan(cursor, (entry) => seen.push(db.keyOf(entry)));
  assert.deepEqual(seen, ['k']);
});

test('a replica hides an expired key until the primary removes it', () => {
  const clock = { now: 1000 };
  const expired: Binary[] = [];
  const observer = { expired: (_: Database, key: Binary) => expired.push(key), fieldsExpired: () => {} };
  const db = new Keyspace(0, { now: () => clock.now, keepsExpired: () => true, observer });
  db.setStringBytes(bytesOf('k'), bytesOf('v'), 2000);
  clock.now = 2000;
  assert.equal(get(db, 'k'), 'v', 'its last millisecond');
  clock.now = 2001;
  assert.equal(get(db, 'k'), undefined);
  assert.equal(db.expireSome(10), 0);
  assert.equal(db.size, 1);
  db.ignoresExpiry = true;
  assert.equal(get(db, 'k'), 'v', 'the stream of the primary still sees it');
  assert.ok(db.removeKey(bytesOf('k')));
  assert.deepEqual([db.size, expired.length], [0, 0]);
});

test('collections are kept by reference, and strings and they replace each other', () => {
  const { db, clock } = keyspace();
  const args = Args.of('X', 'k', 'v');
  db.put(args, 1, new HashValue(db.limits));
  db.hash(args, 1)?.set('field', 'value');
  assert.equal(db.hash(args, 1)?.get('field'), 'value');
  assert.equal(db.kind(db.find(args, 1)), 'hash');
  assert.throws(() => db.list(args, 1), /WRONGTYPE/);
  assert.throws(() => db.stringBytes(db.find(args, 1)), /WRONGTYPE/);
  db.setExpireAt(args, 1, clock.now + 5000);
  assert.equal(db.hash(args, 1)?.get('field'), 'value', 'an expiry moves the entry, not the value');
  const used = db.usedBytes;
  db.hash(args, 1)?.set('large', 'x'.repeat(1000));
  assert.ok(db.usedBytes > used + 1000);
  db.put(args, 1, new ListValue(db.limits), true);
  assert.equal(db.expireAt(db.find(args, 1)), clock.now + 5000);
  db.setString(args, 1, 2);
  assert.equal(db.kind(db.find(args, 1)), 'string');
  assert.equal(db.expiring, 0);
  assert.throws(() => db.hash(args, 1), /WRONGTYPE/);
});

test('a string goes from the arena into the reply', () => {
  const { db } = keyspace();
  const long = 'x'.repeat(2_000_000);
  set(db, 'k', long);
  const reply = new ReplyWriter();
  db.replyString(db.find(Args.of('GET', 'k'), 1), reply);
  assert.equal(binaryOf(reply.take()), `$2000000\r\n${long}\r\n`);
});

test('a random key is any of the living ones', () => {
  const { db, clock, expired } = keyspace();
  const random = { below: seeded(5), bytes: (count: number) => new Uint8Array(count) };
  assert.equal(db.randomKey(random), undefined);
  for (let i = 0; i < 20; i++) set(db, `k${i}`, 'v');
  for (let i = 10; i < 20; i++) db.setExpireAt(Args.of('X', `k${i}`), 1, clock.now);
  clock.now += 1;
  const drawn = new Set<Binary | undefined>();
  for (let i = 0; i < 500; i++) drawn.add(db.randomKey(random));
  assert.deepEqual(
    [...drawn].sort(),
    Array.from({ length: 10 }, (_, i) => `k${i}`),
  );
  assert.ok(expired.length > 0);
});

test('clear drops everything and the keyspace goes on', () => {
  const { db, clock } = keyspace();
  for (let i = 0; i < 1000; i++) db.setStringBytes(bytesOf(`k${i}`), bytesOf('v'), clock.now + i);
  db.clear();
  assert.deepEqual([db.size, db.expiring, db.usedBytes, allKeys(db).length], [0, 0, 0, 0]);
  set(db, 'k1', 'again');
  assert.equal(get(db, 'k1'), 'again');
});

test('whoever watches hears of a key before it changes', () => {
  const { db, clock } = keyspace();
  const seen: string[] = [];
  const args = Args.of('X', 'k', 'v');
  db.put(Args.of('X', 'h'), 1, new HashValue(db.limits));
  db.setString(args, 1, 2);
  const [k, h] = [keySlotOf('k'), keySlotOf('h')];
  db.watcher = {
    beforeKey(slot, hash) {
      const keys: string[] = [];
      db.eachWithHash(slot, hash, (entry) =>
        keys.push(db.keyOf(entry) + (db.expireAt(entry) < 0 ? '' : '!')),
      );
      seen.push(`${slot}:${keys}`);
    },
  };
  db.setExpireAt(args, 1, clock.now + 1);
  db.persist(args, 1);
  db.resizeString(args, 1, 1);
  db.setString(args, 1, 2);
  db.remove(args, 1);
  db.setString(args, 1, 2);
  db.hash(Args.of('X', 'h'), 1);
  const expected = ['k', 'k!', 'k', 'k', 'k', ''].map((keys) => `${k}:${keys}`);
  assert.deepEqual(seen, [...expected, `${h}:h`]);
});

test('who watches keeps what it watches, whatever comes in its place', () => {
  const { db } = keyspace();
  const other = new Keyspace(1, { now: () => 0 });
  const seen: number[] = [];
  set(db, 'k', 'v');
  const view = db.view();
  view.watcher = { beforeKey: (slot) => seen.push(slot) };
  db.swap(other);
  set(db, 'k', 'unwatched');
  assert.deepEqual(seen, []);
  other.removeKey(bytesOf('k'));
  assert.deepEqual(seen, [keySlotOf('k')]);
  set(other, 'k', 'v');
  other.clear();
  assert.deepEqual([other.size, view.size, view.index, other.watcher], [0, 1, 0, undefined]);
  set(other, 'k', 'unwatched');
  assert.equal(seen.length, 2);
});

test('a scan removes what it finds expired', () => {
  const { db, clock, expired } = keyspace();
  for (let i = 0; i < 5; i++) set(db, `k${i}`, 'v');
  for (const key of ['k1', 'k3']) db.setExpireAt(Args.of('X', key), 1, clock.now + 10);
  clock.now += 20;
  const seen: Binary[] = [];
  let cursor = 0n;
  do cursor = db.scan(cursor, (entry) => seen.push(db.keyOf(entry)), 2);
  while (cursor !== 0n);
  assert.deepEqual(seen.sort(), ['k0', 'k2', 'k4']);
  assert.deepEqual(expired.sort(), ['k1', 'k3']);
  assert.equal(db.size, 3);
});

test('a primary never names an expired key as a random one', () => {
  for (let seed = 0; seed < 10; seed++) {
    const { db, clock } = keyspace();
    for (let i = 0; i < 300; i++) set(db, `k${i}`, 'v');
    for (let i = 1; i < 300; i++) db.setExpireAt(Args.of('X', `k${i}`), 1, clock.now + 10);
    clock.now += 20;
    assert.equal(db.randomKey({ bytes: () => new Uint8Array(), below: seeded(seed) }), 'k0');
  }
});
