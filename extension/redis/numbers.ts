/**
 * Numbers as Redis reads and writes them: 64-bit integers (string2ll), doubles (strtod without blanks and nan; d2string of
 * 7.2).
 */
import type { Binary } from './bytes.ts';
import { shortestDouble } from './shortest-double.ts';

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** `-9223372036854775808` has 20 characters: nothing longer is a 64-bit integer. */
const INT64_DIGITS = 20;
/** Fifteen digits always fit a double exactly. */
const SAFE_DIGITS = 15;

const INT32_MAX = 2 ** 31 - 1;

const MINUS = 0x2d;
const ZERO = 0x30;

/**
 * The integer in `bytes[start, end)`, NaN when it is none or lies beyond 15 digits. The quick way for what is nearly
 * always a small number; a NaN is worth a second look with `parseInt64`.
 */
export function parseSmallInteger(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits <= 0 || digits > SAFE_DIGITS) return Number.NaN;
  // No leading zeros, and no -0: one number has one spelling.
  if (bytes[first] === ZERO) return digits === 1 && !negative ? 0 : Number.NaN;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** How many bytes the decimal form of a safe integer takes, its sign included. */
export function integerSize(value: number): number {
  const rest = Math.abs(value);
  const sign = value < 0 ? 1 : 0;
  if (rest < 100) return rest < 10 ? sign + 1 : sign + 2;
  if (rest < 10_000) return rest < 1000 ? sign + 3 : sign + 4;
  let size = sign + 5;
  for (let power = 100_000; power <= rest; power *= 10) size++;
  return size;
}

/** Writes a safe integer in decimal at `at`; returns where it ends. Who knows its size says so. */
export function writeInteger(
  bytes: Uint8Array,
  at: number,
  value: number,
  size = integerSize(value),
): number {
  const end = at + size;
  let rest = Math.abs(value);
  let place = end;
  // What fits 32 bits is divided by multiplying, which is much quicker than to divide doubles.
  for (; rest > INT32_MAX; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place - 1] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  let small = rest | 0;
  do {
    const tenth = (small / 10) | 0;
    bytes[--place] = ZERO + (small - tenth * 10);
    small = tenth;
  } while (small > 0);
  if (value < 0) bytes[place - 1] = MINUS;
  return end;
}

/** A 64-bit signed integer without blanks, plus sign or leading zeros; undefined for anything else. */
export function parseInt64(text: Binary): bigint | undefined {
  if (text.length > INT64_DIGITS || !/^(?:0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x(?=\.?[\da-f])([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * A double as strtod reads it, hexadecimal floats and `inf` included; undefined for blanks, rests, nan, and for what
 * overflows or vanishes to zero.
 */
export function parseDouble(text: Binary): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    const vanished = value === 0 && /[1-9]/.test(text.replace(/e.*$/i, ''));
    return Number.isFinite(value) && !vanished ? value : undefined;
  }
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const hex = HEXADECIMAL.exec(text);
  return hex ? hexadecimal(hex[1] === '-', hex[2] ?? '', hex[3] ?? '', Number(hex[4] ?? '0')) : undefined;
}

function hexadecimal(
  negative: boolean,
  whole: string,
  fraction: string,
  exponent: number,
): number | undefined {
  // Number rounds the BigInt to the nearest double; scaling by powers of two then loses nothing.
  const value = Number(BigInt(`0x0${whole}${fraction}`)) * 2 ** (exponent - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return negative ? -value : value;
}

/** Up to here Redis prints whole doubles as integers: LLONG_MAX / 2. */
const WHOLE_LIMIT = 2 ** 62;

/** As `shortestDouble`, but whole numbers up to 2^62 in full. */
export function formatDouble(value: number): string {
  if (value !== 0 && Number.isInteger(value) && Math.abs(value) <= WHOLE_LIMIT) {
    return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
  }
  return shortestDouble(value);
}

/** A double as C's `%.17g` prints it. */
export function formatDouble17(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value);
  const [mantissa = '', power = '0'] = seventeenDigits(value).split('e');
  const exponent = Number(power);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < -4 || exponent >= 17) {
    const places = Math.abs(exponent).toString().padStart(2, '0');
    return `${sign}${pointed(digits, 1)}e${exponent < 0 ? '-' : '+'}${places}`;
  }
  return exponent < 0
    ? sign + pointed('0'.repeat(-exponent) + digits, 1)
    : sign + pointed(digits, exponent + 1);
}

/** `d.ddde±p` with 17 digits. What lies just between two of them C rounds to the even one, JavaScript away from zero. */
function seventeenDigits(value: number): string {
  const text = value.toExponential(16);
  const [more = '', power = '0'] = value.toExponential(100).split('e');
  const halfway = /^50*$/.test(more.replace(/[-.]/g, '').slice(17));
  const odd = '13579'.includes(text.charAt(text.indexOf('e') - 1));
  if (!halfway || !odd) return text;
  return `${more.slice(0, text.indexOf('e'))}e${power}`;
}

/** With the point behind so many digits, and no zeros at the end. */
function pointed(digits: string, whole: number): string {
  const fraction = digits.slice(whole).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, whole) : `${digits.slice(0, whole)}.${fraction}`;
}
