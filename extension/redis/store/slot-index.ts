/**
 * Where the entry of a key is: one open-addressed table (a segment) for each of the 16384 slots, made when the slot
 * gets its first key. Counting, listing and dropping a slot's keys cost nothing beyond the slot.
 *
 * A slot with many keys, one popular hash tag say, gets several segments, told apart by the first bits of the hash
 * (extendible hashing): growing splits one segment at a time and never stalls. Everything is sorted by hash, which is
 * what SCAN's cursor counts on: a key's home is the cell given by the `bits` bits of its hash behind the first `depth`.
 */
import { SLOT_COUNT } from '../slots.ts';
import type { Entries } from './entries.ts';
import type { Key } from './key.ts';
import { addCell, isFull, isSparse, removeCell, type Segment, wordOf } from './segment.ts';
import { MAX_PAGE_BITS, MIN_BITS, SegmentPool } from './segment-pool.ts';

/** A slot in several segments; number i holds the hashes whose first `depth` bits are i. */
interface Directory {
  depth: number;
  segments: Segment[];
}

const NO_DIRECTORY: Directory = { depth: 0, segments: [] };

/** Instead of the bits of its only segment: the slot has a directory. */
const MANY = 255;
/** A full segment of this size is split, so that growing never moves more than 1536 keys. */
const SPLIT_BITS = 11;
/** Directories of up to a million segments; beyond, segments grow like any hash table. */
const MAX_DEPTH = 20;
/** A slot that shrank below this many keys becomes a single segment again. */
const SINGLE_SEGMENT_KEYS = 512;

/** What a file claims to hold may be a lie: 16384 segments of this size take 16 MiB. */
const MAX_EXPECTED_BITS = 7;

/** Slots are counted in groups of 2^7 as well: the entry at a position is found in 256 steps at most. */
const GROUP_SHIFT = 7;

/** Cells whose entries a walk reads ahead: they lie all over the memory, and waiting for them one by one is most of its time. */
const AHEAD_CELLS = 64;
/** What of an entry is read ahead: its header, and a key of so many bytes. */
const AHEAD_KEY_BYTES = 16;

/** Past the last hash: 2^32. */
export const HASH_END = 2 ** 32;

const AT_ONCE = (): boolean => true;

/** States of all indexes so far: no two indexes are ever in the same. */
let states = 0;

export class SlotIndex {
  /** Keys in each slot. */
  readonly counts = new Int32Array(SLOT_COUNT);
  size = 0;
  private readonly groupCounts = new Int32Array(SLOT_COUNT >> GROUP_SHIFT);
  /** Another one whenever an entry has left. */
  private state = ++states;
  private readonly entries: Entries;
  private readonly pool = new SegmentPool();
  /** By slot: the bits of its segment, 0 when it has none, MANY when it has several. */
  private readonly bits = new Uint8Array(SLOT_COUNT);
  /** By slot: its only segment; of a slot with several the place of its directory. */
  private readonly cells = new Int32Array(SLOT_COUNT);
  /** The size of a slot's first segment. */
  private firstBits = MIN_BITS;
  /** Nobody needs it; but reading for nothing would be optimized away. */
  read = 0;
  /** Those that are gone are `NO_DIRECTORY`, and their places are vacant. */
  private directories: Directory[] = [];
  private vacant: number[] = [];

  constructor(entries: Entries) {
    this.entries = entries;
  }

  get usedBytes(): number {
    let bytes = this.pool.usedBytes;
    for (const { segments } of this.directories) bytes += 8 * segments.length;
    return bytes;
  }

  // `find`, `firstCell` and `likely` begin alike, each for itself: through one function, which has to leave several values
  // somewhere, a GET takes 3 % more.

