/** WATCH: which sessions want to know of a change of which keys. */
import { type Binary, bytesOf } from '../../redis/bytes.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';

export interface Watcher {
  readonly watched: WatchedKey[];
  /** A watched key changed: EXEC will not run. */
  watchedChanged: boolean;
}

export interface WatchedKey {
  readonly db: Keyspace;
  readonly key: Binary;
}

export class WatchedKeys {
  /** By database index, then key. */
  readonly #watchers = new Map<number, Map<Binary, Set<Watcher>>>();
  /** True while anybody watches anything: the hot path asks nothing else. */
  active = false;

  watch(watcher: Watcher, db: Keyspace, key: Binary): void {
    if (watcher.watched.some((known) => known.db === db && known.key === key)) return;
    // A key whose time is up goes now, so that its removal later is no change.
    db.findKey(bytesOf(key));
    watcher.watched.push({ db, key });
    const keys = this.#watchers.get(db.index) ?? new Map<Binary, Set<Watcher>>();
    this.#watchers.set(db.index, keys);
    const watchers = keys.get(key);
    if (watchers === undefined) keys.set(key, new Set([watcher]));
    else watchers.add(watcher);
    this.active = true;
  }

  unwatch(watcher: Watcher): void {
    for (const { db, key } of watcher.watched) {
      const keys = this.#watchers.get(db.index);
      const watchers = keys?.get(key);
      watchers?.delete(watcher);
      if (watchers?.size === 0) keys?.delete(key);
      if (keys?.size === 0) this.#watchers.delete(db.index);
    }
    watcher.watched.length = 0;
    watcher.watchedChanged = false;
    this.active = this.#watchers.size > 0;
  }

  changed(database: number, key: Binary): void {
    const watchers = this.#watchers.get(database)?.get(key);
    if (watchers !== undefined) for (const watcher of watchers) watcher.watchedChanged = true;
  }

  /** All keys of `db` are about to go, or to be replaced by those of `other`: whichever exists changes. */
  allChange(db: Keyspace, other?: Keyspace): void {
    const keys = this.#watchers.get(db.index);
    if (keys === undefined) return;
    for (const [key, watchers] of keys) {
      const bytes = bytesOf(key);
      if (db.findKey(bytes) === 0 && (other === undefined || other.findKey(bytes) === 0)) continue;
      for (const watcher of watchers) watcher.watchedChanged = true;
    }
  }

  /** Slots this node no longer serves: transactions on their keys must not run here. */
  slotsLost(slots: ReadonlySet<number>, slotOf: (key: Binary) => number): void {
    for (const keys of this.#watchers.values()) {
      for (const [key, watchers] of keys) {
        if (slots.has(slotOf(key))) for (const watcher of watchers) watcher.watchedChanged = true;
      }
    }
  }
}
