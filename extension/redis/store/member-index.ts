/**
 * Finds byte strings that stand at dense positions of an array: open addressing over positions, beside the hashes that
 * belong to them. Twice as quick as a Map of a million members, less than half its size, outside of V8's heap, and not
 * bound to its 2^24 entries.
 */
import type { Binary } from '../bytes.ts';

const SMALLEST = 32;
/** Slots for each member, at least: half full at most, probes stay short. */
const ROOM = 2;
/** A table is made smaller when it has this many times the slots it needs. */
const TOO_LARGE = 16;

export class MemberIndex {
  /** By position. */
  #hashes = new Int32Array(SMALLEST / ROOM);
  /** Position + 1, 0 where nothing is. The length is a power of two. */
  #slots = new Int32Array(SMALLEST);
  #size = 0;

  constructor(members: readonly Binary[]) {
    this.#reserve(members.length);
    for (const member of members) this.add(member);
  }

  get usedBytes(): number {
    return this.#hashes.byteLength + this.#slots.byteLength;
  }

  /** The position of `member` in `members`, or -1. */
  find(members: readonly Binary[], member: Binary): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = hashOf(member);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const position = slots[slot] - 1;
      if (position < 0) return -1;
      if (this.#hashes[position] === hash && members[position] === member) return position;
    }
  }

  /** `member` is put at the next position. */
  add(member: Binary): void {
    this.#reserve(this.#size + 1);
    const hash = hashOf(member);
    this.#hashes[this.#size] = hash;
    this.#place(hash, ++this.#size);
  }

  /** The member at `position` goes, and the last one takes its place. */
  removeSwapping(position: number): void {
    const last = this.#size - 1;
    this.#free(this.#slotOf(position));
    if (position !== last) {
      this.#slots[this.#slotOf(last)] = position + 1;
      this.#hashes[position] = this.#hashes[last];
    }
    this.#size = last;
    if (this.#slots.length > SMALLEST && this.#slots.length > TOO_LARGE * ROOM * last) this.#resize(last);
  }

  /** The member at `position` goes, and those behind move down. Looks at every slot: for small tables. */
  removeShifting(position: number): void {
    this.#free(this.#slotOf(position));
    this.#hashes.copyWithin(position, position + 1, this.#size--);
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot++) if (slots[slot] > position + 1) slots[slot]--;
  }

  #slotOf(position: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[position] & mask;
    while (this.#slots[slot] !== position + 1) slot = (slot + 1) & mask;
    return slot;
  }

  /** Frees a slot and moves up what would not be found behind the gap. */
  #free(gap: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = gap;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[slots[slot] - 1] & mask;
      // Only who is at home at or before the gap, seen from where it stands, may move there.
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      slots[free] = slots[slot];
      free = slot;
    }
    slots[free] = 0;
  }

  #reserve(count: number): void {
    if (count * ROOM > this.#slots.length) this.#resize(count);
  }

  #resize(count: number): void {
    let length = SMALLEST;
    while (length < count * ROOM) length *= 2;
    const hashes = new Int32Array(length / ROOM);
    hashes.set(this.#hashes.subarray(0, this.#size));
    this.#hashes = hashes;
    this.#slots = new Int32Array(length);
    for (let position = 0; position < this.#size; position++) this.#place(hashes[position], position + 1);
  }

  #place(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }
}

/** Multiplies and folds each byte in; the last fold brings the upper bits down to where the mask looks. */
function hashOf(member: Binary): number {
  let hash = member.length;
  for (let i = 0; i < member.length; i++) {
    hash = Math.imul(hash ^ member.charCodeAt(i), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
