/**
 * What all chunks of one interpreter share, and what the operators do beyond numbers, strings and plain tables. The
 * generated code calls these; a result that is a call under way goes to the machine.
 */
import type { Binary } from '../bytes.ts';
import { LuaError } from './error.ts';
import { numberText, parseNumber } from './numbers.ts';
import {
  Coroutine,
  first,
  isRunning,
  isTrue,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  type Result,
  type Running,
  Userdata,
  type Values,
} from './values.ts';

/** Where in a source something is called or can fail, and the name of what it is done to. */
export interface Place {
  readonly chunk: string;
  readonly line: number;
  readonly kind: '' | 'local' | 'upvalue' | 'global' | 'field' | 'method';
  readonly name: Binary;
}

/** Steps between two questions whether to go on. */
export const FUEL = 10_000;

/** MAXTAGLOOP. */
const MOST_INDIRECTIONS = 100;

/** The place of calls that no Lua code makes. */
export const NOWHERE = -1;

export class LuaState {
  /** The place of the last call. */
  at = NOWHERE;
  /** Counts down with loops and calls; below zero the machine asks whether to go on. */
  fuel = FUEL;
  coroutine = new Coroutine();
  /** One that has ended, for the next run. */
  spareCoroutine: Coroutine | undefined;
  /** The function that made the last call, in chunks that speak of environments. */
  running: LuaFunction | undefined;
  readonly places: Place[] = [];
  readonly globals = new LuaTable();
  /** `cjson.null`, C's NULL as a value. */
  readonly null = new Userdata();
  /** Of all strings. */
  readonly stringMetatable = new LuaTable();

  // Errors.

  /** `user_script:1: `, as errors begin; nothing where no Lua code is at work. */
  where(place: number): string {
    const found = this.places[place];
    return found === undefined ? '' : `${found.chunk}:${found.line}: `;
  }

  /** Fails as the machine does: the text behind the place. NOWHERE: a native failed, and says only what. */
  fail(text: string, place = this.at): never {
    throw new LuaError(this.where(place) + text, place === NOWHERE ? this.at : place);
  }

