/**
 * Names that expire, soonest first: the fields of a hash, and the keys of hashes that have such fields. A heap whose
 * outdated entries are passed over when they come up, so that a new time costs no search for the old one.
 */
import type { Binary } from '../bytes.ts';

/** An entry of the map, and one of the heap. */
const NAME_BYTES = 64;
/** Outdated entries are left in the heap until there are more of them than of the others, and more than so many. */
const OUTDATED_ALLOWED = 16;

interface Timed {
  readonly name: Binary;
  readonly at: number;
}

export class ExpiryQueue {
  readonly #times = new Map<Binary, number>();
  #heap: Timed[] = [];

  get size(): number {
    return this.#times.size;
  }

  get usedBytes(): number {
    return this.#heap.length * NAME_BYTES;
  }

  /** When the first one expires, in milliseconds since the epoch; Infinity when none does. */
  get soonest(): number {
    this.#passOutdated();
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0].at;
  }

  /** When this one does, -1 for never. */
  at(name: Binary): number {
    return this.#times.get(name) ?? -1;
  }

  set(name: Binary, at: number): void {
    if (this.#times.get(name) === at) return;
    this.#times.set(name, at);
    this.#heap.push({ name, at });
    this.#rise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#times.size + OUTDATED_ALLOWED) this.#rebuild();
  }

  /** True when it had a time. */
  delete(name: Binary): boolean {
    return this.#times.delete(name);
  }

  clear(): void {
    this.#times.clear();
    this.#heap = [];
  }

  /** Takes one whose time is before `now`; undefined when there is none. */
  takeDue(now: number): Binary | undefined {
    if (this.soonest >= now) return undefined;
    const { name } = this.#heap[0];
    this.#times.delete(name);
    this.#pop();
    return name;
  }

  clone(): ExpiryQueue {
    const copy = new ExpiryQueue();
    for (const [name, at] of this.#times) copy.set(name, at);
    return copy;
  }

  #passOutdated(): void {
    while (this.#heap.length > 0 && this.#times.get(this.#heap[0].name) !== this.#heap[0].at) this.#pop();
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rebuild(): void {
    this.#heap = Array.from(this.#times, ([name, at]) => ({ name, at }));
    for (let place = this.#heap.length >> 1; place >= 0; place--) this.#sink(place);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const moving = heap[from];
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (heap[parent].at <= moving.at) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = moving;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moving = heap[from];
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].at < heap[child].at) child++;
      if (heap[child].at >= moving.at) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = moving;
  }
}
