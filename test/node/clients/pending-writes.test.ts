import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingWrites, type Writing } from '../../../extension/node/clients/pending-writes.ts';
import type { Clock } from '../../../extension/redis/world.ts';

/** A clock whose "now" comes when the test says so: the end of a round of the event loop. */
function rounds() {
  const due: (() => void)[] = [];
  const clock: Clock = {
    monotonicMs: () => 0,
    wallMs: () => 0,
    after: (_, run) => {
      due.push(run);
      return { cancel: () => {} };
    },
  };
  const end = () => {
    for (const run of due.splice(0)) run();
  };
  return { clock, end, scheduled: () => due.length };
}

describe('pending writes', () => {
  it('leave together when the round ends, in the order in which they came', () => {
    const { clock, end, scheduled } = rounds();
    const sent: string[] = [];
    const session = (name: string): Writing => ({ sendReplies: () => sent.push(name) > 0 });
    const writes = new PendingWrites(clock);
    const [a, b] = [session('a'), session('b')];
    writes.add(a);
    writes.add(b);
    assert.deepEqual(sent, []);
    assert.equal(scheduled(), 1, 'one end for all of them');
    end();
    assert.deepEqual(sent, ['a', 'b']);
    writes.add(b);
    end();
    assert.deepEqual(sent, ['a', 'b', 'b'], 'and the next round begins anew');
  });

  it('may leave earlier, and then not again', () => {
    const { clock, end } = rounds();
    const writes = new PendingWrites(clock);
    let sent = 0;
    writes.add({ sendReplies: () => ++sent > 0 });
    writes.flush();
    end();
    assert.equal(sent, 1);
  });

  it('keep what is too much for the buffers of their sessions until then, as long as there is room', () => {
    const { clock, end } = rounds();
    const writes = new PendingWrites(clock);
    const sent: string[] = [];
    const replies = (letter: string) => Buffer.alloc(30 * 1024, letter);
    /** Each session's connection takes all of it, or keeps the array. */
    const add = (letter: string, taken: boolean) => {
      const bytes = replies(letter);
      const start = writes.keep(bytes, bytes.length);
      bytes.fill('?');
      writes.add({
        sendReplies: (surplus) => {
          assert.ok(replies(letter).equals(surplus.subarray(start, start + bytes.length)), letter);
          arrays.add(surplus);
          sent.push(letter);
          return taken;
        },
      });
    };
    const arrays = new Set<Buffer>();
    for (const letter of 'abcd') add(letter, letter !== 'b');
    assert.deepEqual(sent, []);
    add('e', true);
    assert.deepEqual(sent, ['a', 'b', 'c', 'd'], 'for the fifth there was no room');
    end();
    assert.deepEqual(sent, ['a', 'b', 'c', 'd', 'e']);
    assert.equal(arrays.size, 2, 'the array that is kept is not written over');
    const huge = Buffer.alloc(40 * 1024);
    assert.equal(writes.keep(huge, huge.length), -1);
  });
});