  /** The key's entry, 0 when there is none. */
  find(key: Key): number {
    if (key.entry !== 0 && key.state === this.state) return key.entry;
    const { slot, hash } = key;
    let bits = this.bits[slot];
    if (bits === 0) return 0;
    let cells = this.cells[slot];
    let depth = 0;
    if (bits === MANY) ({ cells, bits, depth } = this.segmentIn(slot, hash));
    const words = this.pool.words(cells);
    const first = this.pool.place(cells);
    const mask = (1 << bits) - 1;
    let cell = (hash << depth) >>> (32 - bits);
    for (;;) {
      const at = first + 2 * cell;
      const address = words[at + 1];
      if (address === 0) return 0;
      if (words[at] === hash && this.entries.hasKey(address, key)) return address;
      cell = (cell + 1) & mask;
    }
  }

  /** Has `find` say `entry` without looking, if it is this key's, until an entry leaves the index. */
  remember(key: Key, entry: number): void {
    if (!this.entries.hasKey(entry, key)) return;
    key.entry = entry;
    key.state = this.state;
  }

  /** About so many keys will come, spread over all slots: a slot's first segment has room for its share. */
  expect(keys: number): void {
    const share = keys / SLOT_COUNT;
    this.firstBits = MIN_BITS;
    while (this.firstBits < MAX_EXPECTED_BITS && isFull(share, this.firstBits)) this.firstBits++;
  }

  /** Where the cell stands that `find` will look at first, for `readCells`; negative when there is none. */
  firstCell(slot: number, hash: number): number {
    let bits = this.bits[slot];
    if (bits === 0) return -1;
    let cells = this.cells[slot];
    let depth = 0;
    if (bits === MANY) ({ cells, bits, depth } = this.segmentIn(slot, hash));
    return bits > MAX_PAGE_BITS ? -1 : cells + 2 * ((hash << depth) >>> (32 - bits));
  }

  /** Reads cells for nothing but to have them at hand. */
  readCells(places: Int32Array, count: number): number {
    let read = 0;
    for (let i = 0; i < count; i++) {
      const place = places[i];
      if (place >= 0) read ^= this.pool.words(place)[this.pool.place(place)];
    }
    return read;
  }

  /** As `likely`, with the first cell at hand, which mostly is the right one. */
  likelyAt(place: number, slot: number, hash: number): number {
    if (place >= 0) {
      const words = this.pool.words(place);
      const at = this.pool.place(place);
      if (words[at] === hash || words[at + 1] === 0) return words[at + 1];
    }
    return this.likely(slot, hash);
  }

  /** The entry that `find` will look at first, 0 when there is none with this hash. */
  likely(slot: number, hash: number): number {
    let bits = this.bits[slot];
    if (bits === 0) return 0;
    let cells = this.cells[slot];
    let depth = 0;
    if (bits === MANY) ({ cells, bits, depth } = this.segmentIn(slot, hash));
    const words = this.pool.words(cells);
    const first = this.pool.place(cells);
    const mask = (1 << bits) - 1;
    let cell = (hash << depth) >>> (32 - bits);
    for (;;) {
      const at = first + 2 * cell;
      if (words[at] === hash || words[at + 1] === 0) return words[at + 1];
      cell = (cell + 1) & mask;
    }
  }

  /** Adds an entry whose key is not there yet. */
  insert(slot: number, hash: number, address: number): void {
    if (this.bits[slot] === 0) {
      this.cells[slot] = this.pool.allocate(this.firstBits);
      this.bits[slot] = this.firstBits;
    } else if (this.bits[slot] !== MANY && isFull(this.counts[slot], this.bits[slot])) {
      if (this.bits[slot] < SPLIT_BITS) this.resizeSlot(slot, this.bits[slot] + 1);
      else this.openDirectory(slot);
    }
    if (this.bits[slot] === MANY) {
      const segment = this.segmentWithRoom(slot, hash);
      addCell(this.pool, segment.cells, segment.bits, segment.depth, hash, address);
      segment.count++;
    } else {
      addCell(this.pool, this.cells[slot], this.bits[slot], 0, hash, address);
    }
    this.counts[slot]++;
    this.groupCounts[slot >> GROUP_SHIFT]++;
    this.size++;
  }

