import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingWrites, type Writing } from '../../extension/node/pending-writes.ts';
import type { Clock } from '../../extension/redis/world.ts';

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

/** A session that remembers what it was given to send; `keeps` as a connection does whose peer does not read. */
function session(sent: string[], name: string, keeps = false): Writing & { kept: Uint8Array | undefined } {
  return {
    kept: undefined,
    send(bytes, start, end) {
      sent.push(`${name}${Buffer.from(bytes.slice(start, end)).toString('latin1')}`);
      if (keeps) this.kept = bytes.subarray(start, end);
      return !keeps;
    },
  };
}

const add = (writes: PendingWrites, to: Writing, text: string) =>
  writes.add(to, Buffer.from(text), text.length);

describe('pending writes', () => {
  it('leave together when the round ends, in the order in which they came', () => {
    const { clock, end, scheduled } = rounds();
    const sent: string[] = [];
    const writes = new PendingWrites(clock);
    const [a, b] = [session(sent, 'a'), session(sent, 'b')];
    add(writes, a, '+OK\r\n');
    add(writes, b, ':1\r\n');
    add(writes, a, '$-1\r\n');
    assert.deepEqual(sent, []);
    assert.equal(scheduled(), 1, 'one end for all of them');
    end();
    assert.deepEqual(sent, ['a+OK\r\n', 'b:1\r\n', 'a$-1\r\n']);
    add(writes, b, ':2\r\n');
    end();
    assert.equal(sent.at(-1), 'b:2\r\n', 'and the next round begins anew');
  });

  it('do not wait when there is no more room for them', () => {
    const { clock } = rounds();
    const sent: string[] = [];
    const writes = new PendingWrites(clock);
    const size = 30_000;
    assert.ok(PendingWrites.takes(size) && !PendingWrites.takes(100_000));
    for (let i = 0; i < 9; i++) add(writes, session(sent, String(i)), 'x'.repeat(size));
    assert.deepEqual(
      sent.map((text) => text[0]),
      ['0', '1', '2', '3', '4', '5', '6', '7'],
    );
    assert.ok(sent.every((text) => text.length === size + 1));
  });

  it('leave bytes alone that a connection keeps', () => {
    const { clock, end } = rounds();
    const sent: string[] = [];
    const writes = new PendingWrites(clock);
    const slow = session(sent, 's', true);
    add(writes, session(sent, 'q'), 'first');
    add(writes, slow, 'mine');
    end();
    for (let i = 0; i < 20; i++) {
      add(writes, session(sent, 'q'), 'others');
      end();
    }
    assert.equal(Buffer.from(slow.kept ?? []).toString(), 'mine');
  });
});
