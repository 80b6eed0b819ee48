/**
 * Bytes in JS strings. A `Binary` is a string whose every char code is one byte (latin1): V8 keeps it in one byte a
 * character and compares and hashes it natively, and nothing is lost in either direction. Collections hold their
 * elements this way; keys and string values live in the arena as bytes.
 */
import { Buffer } from 'node:buffer';

export type Binary = string;

export function binaryOf(bytes: Uint8Array, start = 0, end = bytes.length): Binary {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', start, end);
}

export function bytesOf(binary: Binary): Buffer {
  return Buffer.from(binary, 'latin1');
}

/** UTF-8 text (a log line, a conf value typed by a user) to the bytes that go over the wire. */
export function binaryOfText(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function textOf(binary: Binary): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}

/** A copy of `bytes[start, end)`: `slice` of a Buffer would be a view of it. */
export function copyOf(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}

/** Below this a loop beats the call into native code (measured). */
const LOOP_LIMIT = 48;

/** Copies `from[start, end)` to `into[at …)`. The arrays must not overlap. */
export function copyBytes(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): void {
  if (end - start > LOOP_LIMIT) {
    Buffer.prototype.copy.call(from, into, at, start, end);
    return;
  }
  for (let source = start, target = at; source < end; source++, target++) into[target] = from[source] ?? 0;
}
