/**
 * One database: keys -> values, with expiry. Keys, string values and expiry times are bytes in slabs, indexed by one
 * open-addressed segment per slot; collections are objects reached by id.
 *
 * An `Entry` is a place in the arena (0 = none). It is valid until the next write to the same database: look up, use,
 * forget. Lookups treat an expired key as absent; on a primary they also remove it and tell `observer.expired`.
 */
import type { Binary } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import type { HashValue } from './hash-value.ts';
import type { ListValue } from './list-value.ts';
import type { SetValue } from './set-value.ts';
import type { SortedSetValue } from './sorted-set-value.ts';

export type Entry = number;
export type Collection = HashValue | ListValue | SetValue | SortedSetValue;
export type CollectionKind = Collection['kind'];
export type Kind = 'string' | CollectionKind;

export interface KeyspaceObserver {
  /** A key's time was up and it was removed here: on a primary this goes to replicas as DEL. */
  expired(db: Keyspace, key: Binary): void;
}

export interface Keyspace {
  /** 0 in cluster mode, 0-15 (databases) otherwise. */
  readonly index: number;
  /** Number of keys, expired but not yet removed ones included. */
  readonly size: number;
  /** Number of keys that have an expiry. */
  readonly expiring: number;
  /** Bytes held by keys and values. */
  readonly usedBytes: number;
  /** Thresholds that collections made for this database are constructed with; CONFIG SET changes them in place. */
  readonly limits: EncodingLimits;

  // Finding. The (args, i) forms are the hot path; the byte forms serve RDB, migration and the tests.
  find(args: Args, i: number): Entry;
  findKey(bytes: Uint8Array, start?: number, end?: number): Entry;
  kind(entry: Entry): Kind;
  /** Milliseconds since the epoch, or -1 when the key lives for ever. */
  expireAt(entry: Entry): number;
  keyOf(entry: Entry): Binary;

  // Strings.
  /** The string at `entry` as a reply, without a copy in between. Throws WRONGTYPE for a collection. */
  replyString(entry: Entry, reply: Reply): void;
  /** A copy of the string. Throws WRONGTYPE. */
  stringBytes(entry: Entry): Uint8Array;
  stringSize(entry: Entry): number;
  /** Sets key i to argument j, overwriting any kind of value. The expiry goes unless `keepExpiry`. */
  setString(args: Args, i: number, j: number, keepExpiry?: boolean): void;
  setStringBytes(key: Uint8Array, value: Uint8Array, expireAt?: number): void;

  // Collections. Returned objects are live: change them in place.
  /** The collection at key i, undefined when absent. Throws WRONGTYPE when it is of another kind. */
  hash(args: Args, i: number): HashValue | undefined;
  list(args: Args, i: number): ListValue | undefined;
  members(args: Args, i: number): SetValue | undefined;
  sortedSet(args: Args, i: number): SortedSetValue | undefined;
  /** The collection at `entry`; undefined for a string. */
  collection(entry: Entry): Collection | undefined;
  /** Puts a collection at key i, replacing whatever is there; its expiry goes unless `keepExpiry`. */
  put(args: Args, i: number, value: Collection, keepExpiry?: boolean): void;
  putKey(key: Uint8Array, value: Collection, expireAt?: number): void;

  // Keys.
  /** True when there was such a (living) key. */
  remove(args: Args, i: number): boolean;
  removeKey(key: Uint8Array): boolean;
  setExpireAt(args: Args, i: number, atMs: number): void;
  /** True when there was an expiry to remove. */
  persist(args: Args, i: number): boolean;
  randomKey(): Binary | undefined;
  clear(): void;

  // By slot: what CLUSTER COUNTKEYSINSLOT, GETKEYSINSLOT, migration, snapshots and SCAN walk over.
  countInSlot(slot: number): number;
  keysInSlot(slot: number, limit: number): Binary[];
  clearSlot(slot: number): number;
  /** Every living entry of a slot. The callback must not write to this database. */
  eachInSlot(slot: number, visit: (entry: Entry) => void): void;
  /**
   * SCAN: visits a few buckets from `cursor` on and returns the next cursor (0 = done), with Redis' guarantee: what is
   * there during the whole scan is visited at least once, whatever grows or shrinks meanwhile.
   */
  scan(cursor: bigint, visit: (entry: Entry) => void): bigint;

  /**
   * Set while a snapshot (BGSAVE, full sync) walks over this database, else undefined: called with a slot before
   * anything in it changes, and before a live collection of it is handed out (which the caller may change in place);
   * with -1 before everything goes (`clear`). The snapshot writes the slot out first, by `eachInSlot`, whose own
   * lookups do not call it again. Calling it once too often costs nothing: it only changes the order of the writing.
   */
  beforeWrite: ((slot: number) => void) | undefined;

  /** Active expiry: samples expiring keys and removes those whose time is up; returns how many it removed. */
  expireSome(limit: number): number;
}