  #failType(what: string, value: LuaValue, place: number): never {
    const { kind, name } = this.places[place] ?? { kind: '', name: '' };
    const shown = kind === '' ? 'a' : `${kind} '${name}' (a`;
    this.fail(`attempt to ${what} ${shown} ${typeName(value)} value${kind === '' ? '' : ')'}`, place);
  }

  // Metatables.

  metatable(value: LuaValue): LuaTable | undefined {
    if (value instanceof LuaTable || value instanceof Userdata) return value.metatable;
    return typeof value === 'string' ? this.stringMetatable : undefined;
  }

  metamethod(value: LuaValue, event: string): LuaValue {
    return this.metatable(value)?.get(event);
  }

  /** Calls a metamethod; of its values the first counts. */
  #callMetamethod(handler: LuaValue, args: Values, place: number): Result {
    const call = this.callable(handler, place);
    this.at = NOWHERE;
    const result = call(...args);
    return isRunning(result) ? result : first(result);
  }

  // Tables.

  /** `object[key]` when it is not simply there. */
  index(object: LuaValue, key: LuaValue, place: number): Result {
    let value = object;
    for (let i = 0; i < MOST_INDIRECTIONS; i++) {
      let handler: LuaValue;
      if (value instanceof LuaTable) {
        const found = value.get(key);
        if (found !== undefined || value.metatable === undefined) return found;
        handler = value.metatable.get('__index');
        if (handler === undefined) return undefined;
      } else {
        handler = this.metamethod(value, '__index');
        if (handler === undefined) this.#failType('index', value, place);
      }
      if (typeof handler === 'function') {
        this.at = place;
        const result = handler(value, key);
        return isRunning(result) ? result : first(result);
      }
      value = handler;
    }
    this.fail('loop in gettable', place);
  }

  setIndex(object: LuaValue, key: LuaValue, value: LuaValue, place: number): Result {
    let target = object;
    for (let i = 0; i < MOST_INDIRECTIONS; i++) {
      let handler: LuaValue;
      if (target instanceof LuaTable) {
        const { metatable } = target;
        // Nothing may change it, whatever its metatable says.
        if (target.readonly) this.fail('Attempt to modify a readonly table', place);
        handler = metatable?.get('__newindex');
        if (handler === undefined || target.get(key) !== undefined) {
          this.rawSet(target, key, value, place);
          return undefined;
        }
      } else {
        handler = this.metamethod(target, '__newindex');
        if (handler === undefined) this.#failType('index', target, place);
      }
      if (typeof handler === 'function') {
        this.at = place;
        return handler(target, key, value);
      }
      target = handler;
    }
    this.fail('loop in settable', place);
  }

  rawSet(table: LuaTable, key: LuaValue, value: LuaValue, place = this.at): void {
    if (table.readonly) this.fail('Attempt to modify a readonly table', place);
    if (key === undefined) this.fail('table index is nil', place);
    if (typeof key === 'number' && Number.isNaN(key)) this.fail('table index is NaN', place);
    table.set(key, value);
  }

  /** A constructor: `kinds` has a `k` for an item of key and value, an `l` for one of the list. */
  table(items: Values, kinds: string, place: number): LuaTable {
    const list: LuaValue[] = [];
    const table = new LuaTable();
    let at = 0;
    for (const kind of kinds) {
      if (kind === 'l') list.push(items[at++]);
      else {
        this.rawSet(table, items[at], items[at + 1], place);
        at += 2;
      }
    }
    // The last of the list may have given many.
    if (kinds.endsWith('l')) list.push(...items.slice(at));
    for (const [i, value] of list.entries()) table.set(i + 1, value);
    return table;
  }

  /** Lua 5.0's `arg`. */
  argumentTable(values: Values): LuaTable {
    const table = new LuaTable([...values]);
    table.set('n', values.length);
    return table;
  }

  // Calls.

  /** What calling `value` calls; the complaint waits until the arguments are evaluated. */
  callable(value: LuaValue, place: number): LuaFunction {
    if (typeof value === 'function') return value;
    const handler = this.metamethod(value, '__call');
    if (typeof handler === 'function') return (...args) => handler(value, ...args);
    return () => this.#failType('call', value, place);
  }

  closure(call: LuaFunction, env: LuaTable): LuaFunction {
    call.env = env;
    return call;
  }

  // Operators.

  arithmetic(operator: string, a: LuaValue, b: LuaValue, placeA: number, placeB: number): Result {
    const x = toNumber(a);
    const y = toNumber(b);
    if (x !== undefined && y !== undefined) return calculate(operator, x, y);
    const event = EVENTS[operator] ?? '';
    const handler = this.metamethod(a, event) ?? this.metamethod(b, event);
    if (handler !== undefined) return this.#callMetamethod(handler, [a, b], placeA);
    return x === undefined
      ? this.#failType('perform arithmetic on', a, placeA)
      : this.#failType('perform arithmetic on', b, placeB);
  }

  negate(value: LuaValue, place: number): Result {
    const number = toNumber(value);
    if (number !== undefined) return -number;
    const handler = this.metamethod(value, '__unm');
    if (handler === undefined) return this.#failType('perform arithmetic on', value, place);
    return this.#callMetamethod(handler, [value, value], place);
  }

  /** `#` of what is neither a string nor a table. */
  lengthOf(value: LuaValue, place: number): Result {
    const handler = this.metamethod(value, '__len');
    if (handler === undefined) return this.#failType('get length of', value, place);
    return this.#callMetamethod(handler, [value], place);
  }

  /** From the right; only when not all are strings. */
  concat(operands: readonly LuaValue[], places: readonly number[]): Result {
    const texts = operands.map(textOfOperand);
    return texts.every((text) => text !== undefined) ? texts.join('') : this.#concat(operands, places);
  }

  *#concat(operands: readonly LuaValue[], places: readonly number[]): Running {
    let right = operands[operands.length - 1];
    for (let i = operands.length - 2; i >= 0; i--) {
      const left = operands[i];
      const a = textOfOperand(left);
      const b = textOfOperand(right);
      if (a !== undefined && b !== undefined) {
        right = a + b;
        continue;
      }
      const handler = this.metamethod(left, '__concat') ?? this.metamethod(right, '__concat');
      if (handler === undefined) {
        return a === undefined
          ? this.#failType('concatenate', left, places[i])
          : this.#failType('concatenate', right, places[i + 1]);
      }
      const result = this.#callMetamethod(handler, [left, right], places[i]);
      right = first(isRunning(result) ? yield result : result);
    }
    return right;
  }

  /** Of two tables or userdata that are not the same. */
  equal(a: LuaValue, b: LuaValue): boolean | Running {
    const tables = a instanceof LuaTable && b instanceof LuaTable;
    if (!tables && !(a instanceof Userdata && b instanceof Userdata)) return false;
    const handler = this.#shared(a, b, '__eq');
    return handler === undefined ? false : this.#decide(handler, a, b, this.at, false);
  }

  less(a: LuaValue, b: LuaValue, place: number): boolean | Running {
    if (typeof a === 'number' && typeof b === 'number') return a < b;
    if (typeof a === 'string' && typeof b === 'string') return a < b;
    const handler = this.#shared(a, b, '__lt');
    return handler === undefined ? this.#failOrder(a, b, place) : this.#decide(handler, a, b, place, false);
  }

  lessOrEqual(a: LuaValue, b: LuaValue, place: number): boolean | Running {
    if (typeof a === 'number' && typeof b === 'number') return a <= b;
    if (typeof a === 'string' && typeof b === 'string') return a <= b;
    const handler = this.#shared(a, b, '__le');
    if (handler !== undefined) return this.#decide(handler, a, b, place, false);
    // a <= b is not (b < a).
    const less = this.#shared(a, b, '__lt');
    return less === undefined ? this.#failOrder(a, b, place) : this.#decide(less, b, a, place, true);
  }

  /** A metamethod of comparison counts only when both have the same. */
  #shared(a: LuaValue, b: LuaValue, event: string): LuaValue {
    if (typeName(a) !== typeName(b)) return undefined;
    const handler = this.metamethod(a, event);
    return handler !== undefined && handler === this.metamethod(b, event) ? handler : undefined;
  }

  #decide(handler: LuaValue, a: LuaValue, b: LuaValue, place: number, negated: boolean): boolean | Running {
    const result = this.#callMetamethod(handler, [a, b], place);
    return isRunning(result) ? decided(result, negated) : isTrue(first(result)) !== negated;
  }

  #failOrder(a: LuaValue, b: LuaValue, place: number): never {
    const [one, other] = [typeName(a), typeName(b)];
    const what = one === other ? `two ${one} values` : `${one} with ${other}`;
    return this.fail(`attempt to compare ${what}`, place);
  }

  loopBound(value: LuaValue, what: string, place: number): number {
    return toNumber(value) ?? this.fail(`'for' ${what} must be a number`, place);
  }
}

function* decided(running: Running, negated: boolean): Running {
  return isTrue(first(yield running)) !== negated;
}

const EVENTS: Readonly<Record<string, string>> = {
  '+': '__add',
  '-': '__sub',
  '*': '__mul',
  '/': '__div',
  '%': '__mod',
  '^': '__pow',
};

function calculate(operator: string, x: number, y: number): number {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '%':
      return x - Math.floor(x / y) * y;
    default:
      return x ** y;
  }
}

export function typeName(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'object':
      if (value instanceof LuaTable) return 'table';
      return value instanceof Coroutine ? 'thread' : 'userdata';
    default:
      return typeof value;
  }
}

/** A number, or a string that is one. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : undefined;
}

/** A string, or a number as one. */
export function toText(value: LuaValue): Binary | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : undefined;
}

const textOfOperand = toText;
