/** From Lua's source to a JavaScript function. */
import type { Binary } from '../bytes.ts';
import { LuaError } from './error.ts';
import { parseChunk } from './parser.ts';
import type { LuaState } from './state.ts';
import { StatementEmitter } from './statement-emitter.ts';
import { SteppingEmitter } from './stepping-emitter.ts';
import type { Lines } from './syntax.ts';
import {
  first,
  GENERATOR_CLASS,
  Line,
  type LuaFunction,
  LuaTable,
  listOf,
  NO_VALUES,
  PAUSE,
} from './values.ts';

/**
 * Compiles a chunk. `name` is its name as Lua has it: `@file`, `=text`, or the source itself. Throws a LuaError whose
 * value is the message. `environment`: others may give its functions an environment of their own. `stepping`: the machine
 * hears of each line that is reached.
 */
export function compile(
  state: LuaState,
  source: Binary,
  name: Binary,
  globals: LuaTable,
  { environment = false, stepping = false } = {},
): LuaFunction {
  try {
    const environments = environment || /[gs]etfenv/.test(source);
    return compileWithin(state, source, name, globals, environments, stepping);
  } catch (error) {
    // It nests deeper than JavaScript's own compiler, or ours, can follow.
    if (!(error instanceof RangeError)) throw error;
    throw new LuaError(`${shownName(name, MOST_NAME)}:1: chunk has too many syntax levels`, -1);
  }
}

function compileWithin(
  state: LuaState,
  source: Binary,
  name: Binary,
  globals: LuaTable,
  environments: boolean,
  stepping: boolean,
): LuaFunction {
  const lines: Lines | undefined = stepping ? new Map() : undefined;
  const body = parseChunk(source, shownName(name, MOST_NAME_OF_COMPLAINTS), lines);
  const chunk = shownName(name, MOST_NAME);
  const emitter =
    lines === undefined
      ? new StatementEmitter(state.places, chunk, body.scope, environments)
      : new SteppingEmitter(state.places, chunk, body.scope, environments, lines);
  const parameters = ['$', 'T', 'G', 'P', 'N', 'E', 'one', 'list', 'L'];
  const make = new Function(...parameters, `'use strict';\nreturn ${emitter.main(body)};`);
  return make(state, LuaTable, GENERATOR_CLASS, PAUSE, NO_VALUES, globals, first, listOf, Line);
}

/** LUA_IDSIZE, and MAXSRC for what the parser says: longer names are cut. */
const MOST_NAME = 60;
const MOST_NAME_OF_COMPLAINTS = 80;

function shownName(name: Binary, limit: number): Binary {
  if (name.startsWith('=')) return name.slice(1, limit);
  if (name.startsWith('@')) {
    const file = name.slice(1);
    const room = limit - ' ... '.length - 1;
    return file.length > room ? `...${file.slice(file.length - room)}` : file;
  }
  const line = /^[^\r\n]*/.exec(name)?.[0] ?? '';
  const room = limit - ' [string "..."] '.length - 1;
  const cut = line.length > room || line.length < name.length;
  return cut ? `[string "${line.slice(0, room)}..."]` : `[string "${line}"]`;
}
