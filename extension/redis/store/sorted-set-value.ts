/** A sorted set: members found by name and, in order of score, by rank. */
import type { Binary } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { MemberTable, scanDown } from './member-table.ts';
import { OrderedBlocks } from './ordered-blocks.ts';

/** Per member: the score in the table, the score and a pointer in the ordered blocks, each with room to grow. */
const ENTRY_BYTES = 30;
const BLOCK_BYTES = 112;
const EMPTY_BYTES = 160;

/** What became of a member whose score was set. */
export type SetOutcome = 'added' | 'updated' | 'unchanged';

export class SortedSetValue {
  readonly kind = 'sorted-set';
  readonly #limits: EncodingLimits;
  /** Members by name; `#scores` runs parallel to its positions. */
  #members = new MemberTable();
  #scores: number[] = [];
  #order = new OrderedBlocks();

  constructor(limits: EncodingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#scores.length;
  }

  /** As OBJECT ENCODING names it. */
  get encoding(): 'listpack' | 'skiplist' {
    return this.#members.indexed ? 'skiplist' : 'listpack';
  }

  get usedBytes(): number {
    return (
      EMPTY_BYTES + this.#members.usedBytes + ENTRY_BYTES * this.size + BLOCK_BYTES * this.#order.blockCount
    );
  }

  score(member: Binary): number | undefined {
    const position = this.#members.find(member);
    return position < 0 ? undefined : this.#scores[position];
  }

  has(member: Binary): boolean {
    return this.#members.find(member) >= 0;
  }

  /** Adds the member or changes its score, which is not NaN. */
  set(member: Binary, score: number): SetOutcome {
    const position = this.#members.find(member);
    return position >= 0 ? this.#rescore(position, score) : this.#add(member, score);
  }

  /** The same for argument i. */
  setArgument(args: Args, i: number, score: number): SetOutcome {
    const position = this.#members.findArgument(args, i);
    return position >= 0 ? this.#rescore(position, score) : this.#add(args.binary(i), score);
  }

  /** The score of argument i, undefined when it is no member. */
  scoreOfArgument(args: Args, i: number): number | undefined {
    const position = this.#members.findArgument(args, i);
    return position < 0 ? undefined : this.#scores[position];
  }

  #rescore(position: number, score: number): SetOutcome {
    const old = this.#scores[position];
    if (old === score) return 'unchanged';
    const member = this.#members.at(position);
    this.#order.remove(member, old);
    const kept = this.#kept(score);
    this.#scores[position] = kept;
    this.#order.insert(member, kept);
    return 'updated';
  }

  #add(member: Binary, score: number): SetOutcome {
    const limits = this.#limits;
    if (this.size >= limits.sortedSetEntries || member.length > limits.sortedSetValueBytes)
      this.#members.index();
    this.#members.append(member);
    const kept = this.#kept(score);
    this.#scores.push(kept);
    this.#order.insert(member, kept);
    return 'added';
  }

  /** A listpack holds whole numbers as integers, which have no -0. */
  #kept(score: number): number {
    return score === 0 && !this.#members.indexed ? 0 : score;
  }

  /** True when there was such a member. */
  delete(member: Binary): boolean {
    const position = this.#members.find(member);
    if (position < 0) return false;
    this.#order.remove(member, this.#scores[position]);
    this.#forget(position);
    return true;
  }

  /**
   * Told before a command adds about `count` members, the longest (or first) of `bytes`: the encoding is chosen for
   * all of them.
   */
  expect(count: number, bytes: number): void {
    const limits = this.#limits;
    if (count > limits.sortedSetEntries || (this.size === 0 && bytes > limits.sortedSetValueBytes)) {
      this.#members.index();
    }
  }

  /** The rank from 0 by ascending score, undefined when absent. */
  rank(member: Binary): number | undefined {
    const position = this.#members.find(member);
    return position < 0 ? undefined : this.#order.rank(member, this.#scores[position]);
  }

  /** How many members have a score below `score` (or up to and including it): the rank at which a range begins. */
  countByScore(score: number, including: boolean): number {
    return this.#order.countByScore(score, including);
  }

  /** How many members come before `member` in byte order (or are it), for sets whose scores are all equal. */
  countByMember(member: Binary, including: boolean): number {
    return this.#order.countByMember(member, including);
  }

  /** Visits the ranks from `from` to before `to`, which exist; from the last down when `reverse`. */
  each(from: number, to: number, reverse: boolean, visit: (member: Binary, score: number) => void): void {
    this.#order.each(from, to, reverse, visit);
  }

  /** Removes the ranks from `from` to before `to`, which exist, telling each to `visit`. */
  removeRanks(from: number, to: number, visit?: (member: Binary, score: number) => void): void {
    this.#order.removeRanks(from, to, (member, score) => {
      this.#forget(this.#members.find(member));
      visit?.(member, score);
    });
  }

  /** The member at a position below `size`, in no order; positions hold until the next change. */
  memberAt(position: number): Binary {
    return this.#members.at(position);
  }

  scoreAt(position: number): number {
    return this.#scores[position];
  }

  /** In no order; `each` goes by rank. */
  *entries(): IterableIterator<[member: Binary, score: number]> {
    for (let i = 0; i < this.#scores.length; i++) yield [this.#members.at(i), this.#scores[i]];
  }

  /** One step of ZSCAN; returns the next cursor, 0 at the end. A listpack is given whole, by rank. */
  scan(cursor: number, count: number, visit: (member: Binary, score: number) => void): number {
    if (this.#members.indexed) {
      return scanDown(this.size, cursor, count, (i) => visit(this.#members.at(i), this.#scores[i]));
    }
    this.#order.each(0, this.size, false, visit);
    return 0;
  }

  clone(): SortedSetValue {
    const copy = new SortedSetValue(this.#limits);
    copy.#members = this.#members.clone();
    copy.#scores = this.#scores.slice();
    copy.#order = this.#order.clone();
    return copy;
  }

  #forget(position: number): void {
    this.#members.removeSwapping(position);
    const last = this.#scores.pop();
    if (last !== undefined && position < this.#scores.length) this.#scores[position] = last;
  }
}
