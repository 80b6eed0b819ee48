/**
 * Finds byte strings that stand at dense positions of an array: open addressing over positions, beside the hashes that
 * belong to them. Twice as quick as a Map of a million members, less than half its size, outside of V8's heap, and not
 * bound to its 2^24 entries. A large table is replaced little by little: each change moves some members from the old one.
 */
import { type Binary, isBinaryOf } from '../bytes.ts';
import type { Args } from '../resp/args.ts';

const SMALLEST = 32;
/** Slots for each member, at least: half full at most, probes stay short. */
const ROOM = 2;
/** A table is made smaller when it has this many times the slots it needs. */
const TOO_LARGE = 16;
/** Tables up to this many slots are replaced at once. */
const AT_ONCE = 8192;
const NO_SLOTS = new Int32Array(0);

export class MemberIndex {
  /** By position. */
  #hashes = new Int32Array(SMALLEST / ROOM);
  /** Position + 1, 0 where nothing is. The length is a power of two. */
  #slots = new Int32Array(SMALLEST);
  #size = 0;
  /** What is not in `#slots` yet; the slots from `#next` on, `#left` of them, may hold members. */
  #old = NO_SLOTS;
  #next = 0;
  #left = 0;
  /** Slots of the old table that each change moves, so that it is empty before the next one is too small. */
  #pace = 0;

  constructor(members: readonly Binary[]) {
    this.#reserve(members.length);
    for (const member of members) this.add(member);
  }

  get usedBytes(): number {
    return this.#hashes.byteLength + this.#slots.byteLength + this.#old.byteLength;
  }

  /** The position of `member` in `members`, or -1. */
  find(members: readonly Binary[], member: Binary): number {
    const hash = hashOf(member);
    const position = this.#findIn(this.#slots, hash, members, member);
    return position < 0 && this.#left > 0 ? this.#findIn(this.#old, hash, members, member) : position;
  }

  /** The position of the member that is argument i, or -1: no string is made of it. */
  findArgument(members: readonly Binary[], args: Args, i: number): number {
    const { bytes, view, starts, ends } = args;
    const start = starts[i];
    const end = ends[i];
    const hash = hashIn(view, start, end);
    const position = this.#findBytesIn(this.#slots, hash, members, bytes, start, end);
    if (position >= 0 || this.#left === 0) return position;
    return this.#findBytesIn(this.#old, hash, members, bytes, start, end);
  }

  /** `member` is put at the next position. */
  add(member: Binary): void {
    this.#reserve(this.#size + 1);
    const hash = hashOf(member);
    this.#hashes[this.#size] = hash;
    this.#place(hash, ++this.#size);
    if (this.#left > 0) this.#move(this.#pace);
  }

  /** The member at `position` goes, and the last one takes its place. */
  removeSwapping(position: number): void {
    const last = this.#size - 1;
    this.#forget(position);
    if (position !== last) {
      const slot = this.#slotIn(this.#slots, last);
      if (slot >= 0) this.#slots[slot] = position + 1;
      else this.#old[this.#slotIn(this.#old, last)] = position + 1;
      this.#hashes[position] = this.#hashes[last];
    }
    this.#size = last;
    if (this.#left > 0) this.#move(this.#pace);
    else if (this.#slots.length > SMALLEST && this.#slots.length > TOO_LARGE * ROOM * last) {
      // Twice the room it needs: members that come again do not find it full at once.
      this.#resize(2 * last);
    }
  }

  /** The member at `position` goes, and those behind move down. Looks at every slot: for small tables. */
  removeShifting(position: number): void {
    this.#move(this.#left);
    this.#forget(position);
    this.#hashes.copyWithin(position, position + 1, this.#size--);
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot++) if (slots[slot] > position + 1) slots[slot]--;
  }

  #findIn(slots: Int32Array, hash: number, members: readonly Binary[], member: Binary): number {
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const position = slots[slot] - 1;
      if (position < 0) return -1;
      if (this.#hashes[position] === hash && members[position] === member) return position;
    }
  }

  #findBytesIn(
    slots: Int32Array,
    hash: number,
    members: readonly Binary[],
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const position = slots[slot] - 1;
      if (position < 0) return -1;
      if (this.#hashes[position] === hash && isBinaryOf(members[position], bytes, start, end))
        return position;
    }
  }

  /** The slot that holds `position`, -1 when none of this table does. */
  #slotIn(slots: Int32Array, position: number): number {
    const mask = slots.length - 1;
    let slot = this.#hashes[position] & mask;
    for (; slots[slot] !== position + 1; slot = (slot + 1) & mask) if (slots[slot] === 0) return -1;
    return slot;
  }

  #forget(position: number): void {
    const slot = this.#slotIn(this.#slots, position);
    if (slot >= 0) this.#free(this.#slots, slot);
    else this.#free(this.#old, this.#slotIn(this.#old, position));
  }

  /** Frees a slot and moves up what would not be found behind the gap. */
  #free(slots: Int32Array, gap: number): void {
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
    this.#move(this.#left);
    let length = SMALLEST;
    while (length < count * ROOM) length *= 2;
    const hashes = new Int32Array(length / ROOM);
    hashes.set(this.#hashes.subarray(0, this.#size));
    this.#hashes = hashes;
    const old = this.#slots;
    this.#slots = new Int32Array(length);
    this.#old = old;
    this.#left = old.length;
    // Between two empty slots stand those whose order matters: they move together.
    this.#next = old.indexOf(0);
    this.#pace = 2 * Math.ceil(old.length / (length / ROOM - this.#size));
    if (old.length <= AT_ONCE) this.#move(this.#left);
  }

  /** Moves what stands in `count` slots of the old table, or some more, so that the next slot is an empty one. */
  #move(count: number): void {
    const old = this.#old;
    const mask = old.length - 1;
    for (let rest = count; this.#left > 0 && (rest > 0 || old[this.#next] !== 0); rest--) {
      const entry = old[this.#next];
      if (entry !== 0) {
        this.#place(this.#hashes[entry - 1], entry);
        old[this.#next] = 0;
      }
      this.#next = (this.#next + 1) & mask;
      this.#left--;
    }
    if (this.#left === 0) this.#old = NO_SLOTS;
  }

  #place(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }
}

const SPREAD = 0x85ebca6b | 0;
const FINISH = 0xc2b2ae35 | 0;

/** Multiplies and folds four bytes in at a time; the last fold brings the upper bits down to where the mask looks. */
function hashOf(member: Binary): number {
  const { length } = member;
  let hash = length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const low = member.charCodeAt(at) | (member.charCodeAt(at + 1) << 8);
    const high = member.charCodeAt(at + 2) | (member.charCodeAt(at + 3) << 8);
    hash = Math.imul(hash ^ low ^ (high << 16), SPREAD);
    hash ^= hash >>> 13;
  }
  for (; at < length; at++) {
    hash = Math.imul(hash ^ member.charCodeAt(at), SPREAD);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, FINISH);
  return hash ^ (hash >>> 16);
}

/** The same for a member that `view` shows. */
function hashIn(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), SPREAD);
    hash ^= hash >>> 13;
  }
  for (; at < end; at++) {
    hash = Math.imul(hash ^ view.getUint8(at), SPREAD);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, FINISH);
  return hash ^ (hash >>> 16);
}
