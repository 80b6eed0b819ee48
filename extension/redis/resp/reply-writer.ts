/**
 * Replies as RESP2 or RESP3 bytes, in one growable output buffer: a session or a node fills it during a read event and
 * sends it in one write (`sendTo`). `mark` and `truncate` take back what a handler wrote before it failed.
 */
import { Buffer } from 'node:buffer';
import { type Binary, copyBytes } from '../bytes.ts';
import type { ReplyError } from '../errors.ts';
import { formatDouble, writeInteger } from '../numbers.ts';
import type { Reply } from './reply.ts';

const SMALLEST_BYTES = 4 * 1024;
/** A buffer that grew beyond this for one large reply is not kept. */
const KEPT_BYTES = 1024 * 1024;
/** Longest header: mark, sign, 16 digits of a safe integer, CR LF. */
const HEADER_BYTES = 24;
/** Below this a loop beats the call into native code (measured). */
const SHORT_STRING = 24;

const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const MARK = {
  simple: 0x2b,
  error: 0x2d,
  integer: 0x3a,
  bulk: 0x24,
  array: 0x2a,
  map: 0x25,
  set: 0x7e,
  push: 0x3e,
} as const;

/** The part of a connection that a writer needs; see world.ts. */
export interface Sink {
  write(bytes: Uint8Array, start?: number, end?: number): boolean;
}

export class ReplyWriter implements Reply {
  protocol: 2 | 3 = 2;
  /** What is written lies in `bytes[0, length)`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
  length = 0;
  limit = Number.POSITIVE_INFINITY;
  full = false;

  /** A place to come back to. */
  mark(): number {
    return this.length;
  }

  /** Takes back everything behind `mark`. */
  truncate(mark: number): void {
    this.length = Math.min(mark, this.length);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.length = 0;
    this.full = false;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
  }

  /** What was written, in a buffer that is now the caller's. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
    this.length = 0;
    return taken;
  }

  /** One write of all there is. Gives the buffer away when the connection still needs it. */
  sendTo(connection: Sink): void {
    if (this.length === 0) return;
    const length = this.length;
    const bytes = this.bytes;
    this.length = 0;
    if (!connection.write(bytes, 0, length)) this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
    else if (bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
  }

  ok(): void {
    this.reserve(5);
    const { bytes, length } = this;
    bytes[length] = MARK.simple;
    bytes[length + 1] = 0x4f;
    bytes[length + 2] = 0x4b;
    bytes[length + 3] = CR;
    bytes[length + 4] = LF;
    this.length = length + 5;
  }

  simple(text: string): void {
    this.line(`+${text}`);
  }

  error(error: ReplyError): void {
    // One line, whatever the client put into its arguments.
    this.line(`-${error.message.replace(/[\r\n]/g, ' ')}`);
  }

  integer(value: number | bigint): void {
    if (typeof value === 'number' && Number.isSafeInteger(value)) this.header(MARK.integer, value);
    else this.line(`:${value}`);
  }

  bulk(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const size = end - start;
    this.reserve(HEADER_BYTES + size + 2);
    const out = this.bytes;
    const at = this.header(MARK.bulk, size);
    copyBytes(bytes, start, end, out, at);
    out[at + size] = CR;
    out[at + size + 1] = LF;
    this.length = at + size + 2;
  }

  binary(value: Binary): void {
    this.header(MARK.bulk, value.length);
    this.characters(value);
    this.endLine();
  }

  text(value: string): void {
    const size = Buffer.byteLength(value, 'utf8');
    this.header(MARK.bulk, size);
    this.reserve(size + 2);
    this.bytes.write(value, this.length, 'utf8');
    this.length += size;
    this.endLine();
  }

  null(): void {
    this.line(this.protocol === 2 ? '$-1' : '_');
  }

  nullArray(): void {
    this.line(this.protocol === 2 ? '*-1' : '_');
  }

  array(length: number): void {
    this.header(MARK.array, length);
  }

  map(length: number): void {
    if (this.protocol === 2) this.header(MARK.array, 2 * length);
    else this.header(MARK.map, length);
  }

  pairs(write: () => number): number {
    const start = this.length;
    const count = write();
    if (count === 0) {
      this.length = start;
      return 0;
    }
    const written = Buffer.from(this.bytes.subarray(start, this.length));
    this.length = start;
    this.header(this.protocol === 2 ? MARK.array : MARK.map, count);
    this.raw(written);
    return count;
  }

  set(length: number): void {
    this.header(this.protocol === 2 ? MARK.array : MARK.set, length);
  }

  /** RESP2 has no pushes: there it is an array, as pub/sub messages always were. */
  push(length: number): void {
    this.header(this.protocol === 2 ? MARK.array : MARK.push, length);
  }

  double(value: number): void {
    const text = formatDouble(value);
    if (this.protocol === 2) this.binary(text);
    else this.line(`,${text}`);
  }

  boolean(value: boolean): void {
    if (this.protocol === 2) this.integer(value ? 1 : 0);
    else this.line(value ? '#t' : '#f');
  }

  verbatim(text: string, format: 'txt' | 'mkd'): void {
    if (this.protocol === 2) {
      this.text(text);
      return;
    }
    const size = Buffer.byteLength(text, 'utf8');
    this.line(`=${size + 4}`);
    this.reserve(size + 6);
    this.length += this.bytes.write(`${format}:`, this.length, 'latin1');
    this.length += this.bytes.write(text, this.length, 'utf8');
    this.endLine();
  }

  bigNumber(value: bigint): void {
    if (this.protocol === 2) this.binary(String(value));
    else this.line(`(${value}`);
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (start >= end) return;
    this.reserve(end - start);
    copyBytes(bytes, start, end, this.bytes, this.length);
    this.length += end - start;
  }

  /** `mark`, a whole number and the line's end; returns where that is. */
  private header(mark: number, value: number): number {
    this.reserve(HEADER_BYTES);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = mark;
    if (value >= 0 && value < 10) bytes[at++] = ZERO + value;
    else if (value >= 10 && value < 100) {
      const tens = (value / 10) | 0;
      bytes[at++] = ZERO + tens;
      bytes[at++] = ZERO + value - 10 * tens;
    } else {
      at = writeInteger(bytes, at, value);
    }
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.length = at + 2;
    return at + 2;
  }

  private line(text: string): void {
    this.characters(text);
    this.endLine();
  }

  private characters(text: Binary): void {
    const size = text.length;
    this.reserve(size + 2);
    const { bytes, length } = this;
    if (size > SHORT_STRING) bytes.write(text, length, 'latin1');
    else for (let i = 0; i < size; i++) bytes[length + i] = text.charCodeAt(i);
    this.length = length + size;
  }

  /** Room was reserved by the caller. */
  private endLine(): void {
    this.bytes[this.length] = CR;
    this.bytes[this.length + 1] = LF;
    this.length += 2;
  }

  private reserve(size: number): void {
    let needed = this.length + size;
    if (needed <= this.bytes.length) return;
    if (needed > this.limit) {
      // It goes on from the start, so that who writes need not know.
      this.full = true;
      this.length = 0;
      needed = size;
      if (needed <= this.bytes.length) return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
