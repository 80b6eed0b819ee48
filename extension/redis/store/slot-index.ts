/**
 * Where the entry of a key is: one open-addressed table (a segment) for each of the 16384 slots, made when the slot
 * gets its first key. Counting, listing and dropping a slot's keys cost nothing beyond the slot.
 *
 * A slot with many keys, one popular hash tag say, gets several segments, told apart by the first bits of the hash
 * (extendible hashing): growing splits one segment at a time and never stalls. Everything is sorted by hash, which is
 * what SCAN's cursor counts on.
 */
import { SLOT_COUNT } from '../slots.ts';
import type { Entries } from './entries.ts';
import { HEADER_WORDS, MIN_BITS, SegmentPool, SPLIT_BITS } from './segment-pool.ts';

/** A slot in several segments. Segment i of `segments` holds the hashes whose first `depth` bits are i. */
interface Directory {
  depth: number;
  segments: Int32Array;
}

/** Directories of up to a million segments; beyond, segments grow like any hash table. */
const MAX_DEPTH = 20;
/** A slot that shrank below this many keys becomes a single segment again. */
const SINGLE_SEGMENT_KEYS = 512;

/** Past the last hash: 2^32. */
const HASH_END = 2 ** 32;

export class SlotIndex {
  /** Keys in each slot. */
  readonly counts = new Int32Array(SLOT_COUNT);
  size = 0;
  private readonly entries: Entries;
  private readonly pool = new SegmentPool();
  /** By slot: its segment; 0 when it has none, or several. */
  private readonly segments = new Int32Array(SLOT_COUNT);
  private readonly directories = new Map<number, Directory>();

  constructor(entries: Entries) {
    this.entries = entries;
  }

  get usedBytes(): number {
    let bytes = this.pool.usedBytes;
    for (const { segments } of this.directories.values()) bytes += segments.byteLength;
    return bytes;
  }

  /** The entry with the key `bytes[start, end)`, 0 when there is none. */
  find(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const segment = this.segmentOf(slot, hash);
    if (segment === 0) return 0;
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    const mask = (1 << bits) - 1;
    let cell = (hash << (page[first + 1] >> 8)) >>> (32 - bits);
    for (;;) {
      const at = first + HEADER_WORDS + 2 * cell;
      const address = page[at + 1];
      if (address === 0) return 0;
      if (page[at] === hash && this.entries.hasKey(address, bytes, start, end)) return address;
      cell = (cell + 1) & mask;
    }
  }

  /** Adds an entry whose key is not there yet. */
  insert(slot: number, hash: number, address: number): void {
    let segment = this.segmentOf(slot, hash);
    if (segment === 0) {
      segment = this.pool.allocate(MIN_BITS, 0);
      this.segments[slot] = segment;
    } else if (this.isFull(segment)) {
      this.grow(slot, hash, segment);
      segment = this.segmentOf(slot, hash);
      // A split may leave all keys on one side.
      while (this.isFull(segment)) {
        this.grow(slot, hash, segment);
        segment = this.segmentOf(slot, hash);
      }
    }
    this.addCell(segment, hash, address);
    this.counts[slot]++;
    this.size++;
  }

  /** The key's entry moved to another address. */
  replace(slot: number, hash: number, from: number, to: number): void {
    const segment = this.segmentOf(slot, hash);
    this.pool.page(segment)[this.cellOf(segment, hash, from) + 1] = to;
  }

  remove(slot: number, hash: number, address: number): void {
    const segment = this.segmentOf(slot, hash);
    this.removeCell(segment, this.cellOf(segment, hash, address));
    this.size--;
    if (--this.counts[slot] === 0) this.dropSegments(slot);
    else this.shrink(slot, hash, segment);
  }

  /** Forgets a slot's keys; their entries are the caller's to free. */
  clearSlot(slot: number): void {
    if (this.counts[slot] === 0) return;
    this.size -= this.counts[slot];
    this.counts[slot] = 0;
    this.dropSegments(slot);
  }

  clear(): void {
    this.counts.fill(0);
    this.segments.fill(0);
    this.directories.clear();
    this.pool.clear();
    this.size = 0;
  }

