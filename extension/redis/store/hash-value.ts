/** A hash: fields with values. A field may expire by itself (HEXPIRE), as keys do; who looks at one says what time it is. */
import type { Binary } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { MemberTable, scanDown, stringBytes } from './member-table.ts';

/** The object itself, its two arrays' headers, and a pointer for each value. */
const EMPTY_BYTES = 80;
const VALUE_POINTER_BYTES = 10;

export class HashValue {
  readonly kind = 'hash';
  readonly #limits: EncodingLimits;
  #fields = new MemberTable();
  #values: Binary[] = [];
  #valueBytes = 0;
  /** Made with the first expiry of a field. */
  #expiry: ExpiryQueue | undefined;

  constructor(limits: EncodingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#values.length;
  }

  /** As OBJECT ENCODING names it. */
  get encoding(): 'listpack' | 'listpackex' | 'hashtable' {
    if (this.#fields.indexed) return 'hashtable';
    return this.#expiry === undefined ? 'listpack' : 'listpackex';
  }

  get usedBytes(): number {
    const values = this.#valueBytes + VALUE_POINTER_BYTES * this.#values.length;
    return EMPTY_BYTES + this.#fields.usedBytes + values + (this.#expiry?.usedBytes ?? 0);
  }

  get(field: Binary): Binary | undefined {
    const position = this.#fields.find(field);
    return position < 0 ? undefined : this.#values[position];
  }

  /** The same for argument i. */
  getArgument(args: Args, i: number): Binary | undefined {
    const position = this.#fields.findArgument(args, i);
    return position < 0 ? undefined : this.#values[position];
  }

  has(field: Binary): boolean {
    return this.#fields.find(field) >= 0;
  }

  /** True when the field is new. An expiry that it had stays. */
  change(field: Binary, value: Binary): boolean {
    this.#fit(field.length, value.length);
    return this.#put(this.#fields.find(field), field, value);
  }

  /** The same, and it does not expire any more. */
  set(field: Binary, value: Binary): boolean {
    this.#expiry?.delete(field);
    return this.change(field, value);
  }

  /** The same for argument i as the field and the one behind it as its value. */
  setArguments(args: Args, i: number): boolean {
    this.#fit(args.size(i), args.size(i + 1));
    this.#expiry?.delete(args.binary(i));
    const position = this.#fields.findArgument(args, i);
    return this.#put(position, position < 0 ? args.binary(i) : '', args.binary(i + 1));
  }

  /** What is too long for a listpack makes a hash table of it. */
  #fit(fieldSize: number, valueSize: number): void {
    const { hashValueBytes } = this.#limits;
    if (fieldSize > hashValueBytes || valueSize > hashValueBytes) this.#fields.index();
  }

  /** `position` is that of the field, negative when it is new: only then its name is needed. */
  #put(position: number, field: Binary, value: Binary): boolean {
    if (position >= 0) {
      this.#valueBytes += stringBytes(value.length) - stringBytes(this.#values[position].length);
      this.#values[position] = value;
      return false;
    }
    this.#fields.append(field);
    this.#values.push(value);
    this.#valueBytes += stringBytes(value.length);
    if (this.#values.length > this.#limits.hashEntries) this.#fields.index();
    return true;
  }

  /** Told before a command sets `count` fields at once: the encoding is chosen for all of them. */
  expect(count: number): void {
    if (count > this.#limits.hashEntries) this.#fields.index();
  }

  /** True when there was such a field. A listpack keeps its order. */
  delete(field: Binary): boolean {
    const position = this.#fields.find(field);
    if (position < 0) return false;
    this.#expiry?.delete(field);
    this.#valueBytes -= stringBytes(this.#values[position].length);
    if (this.#fields.indexed) {
      this.#fields.removeSwapping(position);
      const last = this.#values.pop();
      if (last !== undefined && position < this.#values.length) this.#values[position] = last;
    } else {
      this.#fields.removeShifting(position);
      this.#values.splice(position, 1);
    }
    return true;
  }

  /** When the first field expires, in milliseconds since the epoch; Infinity when none ever does. */
  get soonestExpiry(): number {
    return this.#expiry === undefined ? Number.POSITIVE_INFINITY : this.#expiry.soonest;
  }

  /** When a field expires, -1 for never. */
  expireAt(field: Binary): number {
    return this.#expiry?.at(field) ?? -1;
  }

  /** The field must be there. */
  setExpireAt(field: Binary, at: number): void {
    this.#expiry ??= new ExpiryQueue();
    this.#expiry.set(field, at);
  }

  /** True when there was an expiry to remove. */
  persist(field: Binary): boolean {
    return this.#expiry?.delete(field) ?? false;
  }

  /** Removes fields whose time was up before `now`, at most `limit`, and returns them. */
  removeExpired(now: number, limit: number): Binary[] {
    const removed: Binary[] = [];
    while (this.#expiry !== undefined && removed.length < limit) {
      const field = this.#expiry.takeDue(now);
      if (field === undefined) break;
      this.delete(field);
      removed.push(field);
    }
    return removed;
  }

  /** The field at a position below `size`; positions hold until the next change. */
  fieldAt(position: number): Binary {
    return this.#fields.at(position);
  }

  valueAt(position: number): Binary {
    return this.#values[position];
  }

  fields(): IterableIterator<Binary> {
    return this.#fields.values();
  }

  values(): IterableIterator<Binary> {
    return this.#values.values();
  }

  *entries(): IterableIterator<[field: Binary, value: Binary]> {
    for (let i = 0; i < this.#values.length; i++) yield [this.#fields.at(i), this.#values[i]];
  }

  /** One step of HSCAN; returns the next cursor, 0 at the end. A listpack is given whole, whatever `count` says. */
  scan(cursor: number, count: number, visit: (field: Binary, value: Binary) => void): number {
    if (this.#fields.indexed) {
      return scanDown(this.size, cursor, count, (i) => visit(this.#fields.at(i), this.#values[i]));
    }
    for (let i = 0; i < this.#values.length; i++) visit(this.#fields.at(i), this.#values[i]);
    return 0;
  }

  clone(): HashValue {
    const copy = new HashValue(this.#limits);
    copy.#fields = this.#fields.clone();
    copy.#values = this.#values.slice();
    copy.#valueBytes = this.#valueBytes;
    copy.#expiry = this.#expiry?.clone();
    return copy;
  }
}
