/**
 * One database: keys -> values, with expiry. Keys and string values are bytes in slabs (arena.ts, entries.ts), found
 * through one open-addressed table per slot (slot-index.ts); collections are objects reached by id; expiry times stand
 * in a heap (expiry.ts). Here keys are looked up and changed; how they expire is in expiring-keys.ts, and what is read of an
 * entry in stored-keys.ts.
 *
 * An `Entry` is a place in the arena (0 = none). It is valid until the next write to the same database: look up, use,
 * forget. Lookups treat an expired key as absent; on a primary they also remove it and tell `observer.expired`.
 */
import { type Binary, binaryOf, bytesOf, copyBytes } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { Collection, CollectionKind, Kind } from './collection.ts';
import { defaultEncodingLimits, type EncodingLimits } from './encoding-limits.ts';
import { MAX_KEY_BYTES, MAX_STRING_BYTES, STRING } from './entries.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { isFreedLazily } from './free-effort.ts';
import type { HashValue } from './hash-value.ts';
import type { Key } from './key.ts';
import { KeyPrefetch } from './key-prefetch.ts';
import { KEEP, KeyTable, NEVER, type WriteWatcher } from './key-table.ts';
import type {
  KeyspaceListener,
  KeyspaceObserver,
  KeyspaceOptions,
  Lookups,
  RemovalWords,
} from './keyspace-options.ts';
import type { ListValue } from './list-value.ts';
import type { SetValue } from './set-value.ts';
import type { SortedSetValue } from './sorted-set-value.ts';
import { type Entry, KINDS } from './stored-keys.ts';
import type { StreamValue } from './stream/stream-value.ts';

export type {
  Collection,
  CollectionKind,
  Entry,
  KeyspaceObserver,
  KeyspaceOptions,
  Kind,
  Lookups,
  WriteWatcher,
};

export class Keyspace extends ExpiringKeys {
  readonly limits: EncodingLimits;
  /** proto-max-bulk-len: what APPEND and SETRANGE may grow a string to. */
  maxStringBytes = 512 * 1024 * 1024;
  listener: KeyspaceListener | undefined;
  /** False while what is found does not count as used (CLIENT NO-TOUCH). */
  touches = true;
  removalWords: RemovalWords = { expired: 'DEL', implied: 'DEL' };
  /** Values that `unlink` and FLUSHALL ASYNC left to be freed in the background, for INFO. */
  freedLazily = 0;
  private readonly prefetcher = new KeyPrefetch();

  constructor(index: number, options: KeyspaceOptions) {
    super(index, options);
    this.limits = options.limits ?? defaultEncodingLimits();
  }

  /** The keys that are here now, to be read on after `clear` or `swap` has put others here. */
  view(): Keyspace {
    const view = new Keyspace(this.index, { now: this.now, limits: this.limits });
    view.keys = this.keys;
    view.entries = this.entries;
    view.accessCounter = this.accessCounter;
    view.tellsIdleTimes = this.tellsIdleTimes;
    return view;
  }

  // Finding. The (args, i) forms are the hot path; the byte forms serve RDB, migration and the tests.

  find(args: Args, i: number): Entry {
    const entry = this.peek(args, i);
    if (entry !== 0 && this.touches) this.touch(entry);
    return entry;
  }

  /** As `find`, without counting as an access: TTL, TYPE, OBJECT. */
  peek(args: Args, i: number): Entry {
    const entry = this.at(args, i);
    if (entry === 0) {
      this.lookups.misses++;
      this.listener?.missed(this, args.binary(i));
    } else this.lookups.hits++;
    return entry;
  }

  /** The first `count` of `ahead` are about to be executed, and argument `i` of each is a key. */
  prefetch(ahead: readonly Args[], count: number, i: number): void {
    this.prefetcher.prefetch(this.keys, ahead, count, i);
  }

  /** As if it had not been used for so long, or so often; of no effect when that is not what is kept. */
  setIdleSeconds(entry: Entry, seconds: number): void {
    if (this.accessCounter !== undefined) return;
    this.entries.setAccessedAt(entry, Math.max(0, Math.floor(this.now() / 1000) - seconds));
  }

  setFrequency(entry: Entry, count: number): void {
    const { accessCounter } = this;
    if (accessCounter !== undefined) {
      this.entries.setAccessedAt(entry, accessCounter.withCount(count, this.now()));
    }
  }

  touch(entry: Entry): void {
    const { accessCounter, entries } = this;
    if (accessCounter !== undefined) {
      entries.setAccessedAt(entry, accessCounter.used(entries.accessedAt(entry), this.now()));
      return;
    }
    const seconds = Math.floor(this.now() / 1000);
    // What is used all the time is written once a second: memory that is only read need not be written back.
    if (entries.accessedAt(entry) !== seconds) entries.setAccessedAt(entry, seconds);
  }

  // Strings.

  markRaw(entry: Entry): void {
    this.entries.setRaw(entry);
  }

