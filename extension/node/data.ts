/** A node's databases, and what happens to keys without a command that names them. */
import { type Binary, bytesOf } from '../redis/bytes.ts';
import { AccessCounter } from '../redis/store/access-counter.ts';
import { defaultEncodingLimits } from '../redis/store/encoding-limits.ts';
import { Keyspace, type Kind } from '../redis/store/keyspace.ts';
import type {
  Database,
  KeyspaceListener,
  RemovalWord,
  RemovalWords,
} from '../redis/store/keyspace-options.ts';
import type { Random, Timer } from '../redis/world.ts';
import type { BlockedKeys } from './blocked-keys.ts';
import type { Tracking } from './clients/tracking.ts';
import type { WatchedKeys } from './clients/watch.ts';
import type { Configuration } from './configuration/configuration.ts';
import { configureEncodings } from './configuration/limits.ts';
import { evict, type Outcome } from './eviction.ts';
import type { Statistics } from './introspection/statistics.ts';
import type { Notifications } from './notifications.ts';

/** What the databases need of their node. */
export interface DataHost {
  readonly settings: Configuration;
  readonly random: Random;
  readonly watchedKeys: WatchedKeys;
  readonly tracking: Tracking;
  readonly blockedKeys: BlockedKeys;
  readonly notifications: Notifications;
  readonly statistics: Statistics;
  /** Wall clock of the command that is running. */
  now(): number;
  /** Keys whose time is up are absent, and stay: on a replica, and during a pause. */
  keepsExpired(): boolean;
  isLoading(): boolean;
  /** Replicas are told that the key is gone. */
  removed(db: Database, key: Binary, word: RemovalWord): void;
  /** Replicas are told that these fields of a hash are gone. */
  fieldsRemoved(db: Database, key: Binary, fields: readonly Binary[]): void;
  changed(count: number): void;
  /** A turn of its own, as soon as others have had theirs. */
  later(work: () => void): Timer;
}

/** Keys of lost slots that go before others have their turn: some 3 ms. */
const DROPPED_AT_ONCE = 1000;