  /** The key's entry moved to another address. */
  replace(slot: number, hash: number, from: number, to: number): void {
    const { cells, bits, depth } = this.segmentIn(slot, hash);
    this.pool.words(cells)[wordOf(this.pool, cells, bits, depth, hash, from) + 1] = to;
    this.state = ++states;
  }

  remove(slot: number, hash: number, address: number): void {
    const segment = this.segmentIn(slot, hash);
    const { cells, bits, depth } = segment;
    removeCell(this.pool, cells, bits, depth, wordOf(this.pool, cells, bits, depth, hash, address));
    this.state = ++states;
    this.size--;
    this.groupCounts[slot >> GROUP_SHIFT]--;
    const left = --this.counts[slot];
    if (left === 0) this.dropSegments(slot);
    else if (this.bits[slot] !== MANY) {
      if (isSparse(left, bits)) this.resizeSlot(slot, bits - 1);
    } else {
      segment.count--;
      if (left < SINGLE_SEGMENT_KEYS) this.closeDirectory(slot);
      else if (isSparse(segment.count, bits)) this.resize(segment, bits - 1);
    }
  }

  clear(): void {
    this.state = ++states;
    this.counts.fill(0);
    this.groupCounts.fill(0);
    this.bits.fill(0);
    this.directories = [];
    this.vacant = [];
    this.pool.clear();
    this.firstBits = MIN_BITS;
    this.size = 0;
  }

  /** The entry at a position below `size`, counted through all slots; the order lasts until the next change. */
  at(position: number): number {
    let rest = position;
    let group = 0;
    while (rest >= this.groupCounts[group]) rest -= this.groupCounts[group++];
    let slot = group << GROUP_SHIFT;
    while (rest >= this.counts[slot]) rest -= this.counts[slot++];
    for (const { cells, bits, count } of this.segmentsOf(slot)) {
      if (rest >= count) {
        rest -= count;
        continue;
      }
      const words = this.pool.words(cells);
      const first = this.pool.place(cells);
      for (let at = first; at < first + (2 << bits); at += 2) {
        if (words[at + 1] !== 0 && rest-- === 0) return words[at + 1];
      }
    }
    return 0;
  }

  /** Visits the entries of a slot for as long as `visit` says true. The index must not change meanwhile. */
  each(slot: number, visit: (address: number) => boolean): void {
    for (const { cells, bits } of this.segmentsOf(slot)) {
      const words = this.pool.words(cells);
      const first = this.pool.place(cells);
      const end = first + (2 << bits);
      for (let at = first; at < end; at += 2) {
        if (words[at + 1] !== 0 && !visit(words[at + 1])) return;
      }
    }
  }

  /**
   * Visits entries from `cursor` on, at least `count` unless there are no more, and returns the next cursor, 0 at the
   * end. A cursor is slot × 2^32 + hash.
   */
  scan(cursor: bigint, count: number, visit: (address: number) => void): bigint {
    let slot = Number(BigInt.asUintN(64, cursor) >> 32n);
    let hash = Number(BigInt.asUintN(32, cursor));
    let visited = 0;
    const visitOne = (address: number) => {
      visited++;
      visit(address);
    };
    for (; slot < SLOT_COUNT; slot++, hash = 0) {
      if (this.counts[slot] === 0) continue;
      while (hash < HASH_END) {
        if (visited >= count) return (BigInt(slot) << 32n) + BigInt(hash);
        hash = this.scanFrom(slot, hash, visitOne);
      }
    }
    return 0n;
  }

  /**
   * Visits the entries of a slot whose hashes share the home cell of `from` (an unsigned hash) or of the next that has
   * any, and returns the first hash beyond them, 2^32 at the end. What is there during a whole walk is visited whatever
   * the segments do meanwhile: a walk goes up through the hashes, and cells are ranges of hashes.
   */
  scanFrom(slot: number, from: number, visit: (address: number, hash: number) => void): number {
    return this.walkSegment(slot, from, AT_ONCE, visit);
  }