  /** Sets key i to argument j, overwriting any kind of value. The expiry goes unless `keepExpiry`. */
  setString(args: Args, i: number, j: number, keepExpiry = false): void {
    const size = args.size(j);
    let entry = this.keys.reuseForString(args.key(i), size);
    if (entry === 0) entry = this.assign(args.key(i), STRING, size, size, keepExpiry ? KEEP : NEVER);
    else this.touch(entry);
    args.copyInto(j, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  /** The same with a new expiry, in milliseconds since the epoch. */
  setStringUntil(args: Args, i: number, j: number, expireAt: number): void {
    const size = args.size(j);
    const entry = this.assign(args.key(i), STRING, size, size, expireAt);
    args.copyInto(j, this.entries.bytes(entry), this.entries.valueStart(entry));
    this.expiresHere(args, i);
  }

  /** Sets key i to `value[start, end)`; the expiry goes unless it `keeps` that. */
  setStringAt(args: Args, i: number, value: Uint8Array, start: number, end: number, keeps = false): void {
    const size = end - start;
    const entry = this.assign(args.key(i), STRING, size, size, keeps ? KEEP : NEVER);
    copyBytes(value, start, end, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  /**
   * Makes room for a string of `size` bytes at key i, whose entry is `entry` (0: it has none); its expiry stays. Returns
   * where the caller is to write all of them.
   */
  overwriteString(args: Args, i: number, entry: Entry, size: number): Entry {
    if (entry !== 0 && this.keys.reuse(args.key(i), entry, size)) return entry;
    return this.assign(args.key(i), STRING, size, size, KEEP);
  }

  setStringBytes(key: Uint8Array, value: Uint8Array, expireAt = NEVER): void {
    this.wanted.set(key, 0, key.length);
    const entry = this.assign(this.wanted, STRING, value.length, value.length, expireAt);
    copyBytes(value, 0, value.length, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  /**
   * Sets the key `bytes[keyStart, keyEnd)` to `bytes[start, end)`, which `view` shows: a key of an image. All keys of one
   * count as last used at `nowMs`.
   */
  loadString(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    expireAt: number,
    view: DataView,
    nowMs: number,
  ): void {
    this.wanted.set(bytes, keyStart, keyEnd, view);
    // One that stands twice in its image, and one whose uses are counted, go the long way.
    if (this.accessCounter !== undefined || this.keys.find(this.wanted) !== 0) {
      this.setStringBytes(bytes.subarray(keyStart, keyEnd), bytes.subarray(start, end), expireAt);
      return;
    }
    if (keyEnd - keyStart > MAX_KEY_BYTES || end - start > MAX_STRING_BYTES) throw errors.stringTooLong();
    const seconds = Math.floor(nowMs / 1000);
    this.keys.createString(this.wanted, start, end, expireAt, seconds);
  }

  /**
   * Makes the string at key i `size` bytes long, keeping what fits and its expiry; new bytes are zero, and an absent
   * key is made. The bytes may then be changed in place. Throws WRONGTYPE.
   */
  resizeString(args: Args, i: number, size: number): Entry {
    const old = this.find(args, i);
    const oldSize = old === 0 ? 0 : this.stringSize(old);
    if (old !== 0 && size === oldSize) {
      this.watchedWrite(args, i);
      return old;
    }
    // The old block may be freed by `assign`, which leaves its bytes alone but for the first word: a header's.
    const slab = old === 0 ? undefined : this.entries.bytes(old);
    const oldStart = old === 0 ? 0 : this.entries.valueStart(old);
    const entry = this.assign(args.key(i), STRING, size, size, KEEP);
    const bytes = this.entries.bytes(entry);
    const start = this.entries.valueStart(entry);
    const kept = Math.min(oldSize, size);
    if (slab !== undefined && entry !== old) slab.copy(bytes, start, oldStart, oldStart + kept);
    bytes.fill(0, start + kept, start + size);
    return entry;
  }

  // Collections. Returned objects are live: change them in place. Undefined when absent; WRONGTYPE when of another kind.

  /** A hash to be changed: where fields are not ours to remove, those whose time is up are among the others. */
  hash(args: Args, i: number): HashValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined) return value;
    if (value.kind !== 'hash') throw errors.wrongType();
    if (value.soonestExpiry === Number.POSITIVE_INFINITY) return value;
    return this.withoutExpired(args.binary(i), value) ? value : undefined;
  }

  /** A hash to be read: without fields whose time is up. */
  hashToRead(args: Args, i: number): HashValue | undefined {
    const value = this.hash(args, i);
    if (value === undefined || !this.hasExpired(value)) return value;
    const living = value.clone();
    living.removeExpired(this.now(), Number.POSITIVE_INFINITY);
    return living.size > 0 ? living : undefined;
  }

  list(args: Args, i: number): ListValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined || value.kind === 'list') return value;
    throw errors.wrongType();
  }

  members(args: Args, i: number): SetValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined || value.kind === 'set') return value;
    throw errors.wrongType();
  }