  /** Visits the entries of a slot for as long as `visit` says true. The index must not change meanwhile. */
  each(slot: number, visit: (address: number) => boolean): void {
    for (const segment of this.segmentsOf(slot)) {
      const page = this.pool.page(segment);
      const first = this.pool.place(segment) + HEADER_WORDS;
      const end = first + (2 << (page[first - 1] & 0xff));
      for (let at = first; at < end; at += 2) {
        if (page[at + 1] !== 0 && !visit(page[at + 1])) return;
      }
    }
  }

  /**
   * Visits the entries of a slot whose hashes share the home cell of `from` (an unsigned hash), and returns the first
   * hash beyond them, 2^32 at the end. What is there during a whole walk is visited whatever the segments do
   * meanwhile: a walk goes up through the hashes, and cells are ranges of hashes.
   */
  scanFrom(slot: number, from: number, visit: (address: number) => void): number {
    const segment = this.segmentOf(slot, from | 0);
    if (segment === 0) return HASH_END;
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    const depth = page[first + 1] >> 8;
    const mask = (1 << bits) - 1;
    const home = (from << depth) >>> (32 - bits);
    // Keys of this home stand between it and the next empty cell.
    for (let cell = home; ; cell = (cell + 1) & mask) {
      const at = first + HEADER_WORDS + 2 * cell;
      if (page[at + 1] === 0) break;
      if ((page[at] << depth) >>> (32 - bits) === home) visit(page[at + 1]);
      if (((cell + 1) & mask) === home) break;
    }
    const width = 2 ** (32 - bits - depth);
    return (Math.floor(from / width) + 1) * width;
  }

  private segmentOf(slot: number, hash: number): number {
    const segment = this.segments[slot];
    if (segment !== 0 || this.counts[slot] === 0) return segment;
    const directory = this.directories.get(slot);
    return directory === undefined ? 0 : directory.segments[hash >>> (32 - directory.depth)];
  }

  /** Each segment of a slot once. */
  private segmentsOf(slot: number): Iterable<number> {
    const segment = this.segments[slot];
    if (segment !== 0) return [segment];
    return new Set(this.directories.get(slot)?.segments);
  }

  /** A quarter of the cells stays empty, so that looking for a missing key ends soon. */
  private isFull(segment: number): boolean {
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    return 4 * (page[first] + 1) > 3 * (1 << (page[first + 1] & 0xff));
  }

  private addCell(segment: number, hash: number, address: number): void {
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    const mask = (1 << bits) - 1;
    let cell = (hash << (page[first + 1] >> 8)) >>> (32 - bits);
    while (page[first + HEADER_WORDS + 2 * cell + 1] !== 0) cell = (cell + 1) & mask;
    const at = first + HEADER_WORDS + 2 * cell;
    page[at] = hash;
    page[at + 1] = address;
    page[first]++;
  }

  /** The word of the cell that holds `address`, which must be there. */
  private cellOf(segment: number, hash: number, address: number): number {
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    const mask = (1 << bits) - 1;
    let cell = (hash << (page[first + 1] >> 8)) >>> (32 - bits);
    while (page[first + HEADER_WORDS + 2 * cell + 1] !== address) cell = (cell + 1) & mask;
    return first + HEADER_WORDS + 2 * cell;
  }

  /** Empties a cell and moves the keys behind it closer to their homes, so that no search ends too early. */
  private removeCell(segment: number, at: number): void {
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    const depth = page[first + 1] >> 8;
    const mask = (1 << bits) - 1;
    const cells = first + HEADER_WORDS;
    page[first]--;
    let hole = (at - cells) >> 1;
    for (let cell = (hole + 1) & mask; page[cells + 2 * cell + 1] !== 0; cell = (cell + 1) & mask) {
      const home = (page[cells + 2 * cell] << depth) >>> (32 - bits);
      // A key may move up to the hole unless its home lies behind it.
      if (((cell - home) & mask) < ((cell - hole) & mask)) continue;
      page[cells + 2 * hole] = page[cells + 2 * cell];
      page[cells + 2 * hole + 1] = page[cells + 2 * cell + 1];
      hole = cell;
    }
    page[cells + 2 * hole + 1] = 0;
  }

