/** Coroutines: the machine has a stack for each. */
import { Arguments } from '../arguments.ts';
import { LuaError } from '../error.ts';
import { coroutineOf } from '../execution.ts';
import { type LuaState, NOWHERE } from '../state.ts';
import {
  Coroutine,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  listOf,
  Resume,
  type Running,
  type Values,
  Yield,
} from '../values.ts';

export function openCoroutine(state: LuaState): void {
  const take = new Arguments(state);
  const coroutine = (args: Values): Coroutine => {
    const [value] = args;
    return value instanceof Coroutine ? value : take.fail(1, 'coroutine expected');
  };
  const luaFunction = ([value]: Values): LuaFunction =>
    typeof value === 'function' ? value : take.fail(1, 'Lua function expected');
  const functions: Record<string, LuaFunction> = {
    create: (...args) => coroutineOf(luaFunction(args)),
    resume: (...args) => resume(coroutine(args), args.slice(1)),
    yield: (...args) => suspend(args),
    status: (...args) => coroutine(args).status,
    // The main one does not count.
    running: () => (state.coroutine.parent === undefined ? undefined : state.coroutine),
    wrap: (...args) => {
      const made = coroutineOf(luaFunction(args));
      return (...given) => wrapped(state, made, given);
    },
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  state.globals.set('coroutine', library);
}

function* suspend(values: Values): Running {
  return yield new Yield(values);
}

function* resume(coroutine: Coroutine, args: Values): Running {
  return yield new Resume(coroutine, args);
}

function* wrapped(state: LuaState, coroutine: Coroutine, args: Values): Running {
  const { at } = state;
  const answer: LuaValue | Values = yield new Resume(coroutine, args);
  const [ok, ...values] = listOf(answer);
  if (ok === true) return values;
  const [error] = values;
  // Where it was resumed stands in front, too.
  const placed = typeof error === 'string' ? state.where(at === NOWHERE ? NOWHERE : at) + error : error;
  throw new LuaError(placed, at);
}
