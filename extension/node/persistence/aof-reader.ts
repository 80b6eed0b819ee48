/** Reads the commands of an append-only file out of its bytes, as strictly and as leniently as redis-server does. */
import { Buffer } from 'node:buffer';
import { binaryOf } from '../../redis/bytes.ts';
import { Args } from '../../redis/resp/args.ts';

/**
 * command: `args` hold it. more: the bytes end before it does. short: that, and no more will come; what there is could
 * be the beginning of a command. corrupt: it could not.
 */
export type AofStep = 'command' | 'more' | 'short' | 'end' | 'corrupt';

/** AOF_ANNOTATION_LINE_MAX_LEN: no line is longer. */
const LONGEST_LINE = 1024;

const HASH = 0x23;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;
const LF = 0x0a;

export class AofReader {
  readonly args = new Args();
  /** Place in the file behind the last command that was read. */
  offset: number;
  /** Bytes that are wanted at least before `next` can say something new; 1 when that is not known. */
  missing = 0;
  #bytes = Buffer.alloc(0);
  #at = 0;
  /** Place in the file of `#bytes[0]`. */
  #start: number;

  /** `offset`: place in the file of the first byte that will be fed. */
  constructor(offset: number) {
    this.offset = offset;
    this.#start = offset;
  }

  /** More of the file; the bytes are copied. `args` are not valid any more. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#start += this.#at;
    this.#bytes = Buffer.concat([rest, bytes.subarray(start, end)]);
    this.#at = 0;
  }

  /** `last`: what was fed is all there is. */
  next(last: boolean): AofStep {
    for (;;) {
      if (this.#at === this.#bytes.length) {
        this.missing = 1;
        return last ? 'end' : 'more';
      }
      const step = this.#bytes[this.#at] === HASH ? this.#skipLine() : this.#command(last);
      if (step === 'more') return last ? 'short' : 'more';
      if (step !== 'skipped') return step;
    }
  }

  #skipLine(): 'skipped' | 'more' | 'corrupt' {
    const end = this.#lineEnd(this.#at);
    if (end < 0) return this.#tooLong(this.#at) ? 'corrupt' : 'more';
    this.#at = end;
    return 'skipped';
  }

  #command(last: boolean): 'command' | 'more' | 'corrupt' {
    const { args } = this;
    const rawStart = this.#at;
    const count = this.#number(rawStart, ASTERISK, last);
    if (typeof count === 'string') return count;
    if (count.value < 1) return 'corrupt';
    let { at } = count;
    for (let i = 0; i < count.value; i++) {
      const size = this.#number(at, DOLLAR, last);
      if (typeof size === 'string') return size;
      if (size.value < 0) return 'corrupt';
      const end = size.at + size.value;
      // Two bytes end it, whatever they are.
      if (end + 2 > this.#bytes.length) {
        this.missing = end + 2 - this.#bytes.length;
        return 'more';
      }
      args.reserve(i);
      args.starts[i] = size.at;
      args.ends[i] = end;
      at = end + 2;
    }
    args.bytes = this.#bytes;
    args.begin(count.value, rawStart, at);
    this.#at = at;
    this.offset = this.#start + at;
    return 'command';
  }

  /** The line at `at`: this mark, and a number. */
  #number(at: number, mark: number, last: boolean): { value: number; at: number } | 'more' | 'corrupt' {
    if (at === this.#bytes.length) return this.#more();
    if (this.#bytes[at] !== mark) return 'corrupt';
    const end = this.#lineEnd(at);
    if (end < 0 && this.#tooLong(at)) return 'corrupt';
    // A mark alone may still become anything.
    if (end < 0 && (!last || at + 1 === this.#bytes.length)) return this.#more();
    const stop = end < 0 ? this.#bytes.length : end;
    const value = Number.parseInt(binaryOf(this.#bytes, at + 1, stop), 10);
    return { value: Number.isNaN(value) ? 0 : value, at: stop };
  }

  #more(): 'more' {
    this.missing = 1;
    return 'more';
  }

  /** Behind the line's LF; -1 when that has not come. */
  #lineEnd(at: number): number {
    const found = this.#bytes.indexOf(LF, at);
    return found < 0 || found - at >= LONGEST_LINE ? -1 : found + 1;
  }

  #tooLong(at: number): boolean {
    return this.#bytes.length - at >= LONGEST_LINE;
  }
}
