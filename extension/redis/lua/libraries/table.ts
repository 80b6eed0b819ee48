/** Lists: insert, remove, concat, sort, and the deprecated rest of Lua 5.1. */
import { Arguments } from '../arguments.ts';
import { called } from '../execution.ts';
import { type LuaState, NOWHERE, toText, typeName } from '../state.ts';
import { type LuaFunction, LuaTable, type LuaValue, NO_VALUES, type Running } from '../values.ts';
import { sort } from './sort.ts';

export function openTable(state: LuaState): void {
  const take = new Arguments(state);
  const set = (table: LuaTable, key: number, value: LuaValue) => state.rawSet(table, key, value, NOWHERE);
  const functions: Record<string, LuaFunction> = {
    insert: (...args) => {
      const table = take.table(args, 1);
      const end = table.length + 1;
      if (args.length === 2) set(table, end, args[1]);
      else if (args.length !== 3) state.fail("wrong number of arguments to 'insert'");
      else {
        const at = take.integer(args, 2);
        for (let i = Math.max(at, end); i > at; i--) set(table, i, table.get(i - 1));
        set(table, at, args[2]);
      }
      return NO_VALUES;
    },
    remove: (...args) => {
      const table = take.table(args, 1);
      const end = table.length;
      const at = take.integerOr(args, 2, end);
      if (at < 1 || at > end) return NO_VALUES;
      const removed = table.get(at);
      for (let i = at; i < end; i++) set(table, i, table.get(i + 1));
      set(table, end, undefined);
      return removed;
    },
    concat: (...args) => {
      const table = take.table(args, 1);
      const separator = args[1] === undefined ? '' : take.text(args, 2);
      const from = take.integerOr(args, 3, 1);
      const to = args[3] === undefined ? table.length : take.integer(args, 4);
      const parts: string[] = [];
      for (let i = from; i <= to; i++) {
        const value = table.get(i);
        const text = toText(value);
        if (text === undefined) {
          state.fail(`invalid value (${typeName(value)}) at index ${i} in table for 'concat'`);
        }
        parts.push(text);
      }
      return parts.join(separator);
    },
    sort: (...args) => {
      const table = take.table(args, 1);
      return sort(state, table, args[1] === undefined ? undefined : take.function(args, 2));
    },
    getn: (...args) => take.table(args, 1).length,
    setn: (...args) => {
      take.table(args, 1);
      return state.fail("'setn' is obsolete");
    },
    maxn: (...args) => {
      let largest = 0;
      for (const [key] of take.table(args, 1).entries()) {
        if (typeof key === 'number' && key > largest) largest = key;
      }
      return largest;
    },
    foreach: (...args) => forEach(take.table(args, 1), take.function(args, 2)),
    foreachi: (...args) => forEachIndex(take.table(args, 1), take.function(args, 2)),
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  state.globals.set('table', library);
}

function* forEach(table: LuaTable, visit: LuaFunction): Running {
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) {
    const [answer] = yield* called(visit, entry);
    if (answer !== undefined) return answer;
  }
  return NO_VALUES;
}

function* forEachIndex(table: LuaTable, visit: LuaFunction): Running {
  const { length } = table;
  for (let i = 1; i <= length; i++) {
    const [answer] = yield* called(visit, [i, table.get(i)]);
    if (answer !== undefined) return answer;
  }
  return NO_VALUES;
}
