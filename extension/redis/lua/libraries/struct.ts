/** The struct library: values packed as C lays them out. */
import { Buffer } from 'node:buffer';
import { type Binary, bytesOf } from '../../bytes.ts';
import { Arguments } from '../arguments.ts';
import type { LuaState } from '../state.ts';
import type { LuaFunction, LuaValue, Values } from '../values.ts';
import { LuaTable } from '../values.ts';

/** MAXINTSIZE, and the alignment of a double. */
const LARGEST_INTEGER = 32;
const MOST_ALIGNMENT = 8;
const INT_MAX = 2 ** 31 - 1;

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  B: 1,
  h: 2,
  H: 2,
  l: 8,
  L: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
};

const INTEGERS = 'bBhHlLTiI';

/** One option of a format, and where it stands. */
interface Item {
  readonly option: string;
  readonly size: number;
  readonly padding: number;
  readonly little: boolean;
}

export function openStruct(state: LuaState): void {
  const take = new Arguments(state);
  const functions: Record<string, LuaFunction> = {
    pack: (...args) => pack(state, take, args),
    unpack: (...args) => unpack(state, take, args),
    size: (...args) => {
      const format = new Format(state, take, take.text(args, 1));
      let position = 0;
      for (let item = format.next(position); item !== undefined; item = format.next(position)) {
        if (item.option === 's') take.fail(1, "option 's' has no fixed size");
        if (item.option === 'c' && item.size === 0) take.fail(1, "option 'c0' has no fixed size");
        position += item.padding + item.size;
      }
      return position;
    },
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  state.globals.set('struct', library);
}

class Format {
  readonly #state: LuaState;
  readonly #take: Arguments;
  readonly #text: Binary;
  #at = 0;
  #little = true;
  #alignment = 1;

  constructor(state: LuaState, take: Arguments, text: Binary) {
    this.#state = state;
    this.#take = take;
    this.#text = text;
  }

  /** The next option that stands for something at `position`. */
  next(position: number): Item | undefined {
    for (;;) {
      const option = this.#text.charAt(this.#at++);
      if (option === '' || option === '\0') return undefined;
      const size = this.#size(option);
      if (size !== undefined) {
        return { option, size, padding: this.#padding(position, option, size), little: this.#little };
      }
      this.#control(option);
    }
  }

  #size(option: string): number | undefined {
    if (option === 's') return 0;
    if (option === 'c') return this.#number(1);
    if (option !== 'i' && option !== 'I') return SIZES[option];
    const size = this.#number(4);
    if (size > LARGEST_INTEGER) {
      this.#state.fail(`integral size ${size} is larger than limit of ${LARGEST_INTEGER}`);
    }
    return size;
  }

  #number(otherwise: number): number {
    let value: number | undefined;
    for (; /\d/.test(this.#text.charAt(this.#at)); this.#at++) {
      value = (value ?? 0) * 10 + Number(this.#text.charAt(this.#at));
      if (value > INT_MAX) this.#state.fail('integral size overflow');
    }
    return value ?? otherwise;
  }

  #padding(position: number, option: string, size: number): number {
    if (size === 0 || option === 'c') return 0;
    const by = Math.min(size, this.#alignment);
    return (by - (position & (by - 1))) & (by - 1);
  }

  #control(option: string): void {
    if (option === ' ') return;
    if (option === '>' || option === '<') this.#little = option === '<';
    else if (option === '!') {
      const alignment = this.#number(MOST_ALIGNMENT);
      if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
        this.#state.fail(`alignment ${alignment} is not a power of 2`);
      }
      this.#alignment = alignment;
    } else this.#take.fail(1, `invalid format option '${option}'`);
  }
}

function pack(state: LuaState, take: Arguments, args: Values): Binary {
  const format = new Format(state, take, take.text(args, 1));
  let text = '';
  let argument = 1;
  for (let item = format.next(0); item !== undefined; item = format.next(text.length)) {
    const { option, size, padding, little } = item;
    text += '\0'.repeat(padding);
    if (option === 'x') text += '\0';
    else if (INTEGERS.includes(option)) text += integerBytes(take.number(args, ++argument), size, little);
    else if (option === 'f' || option === 'd') text += realBytes(take.number(args, ++argument), size, little);
    else {
      const value = take.text(args, ++argument);
      const taken = size === 0 ? value.length : size;
      if (value.length < taken) take.fail(argument + 1, 'string too short');
      text += value.slice(0, taken) + (option === 's' ? '\0' : '');
    }
  }
  return text;
}

function unpack(state: LuaState, take: Arguments, args: Values): Values {
  const format = new Format(state, take, take.text(args, 1));
  const data = take.text(args, 2);
  const start = take.integerOr(args, 3, 1);
  if (start <= 0) take.fail(3, 'offset must be 1 or greater');
  let position = start - 1;
  const values: LuaValue[] = [];
  const need = (size: number): void => {
    if (position + size > data.length) take.fail(2, 'data string too short');
  };
  for (let item = format.next(position); item !== undefined; item = format.next(position)) {
    let { size } = item;
    const { option, padding, little } = item;
    position += padding;
    need(size);
    if (INTEGERS.includes(option)) {
      const signed = option === option.toLowerCase();
      values.push(integerOf(data.slice(position, position + size), little, signed));
    } else if (option === 'f' || option === 'd') {
      values.push(realOf(data.slice(position, position + size), little));
    } else if (option === 'c') {
      if (size === 0) {
        const count = values.pop();
        if (typeof count !== 'number') state.fail("format 'c0' needs a previous size");
        size = Math.trunc(count);
        need(size);
      }
      values.push(data.slice(position, position + size));
    } else if (option === 's') {
      const end = data.indexOf('\0', position);
      if (end < 0) state.fail('unfinished string in data');
      size = end - position + 1;
      values.push(data.slice(position, end));
    }
    position += size;
  }
  values.push(position + 1);
  return values;
}

function integerBytes(value: number, size: number, little: boolean): Binary {
  let rest = Number.isFinite(value) ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : 2n ** 63n;
  const bytes: number[] = [];
  for (let i = 0; i < size; i++) {
    bytes.push(Number(rest & 255n));
    rest >>= 8n;
  }
  if (!little) bytes.reverse();
  return String.fromCharCode(...bytes);
}

/** Of more than eight bytes the last that are read count. */
function integerOf(text: Binary, little: boolean, signed: boolean): number {
  const bytes = bytesOf(text);
  if (little) bytes.reverse();
  let value = 0n;
  for (const byte of bytes) value = BigInt.asUintN(64, (value << 8n) | BigInt(byte));
  return Number(signed ? BigInt.asIntN(Math.min(64, 8 * bytes.length), value) : value);
}

function realBytes(value: number, size: number, little: boolean): Binary {
  const bytes = Buffer.alloc(size);
  if (size === 4) bytes.writeFloatLE(value);
  else bytes.writeDoubleLE(value);
  if (!little) bytes.reverse();
  return bytes.toString('latin1');
}

function realOf(text: Binary, little: boolean): number {
  const bytes = bytesOf(text);
  if (!little) bytes.reverse();
  return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
}
