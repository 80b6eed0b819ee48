/** A set of hash slots as the bus carries it: 2,048 bytes, the lowest bit first. */
import { Buffer } from 'node:buffer';
import { SLOT_COUNT, type SlotRange } from '../../redis/slots.ts';

export const BITMAP_SIZE = SLOT_COUNT / 8;

export function hasSlot(bitmap: Uint8Array, slot: number): boolean {
  return (bitmap[slot >> 3] & (1 << (slot & 7))) !== 0;
}

/** The slots set in a bitmap, ascending. Skips empty bytes: most nodes own few slots of all. */
export function* slotsIn(bitmap: Uint8Array): Generator<number> {
  for (let byte = 0; byte < BITMAP_SIZE; byte++) {
    const bits = bitmap[byte];
    if (bits === 0) continue;
    for (let bit = 0; bit < 8; bit++) if (bits & (1 << bit)) yield byte * 8 + bit;
  }
}

/** The slots set in a bitmap, as ranges. */
export function rangesIn(bitmap: Uint8Array): SlotRange[] {
  const ranges: SlotRange[] = [];
  let first = -1;
  for (let byte = 0; byte < BITMAP_SIZE; byte++) {
    const bits = bitmap[byte];
    // Nothing begins or ends here: most bytes are empty, or full in the middle of a range.
    if (bits === (first < 0 ? 0 : 0xff)) continue;
    for (let bit = 0; bit < 8; bit++) {
      const set = (bits & (1 << bit)) !== 0;
      if (set === first >= 0) continue;
      const slot = byte * 8 + bit;
      if (!set) ranges.push([first, slot - 1]);
      first = set ? slot : -1;
    }
  }
  if (first >= 0) ranges.push([first, SLOT_COUNT - 1]);
  return ranges;
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