  /**
   * Visits entries of a slot with their hashes, from hash `from` (unsigned) on until `enough` says so, each once however
   * the segments change between calls. Returns from where to go on, 2^32 at the end.
   */
  walk(
    slot: number,
    from: number,
    enough: () => boolean,
    visit: (address: number, hash: number) => void,
  ): number {
    // Of cells that became wider meanwhile a part was visited before.
    const visitNew = (address: number, hash: number) => {
      if (hash >>> 0 >= from) visit(address, hash);
    };
    let next = from;
    do next = this.walkSegment(slot, next, enough, from === 0 ? visit : visitNew);
    while (next < HASH_END && !enough());
    return next;
  }

  /** From the home cell of a hash to the end of its segment, or until `enough`, which is asked behind each home. */
  private walkSegment(
    slot: number,
    from: number,
    enough: () => boolean,
    visit: (address: number, hash: number) => void,
  ): number {
    if (this.bits[slot] === 0) return HASH_END;
    const { cells, bits, depth } = this.segmentIn(slot, from | 0);
    const words = this.pool.words(cells);
    const first = this.pool.place(cells);
    const mask = (1 << bits) - 1;
    const begin = (from << depth) >>> (32 - bits);
    let home = begin;
    while (home <= mask) {
      if (home % AHEAD_CELLS === 0) this.readAhead(words, first + 2 * home, Math.min(AHEAD_CELLS, mask + 1));
      const empty = words[first + 2 * home + 1] === 0;
      // Keys of this home stand between it and the next empty cell; one always is.
      for (let cell = home; words[first + 2 * cell + 1] !== 0; cell = (cell + 1) & mask) {
        const at = first + 2 * cell;
        if ((words[at] << depth) >>> (32 - bits) === home) visit(words[at + 1], words[at]);
      }
      home++;
      if (!empty && enough()) break;
    }
    const width = Math.max(1, 2 ** (32 - bits - depth));
    return (Math.floor(from / width) + home - begin) * width;
  }

  /** Reads the entries of some cells for nothing but to have them at hand: see key-prefetch.ts. */
  private readAhead(words: Int32Array, first: number, count: number): void {
    let { read } = this;
    for (let at = first + 1; at < first + 2 * count; at += 2) {
      if (words[at] !== 0) read ^= this.entries.readAround(words[at], AHEAD_KEY_BYTES);
    }
    this.read = read;
  }

  /** Visits the entries of a slot whose keys have this hash. */
  eachWithHash(slot: number, hash: number, visit: (address: number) => void): void {
    if (this.bits[slot] === 0) return;
    const { cells, bits, depth } = this.segmentIn(slot, hash);
    const words = this.pool.words(cells);
    const first = this.pool.place(cells);
    const mask = (1 << bits) - 1;
    let cell = (hash << depth) >>> (32 - bits);
    for (; words[first + 2 * cell + 1] !== 0; cell = (cell + 1) & mask) {
      if (words[first + 2 * cell] === hash) visit(words[first + 2 * cell + 1]);
    }
  }

  /** The segment of a slot for a hash. For a slot with one segment it is made up on the spot. */
  private segmentIn(slot: number, hash: number): Segment {
    if (this.bits[slot] === MANY) {
      const { segments, depth } = this.directories[this.cells[slot]];
      return segments[hash >>> (32 - depth)];
    }
    return { cells: this.cells[slot], bits: this.bits[slot], depth: 0, count: this.counts[slot] };
  }

  /** Each segment of a slot once. */
  private segmentsOf(slot: number): Iterable<Segment> {
    if (this.bits[slot] === 0) return [];
    if (this.bits[slot] !== MANY) return [this.segmentIn(slot, 0)];
    return new Set(this.directories[this.cells[slot]].segments);
  }

