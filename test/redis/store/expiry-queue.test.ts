import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { ExpiryQueue } from '../../../extension/redis/store/expiry-queue.ts';
import { SeededRandom } from '../seeded-random.ts';

describe('a queue of names that expire', () => {
  it('hands out what is due, soonest first, whatever changed before', () => {
    const random = new SeededRandom(1);
    const queue = new ExpiryQueue();
    const times = new Map<string, number>();
    const name = (number: number) => binaryOf(bytesOf(`name${number}`));
    const soonest = () => Math.min(Number.POSITIVE_INFINITY, ...times.values());
    for (let step = 0, now = 0; step < 5000; step++) {
      const one = name(random.below(40));
      const what = random.below(4);
      if (what < 2) {
        const at = now + random.below(50);
        queue.set(one, at);
        times.set(one, at);
      } else if (what === 2) assert.equal(queue.delete(one), times.delete(one));
      else {
        now += random.below(5);
        for (let due = queue.takeDue(now); due !== undefined; due = queue.takeDue(now)) {
          assert.equal(times.get(due), soonest());
          assert.ok(soonest() < now);
          times.delete(due);
        }
        assert.ok(soonest() >= now);
      }
      assert.equal(queue.at(one), times.get(one) ?? -1);
      assert.equal(queue.size, times.size);
      assert.equal(queue.soonest, soonest());
    }
  });

  it('holds no more than a few of the times that are out of date', () => {
    const queue = new ExpiryQueue();
    queue.set(binaryOf(bytesOf('a')), 0);
    const one = queue.usedBytes;
    for (let at = 1; at < 10_000; at++) queue.set(binaryOf(bytesOf('a')), at);
    assert.ok(queue.usedBytes <= 20 * one, `${queue.usedBytes / one} times as much`);
    queue.clear();
    assert.deepEqual([queue.size, queue.usedBytes, queue.soonest], [0, 0, Number.POSITIVE_INFINITY]);
  });

  it('can be copied, and each goes its own way', () => {
    const queue = new ExpiryQueue();
    const [a, b] = [binaryOf(bytesOf('a')), binaryOf(bytesOf('b'))];
    queue.set(a, 1);
    queue.set(b, 2);
    queue.delete(a);
    const copy = queue.clone();
    assert.equal(copy.takeDue(9), b);
    assert.equal(copy.takeDue(9), undefined);
    assert.equal(queue.at(b), 2);
  });
});
