/**
 * What a Lua value is here: nil is `undefined`, numbers and booleans are JS' own, a string is a `Binary`, and a
 * function is a JS function. One that may call Lua code, or stop in the middle, is (or returns) a generator, which the
 * machine in `execution.ts` drives: no Lua call ever nests on the JS stack.
 */
import type { Binary } from '../bytes.ts';
import type { Step } from './execution.ts';
import type { LuaTable } from './table.ts';

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
