/** Randomness from the operating system, drawn in blocks: one system call serves many small numbers. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../redis/world.ts';

const BLOCK = 256;

export class SystemRandom implements Random {
  readonly #block = new Uint32Array(BLOCK);
  #next = BLOCK;

  bytes(count: number): Uint8Array {
    return randomFillSync(new Uint8Array(count));
  }

  below(limit: number): number {
    if (!(limit >= 1) || limit > Number.MAX_SAFE_INTEGER) throw new RangeError(`no number below ${limit}`);
    const range = limit > 2 ** 32 ? 2 ** 53 : 2 ** 32;
    // The last, incomplete run of `limit` numbers is drawn again: without that small results were likelier.
    const fair = range - (range % limit);
    for (;;) {
      const word = this.#word();
      const drawn = range === 2 ** 32 ? word : (word & 0x1fffff) * 2 ** 32 + this.#word();
      if (drawn < fair) return drawn % limit;
    }
  }

  #word(): number {
    if (this.#next === BLOCK) {
      randomFillSync(this.#block);
      this.#next = 0;
    }
    return this.#block[this.#next++] ?? 0;
  }
}
