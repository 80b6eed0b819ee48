/**
 * A table: an array for the keys 1 … n, and a hash that keeps the order in which its keys came, so that `next` can go
 * on from any key. A removed key stays as a hole until the hash is full of them, as in Lua: a traversal may clear what
 * it visits.
 */
import type { LuaValue } from './values.ts';

/** Most tables are lists: what only the others need is made when it is needed. */
const NONE: LuaValue[] = [];

/** Fewer holes than this are not worth closing. */
const FEW_HOLES = 16;

export class LuaTable {
  metatable: LuaTable | undefined;
  /** Redis' addition: nothing may change it any more. */
  readonly = false;
  readonly array: LuaValue[];
  #index: Map<LuaValue, number> | undefined;
  #keys: LuaValue[] = NONE;
  #values: LuaValue[] = NONE;
  #holes = 0;

  constructor(array: LuaValue[] = []) {
    this.array = array;
    this.#trim();
  }

  /** Raw read, whatever the key. */
  get(key: LuaValue): LuaValue {
    if (typeof key === 'number') {
      const found = this.array[key - 1];
      if (found !== undefined) return found;
    }
    if (this.#index === undefined) return undefined;
    const at = this.#index.get(key);
    return at === undefined ? undefined : this.#values[at];
  }

  /** Raw write. `key` is neither nil nor NaN. */
  set(key: LuaValue, value: LuaValue): void {
    const { array } = this;
    if (typeof key === 'number' && key > 0 && key <= array.length + 1 && Number.isInteger(key)) {
      if (key <= array.length) {
        array[key - 1] = value;
        if (value === undefined && key === array.length) this.#trim();
        return;
      }
      if (value !== undefined) {
        this.#append(value);
        return;
      }
    }
    this.#setHashed(key, value);
  }

  /** A border: `#t`. */
  get length(): number {
    return this.array.length;
  }

  /** The key behind `key` with its value, undefined at the end, null when there is no such key. */
  next(key: LuaValue): [LuaValue, LuaValue] | undefined | null {
    const { array } = this;
    let at = 0;
    if (key === undefined || this.#isArrayKey(key)) {
      for (let i = typeof key === 'number' ? key : 0; i < array.length; i++) {
        if (array[i] !== undefined) return [i + 1, array[i]];
      }
    } else {
      const found = this.#index?.get(key);
      // The array may have become shorter under a traversal that clears it.
      if (found === undefined && !(typeof key === 'number' && Number.isInteger(key) && key > 0)) return null;
      at = found === undefined ? 0 : found + 1;
    }
    for (; at < this.#values.length; at++) {
      if (this.#values[at] !== undefined) return [this.#keys[at], this.#values[at]];
    }
    return undefined;
  }

  /** Keys and values in the order of `next`. */
  *entries(): Generator<[LuaValue, LuaValue]> {
    for (let entry = this.next(undefined); entry; entry = this.next(entry[0])) yield entry;
  }

  #isArrayKey(key: LuaValue): key is number {
    return typeof key === 'number' && key > 0 && key <= this.array.length && Number.isInteger(key);
  }

  #append(value: LuaValue): void {
    const { array } = this;
    const index = this.#index;
    if (index !== undefined) this.#remove(array.length + 1);
    array.push(value);
    if (index === undefined || index.size === this.#holes) return;
    // What followed in the hash is now part of the array.
    for (let follower = this.get(array.length + 1); follower !== undefined; ) {
      this.#remove(array.length + 1);
      array.push(follower);
      follower = this.get(array.length + 1);
    }
  }

  #remove(key: LuaValue): void {
    const at = this.#index?.get(key);
    if (at === undefined || this.#values[at] === undefined) return;
    this.#values[at] = undefined;
    this.#holes++;
  }

  #setHashed(key: LuaValue, value: LuaValue): void {
    if (value === undefined) {
      this.#remove(key);
      return;
    }
    if (this.#index === undefined) {
      this.#index = new Map();
      this.#keys = [];
      this.#values = [];
    }
    const at = this.#index.get(key);
    if (at !== undefined) {
      if (this.#values[at] === undefined) this.#holes--;
      this.#values[at] = value;
      return;
    }
    if (this.#holes > FEW_HOLES && this.#holes > this.#keys.length / 2) this.#closeHoles();
    this.#index.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
  }

  #closeHoles(): void {
    const keys = this.#keys;
    const values = this.#values;
    const index = new Map<LuaValue, number>();
    this.#keys = [];
    this.#values = [];
    for (const [i, value] of values.entries()) {
      if (value === undefined) continue;
      index.set(keys[i], this.#keys.length);
      this.#keys.push(keys[i]);
      this.#values.push(value);
    }
    this.#index = index;
    this.#holes = 0;
  }

  #trim(): void {
    const { array } = this;
    while (array.length > 0 && array[array.length - 1] === undefined) array.length--;
  }
}
