/** redis.call's arguments as a command: RESP in a buffer that is used again and again. */
import { Buffer } from 'node:buffer';
import type { LuaValue, Values } from '../../redis/lua/values.ts';
import { writeInteger } from '../../redis/numbers.ts';
import { Args } from '../../redis/resp/args.ts';
import { shortestDouble } from '../../redis/shortest-double.ts';

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
  // Not Lua's format, which loses digits.
  return typeof value === 'number' ? shortestDouble(value) : undefined;
}