  sortedSet(args: Args, i: number): SortedSetValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined || value.kind === 'sorted-set') return value;
    throw errors.wrongType();
  }

  stream(args: Args, i: number): StreamValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined || value.kind === 'stream') return value;
    throw errors.wrongType();
  }

  /** Puts a collection at key i, replacing whatever is there; its expiry goes unless `keepExpiry`. */
  put(args: Args, i: number, value: Collection, keepExpiry = false): void {
    const id = this.keys.collections.add(value);
    this.assign(args.key(i), KINDS.indexOf(value.kind), id, 0, keepExpiry ? KEEP : NEVER);
    if (value.kind === 'hash') this.noteFieldExpiry(args.binary(i), value);
  }

  putKey(key: Uint8Array, value: Collection, expireAt = NEVER): void {
    const id = this.keys.collections.add(value);
    this.wanted.set(key, 0, key.length);
    this.assign(this.wanted, KINDS.indexOf(value.kind), id, 0, expireAt);
    if (value.kind === 'hash') this.noteFieldExpiry(binaryOf(key), value);
  }

  // Keys.

  /** True when there was such a (living) key. */
  remove(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0) return false;
    this.keys.discard(args.key(i), entry);
    return true;
  }

  /** As `remove`; what is large counts as freed in the background. */
  unlink(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0) return false;
    const value = this.collection(entry);
    if (value !== undefined && isFreedLazily(value)) this.freedLazily++;
    this.keys.discard(args.key(i), entry);
    return true;
  }

  setExpireAt(args: Args, i: number, atMs: number): void {
    const entry = this.at(args, i);
    if (entry === 0) return;
    this.keys.setExpireAt(args.key(i), entry, atMs);
    this.expiresHere(args, i);
  }

  /** True when there was an expiry to remove. */
  persist(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0 || !this.entries.expires(entry)) return false;
    this.keys.clearExpiry(args.key(i), entry);
    return true;
  }

  clear(): void {
    this.ownExpiry.clear();
    if (this.size === 0) return;
    if (this.keys.watcher === undefined) this.keys.clear();
    else {
      this.keys = new KeyTable();
      this.entries = this.keys.entries;
    }
  }

  /** About so many keys are going to be added: their slots get tables of the right size at once. */
  expectKeys(count: number): void {
    this.keys.slots.expect(count);
  }

  /** SWAPDB: each has the other's keys from now on. */
  swap(other: Keyspace): void {
    const { keys, entries } = this;
    this.keys = other.keys;
    this.entries = other.entries;
    other.keys = keys;
    other.entries = entries;
  }

  /**
   * SCAN: visits living entries from `cursor` on, about `count`, and returns the next cursor (0 = done), with Redis'
   * guarantee: what is there during the whole scan is visited at least once, whatever grows or shrinks meanwhile. What
   * it finds expired it removes. The callback must not write to this database.
   */
  scan(cursor: bigint, visit: (entry: Entry) => void, count = 1): bigint {
    const expired: Binary[] = [];
    const next = this.keys.slots.scan(cursor, count, (entry) => {
      if (this.isExpired(entry)) expired.push(this.keyOf(entry));
      else visit(entry);
    });
    for (const key of expired) this.findKey(bytesOf(key));
    return next;
  }

  // What the above is made of.

  private at(args: Args, i: number): Entry {
    const entry = this.keys.find(args.key(i));
    return entry !== 0 && this.entries.expires(entry) ? this.living(entry) : entry;
  }

  private collectionAt(args: Args, i: number): Collection | undefined {
    const entry = this.find(args, i);
    if (entry === 0) return undefined;
    if (this.entries.kind(entry) === STRING) throw errors.wrongType();
    this.watchedWrite(args, i);
    return this.keys.collections.at(this.entries.value(entry));
  }

  private watchedWrite(args: Args, i: number): void {
    const { watcher } = this.keys;
    if (watcher === undefined) return;
    const { slot, hash } = args.key(i);
    watcher.beforeKey(slot, hash);
  }

  /** Gives the key a value of `stored` bytes, which the caller fills in; `value` is as for `Entries.create`. */
  private assign(key: Key, kind: number, value: number, stored: number, expireAt: number): Entry {
    if (key.end - key.start > MAX_KEY_BYTES || stored > MAX_STRING_BYTES) throw errors.stringTooLong();
    let old = this.keys.find(key);
    if (old !== 0 && this.isExpired(old)) {
      // On a replica somebody may write: nobody but us then removes what was there.
      if (this.keepsExpired()) this.keys.discard(key, old);
      else this.expire(old);
      old = 0;
    }
    const { accessCounter } = this;
    const uses = old === 0 ? accessCounter?.first(this.now()) : this.entries.accessedAt(old);
    const entry =
      old === 0
        ? this.keys.create(key, kind, value, stored, expireAt)
        : this.keys.overwrite(key, old, kind, value, stored, expireAt);
    // Whether it was used before does not depend on where it is kept now.
    if (accessCounter !== undefined && uses !== undefined) this.entries.setAccessedAt(entry, uses);
    if (accessCounter === undefined || old !== 0) this.touch(entry);
    if (old === 0) this.listener?.created(this, this.keyOf(entry));
    return entry;
  }
}
