/**
 * The collections of a database by id, which is what their entries hold. Their memory is measured lazily: only those
 * fetched since the last question can have changed.
 */
import type { Collection } from './keyspace.ts';

export class CollectionTable {
  private values: (Collection | undefined)[] = [];
  private vacant: number[] = [];
  /** Bytes of each, when last measured. */
  private measured: number[] = [];
  private readonly fetched = new Set<number>();
  private total = 0;

  add(value: Collection): number {
    const id = this.vacant.pop() ?? this.values.length;
    this.values[id] = value;
    this.measured[id] = 0;
    this.fetched.add(id);
    return id;
  }

  /** The collection, about to be read or changed. */
  at(id: number): Collection | undefined {
    this.fetched.add(id);
    return this.values[id];
  }

  remove(id: number): void {
    this.total -= this.measured[id];
    this.measured[id] = 0;
    this.values[id] = undefined;
    this.fetched.delete(id);
    this.vacant.push(id);
  }

  clear(): void {
    this.values = [];
    this.vacant = [];
    this.measured = [];
    this.fetched.clear();
    this.total = 0;
  }

  /** Bytes of all collections. */
  usedBytes(): number {
    for (const id of this.fetched) {
      const bytes = this.values[id]?.usedBytes ?? 0;
      this.total += bytes - this.measured[id];
      this.measured[id] = bytes;
    }
    this.fetched.clear();
    return this.total;
  }
}
