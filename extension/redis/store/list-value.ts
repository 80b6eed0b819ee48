/**
 * A list: a deque in blocks. Pushing and popping at both ends costs the same whatever the length; the middle is found
 * by walking blocks from the nearer end.
 */
import type { Binary } from '../bytes.ts';
import { Deque } from './deque.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { listpackEntryBytes } from './listpack-size.ts';
import { stringBytes } from './member-table.ts';

/** Elements in a block: small enough that moving half of them is cheap, large enough that blocks are few. */
const BLOCK = 128;
const EMPTY_BYTES = 72;
const POINTER_BYTES = 10;
const BLOCK_BYTES = 48;
/** Header (total bytes and count) and end mark of a listpack. */
const LISTPACK_FRAME_BYTES = 7;
/** list-max-listpack-size -1 … -5. */
const SIZE_LIMITS = [4096, 8192, 16384, 32768, 65536] as const;
/** With a limit on elements a listpack still must not grow beyond this. */
const SAFETY_LIMIT = 8192;

/** Where somebody who reads a list bit by bit has come to; at first at its head. */
export interface ListPlace {
  block: number;
  offset: number;
}

export class ListValue {
  readonly kind = 'list';
  readonly #limits: EncodingLimits;
  #encoding: 'listpack' | 'quicklist' = 'listpack';
  /** No block is ever empty. */
  #blocks = new Deque<Binary[]>();
  /** What was pushed to the head since `#settle`, the head last: adding to the front of an array moves all of it. */
  #head: Binary[] = [];
  #size = 0;
  #textBytes = 0;
  /** What the elements would take in one listpack. */
  #packedBytes = LISTPACK_FRAME_BYTES;

