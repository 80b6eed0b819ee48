/** How often keys are used: what is counted, what is forgotten, and what a database makes of it. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { AccessCounter } from '../../../extension/redis/store/access-counter.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import { SeededRandom } from '../seeded-random.ts';

const MINUTE = 60_000;

function usedOften(counter: AccessCounter, times: number): number {
  let word = counter.first(0);
  for (let n = 0; n < times; n++) word = counter.used(word, 0);
  return counter.count(word, 0);
}

describe('an access counter', () => {
  it('grows with the logarithm of the uses, the slower the larger the factor', () => {
    const counter = new AccessCounter(new SeededRandom(1));
    // The table in redis.conf: after 100, 1,000 and 100,000 uses about 10, 18 and 142; they begin with 5.
    const expected = [
      [10, 100, 8, 13],
      [10, 1000, 15, 23],
      [10, 100_000, 125, 165],
      [0, 1000, 255, 255],
      [100, 100_000, 35, 65],
    ] as const;
    for (const [factor, uses, least, most] of expected) {
      counter.logFactor = factor;
      const count = usedOften(counter, uses);
      assert.ok(count >= least && count <= most, `factor ${factor}, ${uses} uses: ${count}`);
    }
  });

  it('forgets one for so many minutes without use', () => {
    const counter = new AccessCounter(new SeededRandom(1));
    const word = counter.withCount(10, 0);
    assert.equal(counter.count(word, 3 * MINUTE), 7);
    assert.equal(counter.count(word, 60 * MINUTE), 0);
    counter.decayMinutes = 2;
    assert.equal(counter.count(word, 3 * MINUTE), 9);
    counter.decayMinutes = 0;
    assert.equal(counter.count(word, 60 * MINUTE), 10);
  });

  it('does not mind that its minutes begin anew every 45 days', () => {
    const counter = new AccessCounter(new SeededRandom(1));
    const word = counter.withCount(10, 0xffff * MINUTE);
    assert.equal(counter.count(word, 0x10001 * MINUTE), 8);
  });
});

describe('a database that counts', () => {
  it('begins anew with each key, and goes on when a key gets another value', () => {
    let now = 0;
    const db = new Keyspace(0, { now: () => now });
    db.accessCounter = new AccessCounter(new SeededRandom(1));
    db.accessCounter.logFactor = 0;
    const key = Buffer.from('k');
    const frequency = () => db.frequency(db.findKey(key));
    db.setStringBytes(key, Buffer.from('v'));
    assert.equal(frequency(), 5);
    db.touch(db.findKey(key));
    db.setStringBytes(key, Buffer.from('a value that needs another place'), 1000);
    assert.equal(frequency(), 7);
    db.setFrequency(db.findKey(key), 100);
    now = 500;
    assert.equal(frequency(), 100);
    db.removeKey(key);
    db.setStringBytes(key, Buffer.from('v'));
    assert.equal(frequency(), 5);
  });
});
