/**
 * One database: keys -> values, with expiry. Keys and string values are bytes in slabs (arena.ts, entries.ts), found
 * through one open-addressed table per slot (slot-index.ts); collections are objects reached by id; expiry times stand
 * in a heap (expiry.ts).
 *
 * An `Entry` is a place in the arena (0 = none). It is valid until the next write to the same database: look up, use,
 * forget. Lookups treat an expired key as absent; on a primary they also remove it and tell `observer.expired`.
 */
import type { Buffer } from 'node:buffer';
import { type Binary, bytesOf, copyBytes, copyOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import type { Random } from '../world.ts';
import type { AccessCounter } from './access-counter.ts';
import { defaultEncodingLimits, type EncodingLimits } from './encoding-limits.ts';
import { MAX_KEY_BYTES, MAX_STRING_BYTES } from './entries.ts';
import { isFreedLazily } from './free-effort.ts';
import type { HashValue } from './hash-value.ts';
import { KeyHash } from './key-hash.ts';
import { KEEP, KeyTable, NEVER, STRING, type WriteWatcher } from './key-table.ts';
import type {
  KeyspaceListener,
  KeyspaceObserver,
  KeyspaceOptions,
  Lookups,
  RemovalWords,
} from './keyspace-options.ts';
import type { ListValue } from './list-value.ts';
import { type Fate, OwnExpiry } from './own-expiry.ts';
import type { SetValue } from './set-value.ts';
import type { SortedSetValue } from './sorted-set-value.ts';
import type { StreamValue } from './stream/stream-value.ts';

export type { KeyspaceObserver, KeyspaceOptions, Lookups, WriteWatcher };

export type Entry = number;
export type Collection = HashValue | ListValue | SetValue | SortedSetValue | StreamValue;
export type CollectionKind = Collection['kind'];
export type Kind = 'string' | CollectionKind;

/** The numbers of kinds in entries; STRING is 0. */
const KINDS: readonly Kind[] = ['string', 'list', 'set', 'sorted-set', 'hash', 'stream'];

/** RANDOMKEY on a replica gives up looking for a living key after so many, as Redis does. */
const RANDOM_TRIES = 100;

export class Keyspace {
  /** 0 in cluster mode, 0-15 (databases) otherwise. */
  readonly index: number;
  readonly limits: EncodingLimits;
  /** proto-max-bulk-len: what APPEND and SETRANGE may grow a string to. */
  maxStringBytes = 512 * 1024 * 1024;
  /** Set while keys are evicted by frequency: their uses are counted then, and not dated. */
  accessCounter: AccessCounter | undefined;
  /** Set while keys are evicted by idle time: an image of the data then tells how long each was idle. */
  tellsIdleTimes = false;
  /** Set while the primary's stream is applied: there a key lives until the primary says otherwise. */
  ignoresExpiry = false;
  listener: KeyspaceListener | undefined;
  /** False while what is found does not count as used (CLIENT NO-TOUCH). */
  touches = true;
  /** Where `find` and `peek` count; whoever runs commands decides whose lookups count. */
  lookups: Lookups = { hits: 0, misses: 0 };
  removalWords: RemovalWords = { expired: 'DEL', implied: 'DEL' };
  /** Values that `unlink` and FLUSHALL ASYNC left to be freed in the background, for INFO. */
  freedLazily = 0;
  private readonly now: () => number;
  private readonly observer: KeyspaceObserver | undefined;
  private readonly keepsExpired: () => boolean;
  private keys = new KeyTable();
  private entries = this.keys.entries;
  private readonly hashed = new KeyHash();
  private readonly ownExpiry = new OwnExpiry();
  /** Nobody reads it; but reading for nothing would be optimized away. */
  protected warmed = 0;

  constructor(index: number, options: KeyspaceOptions) {
    this.index = index;
    this.now = options.now;
    this.observer = options.observer;
    this.keepsExpired = options.keepsExpired ?? (() => false);
    this.limits = options.limits ?? defaultEncodingLimits();
  }

  /** Who hears of changes to the keys that are here now, wherever `swap` takes them; `clear` leaves them to it. */
  get watcher(): WriteWatcher | undefined {
    return this.keys.watcher;
  }

  set watcher(watcher: WriteWatcher | undefined) {
    this.keys.watcher = watcher;
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

  /** Whether a key whose time is up is ours to remove. */
  get removesExpired(): boolean {
    return !this.ignoresExpiry && !this.keepsExpired();
  }

  /** Number of keys, expired but not yet removed ones included. */
  get size(): number {
    return this.keys.slots.size;
  }

  /** Number of keys that have an expiry. */
  get expiring(): number {
    return this.keys.expiry.size;
  }

  /** Bytes held by keys and values. */
  get usedBytes(): number {
    return this.keys.usedBytes;
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

  findKey(bytes: Uint8Array, start = 0, end = bytes.length): Entry {
    this.hashed.of(bytes, start, end);
    const entry = this.keys.find(this.hashed, bytes, start, end);
    return entry !== 0 && this.entries.expires(entry) ? this.living(entry) : entry;
  }

  /** As `findKey`, and changes nothing: a key whose time is up is not found, but stays. */
  seeKey(bytes: Uint8Array): Entry {
    this.hashed.of(bytes, 0, bytes.length);
    const entry = this.keys.find(this.hashed, bytes, 0, bytes.length);
    return entry !== 0 && this.isExpired(entry) ? 0 : entry;
  }

  /**
   * Lets the processor fetch what the next commands of a pipeline will look for: the index cells and entries of their
   * keys, argument `i` of each. With many keys these lie all over the memory, and waiting for one after the other takes
   * longer than all else that a GET does. Reads that do not depend on each other overlap: hence three loops.
   */
  warm(ahead: readonly Args[], count: number, i: number): void {
    const { slots } = this.keys;
    let usable = 0;
    while (usable < count && ahead[usable].count > i) ahead[usable++].keyHash(i);
    let read = 0;
    for (let k = 0; k < usable; k++) {
      const { slot, hash } = ahead[k].keyHash(i);
      read ^= slots.touch(slot, hash);
    }
    for (let k = 0; k < usable; k++) {
      const { slot, hash } = ahead[k].keyHash(i);
      const entry = slots.likely(slot, hash);
      if (entry !== 0) read ^= this.entries.keySize(entry);
    }
    this.warmed = read;
  }

  kind(entry: Entry): Kind {
    return KINDS[this.entries.kind(entry)];
  }

  /** Milliseconds since the epoch, exact for the next 285,000 years (2^53), or -1 when the key lives for ever. */
  expireAt(entry: Entry): number {
    return this.keys.expireAt(entry);
  }

  keyOf(entry: Entry): Binary {
    return this.entries.key(entry);
  }

  /** The key as bytes of `stringSlab`, for whoever copies them out at once: from here on, `keySize` of them. */
  keyStart(entry: Entry): number {
    return this.entries.keyStart(entry);
  }

  keySize(entry: Entry): number {
    return this.entries.keySize(entry);
  }

  /** Whole seconds since the last access. */
  idleSeconds(entry: Entry): number {
    return Math.max(0, Math.floor(this.now() / 1000) - this.entries.accessedAt(entry));
  }

  /** What is kept of its uses as DEBUG OBJECT shows it: 24 bits, seconds or a counter with its minutes. */
  useClock(entry: Entry): number {
    return this.entries.accessedAt(entry) & 0xffffff;
  }

  /** How often it is used, on a logarithmic scale up to 255; undefined when that is not counted. */
  frequency(entry: Entry): number | undefined {
    return this.accessCounter?.count(this.entries.accessedAt(entry), this.now());
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
    if (accessCounter === undefined) entries.setAccessedAt(entry, this.now() / 1000);
    else entries.setAccessedAt(entry, accessCounter.used(entries.accessedAt(entry), this.now()));
  }

  // Strings.

  /** The string at `entry` as a reply, without a copy in between. Throws WRONGTYPE for a collection. */
  replyString(entry: Entry, reply: Reply): void {
    if (this.entries.kind(entry) !== STRING) throw errors.wrongType();
    const start = this.entries.valueStart(entry);
    reply.bulk(this.entries.bytes(entry), start, start + this.entries.value(entry));
  }

  /** A copy of the string. Throws WRONGTYPE. */
  stringBytes(entry: Entry): Uint8Array {
    const size = this.stringSize(entry);
    const start = this.entries.valueStart(entry);
    return copyOf(this.entries.bytes(entry), start, start + size);
  }

  /** Throws WRONGTYPE. */
  stringSize(entry: Entry): number {
    if (this.entries.kind(entry) !== STRING) throw errors.wrongType();
    return this.entries.value(entry);
  }

  /** The slab that holds a string: from `stringStart` on, `stringSize` bytes. To be changed only after `resizeString`. */
  stringSlab(entry: Entry): Buffer {
    return this.entries.bytes(entry);
  }

  stringStart(entry: Entry): number {
    return this.entries.valueStart(entry);
  }

  /** The string was changed in place: OBJECT ENCODING calls it raw, whatever it looks like. */
  isRaw(entry: Entry): boolean {
    return this.entries.isRaw(entry);
  }

  markRaw(entry: Entry): void {
    this.entries.setRaw(entry);
  }

  /** Sets key i to argument j, overwriting any kind of value. The expiry goes unless `keepExpiry`. */
  setString(args: Args, i: number, j: number, keepExpiry = false): void {
    const size = args.size(j);
    let entry = this.keys.reuseForString(args.keyHash(i), args.bytes, args.starts[i], args.ends[i], size);
    if (entry === 0) entry = this.assignArgument(args, i, STRING, size, size, keepExpiry ? KEEP : NEVER);
    else this.touch(entry);
    args.copyInto(j, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  /** The same with a new expiry, in milliseconds since the epoch. */
  setStringUntil(args: Args, i: number, j: number, expireAt: number): void {
    const size = args.size(j);
    const entry = this.assignArgument(args, i, STRING, size, size, expireAt);
    args.copyInto(j, this.entries.bytes(entry), this.entries.valueStart(entry));
    this.expiresHere(args, i);
  }

  /** Sets key i to `value[start, end)`; the expiry goes unless it `keeps` that. */
  setStringAt(args: Args, i: number, value: Uint8Array, start: number, end: number, keeps = false): void {
    const size = end - start;
    const entry = this.assignArgument(args, i, STRING, size, size, keeps ? KEEP : NEVER);
    copyBytes(value, start, end, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  setStringBytes(key: Uint8Array, value: Uint8Array, expireAt = NEVER): void {
    this.hashed.of(key, 0, key.length);
    const entry = this.assign(this.hashed, key, 0, key.length, STRING, value.length, value.length, expireAt);
    copyBytes(value, 0, value.length, this.entries.bytes(entry), this.entries.valueStart(entry));
  }

  /** Sets the key `bytes[keyStart, keyEnd)` to `bytes[start, end)`. */
  setStringWithin(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    expireAt = NEVER,
  ): void {
    const size = end - start;
    this.hashed.of(bytes, keyStart, keyEnd);
    const entry = this.assign(this.hashed, bytes, keyStart, keyEnd, STRING, size, size, expireAt);
    copyBytes(bytes, start, end, this.entries.bytes(entry), this.entries.valueStart(entry));
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
    const entry = this.assignArgument(args, i, STRING, size, size, KEEP);
    const bytes = this.entries.bytes(entry);
    const start = this.entries.valueStart(entry);
    const kept = Math.min(oldSize, size);
    if (slab !== undefined && entry !== old) slab.copy(bytes, start, oldStart, oldStart + kept);
    bytes.fill(0, start + kept, start + size);
    return entry;
  }

  // Collections. Returned objects are live: change them in place.

  /** The collection at key i, undefined when absent. Throws WRONGTYPE when it is of another kind. */
  hash(args: Args, i: number): HashValue | undefined {
    const value = this.collectionAt(args, i);
    if (value === undefined || value.kind === 'hash') return value;
    throw errors.wrongType();
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

  /** The collection at `entry`, for reading; undefined for a string. */
  collection(entry: Entry): Collection | undefined {
    if (this.entries.kind(entry) === STRING) return undefined;
    return this.keys.collections.at(this.entries.value(entry));
  }

  /** Puts a collection at key i, replacing whatever is there; its expiry goes unless `keepExpiry`. */
  put(args: Args, i: number, value: Collection, keepExpiry = false): void {
    const id = this.keys.collections.add(value);
    this.assignArgument(args, i, KINDS.indexOf(value.kind), id, 0, keepExpiry ? KEEP : NEVER);
  }

  putKey(key: Uint8Array, value: Collection, expireAt = NEVER): void {
    const id = this.keys.collections.add(value);
    this.hashed.of(key, 0, key.length);
    this.assign(this.hashed, key, 0, key.length, KINDS.indexOf(value.kind), id, 0, expireAt);
  }

  // Keys.

  /** True when there was such a (living) key. */
  remove(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0) return false;
    this.keys.discard(args.keyHash(i), entry);
    return true;
  }

  /** As `remove`; what is large counts as freed in the background. */
  unlink(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0) return false;
    const value = this.collection(entry);
    if (value !== undefined && isFreedLazily(value)) this.freedLazily++;
    this.keys.discard(args.keyHash(i), entry);
    return true;
  }

  removeKey(key: Uint8Array): boolean {
    const entry = this.findKey(key);
    if (entry === 0) return false;
    this.keys.discard(this.hashed, entry);
    return true;
  }

  setExpireAt(args: Args, i: number, atMs: number): void {
    const entry = this.at(args, i);
    if (entry === 0) return;
    this.keys.setExpireAt(args.keyHash(i), entry, atMs);
    this.expiresHere(args, i);
  }

  /** A client gave key i an expiry: on a replica that may be written to nobody but us will let it go. */
  expiresHere(args: Args, i: number): void {
    if (!this.ignoresExpiry && this.keepsExpired()) this.ownExpiry.add(args.binary(i));
  }

  /** True when there was an expiry to remove. */
  persist(args: Args, i: number): boolean {
    const entry = this.at(args, i);
    if (entry === 0 || !this.entries.expires(entry)) return false;
    this.keys.clearExpiry(args.keyHash(i), entry);
    return true;
  }

  /** Any living key, each as likely as the others; undefined when there is none. */
  randomKey(random: Random): Binary | undefined {
    for (let tries = 1; this.size > 0; tries++) {
      const entry = this.keys.slots.at(random.below(this.size));
      const key = this.keyOf(entry);
      if (this.living(entry) !== 0 || (tries >= RANDOM_TRIES && this.keepsExpired())) return key;
    }
    return undefined;
  }

  /** The key that expires first; undefined when none ever does. */
  firstToExpire(): Binary | undefined {
    const { expiry } = this.keys;
    return expiry.size === 0 ? undefined : this.keyOf(expiry.first);
  }

  /** Any key that has an expiry. */
  randomExpiringKey(random: Random): Binary | undefined {
    const { expiry } = this.keys;
    return expiry.size === 0 ? undefined : this.keyOf(expiry.at(random.below(expiry.size)));
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

  // By slot: what CLUSTER COUNTKEYSINSLOT, GETKEYSINSLOT, migration, snapshots and SCAN walk over.

  countInSlot(slot: number): number {
    return this.keys.slots.counts[slot];
  }

  keysInSlot(slot: number, limit: number): Binary[] {
    const keys: Binary[] = [];
    if (limit <= 0) return keys;
    this.keys.slots.each(slot, (entry) => keys.push(this.keyOf(entry)) < limit);
    return keys;
  }

  /** Removes all keys of a slot; returns how many there were. */
  clearSlot(slot: number): number {
    const count = this.keys.slots.counts[slot];
    if (count > 0) this.keys.watcher?.beforeSlot(slot);
    this.keys.slots.each(slot, (entry) => {
      this.keys.release(entry);
      return true;
    });
    this.keys.slots.clearSlot(slot);
    return count;
  }

  /** Every living entry of a slot. The callback must not write to this database. */
  eachInSlot(slot: number, visit: (entry: Entry) => void): void {
    this.eachStoredInSlot(slot, (entry) => {
      if (!this.isExpired(entry)) visit(entry);
    });
  }

  /** Expired ones too: as long as their DEL is not in the stream, an image of the data has them. */
  eachStoredInSlot(slot: number, visit: (entry: Entry) => void): void {
    if (this.keys.slots.counts[slot] === 0) return;
    this.keys.slots.each(slot, (entry) => {
      visit(entry);
      return true;
    });
  }

  /**
   * As `eachStoredInSlot`, for entries whose hashes are at least `from` (unsigned), each with its hash, until `enough`
   * says so. Returns from where to go on, 2^32 at the end.
   */
  walkSlot(
    slot: number,
    from: number,
    enough: () => boolean,
    visit: (entry: Entry, hash: number) => void,
  ): number {
    return this.keys.slots.walk(slot, from, enough, visit);
  }

  /** Entries of a slot, expired ones too, whose keys have this hash: usually one or none. */
  eachWithHash(slot: number, hash: number, visit: (entry: Entry) => void): void {
    this.keys.slots.eachWithHash(slot, hash, visit);
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

  /** Active expiry: removes keys whose time is up, at most `limit`; returns how many it removed. */
  expireSome(limit: number): number {
    if (this.keys.expiry.size === 0) return 0;
    if (this.keepsExpired()) return this.ownExpiry.expireSome(limit, this.expireOwn);
    this.ownExpiry.clear();
    const now = this.now();
    let removed = 0;
    while (removed < limit && this.keys.expiry.firstTime < now) {
      this.expire(this.keys.expiry.first);
      removed++;
    }
    return removed;
  }

  private readonly expireOwn = (key: Binary): Fate => {
    const bytes = bytesOf(key);
    this.hashed.of(bytes, 0, bytes.length);
    const entry = this.keys.find(this.hashed, bytes, 0, bytes.length);
    if (entry === 0 || !this.entries.expires(entry)) return 'stays';
    if (!this.isExpired(entry)) return 'waits';
    this.expire(entry);
    return 'removed';
  };

  // What the above is made of.

  private at(args: Args, i: number): Entry {
    const entry = this.keys.find(args.keyHash(i), args.bytes, args.starts[i], args.ends[i]);
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
    const { slot, hash } = args.keyHash(i);
    watcher.beforeKey(slot, hash);
  }

  private isExpired(entry: Entry): boolean {
    if (!this.entries.expires(entry) || this.ignoresExpiry) return false;
    return this.now() > this.keys.expireAt(entry);
  }

  /** The entry when it is alive, else 0: on a primary it is removed then. */
  private living(entry: Entry): Entry {
    if (!this.isExpired(entry)) return entry;
    if (!this.keepsExpired()) this.expire(entry);
    return 0;
  }

  private expire(entry: Entry): void {
    const key = this.keyOf(entry);
    const bytes = bytesOf(key);
    const hashed = new KeyHash();
    hashed.of(bytes, 0, bytes.length);
    this.keys.discard(hashed, entry);
    this.observer?.expired(this, key);
  }

  private assignArgument(
    args: Args,
    i: number,
    kind: number,
    value: number,
    stored: number,
    expireAt: number,
  ): Entry {
    const { bytes, starts, ends } = args;
    return this.assign(args.keyHash(i), bytes, starts[i], ends[i], kind, value, stored, expireAt);
  }

  /** Gives the key a value of `stored` bytes, which the caller fills in. */
  private assign(
    key: KeyHash,
    bytes: Uint8Array,
    start: number,
    end: number,
    kind: number,
    value: number,
    stored: number,
    expireAt: number,
  ): Entry {
    if (end - start > MAX_KEY_BYTES || stored > MAX_STRING_BYTES) throw errors.stringTooLong();
    let old = this.keys.find(key, bytes, start, end);
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
        ? this.keys.create(key, bytes, start, end, kind, value, stored, expireAt)
        : this.keys.overwrite(key, old, bytes, start, end, kind, value, stored, expireAt);
    // Whether it was used before does not depend on where it is kept now.
    if (accessCounter !== undefined && uses !== undefined) this.entries.setAccessedAt(entry, uses);
    if (accessCounter === undefined || old !== 0) this.touch(entry);
    if (old === 0) this.listener?.created(this, this.keyOf(entry));
    return entry;
  }
}
