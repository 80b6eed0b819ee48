/**
 * Memory for segments: tables of 2^bits cells of two words each, a key's hash and its entry's address (0 = empty), in
 * pages of 32-bit words. As keys come, the segments of all slots outgrow their size at about the same time; so freed
 * segments join with their neighbour (their buddy) into the next size, and serve those that have grown.
 */

export const MIN_BITS = 2;

/** 64 Ki words, 256 KiB: one segment of 2^15 cells, or 8192 of the smallest. */
const PAGE_SHIFT = 16;
const PAGE_WORDS = 1 << PAGE_SHIFT;
const PLACE_MASK = PAGE_WORDS - 1;
export const MAX_PAGE_BITS = PAGE_SHIFT - 1;

/** Words of the smallest segment: places in a page are multiples of it. */
const UNIT_SHIFT = MIN_BITS + 1;

const END = -1;

interface Page {
  readonly words: Int32Array;
  /** For each unit at which a free block starts: its bits. 0 elsewhere. */
  readonly free: Uint8Array;
}

export class SegmentPool {
  private pages: Page[] = [];
  private vacant: number[] = [];
  /** By bits: the first free block. Its first two words hold the next one and the one before. */
  private readonly heads = new Int32Array(MAX_PAGE_BITS + 1).fill(END);
  /** Bytes of all segments in use. */
  usedBytes = 0;

  /** The words that hold a segment, from `place` on. */
  words(segment: number): Int32Array {
    return this.pages[segment >>> PAGE_SHIFT].words;
  }

  place(segment: number): number {
    return segment & PLACE_MASK;
  }

  /** An empty segment of 2^bits cells. */
  allocate(bits: number): number {
    this.usedBytes += 8 << bits;
    // Only hashes that collide in hundreds of keys come to this.
    if (bits > MAX_PAGE_BITS) return this.addPage(2 << bits) << PAGE_SHIFT;
    let from = bits;
    while (from < MAX_PAGE_BITS && this.heads[from] === END) from++;
    if (this.heads[from] === END) this.release(this.addPage(PAGE_WORDS) << PAGE_SHIFT, from);
    const segment = this.heads[from];
    this.unlink(segment, from);
    // The upper halves of a block that is too large stay free.
    while (from > bits) {
      from--;
      this.link(segment + (2 << from), from);
    }
    const place = this.place(segment);
    this.words(segment).fill(0, place, place + (2 << bits));
    return segment;
  }

  free(segment: number, bits: number): void {
    this.usedBytes -= 8 << bits;
    if (bits > MAX_PAGE_BITS) this.dropPage(segment >>> PAGE_SHIFT);
    else this.release(segment, bits);
  }

  clear(): void {
    this.pages = [];
    this.vacant = [];
    this.heads.fill(END);
    this.usedBytes = 0;
  }

  /** Makes a block free, together with every buddy that is. */
  private release(block: number, bits: number): void {
    const { free } = this.pages[block >>> PAGE_SHIFT];
    let whole = block;
    let size = bits;
    while (size < MAX_PAGE_BITS) {
      const buddy = whole ^ (2 << size);
      if (free[this.place(buddy) >> UNIT_SHIFT] !== size) break;
      this.unlink(buddy, size);
      whole = Math.min(whole, buddy);
      size++;
    }
    // One empty page is kept: the next segment will want it.
    if (size === MAX_PAGE_BITS && this.heads[size] !== END) this.dropPage(whole >>> PAGE_SHIFT);
    else this.link(whole, size);
  }

  private link(block: number, bits: number): void {
    const { words, free } = this.pages[block >>> PAGE_SHIFT];
    const place = this.place(block);
    const next = this.heads[bits];
    words[place] = next;
    words[place + 1] = END;
    if (next !== END) this.words(next)[this.place(next) + 1] = block;
    this.heads[bits] = block;
    free[place >> UNIT_SHIFT] = bits;
  }

  private unlink(block: number, bits: number): void {
    const { words, free } = this.pages[block >>> PAGE_SHIFT];
    const place = this.place(block);
    const next = words[place];
    const before = words[place + 1];
    if (before === END) this.heads[bits] = next;
    else this.words(before)[this.place(before)] = next;
    if (next !== END) this.words(next)[this.place(next) + 1] = before;
    free[place >> UNIT_SHIFT] = 0;
  }

  private addPage(size: number): number {
    const number = this.vacant.pop() ?? this.pages.length;
    this.pages[number] = { words: new Int32Array(size), free: new Uint8Array(PAGE_WORDS >> UNIT_SHIFT) };
    return number;
  }

  private dropPage(number: number): void {
    this.pages[number] = NO_PAGE;
    this.vacant.push(number);
  }
}

const NO_PAGE: Page = { words: new Int32Array(0), free: new Uint8Array(0) };
