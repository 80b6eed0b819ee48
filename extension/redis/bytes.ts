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

/** Longer strings are rarely the same again, and comparing them would cost what making them does. */
const SHORT = 40;
/** Places for 4096 strings of at most 40 bytes: a quarter of a megabyte when all are taken. */
const RECENT_MASK = 4095;
const recent = new Array<Binary | undefined>(RECENT_MASK + 1);
/** Their hashes: another string in the same place, like as it may be, is not compared. */
const recentHashes = new Int32Array(RECENT_MASK + 1);

/**
 * As `binaryOf`, for words of requests. Names of fields and members come again and again; the string made for one last
 * time is found, compared and used again in half the time that a call into native code takes, and nothing is allocated.
 */
export function recentBinaryOf(bytes: Uint8Array, start: number, end: number): Binary {
  const size = end - start;
  if (size > SHORT) return binaryOf(bytes, start, end);
  let hash = size;
  let next = start;
  for (; next + 4 <= end; next += 4) {
    const low = (bytes[next] ?? 0) | ((bytes[next + 1] ?? 0) << 8);
    const high = (bytes[next + 2] ?? 0) | ((bytes[next + 3] ?? 0) << 8);
    hash = Math.imul(hash ^ low ^ (high << 16), 0x9e3779b1);
  }
  for (; next < end; next++) hash = Math.imul(hash ^ (bytes[next] ?? 0), 0x9e3779b1);
  const place = (hash ^ (hash >>> 16)) & RECENT_MASK;
  const known = recentHashes[place] === hash ? recent[place] : undefined;
  if (known !== undefined && isBinaryOf(known, bytes, start, end)) return known;
  const made = binaryOf(bytes, start, end);
  recent[place] = made;
  recentHashes[place] = hash;
  return made;
}

/** Whether `binary` is what `binaryOf` would make of the same bytes. */
export function isBinaryOf(binary: Binary, bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (binary.length !== size) return false;
  let at = 0;
  while (at < size && binary.charCodeAt(at) === bytes[start + at]) at++;
  return at === size;
}

/** Two lower-case digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function bytesOf(binary: Binary): Buffer {
  return Buffer.from(binary, 'latin1');
}

/** Without these, text and its bytes are the same: nearly always. */
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** UTF-8 text (a log line, a conf value typed by a user) to the bytes that go over the wire. */
export function binaryOfText(text: string): Binary {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

export function textOf(binary: Binary): string {
  return BEYOND_ASCII.test(binary) ? Buffer.from(binary, 'latin1').toString('utf8') : binary;
}

/** A copy of `bytes[start, end)`: `slice` of a Buffer would be a view of it. */
export function copyOf(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}

/** For reading four of `bytes` at once, which takes a third of the time of reading them one by one. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether `view` shows from `start` to `end` what `other` shows as a whole. */
export function isShown(view: DataView, start: number, end: number, other: DataView): boolean {
  const size = end - start;
  if (other.byteLength !== size) return false;
  let at = 0;
  for (; at + 4 <= size; at += 4) if (view.getInt32(start + at) !== other.getInt32(at)) return false;
  for (; at < size; at++) if (view.getUint8(start + at) !== other.getUint8(at)) return false;
  return true;
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
