/** What will happen in virtual time: a binary heap ordered by time, and by the order of scheduling within one moment. */
import type { Timer } from '../redis/world.ts';

interface Scheduled {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class EventQueue {
  readonly #heap: Scheduled[] = [];
  #order = 0;
  #now = 0;

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#now;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** At `at`, or now when that is past. */
  schedule(at: number, run: () => void): Timer {
    const event: Scheduled = { at: Math.max(at, this.#now), order: this.#order++, run };
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
    return {
      // Cancelled events are passed over when their turn comes: cheaper than taking them out of the middle.
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  after(ms: number, run: () => void): Timer {
    return this.schedule(this.#now + ms, run);
  }

  /** Runs the next event that is due by `until`; false when there is none. Time then stands at that event. */
  step(until: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) return false;
      this.#removeFirst();
      if (next.run === undefined) continue;
      this.#now = next.at;
      next.run();
      return true;
    }
  }

  /** Lets time pass to `at` with nothing happening. */
  advance(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(from: number): void {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) return;
      child = parent;
    }
  }

  #down(from: number): void {
    let parent = from;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= this.#heap.length) return;
      const least = left + 1 < this.#heap.length && this.#isLater(left, left + 1) ? left + 1 : left;
      if (!this.#swapIfLater(parent, least)) return;
      parent = least;
    }
  }

  #swapIfLater(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a === undefined || b === undefined || !isLater(a, b)) return false;
    this.#heap[i] = b;
    this.#heap[j] = a;
    return true;
  }

  #isLater(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    return a !== undefined && b !== undefined && isLater(a, b);
  }
}

function isLater(a: Scheduled, b: Scheduled): boolean {
  return a.at !== b.at ? a.at > b.at : a.order > b.order;
}
