/** The cmsgpack library: MessagePack. */
import { Buffer } from 'node:buffer';
import { type Binary, bytesOf } from '../../bytes.ts';
import { Arguments } from '../arguments.ts';
import type { LuaState } from '../state.ts';
import { isTrue, type LuaFunction, LuaTable, type LuaValue, type Values } from '../values.ts';

/** LUACMSGPACK_MAX_NESTING: a table deeper than this becomes nil. */
const MOST_LEVELS = 16;

export function openCmsgpack(state: LuaState): void {
  const take = new Arguments(state);
  const unpack = (args: Values, limit: number, offset: number): Values => {
    const text = take.text(args, 1);
    if (offset < 0 || limit < 0) {
      state.fail(`Invalid request to unpack with offset of ${offset} and limit of ${text.length}.`);
    }
    if (offset > text.length) {
      state.fail(`Start offset ${offset} greater than input length ${text.length}.`);
    }
    const reader = new Reader(state, bytesOf(text), offset);
    const all = limit === 0 && offset === 0;
    const values: LuaValue[] = [];
    while (!reader.atEnd && (all || values.length < limit)) values.push(reader.value());
    return all ? values : [reader.atEnd ? -1 : reader.at, ...values];
  };
  const functions: Record<string, LuaFunction> = {
    pack: (...args) => {
      if (args.length === 0) take.fail(0, 'MessagePack pack needs input.');
      const parts: Buffer[] = [];
      for (const value of args) write(parts, value, 0);
      return Buffer.concat(parts).toString('latin1');
    },
    unpack: (...args) => unpack(args, 0, 0),
    unpack_one: (...args) => unpack(args, 1, take.integerOr(args, 2, 0)),
    unpack_limit: (...args) => unpack(args, take.integer(args, 2), take.integerOr(args, 3, 0)),
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  library.set('_NAME', 'cmsgpack');
  library.set('_VERSION', 'lua-cmsgpack 0.4.0');
  library.set('_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo');
  library.set('_DESCRIPTION', 'MessagePack C implementation for Lua');
  state.globals.set('cmsgpack', library);
}

function write(parts: Buffer[], value: LuaValue, level: number): void {
  if (typeof value === 'string') {
    parts.push(stringHeader(value.length), bytesOf(value));
  } else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'boolean') parts.push(Buffer.of(isTrue(value) ? 0xc3 : 0xc2));
  else if (value instanceof LuaTable && level < MOST_LEVELS) writeTable(parts, value, level + 1);
  else parts.push(Buffer.of(0xc0));
}

function writeTable(parts: Buffer[], table: LuaTable, level: number): void {
  const entries = [...table.entries()];
  let last = 0;
  let isList = true;
  for (const [key] of entries) {
    isList &&= typeof key === 'number' && Number.isInteger(key) && key > 0 && key < 2 ** 31;
    if (typeof key === 'number') last = Math.max(last, key);
  }
  if (isList && last === entries.length) {
    parts.push(header(entries.length, 0x90, 15, 0xdc));
    for (let i = 1; i <= entries.length; i++) write(parts, table.get(i), level);
    return;
  }
  parts.push(header(entries.length, 0x80, 15, 0xde));
  for (const [key, value] of entries) {
    write(parts, key, level);
    write(parts, value, level);
  }
}

function stringHeader(size: number): Buffer {
  if (size < 32) return Buffer.of(0xa0 | size);
  return size <= 0xff ? Buffer.of(0xd9, size) : header(size, 0, -1, 0xda);
}

/** A count in the mark itself up to `most`, else behind it in two bytes or four. */
function header(count: number, small: number, most: number, mark: number): Buffer {
  if (count <= most) return Buffer.of(small | count);
  const bytes = Buffer.alloc(count <= 0xffff ? 3 : 5);
  bytes[0] = count <= 0xffff ? mark : mark + 1;
  if (count <= 0xffff) bytes.writeUInt16BE(count, 1);
  else bytes.writeUInt32BE(count, 1);
  return bytes;
}

function numberBytes(value: number): Buffer {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return integerBytes(value);
  const isFloat = Object.is(Math.fround(value), value);
  const bytes = Buffer.alloc(isFloat ? 5 : 9);
  bytes[0] = isFloat ? 0xca : 0xcb;
  if (isFloat) bytes.writeFloatBE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** In as few bytes as hold it. */
function integerBytes(value: number): Buffer {
  if (value >= -32 && value <= 127) return Buffer.of(value & 0xff);
  const negative = value < 0;
  const sizes = negative ? [0x80, 0x8000, 0x80000000] : [0xff, 0xffff, 0xffffffff];
  const fits = sizes.findIndex((size) => (negative ? -value <= size : value <= size));
  const width = fits < 0 ? 8 : 2 ** fits;
  const bytes = Buffer.alloc(9);
  bytes[0] = (negative ? 0xd0 : 0xcc) + (fits < 0 ? 3 : fits);
  bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(value) << BigInt(64 - 8 * width)), 1);
  return bytes.subarray(0, 1 + width);
}

class Reader {
  readonly #state: LuaState;
  readonly #bytes: Buffer;
  at: number;
  #level = 0;

  constructor(state: LuaState, bytes: Buffer, at: number) {
    this.#state = state;
    this.#bytes = bytes;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  value(): LuaValue {
    const mark = this.#bytes[this.#take(1)];
    if (mark < 0x80) return mark;
    if (mark >= 0xe0) return mark - 0x100;
    if (mark < 0x90) return this.#map(mark & 15);
    if (mark < 0xa0) return this.#array(mark & 15);
    if (mark < 0xc0) return this.#text(mark & 31);
    return this.#marked(mark);
  }

  #marked(mark: number): LuaValue {
    switch (mark) {
      case 0xc0:
        return undefined;
      case 0xc2:
      case 0xc3:
        return mark === 0xc3;
      case 0xca:
        return this.#bytes.readFloatBE(this.#take(4));
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#take(8));
      case 0xcf:
        return Number(this.#bytes.readBigUInt64BE(this.#take(8)));
      case 0xd3:
        return Number(this.#bytes.readBigInt64BE(this.#take(8)));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(2 ** (mark - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 2 ** (mark - 0xd0);
        return this.#bytes.readIntBE(this.#take(size), size);
      }
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(2 ** (mark - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(mark === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(mark === 0xde ? 2 : 4));
      default:
        return this.#state.fail('Bad data format in input.');
    }
  }

  /** The place of the next `size` bytes, which are then read. */
  #take(size: number): number {
    const { at } = this;
    if (at + size > this.#bytes.length) this.#state.fail('Missing bytes in input.');
    this.at += size;
    return at;
  }

  #unsigned(size: number): number {
    return this.#bytes.readUIntBE(this.#take(size), size);
  }

  #text(size: number): Binary {
    const start = this.#take(size);
    return this.#bytes.toString('latin1', start, start + size);
  }

  #array(size: number): LuaTable {
    this.#descend();
    const table = new LuaTable();
    for (let i = 1; i <= size; i++) table.set(i, this.value());
    this.#level--;
    return table;
  }

  #map(size: number): LuaTable {
    this.#descend();
    const table = new LuaTable();
    for (let left = size; left > 0; left--) {
      const key = this.value();
      this.#state.rawSet(table, key, this.value());
    }
    this.#level--;
    return table;
  }

  /** LUAI_MAXCSTACK and LUAI_MAXCCALLS end it in C. */
  #descend(): void {
    if (++this.#level > 2000) this.#state.fail('stack overflow (in function mp_decode_to_lua_array)');
  }
}
