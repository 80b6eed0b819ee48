/** string.format: what printf makes of one value. */
import type { Binary } from '../../bytes.ts';
import type { Arguments } from '../arguments.ts';
import { exponential, exponentText, fixed, general, infinite } from '../numbers.ts';
import type { Values } from '../values.ts';

interface Conversion {
  readonly flags: string;
  readonly width: number;
  /** -1: none given. */
  readonly precision: number;
  readonly letter: string;
}

/** Up to the letter; longer numbers are refused. */
const SPECIFICATION = /([-+ #0]*)(\d?\d?)(?:(\.)(\d?\d?))?/y;
const MOST_FLAGS = 5;
/** A string this long is not padded, and not cut at a NUL. */
const LONG = 100;

export function format(take: Arguments, args: Values, fail: (message: string) => never): Binary {
  const template = take.text(args, 1);
  let text = '';
  let argument = 1;
  let copied = 0;
  for (let at = template.indexOf('%'); at >= 0; at = template.indexOf('%', copied)) {
    text += template.slice(copied, at);
    if (template.charAt(at + 1) === '%') {
      text += '%';
      copied = at + 2;
      continue;
    }
    const conversion = readConversion(template, at + 1, fail);
    copied = SPECIFICATION.lastIndex + 1;
    argument++;
    text += convert(take, args, argument, conversion, fail);
  }
  return text + template.slice(copied);
}

function readConversion(template: Binary, at: number, fail: (message: string) => never): Conversion {
  SPECIFICATION.lastIndex = at;
  const [, flags = '', width = '', point, precision = ''] = SPECIFICATION.exec(template) ?? [];
  if (flags.length > MOST_FLAGS) fail('invalid format (repeated flags)');
  const letter = template.charAt(SPECIFICATION.lastIndex);
  if (/\d/.test(letter)) fail('invalid format (width or precision too long)');
  return {
    flags,
    width: Number(width),
    precision: point === undefined ? -1 : Number(precision),
    letter,
  };
}

function convert(
  take: Arguments,
  args: Values,
  n: number,
  conversion: Conversion,
  fail: (message: string) => never,
): Binary {
  const { letter, precision } = conversion;
  switch (letter) {
    case 'c':
      return pad(String.fromCharCode(take.integer(args, n) & 255), conversion);
    case 'd':
    case 'i':
      return integer(whole(take.number(args, n)), 10, conversion);
    case 'u':
      return integer(BigInt.asUintN(64, whole(take.number(args, n))), 10, conversion);
    case 'o':
      return integer(BigInt.asUintN(64, whole(take.number(args, n))), 8, conversion);
    case 'x':
    case 'X':
      return integer(BigInt.asUintN(64, whole(take.number(args, n))), 16, conversion);
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return real(take.number(args, n), conversion);
    case 'q':
      return quoted(take.text(args, n));
    case 's': {
      const text = take.text(args, n);
      if (precision < 0 && text.length >= LONG) return text;
      const end = text.indexOf('\0');
      const shown = end < 0 ? text : text.slice(0, end);
      return pad(precision < 0 ? shown : shown.slice(0, precision), conversion);
    }
    default:
      return fail(`invalid option '%${letter}' to 'format'`);
  }
}

/** As C turns a double into a 64-bit integer: what does not fit becomes the smallest. */
function whole(value: number): bigint {
  if (!(Math.abs(value) < 2 ** 63)) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

function integer(value: bigint, base: number, conversion: Conversion): string {
  const { flags, precision, letter } = conversion;
  const negative = value < 0n;
  let digits = (negative ? -value : value).toString(base).padStart(precision, '0');
  if (precision === 0 && value === 0n) digits = '';
  if (letter === 'o' && flags.includes('#') && !digits.startsWith('0')) digits = `0${digits}`;
  const prefix = flags.includes('#') && base === 16 && value !== 0n ? '0x' : '';
  const signed = letter === 'd' || letter === 'i' ? signOf(negative, flags) : '';
  const text = padNumber(signed + prefix, digits, conversion, precision < 0);
  return letter === 'X' ? text.toUpperCase() : text;
}

function real(value: number, conversion: Conversion): string {
  const { flags, letter } = conversion;
  const precision = conversion.precision < 0 ? 6 : conversion.precision;
  const negative = value < 0 || (value === 0 && 1 / value < 0) || Number.isNaN(value);
  const size = Math.abs(value);
  const alternate = flags.includes('#');
  let digits: string;
  if (!Number.isFinite(value)) digits = infinite(size).replace('-', '');
  else if (letter === 'f') digits = fixed(size, precision);
  else if (letter === 'e' || letter === 'E') digits = scientific(size, precision);
  else digits = general(size, precision, alternate);
  if (alternate && precision === 0 && !digits.includes('.')) digits = digits.replace(/^\d+/, '$&.');
  const text = padNumber(signOf(negative, flags), digits, conversion, Number.isFinite(value));
  return letter === 'f' || letter === 'e' || letter === 'g' ? text : text.toUpperCase();
}

function scientific(size: number, precision: number): string {
  const [mantissa = '', exponent] = exponential(size, precision).split('e');
  return mantissa + exponentText(Number(exponent));
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function padNumber(sign: string, digits: string, conversion: Conversion, zeros: boolean): string {
  const { flags, width } = conversion;
  if (zeros && flags.includes('0') && !flags.includes('-')) {
    return sign + digits.padStart(width - sign.length, '0');
  }
  return pad(sign + digits, conversion);
}

function pad(text: string, { flags, width }: Conversion): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** As Lua reads it back. */
function quoted(text: Binary): Binary {
  const escaped = text.replace(/["\\\n\r\0]/g, (char) => {
    if (char === '\r') return '\\r';
    return char === '\0' ? '\\000' : `\\${char}`;
  });
  return `"${escaped}"`;
}
