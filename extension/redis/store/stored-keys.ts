/**
 * The keys of one database as they are kept, to be read entry by entry: what INFO, SCAN, images and migration walk over.
 * It removes nothing, not even what has expired, and knows only of the time that it is told.
 */
import type { Buffer } from 'node:buffer';
import { type Binary, copyOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Reply } from '../resp/reply.ts';
import type { AccessCounter } from './access-counter.ts';
import type { Collection, Kind } from './collection.ts';
import { type Entries, STRING } from './entries.ts';
import { Key } from './key.ts';
import { KeyTable, type WriteWatcher } from './key-table.ts';

export type Entry = number;

/** The numbers of kinds in entries; STRING is 0. */
export const KINDS: readonly Kind[] = ['string', 'list', 'set', 'sorted-set', 'hash', 'stream'];

export abstract class StoredKeys {
  /** 0 in cluster mode, 0-15 (databases) otherwise. */
  readonly index: number;
  /** Set while keys are evicted by frequency: their uses are counted then, and not dated. */
  accessCounter: AccessCounter | undefined;
  /** Set while keys are evicted by idle time: an image of the data then tells how long each was idle. */
  tellsIdleTimes = false;
  /** Unset while the uses of each key count for eviction: then redis-server gives each a number of its own. */
  sharesIntegers = true;
  /** Set while the primary's stream is applied: there a key lives until the primary says otherwise. */
  ignoresExpiry = false;
  protected readonly now: () => number;
  /**
   * What `swap` exchanges. Assigned in the constructor and not here: V8 takes a field that is written once for constant,
   * and would throw the fast code of a whole image's reading away at the swap.
   */
  protected keys: KeyTable;
  protected entries: Entries;
  /** Whom the byte forms look for. */
  protected readonly wanted = new Key();

  constructor(index: number, now: () => number) {
    this.index = index;
    this.now = now;
    this.keys = new KeyTable();
    this.entries = this.keys.entries;
  }

  /** Who hears of changes to the keys that are here now, wherever `swap` takes them; `clear` leaves them to it. */
  get watcher(): WriteWatcher | undefined {
    return this.keys.watcher;
  }

  set watcher(watcher: WriteWatcher | undefined) {
    this.keys.watcher = watcher;
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

  /** Of `usedBytes`: what finds the keys, and those that expire. */
  get indexBytes(): { readonly keys: number; readonly expiring: number } {
    return { keys: this.keys.slots.usedBytes, expiring: this.keys.expiry.usedBytes };
  }

  /** What stands ahead of `limit` keys at most of those that expire; see `ExpiryHeap.sample`. */
  sampleExpiry(limit: number): { looked: number; due: number; meanLeftMs: number } {
    return this.keys.expiry.sample(limit, this.now());
  }

  /** As `findKey`, and changes nothing: a key whose time is up is not found, but stays. */
  seeKey(bytes: Uint8Array): Entry {
    this.wanted.set(bytes, 0, bytes.length);
    const entry = this.keys.find(this.wanted);
    return entry !== 0 && this.isExpired(entry) ? 0 : entry;
  }

  // One entry.

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

  /** The collection at `entry`, for reading; undefined for a string. */
  collection(entry: Entry): Collection | undefined {
    if (this.entries.kind(entry) === STRING) return undefined;
    return this.keys.collections.at(this.entries.value(entry));
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

  protected isExpired(entry: Entry): boolean {
    if (!this.entries.expires(entry) || this.ignoresExpiry) return false;
    return this.now() > this.keys.expireAt(entry);
  }
}
