/** Replies of commands as Lua values: straight from the bytes that the command wrote. */
import { binaryOf } from '../../redis/bytes.ts';
import type { LuaValue } from '../../redis/lua/values.ts';
import { LuaTable } from '../../redis/lua/values.ts';

const CR = 0x0d;
const MARK = {
  bulk: 0x24,
  integer: 0x3a,
  simple: 0x2b,
  error: 0x2d,
  array: 0x2a,
  null: 0x5f,
  boolean: 0x23,
  double: 0x2c,
  map: 0x25,
  set: 0x7e,
  push: 0x3e,
  bigNumber: 0x28,
  verbatim: 0x3d,
  attribute: 0x7c,
} as const;

export function tableOf(name: string, value: LuaValue): LuaTable {
  const table = new LuaTable();
  table.set(name, value);
  return table;
}

/** `ERR` stands in front of a text that has no code. A `-` in front of it says that it has one. */
export function errorTable(text: string): LuaTable {
  if (!text.startsWith('-')) return tableOf('err', `ERR ${text.trim()}`);
  const blank = text.indexOf(' ');
  const code = blank < 0 ? 'ERR' : text.slice(1, blank);
  return tableOf('err', `${code} ${text.slice(blank < 0 ? 1 : blank + 1).replace(/^[\r\n]+|[\r\n]+$/g, '')}`);
}

export class ReplyValues {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** The one reply that begins at `start`. */
  read(bytes: Uint8Array, start: number): LuaValue {
    this.#bytes = bytes;
    this.#at = start;
    return this.#value();
  }

  #value(): LuaValue {
    const mark = this.#bytes[this.#at++];
    switch (mark) {
      case MARK.bulk:
        return this.#bulk();
      case MARK.integer:
        return this.#length();
      case MARK.array:
      case MARK.push:
        return this.#array();
      case MARK.simple:
        return tableOf('ok', this.#line());
      case MARK.error: {
        const table = errorTable(`-${this.#line()}`);
        // It has been counted when it was given.
        table.set('ignore_error_stats_update', true);
        return table;
      }
      default:
        return this.#newer(mark);
    }
  }

  /** What only RESP3 has. */
  #newer(mark: number): LuaValue {
    switch (mark) {
      case MARK.boolean:
        return this.#line() === 't';
      case MARK.double:
        return tableOf('double', doubleOf(this.#line()));
      case MARK.bigNumber:
        return tableOf('big_number', this.#line());
      case MARK.verbatim: {
        const text = this.#text(this.#length());
        const table = tableOf('format', text.slice(0, 3));
        table.set('string', text.slice(4));
        return tableOf('verbatim_string', table);
      }
      case MARK.map:
        return tableOf('map', this.#pairs());
      case MARK.set: {
        const members = new LuaTable();
        for (let left = this.#length(); left > 0; left--) members.set(this.#value(), true);
        return tableOf('set', members);
      }
      case MARK.attribute:
        this.#pairs();
        return this.#value();
      default:
        this.#line();
        return undefined;
    }
  }

  #pairs(): LuaTable {
    const table = new LuaTable();
    for (let left = this.#length(); left > 0; left--) {
      const key = this.#value();
      table.set(key, this.#value());
    }
    return table;
  }

  #bulk(): LuaValue {
    const size = this.#length();
    return size < 0 ? false : this.#text(size);
  }

  #array(): LuaValue {
    const size = this.#length();
    if (size < 0) return false;
    const items: LuaValue[] = [];
    for (let i = 0; i < size; i++) items.push(this.#value());
    return new LuaTable(items);
  }

  #text(size: number): string {
    const start = this.#at;
    this.#at = start + size + 2;
    return binaryOf(this.#bytes, start, start + size);
  }

  #line(): string {
    const start = this.#at;
    let at = start;
    while (this.#bytes[at] !== CR) at++;
    this.#at = at + 2;
    return binaryOf(this.#bytes, start, at);
  }

  /** A whole number and its line's end. */
  #length(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    let value = 0;
    for (; bytes[at] !== CR; at++) value = value * 10 + (bytes[at] - 0x30);
    this.#at = at + 2;
    return negative ? -value : value;
  }
}

function doubleOf(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
