/** redis.call's arguments as a command: RESP in a buffer that is used again and again. */
import { Buffer } from 'node:buffer';
import type { LuaValue, Values } from '../../redis/lua/values.ts';
import { writeInteger } from '../../redis/numbers.ts';
import { Args } from '../../redis/resp/args.ts';

const SMALLEST_BYTES = 1024;
/** A buffer that grew beyond this is not kept. */
const KEPT_BYTES = 256 * 1024;
/** `$`, `*` or nothing, ten digits, twice CR LF. */
const HEADER_BYTES = 16;
const SHORT_STRING = 24;

const CR = 0x0d;
const LF = 0x0a;

export class CallEncoder {
  readonly args = new Args();
  #bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);

  /** False when one of them is neither a string nor a number. */
  encode(values: Values): boolean {
    const { args } = this;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES);
    let at = this.#header(0, 0x2a, values.length);
    for (let i = 0; i < values.length; i++) {
      const word = wordOf(values[i]);
      if (word === undefined) return false;
      const size = word.length;
      this.#reserve(at, size + 2 * HEADER_BYTES);
      at = this.#header(at, 0x24, size);
      if (i >= args.starts.length) args.reserve(i);
      args.starts[i] = at;
      const bytes = this.#bytes;
      if (size > SHORT_STRING) bytes.write(word, at, 'latin1');
      else for (let k = 0; k < size; k++) bytes[at + k] = word.charCodeAt(k);
      at += size;
      args.ends[i] = at;
      bytes[at++] = CR;
      bytes[at++] = LF;
    }
    args.bytes = this.#bytes;
    args.begin(values.length, 0, at);
    return true;
  }

  #header(start: number, mark: number, value: number): number {
    const bytes = this.#bytes;
    bytes[start] = mark;
    const end = writeInteger(bytes, start + 1, value);
    bytes[end] = CR;
    bytes[end + 1] = LF;
    return end + 2;
  }

  #reserve(used: number, size: number): void {
    if (used + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(used + size, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}

function wordOf(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? shortest(value) : undefined;
}

/** A double in as few digits as read back the same; not Lua's format, which would lose some. */
export function shortest(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7)
    return value === 0 && 1 / value < 0 ? '-0' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  // How many places the digits would have to be moved: positive, zeros follow; negative, a point stands in between.
  const shift = exponent - (digits.length - 1);
  if (shift >= 0 && Math.abs(exponent) < digits.length + 7) return sign + digits + '0'.repeat(shift);
  if (shift < 0 && (shift > -7 || Math.abs(exponent) < 4)) {
    const whole = digits.length + shift;
    return whole <= 0
      ? `${sign}0.${'0'.repeat(-whole)}${digits}`
      : `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
  }
  const shown = digits.slice(0, value < 0 ? 17 : 18);
  const rest = shown.length > 1 ? `.${shown.slice(1)}` : '';
  return `${sign}${shown.charAt(0)}${rest}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
