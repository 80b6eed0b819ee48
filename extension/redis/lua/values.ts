/**
 * What a Lua value is here: nil is `undefined`, numbers and booleans are JS' own, a string is a `Binary`, and a
 * function is a JS function. One that may call Lua code, or stop in the middle, is (or returns) a generator, which the
 * machine in `execution.ts` drives: no Lua call ever nests on the JS stack.
 */
import type { Binary } from '../bytes.ts';

export type LuaValue = undefined | boolean | number | Binary | LuaTable | LuaFunction | Coroutine | Userdata;

/** None, two or more values; a single one stands for itself. Never changed once made. */
export type Values = readonly LuaValue[];

/** A call under way. */
export interface Running extends Generator<Step, Result, LuaValue | Values> {}

export type Result = LuaValue | Values | Running;

export interface LuaFunction {
  (...args: LuaValue[]): Result;
  /** Only in chunks that speak of getfenv or setfenv. */
  env?: LuaTable;
}

export const NO_VALUES: Values = [];

/** What all generators are instances of: `instanceof Running` tells a call under way from its result. */
function Generators(): void {}
Generators.prototype = Object.getPrototypeOf(function* () {}).prototype;
const GENERATORS: { [Symbol.hasInstance](value: unknown): boolean } = Generators;
/** For generated code, where it stands on the right of `instanceof`. */
export const GENERATOR_CLASS: unknown = GENERATORS;

export function isRunning(value: unknown): value is Running {
  return value instanceof Generators;
}

export function isValues(result: LuaValue | Values): result is Values {
  return Array.isArray(result);
}

export function first(result: LuaValue | Values): LuaValue {
  return isValues(result) ? result[0] : result;
}

export function listOf(result: LuaValue | Values): Values {
  return isValues(result) ? result : [result];
}

export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** A value that Lua only hands around: `cjson.null`, and what `newproxy` makes. */
export class Userdata {
  metatable: LuaTable | undefined;
}

/** A coroutine: its calls, the innermost last, while it does not run. */
export class Coroutine {
  status: 'suspended' | 'running' | 'normal' | 'dead' = 'suspended';
  readonly frames: Running[] = [];
  /** By frame: the place from which it made its call. */
  readonly places: number[] = [];
  /** Who waits for it. */
  parent: Coroutine | undefined;
  /** Calls of natives (pcall, sort …) under way: it cannot yield across them. */
  boundaries = 0;
}

/** Yielded where a loop closes when its fuel is used up: is there time to go on? */
export const PAUSE: unique symbol = Symbol('pause');

/** coroutine.resume: answered with [true, …] or [false, error]. */
export class Resume {
  readonly coroutine: Coroutine;
  readonly args: Values;

  constructor(coroutine: Coroutine, args: Values) {
    this.coroutine = coroutine;
    this.args = args;
  }
}

/** coroutine.yield: answered with what resume is given next. */
export class Yield {
  readonly values: Values;

  constructor(values: Values) {
    this.values = values;
  }
}

/** For a debugger: this line is reached. Yielded by code that was compiled for one. */
export class Line {
  readonly line: number;
  /** The local variables of this call by now, in the order of their declaration. */
  readonly locals: () => readonly (readonly [name: string, value: LuaValue])[];

  constructor(line: number, locals: Line['locals']) {
    this.line = line;
    this.locals = locals;
  }
}

/** A call that waits, for a debugger. */
export interface CallFrame {
  /** Undefined: it is not Lua that was compiled for a debugger. */
  readonly line: Line | undefined;
  /** How its caller calls it; undefined where no Lua code did. */
  readonly name: string | undefined;
}

export type Step = Running | typeof PAUSE | Resume | Yield | Line;

/** Most tables are lists: what only the others need is made when it is needed. */
const NONE: LuaValue[] = [];

/** Fewer holes than this are not worth closing. */
const FEW_HOLES = 16;

/**
 * A table: an array for the keys 1 … n, and a hash that keeps the order in which its keys came, so that `next` can go
 * on from any key. A removed key stays as a hole until the hash is full of them, as in Lua: a traversal may clear what
 * it visits.
 */
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

let lastAddress = 0x55_55_00_00_00_00;
const addresses = new WeakMap<object, string>();

/** What tostring shows of an object: unique while it lives, and nothing else. */
export function addressOf(object: object): string {
  let address = addresses.get(object);
  if (address === undefined) {
    lastAddress += 64;
    address = `0x${lastAddress.toString(16)}`;
    addresses.set(object, address);
  }
  return address;
}
