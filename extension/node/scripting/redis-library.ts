/** The table `redis` that scripts use, and what Redis changes of Lua's globals. */
import { bytesOf, hexOf, textOf } from '../../redis/bytes.ts';
import { LuaError } from '../../redis/lua/error.ts';
import { called } from '../../redis/lua/execution.ts';
import { openLibraries } from '../../redis/lua/libraries/index.ts';
import { LuaState, toNumber, toText } from '../../redis/lua/state.ts';
import {
  type LuaFunction,
  LuaTable,
  type LuaValue,
  NO_VALUES,
  type Running,
  type Values,
} from '../../redis/lua/values.ts';
import { sha1 } from '../../redis/sha1.ts';
import type { LogLevel } from '../observer.ts';
import { TO_ALL, TO_AOF, TO_REPLICAS } from '../propagation.ts';
import { VERSION } from '../version.ts';
import { errorTable, tableOf } from './reply-values.ts';

/** What the script that runs may ask of its node. */
export interface ScriptHost {
  /** redis.call: the reply, or undefined with the error to be raised. */
  call(args: Values): LuaValue;
  log(level: LogLevel, text: string): void;
  isLogged(level: LogLevel): boolean;
  /** redis.breakpoint: false without a debugger. */
  breakpoint(): boolean;
  /** redis.debug. */
  debug(values: Values): void;
  setProtocol(protocol: 2 | 3): void;
  setReplication(flags: number): void;
  /** undefined: there is no such command. */
  mayCall(args: Values): boolean | undefined;
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];

/** 7.2.4 as 0x00070204. */
const VERSION_NUMBER = VERSION.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/** An interpreter whose globals nobody can change. `more` goes into the table `redis`. */
export function newInterpreter(
  host: ScriptHost,
  more: (state: LuaState) => Record<string, LuaFunction>,
): LuaState {
  const state = new LuaState();
  openLibraries(state);
  state.globals.set('pcall', protectedCall(state));
  // All scripts share it.
  state.stringMetatable.readonly = true;
  const library = new LuaTable();
  const functions = {
    ...commands(state, host),
    ...logging(state, host),
    ...settings(state, host),
    ...more(state),
  };
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  addConstants(library);
  for (const [name, value] of [
    ['REPL_NONE', 0],
    ['REPL_AOF', TO_AOF],
    ['REPL_SLAVE', TO_REPLICAS],
    ['REPL_REPLICA', TO_REPLICAS],
    ['REPL_ALL', TO_ALL],
  ] as const) {
    library.set(name, value);
  }
  state.globals.set('redis', library);
  return state;
}

/** What every table `redis` has, that of a library while it is loaded too. */
export function addConstants(library: LuaTable): void {
  for (const [i, level] of LOG_LEVELS.entries()) library.set(`LOG_${level.toUpperCase()}`, i);
  library.set('REDIS_VERSION', VERSION);
  library.set('REDIS_VERSION_NUM', VERSION_NUMBER);
}

/** Nothing may be read that is not there. */
export function refuseUnknown(state: LuaState, table: LuaTable): void {
  const complain: LuaFunction = (_, name) =>
    state.fail(`Script attempted to access nonexistent global variable '${toText(name) ?? ''}'`);
  table.metatable = tableOf('__index', complain);
}

/** Nothing may be changed, here and in all tables that are reached from here. */
export function protect(table: LuaTable): void {
  if (table.readonly) return;
  table.readonly = true;
  for (const [, value] of table.entries()) if (value instanceof LuaTable) protect(value);
  if (table.metatable !== undefined) protect(table.metatable);
}

export function raise(state: LuaState, text: string): never {
  throw new LuaError(errorTable(text), state.at);
}

function commands(state: LuaState, host: ScriptHost): Record<string, LuaFunction> {
  return {
    call: (...args) => {
      const value = host.call(args);
      if (value instanceof LuaTable && value.get('err') !== undefined) throw new LuaError(value, state.at);
      return value;
    },
    pcall: (...args) => host.call(args),
    acl_check_cmd: (...args) => {
      const allowed = host.mayCall(args);
      return allowed ?? raise(state, 'Invalid command passed to redis.acl_check_cmd()');
    },
  };
}

export function logging(state: LuaState, host: ScriptHost): Record<string, LuaFunction> {
  return {
    log: (...args) => {
      if (args.length < 2) raise(state, 'redis.log() requires two arguments or more.');
      const number = toNumber(args[0]);
      if (number === undefined) raise(state, 'First argument must be a number (log level).');
      const level = LOG_LEVELS[Math.trunc(number)];
      if (level === undefined) raise(state, 'Invalid debug level.');
      if (!host.isLogged(level)) return NO_VALUES;
      const words = args.slice(1).map(toText);
      host.log(level, textOf(words.filter((word) => word !== undefined).join(' ')));
      return NO_VALUES;
    },
  };
}

function settings(state: LuaState, host: ScriptHost): Record<string, LuaFunction> {
  return {
    setresp: (...args) => {
      if (args.length !== 1) raise(state, 'redis.setresp() requires one argument.');
      const protocol = Math.trunc(toNumber(args[0]) ?? 0);
      if (protocol !== 2 && protocol !== 3) raise(state, 'RESP version must be 2 or 3.');
      host.setProtocol(protocol);
      return NO_VALUES;
    },
    set_repl: (...args) => {
      if (args.length !== 1) raise(state, 'redis.set_repl() requires one argument.');
      const flags = Math.trunc(toNumber(args[0]) ?? 0);
      if ((flags & ~TO_ALL) !== 0) {
        raise(state, 'Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
      }
      host.setReplication(flags);
      return NO_VALUES;
    },
    sha1hex: (...args) => {
      if (args.length !== 1) raise(state, 'wrong number of arguments');
      return sha1Hex(toText(args[0]) ?? '');
    },
    error_reply: (...args) => {
      const [text] = args;
      if (args.length !== 1 || typeof text !== 'string') {
        return errorTable('wrong number or type of arguments');
      }
      return errorTable(text.startsWith('-') ? text : `-${text}`);
    },
    status_reply: (...args) => {
      const [text] = args;
      if (args.length !== 1 || typeof text !== 'string') {
        return errorTable('wrong number or type of arguments');
      }
      return tableOf('ok', text);
    },
  };
}

export function sha1Hex(text: string): string {
  return hexOf(sha1(bytesOf(text)));
}

/** Lua's pcall, but an error that is a table with `err`, as redis.call raises it, comes as that text. */
function protectedCall(state: LuaState): LuaFunction {
  const original = state.globals.get('pcall');
  return function* (...args: LuaValue[]): Running {
    if (typeof original !== 'function') return NO_VALUES;
    const values = yield* called(original, args);
    const [ok, error] = values;
    if (ok !== false || !(error instanceof LuaTable)) return values;
    const text = toText(error.get('err'));
    return text === undefined ? values : [false, text];
  };
}
