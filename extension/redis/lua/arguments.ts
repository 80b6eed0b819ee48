/** What natives take for arguments, with Lua's complaints about what they do not. */
import type { Binary } from '../bytes.ts';
import { type LuaState, toNumber, toText, typeName } from './state.ts';
import type { LuaFunction, LuaValue, Values } from './values.ts';
import { LuaTable } from './values.ts';

export class Arguments {
  readonly #state: LuaState;

  constructor(state: LuaState) {
    this.#state = state;
  }

  /** Argument `n`, counted from 1, is wrong. */
  fail(n: number, message: string): never {
    const state: LuaState = this.#state;
    const { kind, name } = state.places[state.at] ?? { kind: '', name: '' };
    const shown = kind === '' ? '?' : name;
    const shownNumber = kind === 'method' ? n - 1 : n;
    if (kind === 'method' && n === 1) state.fail(`calling '${shown}' on bad self (${message})`);
    state.fail(`bad argument #${shownNumber} to '${shown}' (${message})`);
  }

  failType(args: Values, n: number, expected: string): never {
    const got = n > args.length ? 'no value' : typeName(args[n - 1]);
    this.fail(n, `${expected} expected, got ${got}`);
  }

  any(args: Values, n: number): LuaValue {
    if (n > args.length) this.fail(n, 'value expected');
    return args[n - 1];
  }

  text(args: Values, n: number): Binary {
    return toText(args[n - 1]) ?? this.failType(args, n, 'string');
  }

  number(args: Values, n: number): number {
    return toNumber(args[n - 1]) ?? this.failType(args, n, 'number');
  }

  /** As C takes a double for an integer: what lies behind the point is dropped. */
  integer(args: Values, n: number): number {
    const value = this.number(args, n);
    return Number.isFinite(value) ? Math.trunc(value) + 0 : Number.MIN_SAFE_INTEGER;
  }

  integerOr(args: Values, n: number, otherwise: number): number {
    return args[n - 1] === undefined ? otherwise : this.integer(args, n);
  }

  table(args: Values, n: number): LuaTable {
    const value = args[n - 1];
    return value instanceof LuaTable ? value : this.failType(args, n, 'table');
  }

  function(args: Values, n: number): LuaFunction {
    const value = args[n - 1];
    return typeof value === 'function' ? value : this.failType(args, n, 'function');
  }
}
