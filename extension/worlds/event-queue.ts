/** What will happen in virtual time: a binary heap ordered by time, and by the order of scheduling within one moment. */
import type { Timer } from '../redis/world.ts';

/** Cancelled events are taken out when they are more than the others, and more than this. */
const CANCELLED_KEPT = 1000;

class Scheduled implements Timer {
  readonly at: number;
  readonly order: number;
  /** Undefined: it ran, or was cancelled. */
  run: (() => void) | undefined;
  readonly #queue: EventQueue;

  constructor(at: number, order: number, run: () => void, queue: EventQueue) {
    this.at = at;
    this.order = order;
    this.run = run;
    this.#queue = queue;
  }

  /** Cancelled events are passed over when their turn comes: cheaper than taking each out of the middle. */
  cancel(): void {
    if (this.run === undefined) return;
    this.run = undefined;
    this.#queue.cancelled++;
  }
}

export class EventQueue {
  #heap: Scheduled[] = [];
  /** How many of the heap are. */
  cancelled = 0;
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
    const event = new Scheduled(Math.max(at, this.#now), this.#order++, run, this);
    if (this.cancelled > CANCELLED_KEPT && this.cancelled * 2 > this.#heap.length) this.#takeOutCancelled();
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
      const { run } = next;
      if (run === undefined) {
        this.cancelled--;
        continue;
      }
      next.run = undefined;
      this.#now = next.at;
      run();
      return true;
    }
  }

  /** Lets time pass to `at` with nothing happening. */
  advance(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** The time-outs of dials last for minutes, and a large cluster has dialled a million times by then. */
  #takeOutCancelled(): void {
    // In order: and what is in order is a heap.
    this.#heap = this.#heap.filter(({ run }) => run !== undefined).sort((a, b) => (isLater(a, b) ? 1 : -1));
    this.cancelled = 0;
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
