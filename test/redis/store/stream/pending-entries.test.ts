/** Entries that wait for their acknowledgement, against a sorted array. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer, ConsumerGroup, Pending } from '../../../../extension/redis/store/stream/consumer-group.ts';
import { PendingEntries } from '../../../../extension/redis/store/stream/pending-entries.ts';
import { compareIds, type StreamId, ZERO_ID } from '../../../../extension/redis/store/stream/stream-id.ts';
import { SeededRandom } from '../../seeded-random.ts';

describe('pending entries', () => {
  it('are found by id, and from an id on, in whatever order they came', () => {
    const random = new SeededRandom(1);
    const consumer = new Consumer('alice', 0);
    const entries = new PendingEntries();
    let expected: StreamId[] = [];
    for (let step = 0; step < 5000; step++) {
      const id = { ms: random.below(3000), seq: random.below(2) };
      const known = expected.some((each) => compareIds(each, id) === 0);
      if (random.below(3) > 0) {
        if (known) continue;
        entries.add(new Pending(id, consumer, 0, 1));
        expected.push(id);
        expected.sort(compareIds);
      } else {
        assert.equal(entries.remove(id), known);
        expected = expected.filter((each) => compareIds(each, id) !== 0);
      }
      if (step % 50 > 0) continue;
      assert.equal(entries.size, expected.length);
      const behind = expected.filter((each) => compareIds(each, id) >= 0);
      const idOf = (each: StreamId | undefined) => each && { ms: each.ms, seq: each.seq };
      assert.deepEqual(idOf(entries.from(id)), behind[0]);
      assert.deepEqual([...entries.startingAt(id)].map(idOf), behind);
      assert.deepEqual([idOf(entries.first), idOf(entries.last)], [expected[0], expected.at(-1)]);
    }
    assert.deepEqual(
      [...entries].map(({ ms, seq }) => ({ ms, seq })),
      expected,
    );
  });

  it('are of one consumer at a time', () => {
    const group = new ConsumerGroup(ZERO_ID, 0);
    const alice = group.addConsumer('alice', 0);
    const bob = group.addConsumer('bob', 0);
    const first = group.addPending({ ms: 1, seq: 0 }, alice, 0, 1);
    group.addPending({ ms: 2, seq: 0 }, alice, 0, 1);
    group.hand(first, bob);
    assert.deepEqual([alice.pending.size, bob.pending.size, group.pending.size], [1, 1, 2]);
    group.removeConsumer(alice);
    assert.deepEqual([bob.pending.size, group.pending.size], [1, 1]);
    group.removePending(first);
    assert.deepEqual([bob.pending.size, group.pending.size], [0, 0]);
  });
});