export class Data {
  /** One in cluster mode, whatever the file says (since 7.2); else as many as `databases` says. */
  readonly databases: readonly [Keyspace, ...Keyspace[]];
  readonly #host: DataHost;
  readonly #encodings = defaultEncodingLimits();
  readonly #accessCounter: AccessCounter;
  readonly #listener: KeyspaceListener = {
    created: (db, key) => {
      if (!this.#host.isLoading()) this.#host.notifications.notify('new', db.index, key);
    },
    missed: (db, key) => {
      // Commands that write look keys up, too, and miss none.
      const { lookups } = this.#host.statistics;
      if (db.lookups === lookups) this.#host.notifications.notify('keymiss', db.index, key);
    },
  };
  /** Slots that went to another node and still have keys here. */
  readonly #dropping = new Set<number>();
  #dropTimer: Timer | undefined;
  readonly #removalWords: RemovalWords & { evicted: RemovalWord } = {
    expired: 'DEL',
    implied: 'DEL',
    evicted: 'DEL',
  };

  constructor(host: DataHost) {
    const { settings } = host;
    this.#host = host;
    this.#accessCounter = new AccessCounter(host.random);
    const count = settings.flag('cluster-enabled') ? 1 : settings.number('databases');
    this.databases = [this.#make(0), ...Array.from({ length: count - 1 }, (_, i) => this.#make(i + 1))];
  }

  /** As many again, empty: for an image that comes in beside the data. */
  makeDatabases(): Keyspace[] {
    return this.databases.map(({ index, maxStringBytes, accessCounter }) => {
      const db = this.#make(index);
      db.maxStringBytes = maxStringBytes;
      db.accessCounter = accessCounter;
      return db;
    });
  }

  configure(): void {
    const { settings } = this.#host;
    configureEncodings(this.#encodings, settings);
    const counter = this.#accessCounter;
    counter.logFactor = settings.number('lfu-log-factor');
    counter.decayMinutes = settings.number('lfu-decay-time');
    const policy = settings.text('maxmemory-policy');
    const counted = policy.endsWith('-lfu');
    this.#removalWords.expired = removalWord(settings, 'lazyfree-lazy-expire');
    this.#removalWords.implied = removalWord(settings, 'lazyfree-lazy-server-del');
    this.#removalWords.evicted = removalWord(settings, 'lazyfree-lazy-eviction');
    const { notifications } = this.#host;
    notifications.configure(settings.text('notify-keyspace-events'));
    for (const db of this.databases) {
      db.listener = notifications.ofLookups ? this.#listener : undefined;
      db.maxStringBytes = settings.number('proto-max-bulk-len');
      db.accessCounter = counted ? counter : undefined;
      db.tellsIdleTimes = policy.endsWith('-lru');
      db.sharesIntegers = settings.number('maxmemory') === 0 || !(counted || db.tellsIdleTimes);
    }
  }

  /** Bytes held by keys and values. */
  get usedBytes(): number {
    let bytes = 0;
    for (const db of this.databases) bytes += db.usedBytes;
    return bytes;
  }

  /** What kind of value a key holds; undefined when there is no such key. */
  kindOf(database: number, key: Binary): Kind | undefined {
    const db = this.databases[database];
    const entry = db?.seeKey(bytesOf(key)) ?? 0;
    return db === undefined || entry === 0 ? undefined : db.kind(entry);
  }

  /** Empties `databases`; returns how many keys there were. */
  clear(databases: readonly Keyspace[]): number {
    let count = 0;
    for (const db of databases) {
      this.#host.watchedKeys.allChange(db);
      this.#host.blockedKeys.allChanged(db.index);
      count += db.size;
      db.clear();
    }
    this.#host.tracking.flushed();
    return count;
  }

  swap(first: number, second: number): void {
    const a = this.databases[first];
    const b = this.databases[second];
    if (a === undefined || b === undefined || a === b) return;
    this.#host.watchedKeys.allChange(a, b);
    this.#host.watchedKeys.allChange(b, a);
    a.swap(b);
    this.#host.blockedKeys.allChanged(first);
    this.#host.blockedKeys.allChanged(second);
  }

  /** Evicts until no more than `bytes` are used; `tired` is asked whether that takes too long. */
  makeRoom(bytes: number, tired: () => boolean): Outcome {
    const { settings, random, statistics } = this.#host;
    return evict(this.databases, bytes, {
      policy: settings.text('maxmemory-policy'),
      samples: settings.number('maxmemory-samples'),
      random,
      used: () => this.usedBytes,
      evicted: (db, key) => {
        statistics.evictedKeys++;
        this.#gone(db, key, 'evicted', this.#removalWords.evicted);
      },
      tired,
    });
  }

  /** Removes keys that went elsewhere, telling the replicas. */
  remove(db: Keyspace, keys: readonly Binary[]): void {
    let count = 0;
    for (const key of keys) {
      if (!db.removeKey(bytesOf(key))) continue;
      count++;
      this.#gone(db, key, 'del', this.#removalWords.implied);
    }
    this.#host.changed(count);
  }

  /** The keys of a slot that another node owns now go, here and on the replicas: some of them now, and so on. */
  dropSlot(slot: number): void {
    this.#dropping.add(slot);
    this.#goOnDropping();
  }

  /** The rest of them goes now. */
  finishDropping(): void {
    while (this.#dropping.size > 0) this.#dropSome();
  }

  stop(): void {
    this.#dropTimer?.cancel();
  }

  #goOnDropping(): void {
    if (this.#dropTimer !== undefined) return;
    this.#dropSome();
    if (this.#dropping.size === 0) return;
    this.#dropTimer = this.#host.later(() => {
      this.#dropTimer = undefined;
      this.#goOnDropping();
    });
  }

  #dropSome(): void {
    const [db] = this.databases;
    let left = DROPPED_AT_ONCE;
    for (const slot of this.#dropping) {
      const keys = db.keysInSlot(slot, left);
      this.remove(db, keys);
      left -= keys.length;
      if (db.countInSlot(slot) === 0) this.#dropping.delete(slot);
      if (left === 0) return;
    }
  }

  expired(db: Database, key: Binary): void {
    this.#host.statistics.expiredKeys++;
    this.#gone(db, key, 'expired', this.#removalWords.expired);
  }

  fieldsExpired(db: Database, key: Binary, fields: readonly Binary[], emptied: boolean): void {
    this.#changed(db, key, 'hexpired');
    if (emptied) this.#host.notifications.notify('del', db.index, key);
    this.#host.fieldsRemoved(db, key, fields);
  }

  #gone(db: Database, key: Binary, event: string, word: RemovalWord): void {
    this.#changed(db, key, event);
    this.#host.removed(db, key, word);
  }

  #changed(db: Database, key: Binary, event: string): void {
    this.#host.watchedKeys.changed(db.index, key);
    if (this.#host.tracking.active) this.#host.tracking.changed(key);
    this.#host.blockedKeys.changed(db.index, key, event);
    this.#host.notifications.notify(event, db.index, key);
  }

  #make(index: number): Keyspace {
    const db = new Keyspace(index, {
      now: () => this.#host.now(),
      observer: {
        expired: (db, key) => this.expired(db, key),
        fieldsExpired: (db, key, fields, emptied) => this.fieldsExpired(db, key, fields, emptied),
      },
      keepsExpired: () => this.#host.keepsExpired(),
      limits: this.#encodings,
    });
    db.removalWords = this.#removalWords;
    return db;
  }
}

function removalWord(
  settings: Configuration,
  directive: 'lazyfree-lazy-expire' | 'lazyfree-lazy-server-del' | 'lazyfree-lazy-eviction',
): RemovalWord {
  return settings.flag(directive) ? 'UNLINK' : 'DEL';
}
