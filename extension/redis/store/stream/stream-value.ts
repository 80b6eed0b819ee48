/**
 * A stream: entries in the order of their ids, in packed blocks that are searched by their first ids, and the groups
 * that read them. What blocks hold, when a new one begins and what a trim leaves is as in redis-server, where it shows:
 * an approximate trim removes whole blocks only.
 */
import type { Binary } from '../../bytes.ts';
import type { Args } from '../../resp/args.ts';
import type { EncodingLimits } from '../encoding-limits.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { EntryCursor } from './entry-cursor.ts';
import { StreamBlock } from './stream-block.ts';
import {
  compareIds,
  idOf,
  incremented,
  MAX_ID,
  nextId,
  type StreamId,
  type Wide,
  ZERO_ID,
} from './stream-id.ts';

/** No block grows beyond this, whatever the configuration says (1 GiB). */
export const MAX_BLOCK_BYTES = 1024 * 1024 * 1024;
const EMPTY_BYTES = 320;
const POINTER_BYTES = 8;

export interface Trim {
  /** What is to be left: so many entries, or those from an id on. */
  readonly to: { readonly length: number } | { readonly minId: StreamId };
  /** Remove whole blocks only. */
  readonly approximate: boolean;
  /** Remove at most so many entries; 0: no limit. */
  readonly limit: number;
}

export class StreamValue {
  readonly kind = 'stream';
  readonly encoding = 'stream';
  readonly groups = new Map<Binary, ConsumerGroup>();
  /** The highest id ever given out. */
  lastId: StreamId = ZERO_ID;
  /** The first entry that lives; 0-0 when there is none. */
  firstId: StreamId = ZERO_ID;
  /** The highest id that XDEL has deleted. */
  maxDeletedId: StreamId = ZERO_ID;
  /** How many entries were ever added. */
  entriesAdded: Wide = 0;
  readonly #limits: EncodingLimits;
  #blocks: StreamBlock[] = [];
  #size = 0;
  /** Of all blocks but the last, which still grows. */
  #closedBytes = 0;

  constructor(limits: EncodingLimits) {
    this.#limits = limits;
  }

  /** How many entries live. */
  get size(): number {
    return this.#size;
  }

  get blocks(): readonly StreamBlock[] {
    return this.#blocks;
  }

  get usedBytes(): number {
    let bytes = EMPTY_BYTES + this.#closedBytes + POINTER_BYTES * this.#blocks.length;
    bytes += this.#blocks[this.#blocks.length - 1]?.usedBytes ?? 0;
    for (const group of this.groups.values()) bytes += group.usedBytes;
    return bytes;
  }

  /** The id that an entry added now gets: the time, or right behind the last id when that is not earlier. */
  newId(now: number): StreamId {
    return now > this.lastId.ms ? { ms: now, seq: 0 } : (nextId(this.lastId) ?? ZERO_ID);
  }

