/** Writes the elements of RDB: lengths, strings, numbers, into bytes that grow. */
import { Buffer } from 'node:buffer';
import { type Binary, copyBytes } from '../../bytes.ts';
import type { Wide } from '../stream/stream-id.ts';
import { StringEncoding } from './format.ts';
import { lzfCompress } from './lzf.ts';

/** Strings up to this size are not worth compressing. */
const COMPRESS_FROM = 21;
/** Digits and sign of a 32-bit integer: longer strings are not tried as numbers. */
const LONGEST_INTEGER = 11;
/** A length below this is one byte. */
const SHORT = 64;
const MINUS = 45;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
/** Below this a loop beats the call into native code (measured). */
const SHORT_STRING = 24;

export class RdbWriter {
  /** rdbcompression: long strings are written in LZF where that is shorter. */
  readonly #compress: boolean;
  #bytes: Buffer;
  #size = 0;
  #taken: Buffer | undefined;
  #spare: Buffer | undefined;
  /** A Binary string's bytes on their way, so that strings of elements need no buffer each. */
  #scratch = Buffer.allocUnsafe(128);

  constructor(compress: boolean, capacity = 256) {
    this.#compress = compress;
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** What was written since the last `take`, for the caller to keep, unless it calls `giveBack`. */
  take(): Uint8Array {
    const taken = this.#bytes;
    const size = this.#size;
    const spare = this.#spare;
    this.#taken = taken;
    this.#spare = undefined;
    this.#bytes = spare?.length === taken.length ? spare : Buffer.allocUnsafe(taken.length);
    this.#size = 0;
    return taken.subarray(0, size);
  }

  /** What was taken last is not needed any more, and may be written over. */
  giveBack(): void {
    this.#spare = this.#taken;
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  int64(value: number): void {
    const at = this.#room(8);
    this.#bytes.writeBigInt64LE(BigInt(value), at);
  }

  double(value: number): void {
    const at = this.#room(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const at = this.#room(end - start);
    copyBytes(bytes, start, end, this.#bytes, at);
  }

  /** In six, fourteen, 32 or 64 bits, as `RdbReader` explains. */
  length(value: Wide): void {
    if (typeof value === 'bigint') this.#long(value);
    else if (value < 64) this.byte(value);
    else if (value < 16384) {
      this.byte(0x40 | (value >> 8));
      this.byte(value & 255);
    } else if (value <= 0xffffffff) {
      this.byte(0x80);
      const at = this.#room(4);
      this.#bytes.writeUInt32BE(value, at);
    } else this.#long(BigInt(value));
  }

  /** As a number if it is one, compressed if that helps, else as it is. */
  string(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const size = end - start;
    if (size <= LONGEST_INTEGER && this.#asInteger(bytes, start, end)) return;
    if (this.#compress && size >= COMPRESS_FROM) {
      const packed = lzfCompress(bytes, start, end);
      if (packed !== undefined) {
        this.byte(0xc0 | StringEncoding.lzf);
        this.length(packed.length);
        this.length(size);
        this.raw(packed);
        return;
      }
    }
    this.length(size);
    this.raw(bytes, start, end);
  }

  /**
   * A record of this type, its key `bytes[start, middle)` and its string `bytes[middle, end)`, in one go where both are
   * short and written as they are, which most are. False: nothing was written.
   */
  shortRecord(type: number, bytes: Uint8Array, start: number, middle: number, end: number): boolean {
    if (!this.#staysAsItIs(bytes, start, middle) || !this.#staysAsItIs(bytes, middle, end)) return false;
    const at = this.#room(3 + end - start);
    const into = this.#bytes;
    const second = at + 2 + middle - start;
    into[at] = type;
    into[at + 1] = middle - start;
    copyBytes(bytes, start, middle, into, at + 2);
    into[second] = end - middle;
    copyBytes(bytes, middle, end, into, second + 1);
    return true;
  }

  #staysAsItIs(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (size >= (this.#compress ? COMPRESS_FROM : SHORT)) return false;
    if (size === 0 || size > LONGEST_INTEGER) return true;
    const first = bytes[start];
    return first !== MINUS && (first < DIGIT_0 || first > DIGIT_9);
  }

  binary(value: Binary): void {
    if (value.length > this.#scratch.length) {
      this.string(Buffer.from(value, 'latin1'));
      return;
    }
    if (value.length > SHORT_STRING) this.#scratch.write(value, 0, 'latin1');
    else for (let i = 0; i < value.length; i++) this.#scratch[i] = value.charCodeAt(i);
    this.string(this.#scratch, 0, value.length);
  }

  #long(value: bigint): void {
    this.byte(0x81);
    const at = this.#room(8);
    this.#bytes.writeBigUInt64BE(value, at);
  }

  /** True when the string was the one decimal form of a 32-bit integer, and is written as that. */
  #asInteger(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return false;
    const negative = bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    // "-", "-0", "007" are not how a number is printed.
    if (at === end || (bytes[at] === DIGIT_0 && (negative || end - at > 1))) return false;
    let magnitude = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - DIGIT_0;
      if (digit < 0 || digit > 9) return false;
      magnitude = magnitude * 10 + digit;
    }
    const value = negative ? -magnitude : magnitude;
    if (value < -0x80000000 || value > 0x7fffffff) return false;
    this.#integer(value);
    return true;
  }

  #integer(value: number): void {
    if (value >= -128 && value <= 127) {
      this.byte(0xc0 | StringEncoding.int8);
      this.byte(value);
    } else if (value >= -32768 && value <= 32767) {
      this.byte(0xc0 | StringEncoding.int16);
      const at = this.#room(2);
      this.#bytes.writeInt16LE(value, at);
    } else {
      this.byte(0xc0 | StringEncoding.int32);
      const at = this.#room(4);
      this.#bytes.writeInt32LE(value, at);
    }
  }

  #room(count: number): number {
    const at = this.#size;
    this.#size += count;
    if (this.#size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#size, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
