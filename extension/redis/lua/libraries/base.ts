/** Lua's basic functions, as far as Redis leaves them to scripts. */
import { Arguments } from '../arguments.ts';
import { compile } from '../compiler.ts';
import { LuaError } from '../error.ts';
import { called } from '../execution.ts';
import { parseNumber } from '../numbers.ts';
import { type LuaState, NOWHERE, toText, typeName } from '../state.ts';
import {
  addressOf,
  isRunning,
  isTrue,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  NO_VALUES,
  type Result,
  type Running,
  Userdata,
} from '../values.ts';

/** LUAI_MAXCSTACK. */
const MOST_RESULTS = 8000;

export function openBase(state: LuaState): void {
  const { globals } = state;
  const functions: Record<string, LuaFunction> = {
    ...conversions(state),
    ...tables(state),
    ...control(state),
    ...chunks(state),
    ...environments(state),
  };
  for (const [name, value] of Object.entries(functions)) globals.set(name, value);
  globals.set('_G', globals);
  globals.set('_VERSION', 'Lua 5.1');
}

/** tostring, without metamethods. */
export function textOf(value: LuaValue): string {
  const text = toText(value);
  if (text !== undefined) return text;
  if (value === undefined) return 'nil';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'object' || typeof value === 'function'
    ? `${typeName(value)}: ${addressOf(value)}`
    : '';
}

function conversions(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  return {
    tostring: (...args) => {
      const value = take.any(args, 1);
      const handler = state.metamethod(value, '__tostring');
      if (handler === undefined) return textOf(value);
      return state.callable(handler, NOWHERE)(value);
    },
    tonumber: (...args) => {
      const base = take.integerOr(args, 2, 10);
      if (base === 10) {
        const value = take.any(args, 1);
        if (typeof value === 'number') return value;
        return typeof value === 'string' ? parseNumber(value) : undefined;
      }
      const text = take.text(args, 1);
      if (base < 2 || base > 36) take.fail(2, 'base out of range');
      return inBase(text, base);
    },
    type: (...args) => typeName(take.any(args, 1)),
  };
}

function inBase(text: string, base: number): number | undefined {
  const [, sign, digits = ''] =
    /^\s*([+-]?)0*([0-9a-z]*)\s*$/i.exec(text.replace(prefixOf(base), '$1')) ?? [];
  if (sign === undefined || !/[0-9a-z]/i.test(text)) return undefined;
  let value = 0;
  for (const digit of digits.toLowerCase()) {
    const number = Number.parseInt(digit, 36);
    if (number >= base) return undefined;
    value = value * base + number;
  }
  // As strtoul: what is too large stops at the largest, and a minus counts down from 2^64.
  const limited = Math.min(value, 2 ** 64);
  return sign === '-' && limited > 0 ? 2 ** 64 - limited : limited;
}

/** strtoul takes 0x in front of hexadecimal digits. */
function prefixOf(base: number): RegExp {
  return base === 16 ? /^(\s*[+-]?)0x(?=[0-9a-f])/i : /^(?!)/;
}

function tables(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  const next: LuaFunction = (...args) => {
    const entry = take.table(args, 1).next(args[1]);
    if (entry === null) state.fail("invalid key to 'next'");
    return entry;
  };
  const step: LuaFunction = (table, i) => {
    if (!(table instanceof LuaTable) || typeof i !== 'number') return undefined;
    const value = table.get(i + 1);
    return value === undefined ? undefined : [i + 1, value];
  };
  return {
    next,
    pairs: (...args) => [next, take.table(args, 1), undefined],
    ipairs: (...args) => [step, take.table(args, 1), 0],
    rawget: (...args) => {
      take.any(args, 2);
      return take.table(args, 1).get(args[1]);
    },
    rawset: (...args) => {
      const table = take.table(args, 1);
      take.any(args, 3);
      state.rawSet(table, args[1], args[2], NOWHERE);
      return table;
    },
    rawequal: (...args) => take.any(args, 1) === take.any(args, 2),
    getmetatable: (...args) => {
      const metatable = state.metatable(take.any(args, 1));
      return metatable?.get('__metatable') ?? metatable;
    },
    setmetatable: (...args) => {
      const table = take.table(args, 1);
      const metatable = args[1];
      if (args.length < 2 || (metatable !== undefined && !(metatable instanceof LuaTable))) {
        take.fail(2, 'nil or table expected');
      }
      if (table.metatable?.get('__metatable') !== undefined)
        state.fail('cannot change a protected metatable');
      if (table.readonly) state.fail('Attempt to modify a readonly table', NOWHERE);
      table.metatable = metatable instanceof LuaTable ? metatable : undefined;
      return table;
    },
    unpack: (...args) => {
      const table = take.table(args, 1);
      const from = take.integerOr(args, 2, 1);
      const to = take.integerOr(args, 3, table.length);
      if (to - from >= MOST_RESULTS) state.fail('too many results to unpack');
      if (from === 1 && to === table.array.length) return [...table.array];
      const values: LuaValue[] = [];
      for (let i = from; i <= to; i++) values.push(table.get(i));
      return values;
    },
    newproxy: (with_) => {
      const proxy = new Userdata();
      if (with_ === true) proxy.metatable = new LuaTable();
      else if (with_ instanceof Userdata) proxy.metatable = with_.metatable;
      return proxy;
    },
  };
}

