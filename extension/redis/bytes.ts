/**
 * Bytes in JS strings. A `Binary` is a string whose every char code is one byte (latin1): V8 keeps it in one byte a
 * character and compares and hashes it natively, and nothing is lost in either direction. Collections hold their
 * elements this way; keys and string values live in the arena as bytes.
 */
import { Buffer } from 'node:buffer';

export type Binary = string;

export function binaryOf(bytes: Uint8Array, start = 0, end = bytes.length): Binary {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
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