  /** Adds an entry whose fields and values are the arguments from `from` on. Its id is higher than `lastId`. */
  append(id: StreamId, args: Args, from: number): void {
    let tail = this.#blocks[this.#blocks.length - 1];
    if (tail === undefined || this.#isFull(tail, args, from)) {
      tail = StreamBlock.begin(id, args, from);
      this.addBlock(tail);
    }
    tail.append(id, args, from);
    this.#size++;
    this.entriesAdded = incremented(this.entriesAdded);
    this.lastId = id;
    if (this.#size === 1) this.firstId = id;
  }

  /** Adds a block behind all others, whose ids it exceeds, with the entries it has. */
  addBlock(block: StreamBlock): void {
    const tail = this.#blocks[this.#blocks.length - 1];
    if (tail !== undefined) {
      tail.close();
      this.#closedBytes += tail.usedBytes;
    }
    this.#blocks.push(block);
    this.#size += block.live;
  }

  /** How many live entries there are from `from` to `to`, both included; `limit` when there are more. */
  count(from: StreamId, to: StreamId, limit: number): number {
    let found = 0;
    for (let at = Math.max(0, this.#blockFor(from)); at < this.#blocks.length && found < limit; at++) {
      const block = this.#blocks[at];
      if (compareIds(block, to) > 0) break;
      const whole = compareIds(from, block) <= 0 && isBefore(block.lastMs, block.lastSeq, to);
      if (whole) found += block.live;
      else visitForwards(block, new EntryCursor(block), from, to, () => ++found < limit);
    }
    return Math.min(found, limit);
  }

  /**
   * Visits the live entries from `from` to `to`, both included, from the last down when `reverse`, until `visit` says
   * false. The cursor is the same for all of them, and valid while the stream does not change.
   */
  each(from: StreamId, to: StreamId, reverse: boolean, visit: (entry: EntryCursor) => boolean): void {
    const first = this.#blocks[0];
    if (first === undefined) return;
    const cursor = new EntryCursor(first);
    let at = this.#blockFor(reverse ? to : from);
    if (!reverse) at = Math.max(0, at);
    for (; at >= 0 && at < this.#blocks.length; at += reverse ? -1 : 1) {
      const block = this.#blocks[at];
      const goOn = reverse
        ? visitBackwards(block, cursor, from, to, visit)
        : visitForwards(block, cursor, from, to, visit);
      if (!goOn) return;
    }
  }

  /** The live entry with this id. */
  find(id: StreamId): EntryCursor | undefined {
    let found: EntryCursor | undefined;
    this.each(id, id, false, (entry) => {
      found = entry;
      return false;
    });
    return found;
  }

  /** The id of the last entry that lives; 0-0 when there is none. */
  lastLiveId(): StreamId {
    const tail = this.#blocks[this.#blocks.length - 1];
    if (tail?.deleted === 0) return { ms: tail.lastMs, seq: tail.lastSeq };
    let last = ZERO_ID;
    this.each(ZERO_ID, MAX_ID, true, (entry) => {
      last = idOf(entry);
      return false;
    });
    return last;
  }

  /** The id of the first entry, deleted or not; the highest there can be when there is none. */
  get firstKeptId(): StreamId {
    const first = this.#blocks[0];
    return first === undefined ? MAX_ID : idOf(first);
  }

  /** XDEL of one entry; false when there is no such. */
  delete(id: StreamId): boolean {
    const entry = this.find(id);
    if (entry === undefined) return false;
    const at = this.#blockFor(id);
    const block = this.#blocks[at];
    if (block.live === 1) this.#removeBlocks(at, 1);
    else block.markDeleted(entry.start);
    this.#size--;
    if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = idOf(id);
    if (this.#size === 0 || compareIds(id, this.firstId) === 0) this.resetFirstId();
    return true;
  }

  /** Returns how many entries it removed. */
  trim(trim: Trim): number {
    const before = this.#size;
    let whole = 0;
    for (const block of this.#blocks) {
      if ('length' in trim.to && this.#size <= trim.to.length) break;
      if (trim.limit > 0 && before - this.#size + block.live > trim.limit) break;
      if (this.#goesWhole(block, trim)) {
        this.#size -= block.live;
        whole++;
        continue;
      }
      if (!trim.approximate) this.#trimWithin(block, trim);
      break;
    }
    this.#removeBlocks(0, whole);
    if (this.#size < before) this.resetFirstId();
    return before - this.#size;
  }

  /** `firstId` is looked up. */
  resetFirstId(): void {
    this.firstId = ZERO_ID;
    this.each(ZERO_ID, MAX_ID, false, (entry) => {
      this.firstId = idOf(entry);
      return false;
    });
  }

  clone(): StreamValue {
    const copy = new StreamValue(this.#limits);
    for (const block of this.#blocks) copy.addBlock(block.clone());
    copy.lastId = this.lastId;
    copy.firstId = this.firstId;
    copy.maxDeletedId = this.maxDeletedId;
    copy.entriesAdded = this.entriesAdded;
    for (const [name, group] of this.groups) copy.groups.set(name, group.clone());
    return copy;
  }

  #isFull(block: StreamBlock, args: Args, from: number): boolean {
    const { streamBlockBytes, streamBlockEntries } = this.#limits;
    let bytes = 0;
    for (let i = from; i < args.count; i++) bytes += args.size(i);
    const limit = streamBlockBytes === 0 ? MAX_BLOCK_BYTES : Math.min(streamBlockBytes, MAX_BLOCK_BYTES);
    if (block.packedBytes + bytes >= limit) return true;
    return streamBlockEntries > 0 && block.live + block.deleted >= streamBlockEntries;
  }

  #goesWhole(block: StreamBlock, { to }: Trim): boolean {
    if ('length' in to) return this.#size - block.live >= to.length;
    return compareIds({ ms: block.lastMs, seq: block.lastSeq }, to.minId) < 0;
  }

  #trimWithin(block: StreamBlock, { to }: Trim): void {
    const cursor = new EntryCursor(block);
    while (cursor.next()) {
      if ('length' in to ? this.#size <= to.length : compareIds(cursor, to.minId) >= 0) return;
      if (cursor.deleted) continue;
      block.markDeleted(cursor.start);
      this.#size--;
    }
  }

  #removeBlocks(at: number, count: number): void {
    if (count === 0) return;
    const hadTail = at + count === this.#blocks.length;
    const removed = this.#blocks.splice(at, count);
    for (const block of removed) this.#closedBytes -= block.usedBytes;
    if (!hadTail) return;
    // The last one was never counted; the one before it is the last now.
    this.#closedBytes += removed[removed.length - 1].usedBytes;
    this.#closedBytes -= this.#blocks[this.#blocks.length - 1]?.usedBytes ?? 0;
  }

  /** The last block whose first id is not above `id`, or -1. */
  #blockFor(id: StreamId): number {
    let low = -1;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareIds(this.#blocks[middle], id) > 0) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}

/** Whether ms-seq is `id` or lower. */
function isBefore(ms: Wide, seq: Wide, id: StreamId): boolean {
  return ms < id.ms || (ms === id.ms && seq <= id.seq);
}

/** False: that was all, or the visitor has seen enough. */
function visitForwards(
  block: StreamBlock,
  cursor: EntryCursor,
  from: StreamId,
  to: StreamId,
  visit: (entry: EntryCursor) => boolean,
): boolean {
  cursor.open(block, block.placeBefore(from));
  let sought = false;
  while (cursor.next()) {
    if (!sought) {
      if (compareIds(cursor, from) < 0) continue;
      sought = true;
      block.remember(cursor.start, cursor);
    }
    if (cursor.deleted) continue;
    if (compareIds(cursor, to) > 0 || !visit(cursor)) return false;
  }
  return true;
}

function visitBackwards(
  block: StreamBlock,
  cursor: EntryCursor,
  from: StreamId,
  to: StreamId,
  visit: (entry: EntryCursor) => boolean,
): boolean {
  for (let end = block.size; end > 0; ) {
    end = block.entryBefore(end);
    cursor.open(block, end);
    cursor.next();
    if (cursor.deleted || compareIds(cursor, to) > 0) continue;
    if (compareIds(cursor, from) < 0 || !visit(cursor)) return false;
  }
  return true;
}
