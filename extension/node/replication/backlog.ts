/**
 * The replication stream as this node keeps it: a chain of blocks that grows at its end. Some of it is kept for replicas
 * which come back (repl-backlog-size); each attached replica has its own place in the same chain, so that what ten
 * replicas have yet to be sent is in memory once, and what the slowest of them has yet to be sent is there for all. The
 * memory of a block that was let go is written over: a stream of 100 MB/s in fresh blocks would make V8 collect garbage
 * several times a second.
 *
 * Offsets count bytes since the history began. `begin` is the offset of the first byte at hand, `end` that of the byte
 * to come, which is the number INFO calls master_repl_offset.
 */

/** First block of a node that has hardly anything to replicate; later ones follow what there is of the stream. */
const SMALLEST_BLOCK = 4 * 1024;
const LARGEST_BLOCK = 64 * 1024;
/** Of the limit, so that a block more than it asks for does not count: 1 MiB, the default, makes the largest blocks. */
const SHARE_OF_LIMIT = 16;

export interface Block {
  readonly bytes: Uint8Array;
  /** Offset of its first byte. */
  readonly start: number;
  /** Bytes in use. They do not change before they are sent, so that a connection may keep them while they are on their way. */
  size: number;
  next: Block | undefined;
}

/** A place in the chain: the byte at `at` of `block` is next. */
export interface Place {
  block: Block;
  at: number;
}

export class Backlog {
  #first: Block;
  #last: Block;
  #begin: number;
  #end: number;
  readonly #limit: () => number;
  readonly #unsentFrom: () => number;
  /** Memory of the block that was let go last. */
  #spare: Uint8Array | undefined;

  /**
   * `limit`: bytes that stay at least, of what is older; asked when a block is full. `unsentFrom`: the lowest offset that
   * somebody with a place in the chain has yet to read; nothing from there on is let go.
   */
  constructor(
    offset: number,
    limit: () => number,
    unsentFrom: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#limit = limit;
    this.#unsentFrom = unsentFrom;
    this.#first = newBlock(offset, 0);
    this.#last = this.#first;
    this.#begin = offset;
    this.#end = offset;
  }

  get begin(): number {
    return this.#begin;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes held for replicas that come back. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Adds `bytes[start, end)`. */
  append(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      let block = this.#last;
      if (block.size === block.bytes.length) block = this.#grow(end - at);
      const count = Math.min(end - at, block.bytes.length - block.size);
      copy(bytes, at, at + count, block.bytes, block.size);
      block.size += count;
      at += count;
    }
    this.#end += end - start;
  }

  /** Where the byte with this offset is, or will be; undefined when it is not at hand. */
  find(offset: number): Place | undefined {
    if (offset < this.#begin || offset > this.#end) return undefined;
    let block = this.#first;
    while (block.next !== undefined && block.next.start <= offset) block = block.next;
    return { block, at: offset - block.start };
  }

  /** A block goes as soon as those behind it hold enough, and nobody has yet to be sent any of it. */
  trim(): void {
    const end = this.#last.start + this.#last.size;
    const before = Math.min(end - this.#limit(), this.#unsentFrom());
    for (let { next } = this.#first; next !== undefined && next.start <= before; { next } = next) {
      this.#spare = this.#first.bytes;
      this.#first = next;
    }
    this.#begin = Math.max(this.#begin, this.#first.start);
  }

  #grow(wanted: number): Block {
    const held = this.#last.start + this.#last.size - this.#first.start;
    this.trim();
    const size = Math.min(Math.max(wanted, held), this.#limit() / SHARE_OF_LIMIT);
    const block = newBlock(this.#last.start + this.#last.size, size, this.#spare);
    this.#spare = undefined;
    this.#last.next = block;
    this.#last = block;
    return block;
  }
}

function newBlock(start: number, wanted: number, spare?: Uint8Array): Block {
  const capacity = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, wanted));
  const bytes = spare?.length === capacity ? spare : new Uint8Array(capacity);
  return { bytes, start, size: 0, next: undefined };
}

/** Short commands are the rule, and for them a loop is quicker than a call into native code. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 64) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at + i - start] = from[i];
}

/** Leaves a block that is sent to its end, when there is a next one. */
export function moveOn(place: Place): void {
  while (place.at === place.block.size && place.block.next !== undefined) {
    place.block = place.block.next;
    place.at = 0;
  }
}
