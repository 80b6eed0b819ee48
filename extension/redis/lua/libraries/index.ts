/** Lua's own libraries, as far as scripts have them. */
import type { LuaState } from '../state.ts';
import { openBase } from './base.ts';
import { openBit } from './bit.ts';
import { openCoroutine } from './coroutine.ts';
import { openMath } from './math.ts';
import { openString } from './string.ts';
import { openTable } from './table.ts';

export function openLibraries(state: LuaState): void {
  openBase(state);
  openCoroutine(state);
  openTable(state);
  openString(state);
  openMath(state);
  openBit(state);
}
