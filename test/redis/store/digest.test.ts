import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Binary, bytesOf } from '../../../extension/redis/bytes.ts';
import { digestOfDatabases, digestOfValue } from '../../../extension/redis/store/digest.ts';
import { HashValue } from '../../../extension/redis/store/hash-value.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import { ListValue } from '../../../extension/redis/store/list-value.ts';
import { SortedSetValue } from '../../../extension/redis/store/sorted-set-value.ts';

function database(index = 0): Keyspace {
  return new Keyspace(index, { now: () => 1000 });
}

function hash(db: Keyspace, ...pairs: readonly [Binary, Binary][]): HashValue {
  const value = new HashValue(db.limits);
  for (const [field, text] of pairs) value.set(field, text);
  return value;
}

function list(db: Keyspace, ...elements: readonly Binary[]): ListValue {
  const value = new ListValue(db.limits);
  for (const element of elements) value.pushTail(element);
  return value;
}

function digest(fill: (db: Keyspace) => void): string {
  const db = database();
  fill(db);
  return digestOfDatabases([db]).toString();
}

describe('a digest', () => {
  it('is all zeros of nothing', () => {
    assert.equal(
      digest(() => {}),
      '0'.repeat(40),
    );
    assert.equal(digestOfValue(database(), 0).toString(), '0'.repeat(40));
  });

  it('does not depend on the order of keys and fields, only of elements', () => {
    const filled = (db: Keyspace, ...keys: readonly Binary[]) => {
      for (const key of keys) db.setStringBytes(bytesOf(key), bytesOf(`value of ${key}`));
    };
    assert.equal(
      digest((db) => filled(db, 'a', 'b', 'c')),
      digest((db) => filled(db, 'c', 'a', 'b')),
    );
    assert.equal(
      digest((db) => db.putKey(bytesOf('k'), hash(db, ['a', '1'], ['b', '2']))),
      digest((db) => db.putKey(bytesOf('k'), hash(db, ['b', '2'], ['a', '1']))),
    );
    assert.notEqual(
      digest((db) => db.putKey(bytesOf('k'), list(db, 'a', 'b'))),
      digest((db) => db.putKey(bytesOf('k'), list(db, 'b', 'a'))),
    );
  });

  it('of scores is that of 7.2.4', () => {
    const db = database();
    const scores = new SortedSetValue(db.limits);
    const words =
      '0.1 a 1e-5 b 1e17 c -0 d -Infinity e 562949953421312.125 f 319.618347 g 1.7976931348623157e308 h 1e10 i';
    for (const [, score, member = ''] of words.matchAll(/(\S+) (\S+)/g)) scores.set(member, Number(score));
    db.putKey(bytesOf('scores'), scores);
    const entry = db.findKey(bytesOf('scores'));
    assert.equal(digestOfValue(db, entry).toString(), '19d4e9e69da24b1f07ea33f03d918d6839ee139d');
  });

  it('tells what belongs to whom', () => {
    assert.notEqual(
      digest((db) => db.putKey(bytesOf('k'), hash(db, ['a', '1'], ['b', '2']))),
      digest((db) => db.putKey(bytesOf('k'), hash(db, ['a', '2'], ['b', '1']))),
    );
    const text = (key: Binary, expireAt?: number) =>
      digest((db) => db.setStringBytes(bytesOf(key), bytesOf('v'), expireAt));
    assert.notEqual(text('a'), text('b'));
    assert.notEqual(text('a'), text('a', 5000));
  });

  it('differs from database to database', () => {
    const [first, second] = [database(0), database(1)];
    for (const db of [first, second]) db.setStringBytes(bytesOf('k'), bytesOf('v'));
    assert.notEqual(digestOfDatabases([first]).toString(), digestOfDatabases([second]).toString());
  });
});