  constructor(limits: EncodingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** As OBJECT ENCODING names it. */
  get encoding(): 'listpack' | 'quicklist' {
    return this.#encoding;
  }

  /** How many blocks there are. */
  get blockCount(): number {
    this.#settle();
    return this.#blocks.length;
  }

  get usedBytes(): number {
    return EMPTY_BYTES + this.#textBytes + POINTER_BYTES * this.#size + BLOCK_BYTES * this.#blocks.length;
  }

  /** Told before a command adds `count` elements of `bytes` in all: the encoding is chosen for all of them. */
  expect(count: number, bytes: number): void {
    if (this.#encoding === 'listpack' && this.#exceeds(this.#packedBytes + bytes, this.#size + count, 1)) {
      this.#encoding = 'quicklist';
    }
  }

  pushHead(element: Binary): void {
    if (this.#isLarge(element)) {
      this.#settle();
      this.#blocks.pushFirst([element]);
    } else if (this.#head.push(element) === BLOCK) this.#settle();
    this.#account(element, 1);
  }

  pushTail(element: Binary): void {
    const { last } = this.#blocks;
    if (last === undefined || last.length >= BLOCK || this.#isLarge(element) || this.#isLone(last))
      this.#blocks.pushLast([element]);
    else last.push(element);
    this.#account(element, 1);
  }

  popHead(): Binary | undefined {
    const element = this.#head.pop() ?? this.#shiftBlocks();
    if (element === undefined) return undefined;
    this.#account(element, -1);
    this.#shrunk();
    return element;
  }

  popTail(): Binary | undefined {
    if (this.#blocks.length === 0) this.#settle();
    const { last } = this.#blocks;
    const element = last?.pop();
    if (element === undefined) return undefined;
    if (last?.length === 0) this.#blocks.popLast();
    this.#account(element, -1);
    this.#shrunk();
    return element;
  }

  /** The element at `index`, counted from 0; undefined outside. */
  at(index: number): Binary | undefined {
    if (index < 0 || index >= this.#size) return undefined;
    const [block, offset] = this.#locate(index);
    return this.#blocks.at(block)[offset];
  }

  /** Replaces the element at `index`, which exists. */
  setAt(index: number, element: Binary): void {
    const [at, offset] = this.#locate(index);
    const block = this.#blocks.at(at);
    this.#account(block[offset], -1);
    if (block.length === 1 || !this.#isLarge(element)) block[offset] = element;
    else this.#insertAlone(at, offset, element, 1);
    this.#account(element, 1);
    this.#shrunk();
  }

  /** Inserts so that the element gets `index`, 0 … size. */
  insertAt(index: number, element: Binary): void {
    if (index === 0) {
      this.pushHead(element);
      return;
    }
    if (index >= this.#size) {
      this.pushTail(element);
      return;
    }
    const [at, offset] = this.#locate(index);
    const block = this.#blocks.at(at);
    if (this.#isLarge(element) || this.#isLone(block)) this.#insertAlone(at, offset, element, 0);
    else block.splice(offset, 0, element);
    if (block.length > BLOCK) this.#blocks.insert(at + 1, block.splice(BLOCK >> 1));
    this.#account(element, 1);
  }

  /** Into a block of its own, between the elements before `offset` in block `at` and those behind, without `removed` of these. */
  #insertAlone(at: number, offset: number, element: Binary, removed: number): void {
    const block = this.#blocks.at(at);
    const behind = block.splice(offset).slice(removed);
    if (behind.length > 0) this.#blocks.insert(at + 1, behind);
    if (block.length > 0) this.#blocks.insert(at + 1, [element]);
    else this.#blocks.replace(at, [element]);
  }

  #isLarge(element: Binary): boolean {
    return element.length >= this.#limits.listLoneBytes;
  }

  /** Nothing is added to a block with a large element. */
  #isLone(block: readonly Binary[]): boolean {
    return block.length === 1 && this.#isLarge(block[0]);
  }

  /** Removes up to `count` elements equal to `element`, from the tail on when `fromTail`; returns how many. */
  remove(element: Binary, count: number, fromTail: boolean): number {
    this.#settle();
    let removed = 0;
    const blocks = this.#blocks;
    for (let n = 0; n < blocks.length && removed < count; n++) {
      const block = blocks.at(fromTail ? blocks.length - 1 - n : n);
      removed += removeFromBlock(block, element, count - removed, fromTail);
    }
    if (removed === 0) return 0;
    this.#blocks = new Deque([...blocks].filter((block) => block.length > 0));
    this.#account(element, -removed);
    this.#shrunk();
    return removed;
  }

  /** Keeps only the elements from `from` to before `to`, which lie within the list. */
  trim(from: number, to: number): void {
    this.#settle();
    for (let n = this.#size - to; n > 0; n -= this.#dropTail(n));
    for (let n = from; n > 0; n -= this.#dropHead(n));
    this.#shrunk();
  }

  /** Visits the elements from index `from` to before `to`, which lie within the list. */
  each(from: number, to: number, visit: (element: Binary) => void): void {
    if (from >= to) return;
    const [block, offset] = this.#locate(from);
    this.read({ block, offset }, to - from, visit);
  }

  /**
   * Visits the next `count` elements, which there are, and moves `place` on. The list, or one of which it is the clone, has
   * not changed since the place was at the first one.
   */
  read(place: ListPlace, count: number, visit: (element: Binary) => void): void {
    this.#settle();
    let left = count;
    while (left > 0) {
      const block = this.#blocks.at(place.block);
      const end = Math.min(block.length, place.offset + left);
      for (let i = place.offset; i < end; i++) visit(block[i]);
      left -= end - place.offset;
      place.offset = end;
      if (end < block.length) return;
      place.block++;
      place.offset = 0;
    }
  }

  *values(): IterableIterator<Binary> {
    this.#settle();
    for (const block of this.#blocks) yield* block;
  }

  /** From the tail to the head. */
  *reversed(): IterableIterator<Binary> {
    this.#settle();
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const block = this.#blocks.at(at);
      for (let i = block.length - 1; i >= 0; i--) yield block[i];
    }
  }

  clone(): ListValue {
    this.#settle();
    const copy = new ListValue(this.#limits);
    copy.#encoding = this.#encoding;
    copy.#blocks = new Deque(Array.from(this.#blocks, (block) => block.slice()));
    copy.#size = this.#size;
    copy.#textBytes = this.#textBytes;
    copy.#packedBytes = this.#packedBytes;
    return copy;
  }

  /** All elements are in blocks. */
  #settle(): void {
    if (this.#head.length === 0) return;
    const block = this.#head.reverse();
    this.#head = [];
    const { first } = this.#blocks;
    if (first !== undefined && block.length + first.length <= BLOCK && !this.#isLone(first))
      this.#blocks.replace(0, block.concat(first));
    else this.#blocks.pushFirst(block);
  }

  #shiftBlocks(): Binary | undefined {
    const { first } = this.#blocks;
    const element = first?.shift();
    if (first?.length === 0) this.#blocks.popFirst();
    return element;
  }

  #account(element: Binary, times: number): void {
    this.#size += times;
    this.#textBytes += times * stringBytes(element.length);
    this.#packedBytes += times * listpackEntryBytes(element);
  }

  /** Drops up to `count` elements of the last block; returns how many. */
  #dropTail(count: number): number {
    const block = this.#blocks.at(this.#blocks.length - 1);
    const dropped = block.splice(Math.max(0, block.length - count));
    for (const element of dropped) this.#account(element, -1);
    if (block.length === 0) this.#blocks.popLast();
    return dropped.length;
  }

  #dropHead(count: number): number {
    const block = this.#blocks.at(0);
    const dropped = block.splice(0, count);
    for (const element of dropped) this.#account(element, -1);
    if (block.length === 0) this.#blocks.popFirst();
    return dropped.length;
  }

  /** Block and offset in it of an index within the list, walking from the nearer end. */
  #locate(index: number): [block: number, offset: number] {
    this.#settle();
    if (index < this.#size >> 1) {
      let at = 0;
      while (index >= this.#blocks.at(at).length) index -= this.#blocks.at(at++).length;
      return [at, index];
    }
    let at = this.#blocks.length - 1;
    let start = this.#size - this.#blocks.at(at).length;
    while (index < start) start -= this.#blocks.at(--at).length;
    return [at, index - start];
  }

  /** Only below half of the limit does a quicklist become a listpack again, so that it does not flap. */
  #shrunk(): void {
    if (this.#encoding === 'quicklist' && !this.#exceeds(this.#packedBytes, this.#size, 2)) {
      // Few bytes, few blocks; and none of them holds a large element unless large ones are that small.
      const { listLoneBytes } = this.#limits;
      if (listLoneBytes <= this.#packedBytes && [...this.#blocks].some((block) => this.#isLone(block)))
        return;
      this.#encoding = 'listpack';
    }
  }

  #exceeds(bytes: number, count: number, divisor: number): boolean {
    const { listSize } = this.#limits;
    if (listSize >= 0) {
      const elements = Math.max(1, listSize) / divisor;
      return bytes > SAFETY_LIMIT || count > Math.floor(elements);
    }
    const limit = SIZE_LIMITS[Math.min(SIZE_LIMITS.length, -listSize) - 1];
    return bytes > limit / divisor;
  }
}

function removeFromBlock(block: Binary[], element: Binary, limit: number, fromTail: boolean): number {
  let removed = 0;
  let at = fromTail ? block.lastIndexOf(element) : block.indexOf(element);
  while (at >= 0 && removed < limit) {
    block.splice(at, 1);
    removed++;
    // lastIndexOf counts a negative start from the end: at 0 there is nothing left to look at.
    if (fromTail) at = at === 0 ? -1 : block.lastIndexOf(element, at - 1);
    else at = block.indexOf(element, at);
  }
  return removed;
}