  /** Adds the keys of one segment to others, which `target` chooses by hash, and frees it. */
  private moveCells({ cells, bits }: Segment, target: (hash: number) => Segment): void {
    const words = this.pool.words(cells);
    const first = this.pool.place(cells);
    const end = first + (2 << bits);
    for (let at = first; at < end; at += 2) {
      if (words[at + 1] === 0) continue;
      const to = target(words[at]);
      addCell(this.pool, to.cells, to.bits, to.depth, words[at], words[at + 1]);
      to.count++;
    }
    this.pool.free(cells, bits);
  }

  private newSegment(bits: number, depth: number): Segment {
    return { cells: this.pool.allocate(bits), bits, depth, count: 0 };
  }

  /** The same keys in a segment of another size. */
  private resize(segment: Segment, bits: number): void {
    const resized = this.newSegment(bits, segment.depth);
    this.moveCells(segment, () => resized);
    segment.cells = resized.cells;
    segment.bits = bits;
  }

  private resizeSlot(slot: number, bits: number): void {
    const segment = this.segmentIn(slot, 0);
    this.resize(segment, bits);
    this.setOnly(slot, segment);
  }

  private setOnly(slot: number, segment: Segment): void {
    this.cells[slot] = segment.cells;
    this.bits[slot] = segment.bits;
  }

  /** From one segment to a directory, of one segment still. */
  private openDirectory(slot: number): void {
    const only = this.segmentIn(slot, 0);
    const place = this.vacant.pop() ?? this.directories.length;
    this.directories[place] = { depth: 0, segments: [only] };
    this.cells[slot] = place;
    this.bits[slot] = MANY;
    this.split(slot, 0, only);
  }

  /** All keys of a slot in one segment again. */
  private closeDirectory(slot: number): void {
    let bits = MIN_BITS;
    while (this.counts[slot] * 2 > 1 << bits) bits++;
    const merged = this.newSegment(bits, 0);
    for (const segment of this.segmentsOf(slot)) this.moveCells(segment, () => merged);
    this.forgetDirectory(slot);
    this.setOnly(slot, merged);
  }

  private segmentWithRoom(slot: number, hash: number): Segment {
    for (;;) {
      const segment = this.segmentIn(slot, hash);
      if (!isFull(segment.count, segment.bits)) return segment;
      // A split may leave all keys on one side: then once more.
      if (segment.bits >= SPLIT_BITS && segment.depth < MAX_DEPTH) this.split(slot, hash, segment);
      else this.resize(segment, segment.bits + 1);
    }
  }

  /** Two segments instead of the one that `hash` leads to, by the next bit of the hashes. */
  private split(slot: number, hash: number, segment: Segment): void {
    const directory = this.directories[this.cells[slot]];
    const { depth } = segment;
    if (directory.depth === depth) {
      directory.segments = directory.segments.flatMap((each) => [each, each]);
      directory.depth++;
    }
    const low = this.newSegment(SPLIT_BITS, depth + 1);
    const high = this.newSegment(SPLIT_BITS, depth + 1);
    const bit = 1 << (31 - depth);
    this.moveCells(segment, (moved) => ((moved & bit) === 0 ? low : high));
    const half = 1 << (directory.depth - depth - 1);
    const start = depth === 0 ? 0 : (hash >>> (32 - depth)) * 2 * half;
    directory.segments.fill(low, start, start + half);
    directory.segments.fill(high, start + half, start + 2 * half);
  }

  private dropSegments(slot: number): void {
    for (const { cells, bits } of this.segmentsOf(slot)) this.pool.free(cells, bits);
    if (this.bits[slot] === MANY) this.forgetDirectory(slot);
    this.bits[slot] = 0;
  }

  private forgetDirectory(slot: number): void {
    this.directories[this.cells[slot]] = NO_DIRECTORY;
    this.vacant.push(this.cells[slot]);
  }
}
