/**
 * Entries, the index that finds them, the heap of those that expire and the table of collections, kept in step. It
 * knows neither time nor what the kinds mean; that is keyspace.ts.
 */
import { CollectionTable } from './collection-table.ts';
import { Entries, STRING } from './entries.ts';
import { ExpiryHeap } from './expiry.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import type { Key } from './key.ts';
import { SlotIndex } from './slot-index.ts';

/** Instead of a time: no expiry. */
export const NEVER = -1;
/** Instead of a time: the expiry the key has, if any. */
export const KEEP = -2;

/** Hears of changes before they happen: a snapshot writes what it has to before that. */
export interface WriteWatcher {
  /** The key with this hash is changed, or might be: a collection is fetched by argument. */
  beforeKey(slot: number, hash: number): void;
}

export class KeyTable {
  readonly entries = new Entries();
  readonly slots = new SlotIndex(this.entries);
  readonly expiry = new ExpiryHeap(this.entries);
  readonly collections = new CollectionTable();
  /**
   * Keys of hashes with fields that expire, by the first of these. One that is gone, or holds something else by now, is
   * found out when its time comes.
   */
  readonly fieldExpiry = new ExpiryQueue();
  watcher: WriteWatcher | undefined;

  get usedBytes(): number {
    const { arena } = this.entries;
    const expiry = this.expiry.usedBytes + this.fieldExpiry.usedBytes;
    return arena.usedBytes + this.slots.usedBytes + expiry + this.collections.usedBytes();
  }

  /** The entry of the key, 0 when there is none. */
  find(key: Key): number {
    return this.slots.find(key);
  }

  /** The entry of the key, made ready for a string of `size` bytes, when that is quickly done; else 0. */
  reuseForString(key: Key, size: number): number {
    const entry = this.slots.find(key);
    return entry !== 0 && this.reuse(key, entry, size) ? entry : 0;
  }

  /** Makes the entry of a key ready for a string of `size` bytes. False: nothing was done, it is not quickly done. */
  reuse(key: Key, entry: number, size: number): boolean {
    this.watcher?.beforeKey(key.slot, key.hash);
    return this.entries.reuseForString(entry, size);
  }

  /** Milliseconds since the epoch, or NEVER. */
  expireAt(entry: number): number {
    return this.entries.expires(entry) ? this.expiry.timeAt(this.entries.expiryPlace(entry)) : NEVER;
  }

  /** Adds a key that is not there yet. `value` and `stored` are as for `Entries.create`; the caller fills the string. */
  create(key: Key, kind: number, value: number, stored: number, expireAt: number): number {
    this.watcher?.beforeKey(key.slot, key.hash);
    const entry = this.entries.create(key, kind, value, stored, expireAt >= 0);
    this.slots.insert(key.slot, key.hash, entry);
    if (expireAt >= 0) this.expiry.add(entry, expireAt);
    return entry;
  }

  /** Adds a key that is not there yet, and its string `key.bytes[start, end)`, last used at `seconds`. */
  createString(key: Key, start: number, end: number, expireAt: number, seconds: number): void {
    this.watcher?.beforeKey(key.slot, key.hash);
    const { entries } = this;
    const entry = entries.createString(key, start, end, expireAt >= 0, seconds);
    this.slots.insert(key.slot, key.hash, entry);
    if (expireAt >= 0) this.expiry.add(entry, expireAt);
  }

  /** Gives the key, whose entry is `old`, another value; in place when that fits. */
  overwrite(key: Key, old: number, kind: number, value: number, stored: number, expireAt: number): number {
    const { entries, expiry } = this;
    this.watcher?.beforeKey(key.slot, key.hash);
    if (entries.kind(old) !== STRING) this.collections.remove(entries.value(old));
    const expired = entries.expires(old);
    const expires = expireAt === KEEP ? expired : expireAt >= 0;
    if (expired && !expires) expiry.remove(entries.expiryPlace(old));
    let entry = old;
    if (!entries.reuse(old, kind, value, stored, expires)) {
      entry = entries.create(key, kind, value, stored, expires);
      if (expired && expires) this.moveExpiry(old, entry);
      this.replace(key, old, entry);
    }
    if (expireAt >= 0) {
      if (expired) expiry.update(entries.expiryPlace(entry), expireAt);
      else expiry.add(entry, expireAt);
    }
    return entry;
  }

  setExpireAt(key: Key, entry: number, at: number): void {
    this.watcher?.beforeKey(key.slot, key.hash);
    if (this.entries.expires(entry)) {
      this.expiry.update(this.entries.expiryPlace(entry), at);
      return;
    }
    const expiring = this.entries.cloneWith(entry, true);
    this.replace(key, entry, expiring);
    this.expiry.add(expiring, at);
  }

  /** The entry must have an expiry. */
  clearExpiry(key: Key, entry: number): void {
    this.watcher?.beforeKey(key.slot, key.hash);
    this.expiry.remove(this.entries.expiryPlace(entry));
    this.replace(key, entry, this.entries.cloneWith(entry, false));
  }

  discard(key: Key, entry: number): void {
    this.watcher?.beforeKey(key.slot, key.hash);
    this.slots.remove(key.slot, key.hash, entry);
    this.release(entry);
  }

  /** Frees an entry that the index no longer knows. */
  release(entry: number): void {
    const { entries } = this;
    if (entries.expires(entry)) this.expiry.remove(entries.expiryPlace(entry));
    if (entries.kind(entry) !== STRING) this.collections.remove(entries.value(entry));
    entries.free(entry);
  }

  /** Not to be called while it is watched: whoever watches goes on with what is there. */
  clear(): void {
    this.entries.arena.clear();
    this.slots.clear();
    this.expiry.clear();
    this.fieldExpiry.clear();
    this.collections.clear();
  }

  private replace(key: Key, old: number, entry: number): void {
    this.slots.replace(key.slot, key.hash, old, entry);
    this.entries.free(old);
  }

  private moveExpiry(from: number, to: number): void {
    const place = this.entries.expiryPlace(from);
    this.entries.setExpiryPlace(to, place);
    this.expiry.moved(place, to);
  }
}
