/**
 * Keys that live for a while, and fields of hashes that do: found only while they live. On a primary whoever comes across one
 * whose time is up removes it, and so does active expiry; `observer` is told. On a replica, and during a pause, it stays.
 */
import { type Binary, bytesOf } from '../bytes.ts';
import type { Args } from '../resp/args.ts';
import type { Random } from '../world.ts';
import type { HashValue } from './hash-value.ts';
import { Key } from './key.ts';
import type { KeyspaceObserver, KeyspaceOptions, Lookups } from './keyspace-options.ts';
import { type Fate, OwnExpiry } from './own-expiry.ts';
import { type Entry, StoredKeys } from './stored-keys.ts';

/** RANDOMKEY on a replica gives up looking for a living key after so many, as Redis does. */
const RANDOM_TRIES = 100;

export abstract class ExpiringKeys extends StoredKeys {
  /** Where `find` and `peek` count; whoever runs commands decides whose lookups count. */
  lookups: Lookups = { hits: 0, misses: 0 };
  readonly ownExpiry = new OwnExpiry();
  protected readonly keepsExpired: () => boolean;
  private readonly observer: KeyspaceObserver | undefined;

  constructor(index: number, { now, observer, keepsExpired = () => false }: KeyspaceOptions) {
    super(index, now);
    this.observer = observer;
    this.keepsExpired = keepsExpired;
  }

  /** Whether a key whose time is up is ours to remove. */
  get removesExpired(): boolean {
    return !this.ignoresExpiry && !this.keepsExpired();
  }

  findKey(bytes: Uint8Array, start = 0, end = bytes.length): Entry {
    this.wanted.set(bytes, start, end);
    const entry = this.keys.find(this.wanted);
    return entry !== 0 && this.entries.expires(entry) ? this.living(entry) : entry;
  }

  removeKey(key: Uint8Array): boolean {
    const entry = this.findKey(key);
    if (entry === 0) return false;
    this.keys.discard(this.wanted, entry);
    return true;
  }

  /** A client gave key i an expiry: on a replica that may be written to nobody but us will let it go. */
  expiresHere(args: Args, i: number): void {
    if (!this.ignoresExpiry && this.keepsExpired()) this.ownExpiry.add(args.binary(i));
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

  /** The same for fields of hashes. A hash whose turn it is and that has none to remove, or is gone, counts as one. */
  expireSomeFields(limit: number): number {
    const { fieldExpiry } = this.keys;
    if (fieldExpiry.size === 0 || this.keepsExpired()) return 0;
    let done = 0;
    while (done < limit) {
      const key = fieldExpiry.takeDue(this.now());
      if (key === undefined) break;
      done += Math.max(1, this.expireFieldsOf(key, limit - done));
    }
    return done;
  }

  /** Returns how many it removed of what this key holds. */
  private expireFieldsOf(key: Binary, limit: number): number {
    const entry = this.findKey(bytesOf(key));
    const value = entry === 0 ? undefined : this.collection(entry);
    if (value?.kind !== 'hash') return 0;
    this.keys.watcher?.beforeKey(this.wanted.slot, this.wanted.hash);
    return this.expireFields(key, value, limit);
  }

  private readonly expireOwn = (key: Binary): Fate => {
    const bytes = bytesOf(key);
    this.wanted.set(bytes, 0, bytes.length);
    const entry = this.keys.find(this.wanted);
    if (entry === 0 || !this.entries.expires(entry)) return 'stays';
    if (!this.isExpired(entry)) return 'waits';
    this.expire(entry);
    return 'removed';
  };

  // Fields of hashes.

  /** To be called when fields of the hash at this key were given an expiry. */
  noteFieldExpiry(key: Binary, { soonestExpiry }: HashValue): void {
    if (soonestExpiry !== Number.POSITIVE_INFINITY) this.keys.fieldExpiry.set(key, soonestExpiry);
  }

  /** This field of a hash is there, and its time is up. */
  fieldIsExpired(hash: HashValue, field: Binary): boolean {
    const at = hash.expireAt(field);
    return at >= 0 && !this.ignoresExpiry && at < this.now();
  }

  protected hasExpired(hash: HashValue): boolean {
    return !this.ignoresExpiry && hash.soonestExpiry < this.now();
  }

  /** Removes the fields of the hash at this key whose time is up, if they are ours to remove. False: none is left. */
  protected withoutExpired(key: Binary, hash: HashValue): boolean {
    if (this.hasExpired(hash) && !this.keepsExpired()) this.expireFields(key, hash, Number.POSITIVE_INFINITY);
    return hash.size > 0;
  }

  /** Returns how many fields were removed. A snapshot has heard of the change. */
  private expireFields(key: Binary, hash: HashValue, limit: number): number {
    const fields = hash.removeExpired(this.now(), limit);
    if (fields.length === 0) {
      this.noteFieldExpiry(key, hash);
      return 0;
    }
    const emptied = hash.size === 0;
    if (emptied) this.removeKey(bytesOf(key));
    else this.noteFieldExpiry(key, hash);
    this.observer?.fieldsExpired(this, key, fields, emptied);
    return fields.length;
  }

  // What the above is made of.

  /** The entry when it is alive, else 0: on a primary it is removed then. */
  protected living(entry: Entry): Entry {
    if (!this.isExpired(entry)) return entry;
    if (!this.keepsExpired()) this.expire(entry);
    return 0;
  }

  protected expire(entry: Entry): void {
    const name = this.keyOf(entry);
    const bytes = bytesOf(name);
    // Of its own: whoever found it expired has not done with theirs.
    const key = new Key();
    key.set(bytes, 0, bytes.length);
    this.keys.discard(key, entry);
    this.observer?.expired(this, name);
  }
}
