/**
 * The keys that will expire, soonest first: a heap with four children to a node (half the levels of a binary one, and
 * the children lie in one cache line). Active expiry takes from its top and never has to search; 12 bytes a key here
 * and 4 in the entry, which knows its place in the heap.
 */
import type { Entries } from './entries.ts';

const FIRST_CAPACITY = 16;
const CHILDREN = 4;

export class ExpiryHeap {
  size = 0;
  /** Milliseconds since the epoch. */
  private times = new Float64Array(FIRST_CAPACITY);
  private addresses = new Int32Array(FIRST_CAPACITY);
  private readonly entries: Entries;

  constructor(entries: Entries) {
    this.entries = entries;
  }

  get usedBytes(): number {
    return this.size * (Float64Array.BYTES_PER_ELEMENT + Int32Array.BYTES_PER_ELEMENT);
  }

  /** When the entry at this place expires. */
  timeAt(place: number): number {
    return this.times[place];
  }

  /** The entry that expires first; there must be one. */
  get first(): number {
    return this.addresses[0];
  }

  /** The entry at this place. */
  at(place: number): number {
    return this.addresses[place];
  }

  /** When the first one expires, Infinity when none ever does. */
  get firstTime(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.times[0];
  }

  /**
   * Looks at no more than `limit` entries, spread evenly over all: how many those were, for how many of them the time is
   * up, and how many milliseconds are left to the others on average (0: there are none).
   */
  sample(limit: number, now: number): { looked: number; due: number; meanLeftMs: number } {
    const looked = Math.min(limit, this.size);
    let due = 0;
    let leftMs = 0;
    for (let i = 0; i < looked; i++) {
      const left = this.times[Math.floor((i * this.size) / looked)] - now;
      if (left < 0) due++;
      else leftMs += left;
    }
    return { looked, due, meanLeftMs: due === looked ? 0 : leftMs / (looked - due) };
  }

  add(address: number, time: number): void {
    if (this.size === this.times.length) this.resize(2 * this.size);
    this.rise(this.size++, address, time);
  }

  remove(place: number): void {
    const last = --this.size;
    const address = this.addresses[last];
    const time = this.times[last];
    if (place < last) this.settle(place, address, time);
    if (this.times.length > FIRST_CAPACITY && last < this.times.length / CHILDREN)
      this.resize(this.times.length / 2);
  }

  update(place: number, time: number): void {
    this.settle(place, this.addresses[place], time);
  }

  /** The entry at this place now lives at another address, and already knows its place. */
  moved(place: number, address: number): void {
    this.addresses[place] = address;
  }

  clear(): void {
    this.size = 0;
    this.times = new Float64Array(FIRST_CAPACITY);
    this.addresses = new Int32Array(FIRST_CAPACITY);
  }

  /** Puts an entry at a free place, or where it belongs from there. */
  private settle(place: number, address: number, time: number): void {
    const parent = (place - 1) >> 2;
    if (place > 0 && this.times[parent] > time) this.rise(place, address, time);
    else this.sink(place, address, time);
  }

  private rise(from: number, address: number, time: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (this.times[parent] <= time) break;
      this.put(place, this.addresses[parent], this.times[parent]);
      place = parent;
    }
    this.put(place, address, time);
  }

  private sink(from: number, address: number, time: number): void {
    let place = from;
    for (;;) {
      const first = place * CHILDREN + 1;
      if (first >= this.size) break;
      let soonest = first;
      const end = Math.min(first + CHILDREN, this.size);
      for (let child = first + 1; child < end; child++) {
        if (this.times[child] < this.times[soonest]) soonest = child;
      }
      if (this.times[soonest] >= time) break;
      this.put(place, this.addresses[soonest], this.times[soonest]);
      place = soonest;
    }
    this.put(place, address, time);
  }

  private put(place: number, address: number, time: number): void {
    this.times[place] = time;
    this.addresses[place] = address;
    this.entries.setExpiryPlace(address, place);
  }

  private resize(capacity: number): void {
    const times = new Float64Array(capacity);
    const addresses = new Int32Array(capacity);
    times.set(this.times.subarray(0, this.size));
    addresses.set(this.addresses.subarray(0, this.size));
    this.times = times;
    this.addresses = addresses;
  }
}
