/**
 * Bitmaps: single bits, counts, positions and operations on strings. Bit 0 is the highest bit of the first byte.
 * Bit positions reach 2^32 (512 MiB) and are therefore divided, never shifted, into bytes.
 */
import { errors } from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { type KeySpec, keyAt, keys } from './key-spec.ts';

const COMBINED: readonly KeySpec[] = [...keyAt(2, 'OW update'), ...keys(3, -1, 1, 'RO access')];

export const bitmaps: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('setbit', 4, WRITE | DENYOOM, keyAt(1, 'RW access update'), setbit),
  command('getbit', 3, READONLY | FAST, keyAt(1, 'RO access'), getbit),
  command('bitcount', -2, READONLY, keyAt(1, 'RO access'), bitcount),
  command('bitpos', -3, READONLY, keyAt(1, 'RO access'), bitpos),
  command('bitop', -4, WRITE | DENYOOM, COMBINED, bitop),
];

/** A string where it lies; valid until the next write. */
interface Bits {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly size: number;
}

const NO_BITS: Bits = { bytes: new Uint8Array(0), start: 0, size: 0 };

/** The string at key i; undefined when absent. Throws WRONGTYPE. */
function bitsAt({ args, db }: Call, i: number): Bits | undefined {
  const entry = db.find(args, i);
  if (entry === 0) return undefined;
  return { size: db.stringSize(entry), bytes: db.stringSlab(entry), start: db.stringStart(entry) };
}

/** A bit's position at argument i; `#n` counts in fields of `fieldBits` (BITFIELD). */
export function bitOffset({ args, db }: Call, i: number, fieldBits = 0): number {
  const text = args.binary(i);
  const inFields = fieldBits > 0 && text.startsWith('#');
  const value = parseInt64(inFields ? text.slice(1) : text);
  if (value === undefined) throw errors.bitOffset();
  const offset = Number(value) * (inFields ? fieldBits : 1);
  // What the primary could hold, its replica can too.
  const tooFar = Math.floor(offset / 8) >= db.maxStringBytes && !db.ignoresExpiry;
  if (offset < 0 || tooFar) throw errors.bitOffset();
  return offset;
}

function bitAt({ bytes, start, size }: Bits, offset: number): number {
  const byte = Math.floor(offset / 8);
  return byte < size ? (bytes[start + byte] >> (7 - (offset % 8))) & 1 : 0;
}

function setbit(call: Call): void {
  const { args, db } = call;
  const offset = bitOffset(call, 2);
  const bit = long(args, 3, errors.bitValue);
  if (bit !== 0 && bit !== 1) throw errors.bitValue();
  const bits = bitsAt(call, 1) ?? NO_BITS;
  const old = bitAt(bits, offset);
  const byte = Math.floor(offset / 8);
  if (byte >= bits.size || old !== bit) {
    const entry = db.resizeString(args, 1, Math.max(bits.size, byte + 1));
    const at = db.stringStart(entry) + byte;
    const mask = 0x80 >> (offset % 8);
    db.stringSlab(entry)[at] = (db.stringSlab(entry)[at] & ~mask) | (bit === 1 ? mask : 0);
    db.markRaw(entry);
    call.changed(1, 'setbit');
  }
  call.reply.integer(old);
}

function getbit(call: Call): void {
  const offset = bitOffset(call, 2);
  call.reply.integer(bitAt(bitsAt(call, 1) ?? NO_BITS, offset));
}

/** A range of bits, both ends included; empty when first > last. */
interface BitRange {
  readonly first: number;
  readonly last: number;
}

/**
 * start [end [BIT|BYTE]] at argument i, in a string of `size` bytes. Negative numbers count from the end. Without an
 * end the range goes to the end of the string.
 */
function bitRange(args: Args, i: number, size: number): BitRange {
  const start = long(args, i);
  const byBit = args.count > i + 2 && unitIsBit(args, i + 2);
  const total = byBit ? size * 8 : size;
  const end = args.count > i + 1 ? long(args, i + 1) : total - 1;
  const from = Math.max(0, start < 0 ? total + start : start);
  const to = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
  return byBit ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}

function unitIsBit(args: Args, i: number): boolean {
  if (args.is(i, 'bit')) return true;
  if (args.is(i, 'byte')) return false;
  throw errors.syntax();
}

