/**
 * The sum of two decimal texts as INCRBYFLOAT and HINCRBYFLOAT compute it: in x86's 80-bit `long double` (a mantissa
 * of 64 bits), printed with 17 decimals less trailing zeros. So 0.1 + 0.2 is 0.3, which doubles would not give, and
 * every sum equals redis-server's to the last digit.
 */
import type { Binary } from './bytes.ts';
import { parseDouble } from './numbers.ts';

/** mantissa × 2^exponent with |mantissa| < 2^64, or an infinity. */
export type LongDouble =
  | { readonly infinite: false; readonly mantissa: bigint; readonly exponent: number }
  | { readonly infinite: true; readonly negative: boolean };

const MANTISSA_BITS = 64;
/** The largest long double is just below 2^16384. */
const MAX_EXPONENT = 16384;
/** Redis copies the text into a buffer of this size, its end mark included. */
const MAX_TEXT = 5 * 1024;
/** Decimal exponents beyond these overflow, or vanish, whatever the digits before them. */
const DECIMAL_EXPONENT_LIMIT = 4933 + MAX_TEXT;
const DECIMALS = 17;

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

/** What strtold reads; undefined for blanks, rests, nan, overflow, and for what vanishes to zero. */
export function parseLongDouble(text: Binary): LongDouble | undefined {
  if (text.length >= MAX_TEXT) return undefined;
  const match = DECIMAL.exec(text);
  if (match === null) {
    const value = parseDouble(text);
    return value === undefined ? undefined : longDoubleOf(value);
  }
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return finite(0n, 0);
  const exponent = Number(power) - fraction.length;
  if (Math.abs(exponent) > DECIMAL_EXPONENT_LIMIT) return undefined;
  const signed = sign === '-' ? -digits : digits;
  const value =
    exponent >= 0 ? rounded(signed * 10n ** BigInt(exponent), 0) : quotient(signed, 10n ** BigInt(-exponent));
  const vanished = !value.infinite && bitLength(value.mantissa) + value.exponent < -16445;
  return value.infinite || vanished ? undefined : value;
}

/** undefined for inf + -inf, which is not a number. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.infinite) return b.infinite && a.negative !== b.negative ? undefined : a;
  if (b.infinite) return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return rounded(sum, exponent);
}

/** As printf's `%.17Lf` without trailing zeros, and without the sign of a zero. */
export function formatLongDouble(value: LongDouble): Binary {
  if (value.infinite) return value.negative ? '-inf' : 'inf';
  const scaled = value.mantissa * 10n ** BigInt(DECIMALS);
  const units =
    value.exponent >= 0 ? scaled << BigInt(value.exponent) : shiftToNearest(scaled, -value.exponent);
  const digits = absolute(units)
    .toString()
    .padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const whole = digits.slice(0, -DECIMALS);
  return (units < 0n ? '-' : '') + whole + (fraction === '' ? '' : `.${fraction}`);
}

function finite(mantissa: bigint, exponent: number): LongDouble {
  return { infinite: false, mantissa, exponent };
}

/** The same number; doubles are all long doubles. */
export function longDoubleOf(value: number): LongDouble {
  if (!Number.isFinite(value)) return { infinite: true, negative: value < 0 };
  // Doubling is exact: after at most 1074 times every double is a whole number.
  let exponent = 0;
  let whole = value;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    exponent--;
  }
  return finite(BigInt(whole), exponent);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bitLength(value: bigint): number {
  const hex = absolute(value).toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
}

/** value / 2^bits to the nearest integer, ties to even. */
function shiftToNearest(value: bigint, bits: number): bigint {
  const divisor = 1n << BigInt(bits);
  const magnitude = absolute(value);
  let result = magnitude >> BigInt(bits);
  const twice = (magnitude - (result << BigInt(bits))) * 2n;
  if (twice > divisor || (twice === divisor && (result & 1n) === 1n)) result++;
  return value < 0n ? -result : result;
}

/** The nearest long double to mantissa × 2^exponent. */
function rounded(mantissa: bigint, exponent: number): LongDouble {
  const excess = bitLength(mantissa) - MANTISSA_BITS;
  const kept = excess > 0 ? shiftToNearest(mantissa, excess) : mantissa;
  const scale = excess > 0 ? exponent + excess : exponent;
  if (kept !== 0n && bitLength(kept) + scale > MAX_EXPONENT) {
    return { infinite: true, negative: kept < 0n };
  }
  return finite(kept, scale);
}

/** The nearest long double to numerator / denominator. */
function quotient(numerator: bigint, denominator: bigint): LongDouble {
  // Two bits more than the mantissa, and a third that says whether anything is left over, decide every rounding.
  const shift = Math.max(0, MANTISSA_BITS + 2 + bitLength(denominator) - bitLength(numerator));
  const scaled = absolute(numerator) << BigInt(shift);
  const whole = scaled / denominator;
  const sticky = scaled % denominator === 0n ? 0n : 1n;
  const value = (whole << 1n) | sticky;
  return rounded(numerator < 0n ? -value : value, -shift - 1);
}
