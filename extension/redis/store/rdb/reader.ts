/**
 * Reads the elements of RDB from bytes: lengths, strings, numbers. Throws `RdbError`; its `missing` is set when the
 * bytes ended before the element did, so that who has only part of a file can wait for the rest.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf, viewOf } from '../../bytes.ts';
import { type Wide, wide } from '../stream/stream-id.ts';
import { RdbError, StringEncoding } from './format.ts';
import { lzfDecompress } from './lzf.ts';

export class RdbReader {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly end: number;
  /** Where the next element begins. */
  position: number;
  /** All before this is dealt with: where to go on after bytes were missing. */
  committed: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = viewOf(bytes);
    this.position = start;
    this.committed = start;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.position === this.end;
  }

  commit(): void {
    this.committed = this.position;
  }

  byte(): number {
    return this.bytes[this.#take(1)];
  }

  /** An expiry time in seconds, as before version 3. */
  int32(): number {
    return this.bytes.readInt32LE(this.#take(4));
  }

  /** Milliseconds since the epoch; beyond ±2^53 precision is lost, which such a time does not need. */
  int64(): number {
    return Number(this.bytes.readBigInt64LE(this.#take(8)));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#take(8));
  }

  /** A score as text with its length in front; 253, 254, 255 in place of it: nan, inf, -inf. */
  textDouble(): number {
    const size = this.byte();
    if (size === 253) return Number.NaN;
    if (size === 254) return Number.POSITIVE_INFINITY;
    if (size === 255) return Number.NEGATIVE_INFINITY;
    const at = this.#take(size);
    const text = binaryOf(this.bytes, at, at + size);
    return /^[-+.\deE]+$/.test(text) ? Number(text) : Number.NaN;
  }

  /** Bytes as they stand, `count` of them: a view, valid as long as what it was read from. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A length or another number that is not negative. */
  length(): number {
    const length = this.#lengthOrEncoding();
    if (length < 0) throw new RdbError('A string encoding stands where a length belongs');
    return length;
  }

  /** A number of 64 bits without a sign, written as a length. */
  wide(): Wide {
    if (this.bytes[this.position] !== 0x81 || this.position >= this.end) return this.length();
    const at = this.#take(9);
    return wide(this.bytes.readBigUInt64BE(at + 1));
  }

  /**
   * Where a string begins that stands in `bytes` as it is, and ends at `position`. -1, and nothing is read, when it is
   * written as a number or compressed.
   */
  plainString(): number {
    const before = this.position;
    const length = this.#lengthOrEncoding();
    if (length >= 0) return this.#take(length);
    this.position = before;
    return -1;
  }

  /** A string: a view (see `raw`), or fresh bytes when it was written as a number or compressed. */
  string(): Uint8Array {
    const length = this.#lengthOrEncoding();
    if (length >= 0) return this.raw(length);
    switch (-1 - length) {
      case StringEncoding.int8:
        return Buffer.from(String(this.bytes.readInt8(this.#take(1))), 'latin1');
      case StringEncoding.int16:
        return Buffer.from(String(this.bytes.readInt16LE(this.#take(2))), 'latin1');
      case StringEncoding.int32:
        return Buffer.from(String(this.bytes.readInt32LE(this.#take(4))), 'latin1');
      case StringEncoding.lzf:
        return this.#compressed();
      default:
        throw new RdbError(`Unknown RDB string encoding type ${-1 - length}`);
    }
  }

  binary(): Binary {
    return binaryOf(this.string());
  }

  /**
   * The two high bits of the first byte: 0, the length is in the other six; 1, in those and the next byte; 2, in the
   * next four (byte 0x80) or eight (0x81), big-endian; 3, the six bits are a string encoding, given as -1 - encoding.
   */
  #lengthOrEncoding(): number {
    const first = this.byte();
    const kind = first >> 6;
    if (kind === 0) return first;
    if (kind === 1) return ((first & 0x3f) << 8) | this.byte();
    if (kind === 3) return -1 - (first & 0x3f);
    if (first === 0x80) return this.bytes.readUInt32BE(this.#take(4));
    if (first !== 0x81) throw new RdbError(`Unknown length encoding ${first} in rdbLoadLen()`);
    const wide = this.bytes.readBigUInt64BE(this.#take(8));
    // Only unsigned 64-bit facts that are not sizes (module ids, idle times) may be this large.
    return Number(wide);
  }

  #compressed(): Uint8Array {
    const packed = this.length();
    const size = this.length();
    const at = this.#take(packed);
    // The longest copy, 264 bytes, takes three bytes: a larger claim is a lie that would cost its size in memory.
    const bytes = size > packed * 88 ? undefined : lzfDecompress(this.bytes, at, at + packed, size);
    if (bytes === undefined) throw new RdbError('Invalid LZF compressed string');
    return bytes;
  }

  #take(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw new RdbError('Unexpected end of RDB', count - (this.end - at));
    this.position = at + count;
    return at;
  }
}
