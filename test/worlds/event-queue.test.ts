import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventQueue } from '../../extension/worlds/event-queue.ts';

describe('the queue of events', () => {
  it('runs them by time, and within one moment in the order in which they were scheduled', () => {
    const events = new EventQueue();
    const ran: string[] = [];
    for (const [at, name] of [
      [2, 'c'],
      [1, 'a'],
      [2, 'd'],
      [1, 'b'],
      [0, '-'],
    ] as const) {
      events.schedule(at, () => ran.push(name));
    }
    while (events.step(1));
    assert.deepEqual(ran, ['-', 'a', 'b']);
    while (events.step(9));
    assert.deepEqual(ran, ['-', 'a', 'b', 'c', 'd']);
    assert.equal(events.now, 2);
  });

  it('keeps that order, and little memory, when nearly all are cancelled', () => {
    const events = new EventQueue();
    const ran: number[] = [];
    // Times that jump about; every hundredth is left.
    for (let i = 0; i < 100_000; i++) {
      const at = (i * 7919) % 1000;
      const timer = events.schedule(at, () => ran.push(at * 1_000_000 + i));
      if (i % 100 !== 0) timer.cancel();
    }
    assert.ok(events.size < 5000, String(events.size));
    while (events.step(1000));
    assert.equal(ran.length, 1000);
    assert.deepEqual(
      ran,
      [...ran].sort((a, b) => a - b),
    );
    assert.equal(events.size, 0);
  });

  it('one that ran can be cancelled as often as one likes', () => {
    const events = new EventQueue();
    const timers = Array.from({ length: 3000 }, () => events.after(1, () => {}));
    while (events.step(1));
    for (const timer of timers) timer.cancel();
    let ran = false;
    events.after(1, () => {
      ran = true;
    });
    while (events.step(2));
    assert.ok(ran);
  });
});
