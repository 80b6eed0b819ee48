/**
 * How often a key is used, for eviction by frequency (LFU): a count of eight bits that grows with the logarithm of the
 * uses and shrinks while there are none. With it, in the 24 bits that LRU has its seconds in, stands the minute in
 * which the count was last brought up to date: minute << 8 | count.
 */
import type { Random } from '../world.ts';

/** What a new key begins with, so that it is not evicted before it had a chance (LFU_INIT_VAL). */
const FIRST_COUNT = 5;
const LARGEST_COUNT = 255;
/** One in so many, whatever the factor: more the random source may not be asked for. */
const LEAST_CHANCE = 2 ** 31;
const MINUTE_MS = 60_000;
const MINUTES = 0xffff;

export class AccessCounter {
  /** lfu-log-factor: the larger, the more uses it takes to reach the largest count. */
  logFactor = 10;
  /** lfu-decay-time: minutes after which an unused key counts one less; 0: never. */
  decayMinutes = 1;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** For a key that is new. */
  first(nowMs: number): number {
    return this.withCount(FIRST_COUNT, nowMs);
  }

  withCount(count: number, nowMs: number): number {
    return (minuteOf(nowMs) << 8) | count;
  }

  /** The count as it is now. */
  count(word: number, nowMs: number): number {
    const count = word & LARGEST_COUNT;
    if (this.decayMinutes === 0) return count;
    // Minutes wrap around after 45 days.
    const passed = (minuteOf(nowMs) - (word >>> 8)) & MINUTES;
    return Math.max(0, count - Math.floor(passed / this.decayMinutes));
  }

  /** After one more use. The higher the count, the less likely does a use still raise it. */
  used(word: number, nowMs: number): number {
    const count = this.count(word, nowMs);
    const above = Math.max(0, count - FIRST_COUNT);
    const rises =
      count < LARGEST_COUNT && this.#random.below(Math.min(above * this.logFactor + 1, LEAST_CHANCE)) === 0;
    return this.withCount(rises ? count + 1 : count, nowMs);
  }
}

function minuteOf(nowMs: number): number {
  return Math.floor(nowMs / MINUTE_MS) & MINUTES;
}
