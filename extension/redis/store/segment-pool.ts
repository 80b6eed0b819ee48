/**
 * Memory for segments: tables of 2^bits cells in pages of 32-bit words. A segment is known by a reference, its page's
 * number and its place there (0 = none). Its words are
 *
 *     0        number of keys
 *     1        depth << 8 | bits
 *     2 …      the cells, two words each: the key's hash, the entry's address (0 = empty)
 *
 * Segments are sorted by hash: a key's home cell is given by the `bits` bits of its hash behind the first `depth`.
 */

export const MIN_BITS = 2;
/** A full segment of this size is split by its slot table, so that growing never moves more than 1536 keys. */
export const SPLIT_BITS = 11;
export const HEADER_WORDS = 2;

/** 64 Ki words, 256 KiB. */
const PAGE_SHIFT = 16;
const PLACE_MASK = (1 << PAGE_SHIFT) - 1;
const PAGE_WORDS = 1 << PAGE_SHIFT;

export function segmentWords(bits: number): number {
  return HEADER_WORDS + (2 << bits);
}

export class SegmentPool {
  private pages: Int32Array[] = [];
  /** By bits: the first freed segment; its first word holds the next one. */
  private readonly freed = new Int32Array(SPLIT_BITS + 1);
  private next = 0;
  private limit = 0;
  /** Bytes of all segments in use. */
  usedBytes = 0;

  page(segment: number): Int32Array {
    return this.pages[segment >>> PAGE_SHIFT];
  }

  place(segment: number): number {
    return segment & PLACE_MASK;
  }

  /** An empty segment. */
  allocate(bits: number, depth: number): number {
    const words = segmentWords(bits);
    this.usedBytes += words * 4;
    const segment = bits > SPLIT_BITS ? this.addPage(words) : this.take(bits, words);
    const page = this.page(segment);
    const place = this.place(segment);
    page.fill(0, place, place + words);
    page[place + 1] = (depth << 8) | bits;
    return segment;
  }

  free(segment: number): void {
    const page = this.page(segment);
    const place = this.place(segment);
    const bits = page[place + 1] & 0xff;
    this.usedBytes -= segmentWords(bits) * 4;
    if (bits > SPLIT_BITS) {
      this.pages[segment >>> PAGE_SHIFT] = new Int32Array(0);
      return;
    }
    page[place] = this.freed[bits];
    this.freed[bits] = segment;
  }

  clear(): void {
    this.pages = [];
    this.freed.fill(0);
    this.next = 0;
    this.limit = 0;
    this.usedBytes = 0;
  }

  private take(bits: number, words: number): number {
    const freed = this.freed[bits];
    if (freed !== 0) {
      this.freed[bits] = this.page(freed)[this.place(freed)];
      return freed;
    }
    if (this.next + words > this.limit) {
      this.recycleRest();
      // Reference 0 means no segment: the very first words stay unused.
      const first = this.addPage(PAGE_WORDS);
      this.next = Math.max(first, HEADER_WORDS);
      this.limit = first + PAGE_WORDS;
    }
    const segment = this.next;
    this.next += words;
    return segment;
  }

  /** The rest of a full page becomes free segments, the largest that fit first. */
  private recycleRest(): void {
    for (let bits = SPLIT_BITS; bits >= MIN_BITS; bits--) {
      while (this.next + segmentWords(bits) <= this.limit) {
        const page = this.page(this.next);
        page[this.place(this.next)] = this.freed[bits];
        this.freed[bits] = this.next;
        this.next += segmentWords(bits);
      }
    }
  }

  private addPage(words: number): number {
    this.pages.push(new Int32Array(words));
    return (this.pages.length - 1) << PAGE_SHIFT;
  }
}
