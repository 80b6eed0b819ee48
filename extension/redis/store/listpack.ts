/**
 * Elements of a listpack, written and read one by one. What the bytes mean is told in rdb/packed.ts; streams keep their
 * entries in this form.
 */
import type { Buffer } from 'node:buffer';
import { type Binary, binaryOf, copyBytes } from '../bytes.ts';
import { parseInt64, parseSmallInteger } from '../numbers.ts';
import { backLengthBytes } from './listpack-size.ts';
import { type Wide, wide } from './stream/stream-id.ts';

/** No element takes more than its text and this: up to 9 bytes of encoding or integer, up to 5 of back length. */
export const ELEMENT_OVERHEAD = 14;
/** `-9223372036854775808`: nothing longer is tried as an integer. */
const LONGEST_INTEGER = 20;

/** Writes an integer of 64 bits, signed, at `at`; returns where it ends. */
export function writeInteger(bytes: Buffer, at: number, value: Wide): number {
  if (value >= 0 && value <= 127) {
    bytes[at] = Number(value);
    bytes[at + 1] = 1;
    return at + 2;
  }
  const end = writeIntegerBody(bytes, at, value);
  // At most 9 bytes: their number always fits one.
  bytes[end] = end - at;
  return end + 1;
}

function writeIntegerBody(bytes: Buffer, at: number, value: Wide): number {
  if (typeof value === 'bigint' || value < -0x80000000 || value > 0x7fffffff) {
    bytes[at] = 0xf4;
    return bytes.writeBigInt64LE(BigInt(value), at + 1);
  }
  if (value >= -4096 && value <= 4095) {
    const low13 = value & 0x1fff;
    bytes[at] = 0xc0 | (low13 >> 8);
    bytes[at + 1] = low13 & 0xff;
    return at + 2;
  }
  if (value >= -0x8000 && value <= 0x7fff) {
    bytes[at] = 0xf1;
    return bytes.writeInt16LE(value, at + 1);
  }
  const short = value >= -0x800000 && value <= 0x7fffff;
  bytes[at] = short ? 0xf2 : 0xf3;
  return bytes.writeIntLE(value, at + 1, short ? 3 : 4);
}

/** Writes `source[start, end)` at `at`, as an integer when it is the text of one; returns where it ends. */
export function writeText(bytes: Buffer, at: number, source: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size <= LONGEST_INTEGER) {
    const integer = integerIn(source, start, end);
    if (integer !== undefined) return writeInteger(bytes, at, integer);
  }
  let to = at;
  if (size < 64) bytes[to++] = 0x80 | size;
  else if (size < 4096) {
    bytes[to++] = 0xe0 | (size >> 8);
    bytes[to++] = size & 0xff;
  } else {
    bytes[to++] = 0xf0;
    to = bytes.writeUInt32LE(size, to);
  }
  copyBytes(source, start, end, bytes, to);
  to += size;
  return writeBackLength(bytes, to, to - at);
}

function integerIn(source: Uint8Array, start: number, end: number): Wide | undefined {
  const first = source[start];
  // Anything but a digit or a minus in front: text, as most values are.
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return undefined;
  const small = parseSmallInteger(source, start, end);
  if (!Number.isNaN(small)) return small;
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(source[at]);
  const large = parseInt64(text);
  return large === undefined ? undefined : wide(large);
}

/** An element's size, by which it is passed backwards: seven bits a byte, the highest first, all but that one marked. */
function writeBackLength(bytes: Buffer, at: number, size: number): number {
  const count = backLengthBytes(size);
  let rest = size;
  for (let place = at + count - 1; place > at; place--) {
    bytes[place] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + count;
}

/** Where the element that ends at `end` begins. */
export function elementBefore(bytes: Buffer, end: number): number {
  let at = end - 1;
  let size = bytes[at] & 127;
  for (let unit = 128; (bytes[at] & 128) !== 0; unit *= 128) size += (bytes[--at] & 127) * unit;
  return at - size;
}

/**
 * Where the element at `at` ends; 0 when it is malformed or goes beyond `last`. What this has looked at, a cursor may
 * read.
 */
export function elementEnd(bytes: Buffer, at: number, last: number): number {
  const first = bytes[at];
  // The longest head an element can have lies before the end mark, or the element is too short for its encoding.
  const head = first < 0xe0 || first > 0xf0 ? 1 : first < 0xf0 ? 2 : 5;
  if (at + head > last) return 0;
  const end = at + elementBytes(bytes, at, first);
  const size = end - at;
  if (size === 0) return 0;
  const behind = end + backLengthBytes(size);
  return behind <= last && backLengthAt(bytes, end, behind) === size ? behind : 0;
}

/** Bytes of encoding and data; 0: there is no such encoding. */
function elementBytes(bytes: Buffer, at: number, first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 2 + (((first & 0x0f) << 8) | bytes[at + 1]);
  if (first === 0xf0) return 5 + bytes.readUInt32LE(at + 1);
  if (first > 0xf4) return 0;
  return first === 0xf4 ? 9 : first - 0xee;
}

function backLengthAt(bytes: Buffer, start: number, end: number): number {
  let size = bytes[start];
  for (let at = start + 1; at < end; at++) size = size * 128 + (bytes[at] & 127);
  return size;
}

/** Reads one element after the other from bytes that are known to be well-formed. */
export class ListpackCursor {
  bytes: Buffer;
  /** Where the next element begins. */
  at: number;
  /** What was read last: `integer`, or `bytes[start, end)`. */
  isInteger = false;
  integer: Wide = 0;
  start = 0;
  end = 0;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  next(): void {
    const { at } = this;
    const first = this.bytes[at];
    if (first < 0x80) {
      this.isInteger = true;
      this.integer = first;
      this.at = at + 2;
    } else if (first < 0xc0) {
      this.isInteger = false;
      this.start = at + 1;
      this.end = at + 1 + (first & 0x3f);
      this.at = this.end + 1;
    } else if (first >= 0xe0 && first <= 0xf0) this.#longText(at, first);
    else this.#longInteger(at, first);
  }

  skip(count: number): void {
    for (let n = 0; n < count; n++) this.next();
  }

  /** The next element as a string. */
  binary(): Binary {
    this.next();
    return this.isInteger ? String(this.integer) : binaryOf(this.bytes, this.start, this.end);
  }

  /** The next element, which is a small integer: a flag or a count. */
  count(): number {
    this.next();
    return Number(this.integer);
  }

  #longText(at: number, first: number): void {
    const wideLength = first === 0xf0;
    const size = wideLength ? this.bytes.readUInt32LE(at + 1) : ((first & 0x0f) << 8) | this.bytes[at + 1];
    this.isInteger = false;
    this.start = at + (wideLength ? 5 : 2);
    this.end = this.start + size;
    this.at = this.end + backLengthBytes(this.end - at);
  }

  #longInteger(at: number, first: number): void {
    const { bytes } = this;
    this.isInteger = true;
    if (first < 0xe0) {
      this.integer = ((((first & 0x1f) << 8) | bytes[at + 1]) << 19) >> 19;
      this.at = at + 3;
    } else if (first === 0xf4) {
      this.integer = wide(bytes.readBigInt64LE(at + 1));
      this.at = at + 10;
    } else {
      const width = first - 0xef;
      this.integer = bytes.readIntLE(at + 1, width);
      this.at = at + width + 2;
    }
  }
}
