/** Lua values as JSON, byte for byte as lua-cjson writes it. */
import type { Binary } from '../../bytes.ts';
import { general } from '../numbers.ts';
import { typeName } from '../state.ts';
import { LuaTable, type LuaValue, Userdata } from '../values.ts';
import type { JsonSettings } from './json-settings.ts';

/** The stack of Lua's own encoder ends before much deeper tables do. */
const DEEPEST = 2600;

export function writeJson(value: LuaValue, settings: JsonSettings, fail: (message: string) => never): Binary {
  const refuse = (what: LuaValue, why: string): never => fail(`Cannot serialise ${typeName(what)}: ${why}`);
  const write = (one: LuaValue, depth: number): string => {
    switch (typeof one) {
      case 'string':
        return quote(one);
      case 'number':
        return number(one);
      case 'boolean':
        return String(one);
      case 'undefined':
        return 'null';
    }
    if (one instanceof LuaTable) return table(one, depth + 1);
    return one instanceof Userdata && one.metatable === undefined
      ? 'null'
      : refuse(one, 'type not supported');
  };
  const number = (one: number): string => {
    if (Number.isFinite(one)) return general(one, settings.precision, false);
    if (settings.encodeInvalid === 'off') return refuse(one, 'must not be NaN or Inf');
    if (settings.encodeInvalid === 'null') return 'null';
    return Number.isNaN(one) ? 'nan' : one < 0 ? '-inf' : 'inf';
  };
  const table = (one: LuaTable, depth: number): string => {
    if (depth > settings.encodeDepth || depth > DEEPEST) {
      fail(`Cannot serialise, excessive nesting (${depth})`);
    }
    const length = listLength(one);
    if (length > 0) {
      const items: string[] = [];
      for (let i = 1; i <= length; i++) items.push(write(one.get(i), depth));
      return `[${items.join(',')}]`;
    }
    const members: string[] = [];
    for (const [key, member] of one.entries()) {
      let name: string;
      if (typeof key === 'string') name = quote(key);
      else if (typeof key === 'number') name = `"${number(key)}"`;
      else name = refuse(key, 'table key must be a number or string');
      members.push(`${name}:${write(member, depth)}`);
    }
    return `{${members.join(',')}}`;
  };
  /** The last index when it is a list, -1 when it has other keys. */
  const listLength = (one: LuaTable): number => {
    let last = 0;
    let items = 0;
    for (const [key] of one.entries()) {
      if (typeof key !== 'number' || !Number.isInteger(key) || key < 1) return -1;
      last = Math.max(last, key);
      items++;
    }
    const sparse =
      settings.sparseRatio > 0 && last > items * settings.sparseRatio && last > settings.sparseSafe;
    if (!sparse) return last;
    return settings.sparseConvert ? -1 : refuse(one, 'excessively sparse array');
  };
  return write(value, 0);
}

const ESCAPED = /[^ -~\u0080-\u00ff]|["\\/]/g;
const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
};

function quote(text: Binary): string {
  const escaped = text.replace(
    ESCAPED,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}
