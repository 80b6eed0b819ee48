/** What will happen in virtual time: a binary heap ordered by time, and by the order of scheduling within one moment. */
import type { Timer } from '../redis/world.ts';

class Scheduled implements Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;

  constructor(at: number, order: number, run: () => void) {
    this.at = at;
    this.order = order;
    this.run = run;
  }

  /** Cancelled events are passed over when their turn comes: cheaper than taking them out of the middle. */
  cancel(): void {
    this.run = undefined;
  }
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
    const event = new Scheduled(Math.max(at, this.#now), this.#order++, run);
    this.#add(event);
    return event;
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

  /** From the end upwards, past all that come later. */
  #add(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isLater(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  /** The last one takes the first place, and goes down past all that come earlier. */
  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isLater(child, right)) {
        child = right;
        below++;
      }
      if (!isLater(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isLater(a: Scheduled, b: Scheduled): boolean {
  return a.at !== b.at ? a.at > b.at : a.order > b.order;
}
