/**
 * Entries that were delivered and not acknowledged yet, in the order of their ids, in blocks found by binary search.
 * A group holds all of its own, each consumer those it was given; both hold the same objects.
 */
import { compareIds, type StreamId } from './stream-id.ts';

/** Entries in a block: few enough that one is cheaply inserted or removed in the middle. */
const BLOCK = 256;
const POINTER_BYTES = 8;

export class PendingEntries<Pending extends StreamId> {
  /** No block is ever empty. */
  readonly #blocks: Pending[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Without the entries themselves. */
  get usedBytes(): number {
    return POINTER_BYTES * this.#size;
  }

  get first(): Pending | undefined {
    return this.#blocks[0]?.[0];
  }

  get last(): Pending | undefined {
    const block = this.#blocks[this.#blocks.length - 1];
    return block?.[block.length - 1];
  }

  get(id: StreamId): Pending | undefined {
    const found = this.from(id);
    return found !== undefined && compareIds(found, id) === 0 ? found : undefined;
  }

  /** The first one whose id is `id` or higher. */
  from(id: StreamId): Pending | undefined {
    if (this.#size === 0) return undefined;
    const at = this.#blockFor(id);
    const block = this.#blocks[at];
    return block[placeIn(block, id)] ?? this.#blocks[at + 1]?.[0];
  }

  /** Adds one whose id is not here yet. */
  add(pending: Pending): void {
    this.#size++;
    const { last } = this;
    if (last === undefined || compareIds(last, pending) < 0) {
      const tail = this.#blocks[this.#blocks.length - 1];
      if (tail === undefined || tail.length >= BLOCK) this.#blocks.push([pending]);
      else tail.push(pending);
      return;
    }
    const at = this.#blockFor(pending);
    const block = this.#blocks[at];
    block.splice(placeIn(block, pending), 0, pending);
    if (block.length > BLOCK) this.#blocks.splice(at + 1, 0, block.splice(BLOCK >> 1));
  }

  /** Removes the one with this id; false when it is not here. */
  remove(id: StreamId): boolean {
    if (this.#size === 0) return false;
    const at = this.#blockFor(id);
    const block = this.#blocks[at];
    const place = placeIn(block, id);
    if (place === block.length || compareIds(block[place], id) !== 0) return false;
    block.splice(place, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
    this.#size--;
    return true;
  }

  /** From the first one on whose id is `id` or higher. Nothing may be added or removed meanwhile. */
  *startingAt(id: StreamId): IterableIterator<Pending> {
    if (this.#size === 0) return;
    let at = this.#blockFor(id);
    let place = placeIn(this.#blocks[at], id);
    for (; at < this.#blocks.length; at++) {
      const block = this.#blocks[at];
      for (; place < block.length; place++) yield block[place];
      place = 0;
    }
  }

  *[Symbol.iterator](): IterableIterator<Pending> {
    for (const block of this.#blocks) yield* block;
  }

  /** The last block whose first id is not above `id`, or the first block. */
  #blockFor(id: StreamId): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareIds(this.#blocks[middle][0], id) > 0) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}

/** The first place in the block whose id is `id` or higher. */
function placeIn(block: readonly StreamId[], id: StreamId): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(block[middle], id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