/** Set bits of every byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});

/** BITCOUNT key [start end [BIT|BYTE]] */
function bitcount(call: Call): void {
  const { args, reply } = call;
  const bits = bitsAt(call, 1);
  if (bits === undefined) {
    reply.integer(0);
    return;
  }
  if (args.count === 2) {
    reply.integer(countOnes(bits, { first: 0, last: bits.size * 8 - 1 }));
    return;
  }
  if (args.count !== 4 && args.count !== 5) throw errors.syntax();
  const start = long(args, 2);
  const end = long(args, 3);
  if (start < 0 && end < 0 && start > end) reply.integer(0);
  else reply.integer(countOnes(bits, bitRange(args, 2, bits.size)));
}

function countOnes({ bytes, start }: Bits, { first, last }: BitRange): number {
  if (first > last) return 0;
  const firstByte = start + Math.floor(first / 8);
  const lastByte = start + Math.floor(last / 8);
  let count = 0;
  for (let at = firstByte; at <= lastByte; at++) count += ONES[bytes[at]];
  // Bits of the first and of the last byte that lie outside.
  const before = first % 8;
  const behind = 7 - (last % 8);
  return count - ONES[bytes[firstByte] >> (8 - before)] - ONES[bytes[lastByte] & ((1 << behind) - 1)];
}

/** BITPOS key bit [start [end [BIT|BYTE]]] */
function bitpos(call: Call): void {
  const { args, reply } = call;
  const bit = long(args, 2);
  if (bit !== 0 && bit !== 1) throw errors.bitArgument();
  const bits = bitsAt(call, 1);
  if (bits === undefined) {
    // Nothing but zeros, without end.
    reply.integer(bit === 1 ? -1 : 0);
    return;
  }
  if (args.count > 6) throw errors.syntax();
  const whole = { first: 0, last: bits.size * 8 - 1 };
  const range = args.count > 3 ? bitRange(args, 3, bits.size) : whole;
  if (range.first > range.last) {
    reply.integer(-1);
    return;
  }
  const position = findBit(bits, range, bit);
  // Zeros follow the string, unless the range says where to stop.
  const endGiven = args.count > 4;
  reply.integer(position < 0 && bit === 0 && !endGiven ? bits.size * 8 : position);
}

function findBit({ bytes, start }: Bits, { first, last }: BitRange, bit: number): number {
  // Looking for a zero is looking for a one in the complement.
  const flip = bit === 1 ? 0 : 0xff;
  const lastByte = Math.floor(last / 8);
  let byte = Math.floor(first / 8);
  let value = (bytes[start + byte] ^ flip) & (0xff >> (first % 8));
  while (value === 0 && byte < lastByte) value = bytes[start + ++byte] ^ flip;
  if (value === 0) return -1;
  const position = byte * 8 + Math.clz32(value) - 24;
  return position <= last ? position : -1;
}

type Combine = (a: number, b: number) => number;

const OPERATIONS: Readonly<Record<string, Combine>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

/** BITOP AND|OR|XOR|NOT destination key [key ...]: shorter strings count as filled up with zeros. */
function bitop(call: Call): void {
  const { args, db } = call;
  const name = args.binary(1).toLowerCase();
  const not = name === 'not';
  const combine = OPERATIONS[name];
  if (combine === undefined && !not) throw errors.syntax();
  if (not && args.count !== 4) throw errors.bitopNot();
  const sources: Bits[] = [];
  for (let i = 3; i < args.count; i++) sources.push(bitsAt(call, i) ?? NO_BITS);
  const size = Math.max(...sources.map((source) => source.size));
  if (size === 0) {
    if (db.remove(args, 2)) call.changed(2, 'del');
  } else {
    const result = new Uint8Array(size);
    const [first, ...others] = sources;
    result.set(first.bytes.subarray(first.start, first.start + first.size));
    if (not) for (let at = 0; at < size; at++) result[at] ^= 0xff;
    else for (const other of others) combineInto(result, other, combine);
    db.setStringAt(args, 2, result, 0, size);
    call.changed(2, 'set');
  }
  call.reply.integer(size);
}

function combineInto(result: Uint8Array, { bytes, start, size }: Bits, combine: Combine): void {
  for (let at = 0; at < size; at++) result[at] = combine(result[at], bytes[start + at]);
  for (let at = size; at < result.length; at++) result[at] = combine(result[at], 0);
}
