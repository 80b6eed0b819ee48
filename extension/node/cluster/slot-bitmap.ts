/** A set of hash slots as the bus carries it: 2,048 bytes, the lowest bit first. */
import { Buffer } from 'node:buffer';
import { SLOT_COUNT, type SlotRange } from '../../redis/slots.ts';

export const BITMAP_SIZE = SLOT_COUNT / 8;

export function hasSlot(bitmap: Uint8Array, slot: number): boolean {
  return (bitmap[slot >> 3] & (1 << (slot & 7))) !== 0;
}

/** The slots set in a bitmap, ascending. Skips empty words: most nodes own few slots of all, and replicas none. */
export function* slotsIn(bitmap: Uint8Array): Generator<number> {
  if (isEmpty(bitmap)) return;
  const words = wordsOf(bitmap);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let slot = word * 32; slot < (word + 1) * 32; slot++) if (hasSlot(bitmap, slot)) yield slot;
  }
}

/** The slots set in a bitmap, as ranges. */
export function rangesIn(bitmap: Uint8Array): SlotRange[] {
  const ranges: SlotRange[] = [];
  if (isEmpty(bitmap)) return ranges;
  const words = wordsOf(bitmap);
  let first = -1;
  for (let word = 0; word < words.length; word++) {
    // Nothing begins or ends here: most words are empty, or full in the middle of a range.
    if (words[word] === (first < 0 ? 0 : 0xffff_ffff)) continue;
    for (let slot = word * 32; slot < (word + 1) * 32; slot++) {
      const set = hasSlot(bitmap, slot);
      if (set === first >= 0) continue;
      if (!set) ranges.push([first, slot - 1]);
      first = set ? slot : -1;
    }
  }
  if (first >= 0) ranges.push([first, SLOT_COUNT - 1]);
  return ranges;
}

/** The slots that are set in `bitmap` and not in `other`. */
export function without(bitmap: Uint8Array, other: Uint8Array): Uint8Array {
  const result = new Uint8Array(bitmap);
  const words = wordsOf(result);
  const others = wordsOf(other);
  for (let word = 0; word < words.length; word++) words[word] &= ~others[word];
  return result;
}

/** The slots that are set in both. */
export function inBoth(bitmap: Uint8Array, other: Uint8Array): Uint8Array {
  const result = new Uint8Array(bitmap);
  const words = wordsOf(result);
  const others = wordsOf(other);
  for (let word = 0; word < words.length; word++) words[word] &= others[word];
  return result;
}

/** A bitmap 32 slots at a time: where a cluster is made, these walks run before V8 has made fast code of them. */
function wordsOf(bitmap: Uint8Array): Uint32Array {
  const aligned = bitmap.byteOffset % 4 === 0 ? bitmap : new Uint8Array(bitmap);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, BITMAP_SIZE / 4);
}

function isEmpty(bitmap: Uint8Array): boolean {
  return Buffer.compare(bitmap, NO_SLOTS) === 0;
}

/** How many slots are set in a bitmap. */
export function countIn(bitmap: Uint8Array): number {
  let count = 0;
  for (const _slot of slotsIn(bitmap)) count++;
  return count;
}

/** What all bitmaps without slots share: a node knows hundreds of replicas, and none of them has slots. */
const NO_SLOTS: Uint8Array = new Uint8Array(BITMAP_SIZE);

export class SlotBitmap {
  #bytes = NO_SLOTS;
  /** How many slots are set. */
  count = 0;
  #ranges: SlotRange[] | undefined;

  /** To be read only. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  has(slot: number): boolean {
    return hasSlot(this.#bytes, slot);
  }

  /** False when it was set before. */
  add(slot: number): boolean {
    if (this.has(slot)) return false;
    this.#changing()[slot >> 3] |= 1 << (slot & 7);
    this.count++;
    return true;
  }

  /** Slots none of which is set yet: whole bytes at a time, for a cluster is made of thousands of slots. */
  addUnset([first, last]: SlotRange): void {
    const [from, to] = [(first + 7) >> 3, (last + 1) >> 3];
    const bytes = this.#changing();
    bytes.fill(0xff, from, Math.max(from, to));
    for (let slot = first; slot <= last; slot++) {
      if (slot === from * 8 && from < to) slot = to * 8;
      if (slot <= last) bytes[slot >> 3] |= 1 << (slot & 7);
    }
    this.count += last - first + 1;
  }

  /** The first slot of the range that is set. */
  firstIn([first, last]: SlotRange): number | undefined {
    for (let slot = first; slot <= last; slot++) {
      if (this.#bytes[slot >> 3] === 0) slot |= 7;
      else if (this.has(slot)) return slot;
    }
    return undefined;
  }

  /** The first slot of the range that is not set. */
  firstMissingIn([first, last]: SlotRange): number | undefined {
    for (let slot = first; slot <= last; slot++) {
      if (this.#bytes[slot >> 3] === 0xff) slot |= 7;
      else if (!this.has(slot)) return slot;
    }
    return undefined;
  }

  /** False when it was not set. */
  delete(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.#changing()[slot >> 3] &= ~(1 << (slot & 7));
    this.count--;
    if (this.count === 0) this.#bytes = NO_SLOTS;
    return true;
  }

  #changing(): Uint8Array {
    this.#ranges = undefined;
    if (this.#bytes === NO_SLOTS) this.#bytes = new Uint8Array(BITMAP_SIZE);
    return this.#bytes;
  }

  equals(bitmap: Uint8Array): boolean {
    return Buffer.compare(this.#bytes, bitmap) === 0;
  }

  ranges(): readonly SlotRange[] {
    this.#ranges ??= rangesIn(this.#bytes);
    return this.#ranges;
  }

  [Symbol.iterator](): Generator<number> {
    return slotsIn(this.#bytes);
  }
}
