/** The libraries that scripts have: Lua's own, and those that come with Redis. */
import type { LuaState } from '../state.ts';
import { openBase } from './base.ts';
import { openBit } from './bit.ts';
import { openCjson } from './cjson.ts';
import { openCmsgpack } from './cmsgpack.ts';
import { openCoroutine } from './coroutine.ts';
import { openMath } from './math.ts';
import { openString } from './string.ts';
import { openStruct } from './struct.ts';
import { openTable } from './table.ts';

export function openLibraries(state: LuaState): void {
  openBase(state);
  openCoroutine(state);
  openTable(state);
  openString(state);
  openMath(state);
  openBit(state);
  openCjson(state);
  openCmsgpack(state);
  openStruct(state);
}
