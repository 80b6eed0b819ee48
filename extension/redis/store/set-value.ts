/** A set: distinct members. Integers alone are kept in numeric order, as Redis' intset does. */
import type { Binary } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { compareIntegerTexts, isIntegerText } from './integer-text.ts';
import { MemberTable, scanDown } from './member-table.ts';

const EMPTY_BYTES = 56;

export class SetValue {
  readonly kind = 'set';
  readonly #limits: EncodingLimits;
  #encoding: 'intset' | 'listpack' | 'hashtable' = 'intset';
  #members = new MemberTable();

  constructor(limits: EncodingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#members.size;
  }

  /** As OBJECT ENCODING names it. */
  get encoding(): 'intset' | 'listpack' | 'hashtable' {
    return this.#encoding;
  }

  get usedBytes(): number {
    return EMPTY_BYTES + this.#members.usedBytes;
  }

  has(member: Binary): boolean {
    if (this.#encoding !== 'intset') return this.#members.find(member) >= 0;
    return isIntegerText(member) && this.#findInteger(member) >= 0;
  }

  /** The same for argument i. */
  hasArgument(args: Args, i: number): boolean {
    return this.#encoding === 'intset' ? this.has(args.binary(i)) : this.#members.findArgument(args, i) >= 0;
  }

  /** True when the member is new. */
  add(member: Binary): boolean {
    if (this.#encoding === 'intset') {
      if (isIntegerText(member)) return this.#addInteger(member);
      if (this.#fitsListpack(member) && this.#integersFitListpack()) this.#encoding = 'listpack';
      else this.#toHashtable();
      this.#members.append(member);
      return true;
    }
    if (this.#members.find(member) >= 0) return false;
    if (this.#encoding === 'listpack' && !this.#fitsListpack(member)) this.#toHashtable();
    this.#members.append(member);
    return true;
  }

  /** The same for argument i: a hash table needs no string of it unless the member is new. */
  addArgument(args: Args, i: number): boolean {
    if (this.#encoding !== 'hashtable') return this.add(args.binary(i));
    if (this.#members.findArgument(args, i) >= 0) return false;
    this.#members.append(args.binary(i));
    return true;
  }

  /** True when there was such a member. Intset and listpack keep their order. */
  delete(member: Binary): boolean {
    if (this.#encoding === 'intset' && !isIntegerText(member)) return false;
    const position = this.#encoding === 'intset' ? this.#findInteger(member) : this.#members.find(member);
    if (position < 0) return false;
    if (this.#encoding === 'hashtable') this.#members.removeSwapping(position);
    else this.#members.removeShifting(position);
    return true;
  }

  /**
   * Told before a command adds about `count` members, the first of them being `first`: the encoding is chosen for all
   * of them.
   */
  expect(count: number, first?: Binary): void {
    if (this.size === 0 && this.#encoding === 'intset' && first !== undefined) {
      if (isIntegerText(first) && count <= this.#limits.setIntegers) return;
      if (count <= this.#limits.setEntries) this.#encoding = 'listpack';
      else this.#toHashtable();
      return;
    }
    const full = this.#encoding === 'intset' ? this.#limits.setIntegers : this.#limits.setEntries;
    if (count > full) this.#toHashtable();
  }

  /** A finished result takes the encoding that a set of its members would have if it had been added one by one. */
  compact(): void {
    if (this.#encoding === 'intset' || this.size > this.#limits.setIntegers) return;
    for (const member of this.#members.values()) if (!isIntegerText(member)) return;
    this.#members.unindex(compareIntegerTexts);
    this.#encoding = 'intset';
  }

  /** The member at a position below `size`; positions hold until the next change. */
  at(position: number): Binary {
    return this.#members.at(position);
  }

  values(): IterableIterator<Binary> {
    return this.#members.values();
  }

  /** One step of SSCAN; returns the next cursor, 0 at the end. Compact encodings are given whole. */
  scan(cursor: number, count: number, visit: (member: Binary) => void): number {
    if (this.#encoding === 'hashtable') {
      return scanDown(this.size, cursor, count, (i) => visit(this.#members.at(i)));
    }
    for (const member of this.#members.values()) visit(member);
    return 0;
  }

  clone(): SetValue {
    const copy = new SetValue(this.#limits);
    copy.#encoding = this.#encoding;
    copy.#members = this.#members.clone();
    return copy;
  }

  #toHashtable(): void {
    this.#members.index();
    this.#encoding = 'hashtable';
  }

  #fitsListpack(member: Binary): boolean {
    return this.size < this.#limits.setEntries && member.length <= this.#limits.setValueBytes;
  }

  /** The longest integer is the first or the last one. */
  #integersFitListpack(): boolean {
    if (this.size === 0) return true;
    const longest = Math.max(this.#members.at(0).length, this.#members.at(this.size - 1).length);
    return longest <= this.#limits.setValueBytes;
  }

  #addInteger(member: Binary): boolean {
    const position = this.#findInteger(member);
    if (position >= 0) return false;
    this.#members.insert(~position, member);
    if (this.size > this.#limits.setIntegers) this.#toHashtable();
    return true;
  }

  /** Binary search: the position, or the complement (~) of where it would have to go. */
  #findInteger(member: Binary): number {
    let low = 0;
    let high = this.#members.size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareIntegerTexts(this.#members.at(middle), member);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }
}