  private grow(slot: number, hash: number, segment: number): void {
    const page = this.pool.page(segment);
    const meta = page[this.pool.place(segment) + 1];
    const bits = meta & 0xff;
    const depth = meta >> 8;
    if (bits >= SPLIT_BITS && depth < MAX_DEPTH) this.split(slot, hash, segment, depth);
    else this.rebuild(slot, hash, segment, bits + 1);
  }

  private shrink(slot: number, hash: number, segment: number): void {
    const page = this.pool.page(segment);
    const first = this.pool.place(segment);
    const bits = page[first + 1] & 0xff;
    if (this.counts[slot] < SINGLE_SEGMENT_KEYS && this.directories.has(slot)) this.merge(slot);
    // Half as large it will be a quarter full: far from growing again at once.
    else if (bits > MIN_BITS && 8 * page[first] < 1 << bits) this.rebuild(slot, hash, segment, bits - 1);
  }

  /** The same keys in a segment of another size. */
  private rebuild(slot: number, hash: number, segment: number, bits: number): void {
    const depth = this.pool.page(segment)[this.pool.place(segment) + 1] >> 8;
    const rebuilt = this.pool.allocate(bits, depth);
    this.moveCells(segment, () => rebuilt);
    this.pool.free(segment);
    this.point(slot, hash, depth, rebuilt);
  }

  /** Two segments instead of one, by the next bit of the hash. */
  private split(slot: number, hash: number, segment: number, depth: number): void {
    const directory = this.directoryFor(slot, segment, depth + 1);
    const low = this.pool.allocate(SPLIT_BITS, depth + 1);
    const high = this.pool.allocate(SPLIT_BITS, depth + 1);
    const bit = 1 << (31 - depth);
    this.moveCells(segment, (moved) => ((moved & bit) === 0 ? low : high));
    this.pool.free(segment);
    const half = 1 << (directory.depth - depth - 1);
    const start = depth === 0 ? 0 : (hash >>> (32 - depth)) * 2 * half;
    directory.segments.fill(low, start, start + half);
    directory.segments.fill(high, start + half, start + 2 * half);
  }

  /** The slot's directory, at least `depth` bits deep. */
  private directoryFor(slot: number, segment: number, depth: number): Directory {
    let directory = this.directories.get(slot);
    if (directory === undefined) {
      directory = { depth: 0, segments: Int32Array.of(segment) };
      this.directories.set(slot, directory);
      this.segments[slot] = 0;
    }
    if (directory.depth < depth) {
      const doubled = new Int32Array(2 * directory.segments.length);
      for (let i = 0; i < doubled.length; i++) doubled[i] = directory.segments[i >> 1];
      directory.segments = doubled;
      directory.depth++;
    }
    return directory;
  }

  /** All keys of a slot in one segment again. */
  private merge(slot: number): void {
    let bits = MIN_BITS;
    while (this.counts[slot] * 2 > 1 << bits) bits++;
    const merged = this.pool.allocate(bits, 0);
    for (const segment of this.segmentsOf(slot)) {
      this.moveCells(segment, () => merged);
      this.pool.free(segment);
    }
    this.directories.delete(slot);
    this.segments[slot] = merged;
  }

  private moveCells(from: number, target: (hash: number) => number): void {
    const page = this.pool.page(from);
    const first = this.pool.place(from) + HEADER_WORDS;
    const end = first + (2 << (page[first - 1] & 0xff));
    for (let at = first; at < end; at += 2) {
      if (page[at + 1] !== 0) this.addCell(target(page[at]), page[at], page[at + 1]);
    }
  }

  /** Makes `segment` the one for all hashes that share the first `depth` bits of `hash`. */
  private point(slot: number, hash: number, depth: number, segment: number): void {
    const directory = this.directories.get(slot);
    if (directory === undefined) {
      this.segments[slot] = segment;
      return;
    }
    const width = 1 << (directory.depth - depth);
    const start = depth === 0 ? 0 : (hash >>> (32 - depth)) * width;
    directory.segments.fill(segment, start, start + width);
  }

  private dropSegments(slot: number): void {
    for (const segment of this.segmentsOf(slot)) this.pool.free(segment);
    this.segments[slot] = 0;
    this.directories.delete(slot);
  }
}
