/**
 * Looks up the keys of the next commands of a pipeline at once. With many keys their index cells and entries lie all over
 * the memory, and waiting for one after the other takes longer than all else that a GET does. Reads that do not depend on
 * each other overlap, and the more of them the fewer instructions stand between them: hence one small loop behind the
 * other. What was found need not be looked for again by the command itself.
 */
import type { Args } from '../resp/args.ts';
import type { KeyTable } from './key-table.ts';

/** What is looked at beforehand is a few commands: see request-decoder.ts. */
const MOST = 16;

export class KeyPrefetch {
  /** Nobody reads it; but reading for nothing would be optimized away. */
  read = 0;
  /** The first cell of each key, then its entry. */
  readonly #places = new Int32Array(MOST);

  /** Argument `i` of each of the first `count` of `ahead` is a key. */
  prefetch({ slots }: KeyTable, ahead: readonly Args[], count: number, i: number): void {
    const places = this.#places;
    let usable = 0;
    let first = 0;
    let spread = false;
    for (; usable < count && usable < MOST && ahead[usable].count > i; usable++) {
      const { slot, hash } = ahead[usable].key(i);
      places[usable] = slots.firstCell(slot, hash);
      if (usable === 0) first = hash;
      else if (hash !== first) spread = true;
    }
    // All the same key, as far as the hash tells.
    if (!spread) {
      const entry = usable === 0 ? 0 : slots.find(ahead[0].key(i));
      for (let k = 0; entry !== 0 && k < usable; k++) slots.remember(ahead[k].key(i), entry);
      return;
    }
    this.read = slots.readCells(places, usable);
    for (let k = 0; k < usable; k++) {
      const { slot, hash } = ahead[k].key(i);
      places[k] = slots.likelyAt(places[k], slot, hash);
    }
    for (let k = 0; k < usable; k++) {
      if (places[k] !== 0) slots.remember(ahead[k].key(i), places[k]);
    }
  }
}