function control(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  return {
    assert: (...args) => {
      if (isTrue(take.any(args, 1))) return args;
      return state.fail(args[1] === undefined ? 'assertion failed!' : take.text(args, 2));
    },
    error: (message, level) => {
      const { at } = state;
      const steps = level === undefined ? 1 : Number(level);
      // Level 2 is where the function that fails was called.
      const place = steps === 1 ? at : (state.coroutine.places.at(1 - steps) ?? NOWHERE);
      const shown = typeof message === 'string' && steps > 0 ? state.where(place) + message : message;
      throw new LuaError(shown, at);
    },
    pcall: (...args) => {
      take.any(args, 1);
      return protectedCall(state, args[0], args.slice(1), undefined);
    },
    xpcall: (...args) => {
      take.any(args, 2);
      return protectedCall(state, args[0], [], args[1]);
    },
    select: (...args) => {
      if (args[0] === '#') return args.length - 1;
      const n = take.integer(args, 1);
      const from = n < 0 ? args.length + n : n;
      if (from < 1) take.fail(1, 'index out of range');
      return args.slice(from);
    },
    collectgarbage: (...args) => (args[0] === 'count' ? [0, 0] : 0),
    gcinfo: () => 0,
  };
}

function* protectedCall(
  state: LuaState,
  callee: LuaValue,
  args: readonly LuaValue[],
  handler: LuaValue,
): Running {
  const { coroutine } = state;
  coroutine.boundaries++;
  state.at = NOWHERE;
  try {
    const values = yield* called(state.callable(callee, NOWHERE), args);
    return [true, ...values];
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    if (handler === undefined) return [false, error.value];
    state.at = NOWHERE;
    const shown = yield* called(state.callable(handler, NOWHERE), [error.value]);
    return [false, ...shown];
  } finally {
    coroutine.boundaries--;
  }
}

function chunks(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  const load = (source: string, name: string): Result => {
    try {
      return compile(state, source, name, state.globals, { environment: true });
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return [undefined, error.value];
    }
  };
  return {
    loadstring: (...args) => {
      const source = take.text(args, 1);
      return load(source, args[1] === undefined ? source : take.text(args, 2));
    },
    load: (...args) => {
      const reader = take.function(args, 1);
      const name = args[1] === undefined ? '=(load)' : take.text(args, 2);
      return read(state, reader, (source) => load(source, name));
    },
  };
}

/** Calls `reader` until it gives nothing more. */
function* read(state: LuaState, reader: LuaFunction, then: (source: string) => Result): Running {
  let source = '';
  for (;;) {
    state.at = NOWHERE;
    const [piece] = yield* called(reader, NO_VALUES);
    const text = piece === undefined ? '' : toText(piece);
    if (text === undefined) state.fail('reader function must return a string');
    if (text === '') break;
    source += text;
  }
  const result = then(source);
  return isRunning(result) ? yield result : result;
}

/** Only functions of chunks that speak of environments have one of their own. */
function environments(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  const running = (n: number): LuaFunction | undefined => {
    if (n === 1) return state.running;
    return undefined;
  };
  return {
    getfenv: (...args) => {
      const [of] = args;
      if (typeof of === 'function') return of.env ?? state.globals;
      const level = take.integerOr(args, 1, 1);
      if (level < 0) take.fail(1, 'level must be non-negative');
      return running(level)?.env ?? state.globals;
    },
    setfenv: (...args) => {
      const [of] = args;
      const env = take.table(args, 2);
      const level = typeof of === 'function' ? 0 : take.integer(args, 1);
      const target = typeof of === 'function' ? of : running(level);
      if (target?.env === undefined) state.fail("'setfenv' cannot change environment of given object");
      target.env = env;
      return target;
    },
  };
}
