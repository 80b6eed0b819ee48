/**
 * On a replica that may be written to: keys to which somebody other than the primary gave an expiry. The primary knows
 * nothing of it and will send no DEL, so the replica removes them itself.
 */
import type { Binary } from '../bytes.ts';

/** What became of a key: it was removed, its time is yet to come, or it has no expiry any more. */
export type Fate = 'removed' | 'waits' | 'stays';

export class OwnExpiry {
  readonly #keys = new Set<Binary>();

  get size(): number {
    return this.#keys.size;
  }

  add(key: Binary): void {
    this.#keys.add(key);
  }

  clear(): void {
    this.#keys.clear();
  }

  /** Looks at `limit` keys at most, so that none waits behind those that live long; returns how many were removed. */
  expireSome(limit: number, expire: (key: Binary) => Fate): number {
    let removed = 0;
    let looks = Math.min(limit, this.#keys.size);
    for (const key of this.#keys) {
      if (looks-- === 0) break;
      this.#keys.delete(key);
      const fate = expire(key);
      if (fate === 'removed') removed++;
      else if (fate === 'waits') this.#keys.add(key);
    }
    return removed;
  }
}
