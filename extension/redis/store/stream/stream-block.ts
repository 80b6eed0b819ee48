/**
 * Some entries of a stream, packed: the elements of the listpack that redis-server keeps for them, without its head.
 * That head counts live and deleted entries and names the fields of the first one; here those are numbers and strings
 * beside the bytes, so that adding an entry only ever appends. An entry is
 *
 *     flags | ms - block's ms | seq - block's seq | [count of fields | field, value … ]   | size
 *                                                 or [value …]  when the fields are the block's own
 *
 * `size` is how many elements stand before it in the entry. A deleted entry stays, marked: its block goes as a whole
 * when nothing in it lives.
 */
import { Buffer } from 'node:buffer';
import type { Binary } from '../../bytes.ts';
import type { Args } from '../../resp/args.ts';
import { ELEMENT_OVERHEAD, elementBefore, ListpackCursor, writeInteger, writeText } from '../listpack.ts';
import { listpackEntryBytes } from '../listpack-size.ts';
import { compareIds, idOf, type StreamId, type Wide, wideDifference } from './stream-id.ts';

/** Flags of an entry. */
export const DELETED = 1;
export const SAME_FIELDS = 2;

/** Total bytes, number of elements, and the end mark of a listpack. */
const FRAME_BYTES = 7;
/** What a block costs besides its bytes: two objects and the buffer's own. */
const BLOCK_BYTES = 240;

export class StreamBlock implements StreamId {
  /** The id of the first entry that was put here; the others are written as differences to it. */
  readonly ms: Wide;
  readonly seq: Wide;
  /** The fields of that entry. */
  readonly fields: readonly Binary[];
  live = 0;
  deleted = 0;
  /** The id of the last entry, deleted or not. */
  lastMs: Wide;
  lastSeq: Wide;
  /** The entries are `bytes[0, size)`. */
  bytes: Buffer;
  size = 0;
  /** How many listpack elements they are. */
  elements = 0;
  /** What the fields take in the head. */
  readonly #fieldBytes: number;
  /** An entry that was looked for: where it begins, and its id. Entries never move. */
  #knownAt = 0;
  #known: StreamId = this;

  constructor({ ms, seq }: StreamId, fields: readonly Binary[], bytes: Buffer) {
    this.ms = this.lastMs = ms;
    this.seq = this.lastSeq = seq;
    this.fields = fields;
    this.bytes = bytes;
    this.#fieldBytes = fields.reduce((sum, field) => sum + listpackEntryBytes(field), 0);
  }

  /** An empty block for an entry whose fields and values are the arguments from `from` on. */
  static begin(id: StreamId, args: Args, from: number): StreamBlock {
    const fields: Binary[] = [];
    for (let i = from; i < args.count; i += 2) fields.push(args.binary(i));
    return new StreamBlock(id, fields, Buffer.alloc(0));
  }

  /** What redis-server's listpack of these entries would take. */
  get packedBytes(): number {
    return FRAME_BYTES + this.#fieldBytes + this.#headCountBytes + this.size;
  }

  get usedBytes(): number {
    return BLOCK_BYTES + this.#fieldBytes + this.bytes.length;
  }

  /** Elements of the head: the two counts, the number of fields, the fields, and a zero behind them. */
  get headElements(): number {
    return this.fields.length + 4;
  }

  /** Adds an entry whose fields and values are the arguments from `from` on. Its id is higher than all before. */
  append(id: StreamId, args: Args, from: number): void {
    const pairs = (args.count - from) >> 1;
    const same = this.#hasFields(args, from, pairs);
    this.#reserve(args, from);
    const { bytes } = this;
    let at = writeInteger(bytes, this.size, same ? SAME_FIELDS : 0);
    at = writeInteger(bytes, at, wideDifference(id.ms, this.ms));
    at = writeInteger(bytes, at, wideDifference(id.seq, this.seq));
    if (!same) at = writeInteger(bytes, at, pairs);
    for (let i = same ? from + 1 : from; i < args.count; i += same ? 2 : 1) {
      at = writeText(bytes, at, args.bytes, args.starts[i], args.ends[i]);
    }
    const elements = same ? pairs + 3 : 2 * pairs + 4;
    this.size = writeInteger(bytes, at, elements);
    this.elements += elements + 1;
    this.live++;
    this.lastMs = id.ms;
    this.lastSeq = id.seq;
  }

  /** Where to begin to look for `id`: at no entry behind it. Who reads on begins where they ended. */
  placeBefore(id: StreamId): number {
    return compareIds(this.#known, id) <= 0 ? this.#knownAt : 0;
  }

  /** The entry at `at` has this id. */
  remember(at: number, id: StreamId): void {
    this.#knownAt = at;
    this.#known = idOf(id);
  }

  /** Where the entry that ends at `end` begins: it says how many elements it has, and each its own size. */
  entryBefore(end: number): number {
    let at = elementBefore(this.bytes, end);
    for (let left = new ListpackCursor(this.bytes, at).count(); left > 0; left--) {
      at = elementBefore(this.bytes, at);
    }
    return at;
  }

  /** Marks the entry at `at`, which lives, as deleted. */
  markDeleted(at: number): void {
    // Flags are small integers: one byte, and one for its length.
    this.bytes[at] |= DELETED;
    this.live--;
    this.deleted++;
  }

  /** Nothing more will be added: room for more is given back. */
  close(): void {
    if (this.bytes.length > this.size + (this.size >> 3)) this.bytes = this.#copy(this.size);
  }

  clone(): StreamBlock {
    const copy = new StreamBlock(this, this.fields, this.#copy(this.size));
    copy.live = this.live;
    copy.deleted = this.deleted;
    copy.lastMs = this.lastMs;
    copy.lastSeq = this.lastSeq;
    copy.size = this.size;
    copy.elements = this.elements;
    return copy;
  }

  get #headCountBytes(): number {
    return countBytes(this.live) + countBytes(this.deleted) + countBytes(this.fields.length) + countBytes(0);
  }

  #hasFields(args: Args, from: number, pairs: number): boolean {
    const { fields } = this;
    if (pairs !== fields.length) return false;
    for (let n = 0; n < pairs; n++) if (!isAt(args, from + 2 * n, fields[n])) return false;
    return true;
  }

  /** Makes room for an entry. */
  #reserve(args: Args, from: number): void {
    let needed = this.size + (args.count - from + 5) * ELEMENT_OVERHEAD;
    for (let i = from; i < args.count; i++) needed += args.size(i);
    if (needed <= this.bytes.length) return;
    this.bytes = this.#copy(Math.max(needed, 2 * this.bytes.length));
  }

  #copy(capacity: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(copy, 0, 0, this.size);
    return copy;
  }
}

/** Whether argument i is `text`. */
function isAt(args: Args, i: number, text: Binary): boolean {
  const start = args.starts[i];
  const size = args.ends[i] - start;
  if (size !== text.length) return false;
  for (let k = 0; k < size; k++) if (args.bytes[start + k] !== text.charCodeAt(k)) return false;
  return true;
}

/** What a count takes as a listpack element. */
function countBytes(count: number): number {
  return count <= 127 ? 2 : listpackEntryBytes(String(count));
}
