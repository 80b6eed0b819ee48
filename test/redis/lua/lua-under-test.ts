/** A Lua of our own with nothing of Redis in it. */
import { compile } from '../../../extension/redis/lua/compiler.ts';
import { LuaError } from '../../../extension/redis/lua/error.ts';
import { Execution } from '../../../extension/redis/lua/execution.ts';
import { openLibraries } from '../../../extension/redis/lua/libraries/index.ts';
import { LuaState, toText } from '../../../extension/redis/lua/state.ts';
import { NO_VALUES, type Values } from '../../../extension/redis/lua/values.ts';

export function newState(): LuaState {
  const state = new LuaState();
  openLibraries(state);
  return state;
}

/** What a chunk returns; an error that nobody caught as an Error with its text. */
export function run(source: string, state = newState(), stepping = false): Values {
  try {
    const execution = new Execution(
      state,
      compile(state, source, '@g.lua', state.globals, { stepping }),
      NO_VALUES,
      () => false,
    );
    execution.run();
    return execution.values ?? [];
  } catch (error) {
    throw error instanceof LuaError ? new Error(toText(error.value)) : error;
  }
}
