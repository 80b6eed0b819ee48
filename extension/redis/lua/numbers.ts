/** Numbers as text: Lua's `%.14g`, and what it takes for a number. */
import type { Binary } from '../bytes.ts';

/** LUAI_NUMFFORMAT. */
const DIGITS = 14;

export function numberText(value: number): Binary {
  if (Number.isInteger(value) && value < 1e14 && value > -1e14) {
    return value === 0 && 1 / value < 0 ? '-0' : String(value);
  }
  return general(value, DIGITS, false);
}

/** printf's `%.<precision>g`; `alternate` keeps the zeros at the end. */
export function general(value: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(value)) return infinite(value);
  const digits = Math.max(precision, 1);
  const [mantissa = '', power = '0'] = exponential(value, digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    return (alternate ? mantissa : withoutZeros(mantissa)) + exponentText(exponent);
  }
  const text = fixed(value, digits - 1 - exponent);
  return alternate ? text : withoutZeros(text);
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** JS' formatting knows no more digits than this. */
const MOST_DIGITS = 100;

/** `toExponential`, which rounds halves up, rounding them to even. */
export function exponential(value: number, digits: number): string {
  const sign = value < 0 || (value === 0 && 1 / value < 0) ? '-' : '';
  const size = Math.abs(value);
  const [mantissa = '', exponent] = size.toExponential(digits).split('e');
  const exact = size.toExponential(MOST_DIGITS).split('e');
  return `${sign}${isHalf(exact[0] ?? '', digits) ? downToEven(mantissa, exact[0] ?? '', digits) : mantissa}e${exponent}`;
}

/** `toFixed` for numbers of any size, halves rounded to even. */
export function fixed(value: number, digits: number): string {
  const sign = value < 0 || (value === 0 && 1 / value < 0) ? '-' : '';
  const size = Math.abs(value);
  // Beyond this JS turns to exponents; such a number has nothing behind its point.
  if (size >= 1e21) return `${sign}${BigInt(size)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const exact = size.toFixed(MOST_DIGITS);
  const text = size.toFixed(Math.min(digits, MOST_DIGITS));
  return sign + (isHalf(exact, digits) ? downToEven(text, exact, digits) : text);
}

/** What is cut off behind `digits` digits is exactly a half. */
function isHalf(exact: string, digits: number): boolean {
  const behind = exact.slice(exact.indexOf('.') + 1 + digits);
  return behind.startsWith('5') && /^50*$/.test(behind);
}

/** Of the two neighbours of a half the even one: rounded up as it is, or cut off. */
function downToEven(up: string, exact: string, digits: number): string {
  if (Number(up.at(-1)) % 2 === 0) return up;
  const point = exact.indexOf('.');
  return digits === 0 ? exact.slice(0, point) : exact.slice(0, point + 1 + digits);
}

/** `e+15`, `e-07`: two digits at least. */
export function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** On x86-64 the NaN that arithmetic makes has its sign set. */
export function infinite(value: number): string {
  if (Number.isNaN(value)) return '-nan';
  return value < 0 ? '-inf' : 'inf';
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)(?:[pP]([+-]?\d+))?$/;

/** The number a string stands for, blanks around it allowed; undefined when it is none. */
export function parseNumber(text: Binary): number | undefined {
  const trimmed = trim(text);
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const hex = HEXADECIMAL.exec(trimmed);
  if (hex !== null) {
    const [, sign, whole = '', fraction = '', exponent = '0'] = hex;
    if (whole + fraction === '') return undefined;
    const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
    return sign === '-' ? -value : value;
  }
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (special === null) return undefined;
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** C's isspace. */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

export function trim(text: Binary): Binary {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
