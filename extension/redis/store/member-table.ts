/**
 * Distinct byte strings at dense positions 0 … size - 1: what hashes, sets and sorted sets have in common. Dense
 * positions make a random member an array access, and a scan a walk downwards (see `scanDown`).
 *
 * It starts as a list in the order of insertion, as a listpack is, searched from end to end while it is short; `index`
 * turns it into a hash table for good.
 */
import type { Binary } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import { MemberIndex } from './member-index.ts';

/** What V8 takes for a one-byte string of `length` characters: a header of 16 bytes, rounded up to 8. */
export function stringBytes(length: number): number {
  return (length + 23) & ~7;
}

/** A pointer in an array that grows by half, on average. */
const POINTER_BYTES = 10;
const EMPTY_TABLE_BYTES = 64;

/** Up to here comparing one by one (about 3 ns each) is as quick as hashing, and an index would only take memory. */
const SEARCHED = 64;

export class MemberTable {
  #members: Binary[] = [];
  /** Made when first needed. */
  #index: MemberIndex | undefined;
  #indexed = false;
  #textBytes = 0;

  get size(): number {
    return this.#members.length;
  }

  /** It is a hash table, and no order is kept. */
  get indexed(): boolean {
    return this.#indexed;
  }

  get usedBytes(): number {
    const index = this.#index?.usedBytes ?? 0;
    return EMPTY_TABLE_BYTES + this.#textBytes + POINTER_BYTES * this.#members.length + index;
  }

  at(position: number): Binary {
    return this.#members[position];
  }

  /** The member's position, or -1. */
  find(member: Binary): number {
    if (this.#index === undefined) {
      if (this.#members.length <= SEARCHED) return this.#members.indexOf(member);
      this.#index = new MemberIndex(this.#members);
    }
    return this.#index.find(this.#members, member);
  }

  /** The same for argument i. */
  findArgument(args: Args, i: number): number {
    if (this.#index === undefined) return this.find(args.binary(i));
    return this.#index.findArgument(this.#members, args, i);
  }

  /** Adds a member that is not there yet, at the end. */
  append(member: Binary): void {
    this.#index?.add(member);
    this.#members.push(member);
    this.#textBytes += stringBytes(member.length);
  }

  /** Adds a member that is not there yet; those from `position` on move up. Only before `index`. */
  insert(position: number, member: Binary): void {
    this.#members.splice(position, 0, member);
    this.#index = undefined;
    this.#textBytes += stringBytes(member.length);
  }

  /** Removes; those behind move down. Only before `index`. */
  removeShifting(position: number): void {
    this.#textBytes -= stringBytes(this.#members[position].length);
    this.#members.splice(position, 1);
    this.#index?.removeShifting(position);
  }

  /** Removes; the last member takes the free position. */
  removeSwapping(position: number): void {
    const members = this.#members;
    this.#textBytes -= stringBytes(members[position].length);
    const last = members.pop();
    if (last !== undefined && position < members.length) members[position] = last;
    this.#index?.removeSwapping(position);
  }

  /** From now on members are found by hash, and a removal may move the last one. */
  index(): void {
    this.#indexed = true;
    this.#index ??= new MemberIndex(this.#members);
  }

  /** Gives the hash table up and orders the members by `compare`. */
  unindex(compare: (a: Binary, b: Binary) => number): void {
    this.#indexed = false;
    this.#index = undefined;
    this.#members.sort(compare);
  }

  values(): IterableIterator<Binary> {
    return this.#members.values();
  }

  clone(): MemberTable {
    const copy = new MemberTable();
    copy.#members = this.#members.slice();
    copy.#textBytes = this.#textBytes;
    copy.#indexed = this.#indexed;
    return copy;
  }
}

/**
 * One step of HSCAN, SSCAN or ZSCAN over dense positions from which members are removed by `removeSwapping`. The
 * cursor is the number of positions not walked yet (0 asks for the start and means the end), and the walk goes down:
 * a removal can move a member only from a higher to a lower position, that is towards the walk, so whatever is there
 * during the whole scan is visited at least once. New members go above the walk and may be missed, which is allowed.
 */
export function scanDown(
  size: number,
  cursor: number,
  count: number,
  visit: (position: number) => void,
): number {
  const from = cursor === 0 ? size : Math.min(cursor, size);
  const to = Math.max(0, from - count);
  for (let position = from - 1; position >= to; position--) visit(position);
  return to;
}
