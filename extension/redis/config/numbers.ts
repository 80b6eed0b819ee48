/** How Redis reads numbers in configuration lines. Each reader is the twin of one C function. */

import type { CType } from './directive.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** string2ll: the one spelling of a 64-bit integer. No blanks, no `+`, no leading zero, no `-0`. */
export function readInteger(text: string): bigint | undefined {
  // 20 characters hold the longest number; longer ones never reach BigInt.
  if (text.length > 20 || !/^(?:0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** Bytes per unit: a lone letter counts in thousands, with a `b` in 1024s. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['b', 1n],
  ['k', 1000n],
  ['kb', 1024n],
  ['m', 1000n ** 2n],
  ['mb', 1024n ** 2n],
  ['g', 1000n ** 3n],
  ['gb', 1024n ** 3n],
]);

/** memtoull copies the digits into a buffer of this size, the closing NUL included. */
const MEMORY_BUFFER = 128;

export interface MemorySize {
  /** Modulo 2^64, as the server computes it. */
  readonly bytes: bigint;
  /** No digit at all: counts as 0. */
  readonly withoutDigits: boolean;
  /** The number is too large for 64 bits: too many digits saturate, the product wraps around. */
  readonly overflows: boolean;
}

/** memtoull: digits (there may be none) and an optional unit in any case. No sign, no fraction, no blank. */
export function readMemory(text: string): MemorySize | undefined {
  const match = /^([0-9]*)([a-zA-Z]*)$/.exec(text);
  const digits = match?.[1] ?? '';
  const unit = match && UNITS.get((match[2] ?? '').toLowerCase());
  if (unit === undefined || unit === null || digits.length >= MEMORY_BUFFER) return undefined;
  const exact = BigInt(digits === '' ? 0 : digits);
  const saturated = exact > UINT64_MAX ? UINT64_MAX : exact;
  return {
    bytes: (saturated * unit) & UINT64_MAX,
    withoutDigits: digits === '',
    overflows: exact * unit > UINT64_MAX,
  };
}

/** What a C conversion took from the start of a text, and whether it took all of it. */
export interface Prefix {
  readonly value: bigint;
  /** Nothing is left over: `*endptr == '\0'`. A text without any digit leaves all of itself. */
  readonly whole: boolean;
  readonly outOfRange: boolean;
}

/** strtoll in base 10 or 8: leading blanks and a sign pass, it stops at the first other character. */
export function readPrefix(text: string, base: 8 | 10 = 10): Prefix {
  const match = (base === 8 ? /^[\t-\r ]*([+-]?)([0-7]+)/ : /^[\t-\r ]*([+-]?)([0-9]+)/).exec(text);
  // Without digits endptr stays at the start: only the empty text is read whole.
  if (match === null) return { value: 0n, whole: text === '', outOfRange: false };
  const digits = (match[2] ?? '').replace(/^0+(?=.)/, '');
  const whole = match[0].length === text.length;
  // No number of 64 bits has more than 22 octal digits.
  const size = digits.length > 22 ? INT64_MAX + 1n : BigInt(base === 8 ? `0o${digits}` : digits);
  const value = match[1] === '-' ? -size : size;
  if (value > INT64_MAX) return { value: INT64_MAX, whole, outOfRange: true };
  if (value < INT64_MIN) return { value: INT64_MIN, whole, outOfRange: true };
  return { value, whole, outOfRange: false };
}

/** The value a C `int` keeps of a 64-bit number. */
export function asInt(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/**
 * string2d: what strtod reads, all of it, without leading blanks. Hexadecimal and infinity pass as in C;
 * NaN and what a double cannot hold do not.
 */
export function readDouble(text: string): number | undefined {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) {
    const value = Number(text);
    const vanished = value === 0 && /[1-9]/.test(text.split(/[eE]/)[0] ?? '');
    return Number.isFinite(value) && !vanished ? value : undefined;
  }
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return readHexDouble(text);
}

function readHexDouble(text: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?$/i.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  if (digits === '') return undefined;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return Number.isFinite(value) ? (sign === '-' ? -value : value) : undefined;
}

/** Whether a number of this C type is compared unsigned. */
function isUnsigned(ctype: CType | undefined): boolean {
  return ctype === 'uint' || ctype === 'ulong' || ctype === 'ulonglong' || ctype === 'size_t';
}

/** A 64-bit pattern as the number its C type makes of it. */
export function asCType(value: bigint, ctype: CType | undefined): bigint {
  return isUnsigned(ctype) ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}
