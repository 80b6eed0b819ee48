/**
 * The collections of a database by id, which is what their entries hold. Their memory is measured lazily: only those
 * fetched since the last question can have changed.
 */
import type { Collection } from './collection.ts';

export class CollectionTable {
  private values: (Collection | undefined)[] = [];
  private vacant: number[] = [];
  /** Bytes of each, when last measured; -1 - bytes for what was fetched since, and then its id is in `fetched`. */
  private measured: number[] = [];
  private fetched: number[] = [];
  private total = 0;

  add(value: Collection): number {
    const id = this.vacant.pop() ?? this.values.length;
    this.values[id] = value;
    this.measured[id] = -1;
    this.fetched.push(id);
    return id;
  }

  /** The collection, about to be read or changed. */
  at(id: number): Collection | undefined {
    const bytes = this.measured[id];
    if (bytes >= 0) {
      this.measured[id] = -1 - bytes;
      this.fetched.push(id);
    }
    return this.values[id];
  }

  remove(id: number): void {
    const bytes = this.measured[id];
    this.total -= bytes < 0 ? -1 - bytes : bytes;
    this.measured[id] = 0;
    this.values[id] = undefined;
    this.vacant.push(id);
  }

  clear(): void {
    this.values = [];
    this.vacant = [];
    this.measured = [];
    this.fetched = [];
    this.total = 0;
  }

  /** Bytes of all collections. */
  usedBytes(): number {
    for (const id of this.fetched) {
      const before = this.measured[id];
      // Removed since, or in the list a second time.
      if (before >= 0) continue;
      const bytes = this.values[id]?.usedBytes ?? 0;
      this.total += bytes + 1 + before;
      this.measured[id] = bytes;
    }
    this.fetched = [];
    return this.total;
  }
}
