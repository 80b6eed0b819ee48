/**
 * Requests: RESP arrays and inline commands, parsed where they lie. Feed it what arrived, then call `next` until it
 * says false; each true means one whole command in `args`, which is valid until the following `next`.
 *
 * Who wants to prepare for what comes next in a pipeline may `lookAhead` after each `next`.
 *
 * The usual case, whole commands in one chunk, allocates nothing. What is left over at the end of a chunk is copied
 * into `held`, and only the bytes that complete the command are added to it; a large bulk gets its exact size once.
 * `held` is there from the first byte on and grows as redis-server's query buffer does; `trim` gives back what is spare.
 */
import { Buffer } from 'node:buffer';
import { binaryOf, copyBytes } from '../bytes.ts';
import { splitArgs } from '../config/split-args.ts';
import { errors, type ReplyError } from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import { Args } from './args.ts';
import { SMALL_BULK, SMALL_COUNT, wholeRequest } from './whole-request.ts';

/** What the decoder is allowed to take; may change while it runs (CONFIG SET). */
export interface RequestLimits {
  /** proto-max-bulk-len. */
  readonly maxBulkBytes: number;
  /** client-query-buffer-limit: bytes held for one unfinished command. */
  readonly maxHeldBytes: number;
}

/** PROTO_INLINE_MAX_SIZE: an inline command, or a line that announces a length. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_ARGUMENTS = 2 ** 31 - 1;
/** Positions are kept in Int32Arrays. */
const MAX_BULK_BYTES = 2 ** 30;
/** PROTO_IOBUF_LEN: what a session that sends something has at least. */
const BUFFER_BYTES = 16 * 1024;
/** PROTO_RESIZE_THRESHOLD: a buffer in use is not trimmed up to this size. */
const TRIM_ABOVE_BYTES = 32 * 1024;
/** Less than this is not worth giving back (clientsCronResizeQueryBuffer). */
const SPARE_BYTES = 4 * 1024;

/** How many commands of a pipeline are looked at beforehand: what redis-benchmark and clients send at once, usually. */
const MAX_AHEAD = 15;
/** One with more arguments takes so long that looking ahead gains nothing. */
const MAX_AHEAD_ARGUMENTS = 64;
/**
 * What was found there. All decoders of the process share these: only one of them is between two commands of a pipeline at
 * any time, and fifty sessions with arrays of their own would not fit into the processor's first cache.
 */
const AHEAD: readonly Args[] = Array.from({ length: MAX_AHEAD }, () => new Args(MAX_AHEAD_ARGUMENTS));
/** Whose they are now. */
let holder: RequestDecoder | undefined;

const CR = 0x0d;
const LF = 0x0a;
const NUL = 0;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;

/** Answers of `lengthAt` besides lengths. */
const INCOMPLETE = -1;
const INVALID = -2;
const NEGATIVE = -3;

const NO_BYTES = new Uint8Array(0);
const NO_BUFFER = Buffer.alloc(0);

export class RequestDecoder {
  /** The commands behind it that `lookAhead` found: as many as it said. */
  readonly ahead = AHEAD;
  /** Nobody logged in yet: at most 10 arguments of 16 KiB. */
  authRequired = false;
  /** Set once the input makes no sense: send it and close. `next` stays false. */
  error: ReplyError | undefined;
  /** The unfinished command exceeds client-query-buffer-limit: close without a word. */
  overflowed = false;
  /** The last command was an inline one: a primary never sends such. */
  inline = false;
  /** Bytes of all whole commands so far, the blank lines between them included. */
  consumed = 0;
  private readonly limits: RequestLimits;
  /** What is not found by looking ahead. */
  private readonly own = new Args();
  /** The command that `next` found. */
  args = this.own;

  // The window that is being parsed: the fed chunk or `held`.
  private bytes: Uint8Array = NO_BYTES;
  private at = 0;
  private end = 0;
  /** Where the current command starts. */
  private first = 0;

  // The current command: arguments still to come (0: none begun), length of the bulk being read (-1: not known yet).
  private missing = 0;
  private bulk = -1;
  private read = 0;
  /** Set by `lengthAt`: where the line ended. */
  private lineEnd = 0;

  // Of `ahead`: what `next` has yet to hand out.
  private aheadAt = 0;
  private aheadEnd = 0;

  private held = NO_BUFFER;
  private holding = false;
  /** The most that came at once, or was held, since `trim`. */
  private peak = 0;
  // What was fed and is not yet in the window, while `held` is.
  private chunk: Uint8Array = NO_BYTES;
  private chunkAt = 0;
  private chunkEnd = 0;

  constructor(limits: RequestLimits) {
    this.limits = limits;
  }

  /** Takes `bytes[start, end)`. They must stay as they are until `next` has said false or `keep` was called. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    if (this.held.length < BUFFER_BYTES) this.resize(BUFFER_BYTES);
    if (end - start > this.peak) this.peak = end - start;
    if (this.holding) {
      this.keep();
      this.chunk = bytes;
      this.chunkAt = start;
      this.chunkEnd = end;
      return;
    }
    this.bytes = bytes;
    this.at = start;
    this.first = start;
    this.end = end;
  }

  /** True: `args` is the next command. False: all that was fed is used up or copied, or there is an `error`. */
  next(): boolean {
    if (this.hasAhead) return this.takeAhead();
    this.forgetAhead();
    if (this.error !== undefined) return false;
    for (;;) {
      if (this.parse()) return true;
      if (this.error !== undefined || !this.refill()) return false;
    }
  }

  /**
   * Parses the next few commands, as far as they are usual ones and here already, without taking them: `next` will say
   * them one by one. Returns how many that are; 0 also while it has not said all of those found before.
   */
  lookAhead(): number {
    if (this.hasAhead || this.at >= this.end || this.authRequired) return 0;
    // The last of those found before is being executed.
    if (holder !== undefined) return 0;
    let count = 0;
    for (let at = this.at; count < MAX_AHEAD; count++) {
      at = wholeRequest(AHEAD[count], this.bytes, at, this.end, false);
      if (at < 0) break;
    }
    if (count > 0) holder = this;
    this.aheadAt = 0;
    this.aheadEnd = count;
    return count;
  }

  /** There are commands that `lookAhead` found and `next` has not said. */
  get hasAhead(): boolean {
    return this.aheadAt < this.aheadEnd;
  }

  /** Copies what was fed and not taken yet, when the session has to stand still before `next` said false. */
  keep(): void {
    this.forgetAhead();
    if (!this.holding) this.hold();
    if (this.chunkAt < this.chunkEnd) this.append(this.chunkEnd - this.chunkAt);
  }

  /** Bytes held that are no arguments yet. */
  get heldBytes(): number {
    return this.holding ? this.end - this.at : 0;
  }

  /** Bytes of the unfinished command that are whole arguments already. */
  get argumentBytes(): number {
    return this.holding && this.missing > 0 ? this.at - this.first : 0;
  }

  /** Bytes of a command that do not lie in `held`. */
  bytesBeside({ bytes, rawStart, rawEnd }: Args): number {
    return bytes === this.held ? 0 : rawEnd - rawStart;
  }

  /** What `held` takes, and how much of it is free. */
  get bufferBytes(): number {
    return this.held.length;
  }

  get spareBytes(): number {
    return this.held.length - this.usedBytes;
  }

  private get usedBytes(): number {
    return this.holding ? this.end : 0;
  }

  /**
   * Now and then: gives back room that nothing asked for since the last time. `idle`: nothing has come for so long that
   * all of it goes.
   */
  trim(idle: boolean): void {
    const least = Math.max(this.usedBytes, this.bulk < 0 ? 0 : this.at + this.bulk + 2);
    const { length } = this.held;
    if (this.spareBytes > SPARE_BYTES) {
      if (idle) this.resize(this.usedBytes);
      else if (length > TRIM_ABOVE_BYTES && length / 2 > this.peak) this.resize(Math.max(least, this.peak));
    }
    this.peak = least;
  }

  /** While a command is executed: its bytes, and all that came behind it. */
  get bytesFromCommand(): number {
    return this.end - this.args.rawStart + (this.chunkEnd - this.chunkAt);
  }

  /** Forgets everything: a new stream begins. */
  reset(): void {
    this.error = undefined;
    this.overflowed = false;
    this.consumed = 0;
    this.missing = 0;
    this.bulk = -1;
    this.holding = false;
    this.forgetAhead();
    this.bytes = NO_BYTES;
    this.chunk = NO_BYTES;
    this.at = this.first = this.end = this.chunkAt = this.chunkEnd = 0;
  }

  /** Goes on until a command is whole (true) or the window is exhausted or wrong (false). */
  private parse(): boolean {
    for (;;) {
      if (this.missing === 0) {
        if (this.at >= this.end) return false;
        const next = wholeRequest(this.args, this.bytes, this.at, this.end, this.authRequired);
        if (next > 0) return this.take(next);
        this.first = this.at;
        if (this.bytes[this.at] !== STAR) {
          if (!this.parseInline()) return false;
          if (this.args.count > 0) return true;
          continue;
        }
        if (!this.parseCount()) return false;
        if (this.missing === 0) {
          this.consumed += this.at - this.first;
          continue;
        }
      }
      if (!this.parseArguments()) return false;
      this.args.bytes = this.bytes;
      this.args.begin(this.read, this.first, this.at);
      this.consumed += this.at - this.first;
      this.inline = false;
      return true;
    }
  }

  /** `args` is a usual command that ends before `next`. */
  private take(next: number): true {
    this.consumed += next - this.at;
    this.at = next;
    this.inline = false;
    return true;
  }

  private takeAhead(): true {
    this.args = AHEAD[this.aheadAt++];
    return this.take(this.args.rawEnd);
  }

  private forgetAhead(): void {
    this.aheadAt = this.aheadEnd = 0;
    this.args = this.own;
    if (holder === this) holder = undefined;
  }

  private parseCount(): boolean {
    const count = this.lengthAt(this.at + 1);
    if (count === INCOMPLETE) return this.lineTooLong('too big mbulk count string');
    if (count === INVALID || count > MAX_ARGUMENTS) return this.fail('invalid multibulk length');
    if (count > SMALL_COUNT && this.authRequired) return this.fail('unauthenticated multibulk length');
    this.at = this.lineEnd;
    // No arguments, or a negative count: nothing to do and nothing to answer.
    this.missing = count === NEGATIVE ? 0 : count;
    this.read = 0;
    this.bulk = -1;
    return true;
  }

  private parseArguments(): boolean {
    const args = this.args;
    while (this.missing > 0) {
      if (this.bulk < 0 && !this.parseBulkLength()) return false;
      // The two bytes behind a bulk are skipped unread, as redis-server does.
      const next = this.at + this.bulk + 2;
      if (next > this.end) return false;
      if (this.read >= args.starts.length) args.reserve(this.read);
      args.starts[this.read] = this.at;
      args.ends[this.read] = next - 2;
      this.read++;
      this.missing--;
      this.bulk = -1;
      this.at = next;
    }
    return true;
  }

  private parseBulkLength(): boolean {
    if (this.at >= this.end) return false;
    const length = this.lengthAt(this.at + 1);
    if (length === INCOMPLETE) return this.lineTooLong('too big bulk count string');
    const mark = this.bytes[this.at];
    if (mark !== DOLLAR) return this.fail(`expected '$', got '${String.fromCharCode(mark ?? 0)}'`);
    if (length < 0 || length > this.limits.maxBulkBytes || length > MAX_BULK_BYTES)
      return this.fail('invalid bulk length');
    if (length > SMALL_BULK && this.authRequired) return this.fail('unauthenticated bulk length');
    this.bulk = length;
    this.at = this.lineEnd;
    return true;
  }

  /** The number between `from` and the end of its line, which is left in `lineEnd`. */
  private lengthAt(from: number): number {
    const bytes = this.bytes;
    const end = this.end;
    let value = 0;
    let at = from;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = at - from;
    const plain = digits === 1 || (digits > 1 && digits < 16 && bytes[from] !== ZERO);
    if (plain && at + 1 < end && bytes[at] === CR) {
      this.lineEnd = at + 2;
      return value;
    }
    return this.oddLengthAt(from);
  }

  /** Everything but a plain number with its line end: too few bytes, a sign, or nonsense. */
  private oddLengthAt(from: number): number {
    const bytes = this.bytes;
    let at = from - 1;
    // A NUL ends the search as it does in C: such a line never completes.
    while (at < this.end && bytes[at] !== CR && bytes[at] !== NUL) at++;
    if (at + 1 >= this.end || bytes[at] === NUL) return INCOMPLETE;
    this.lineEnd = at + 2;
    const value = parseInt64(binaryOf(bytes, Math.min(from, at), at));
    if (value === undefined) return INVALID;
    return value < 0n ? NEGATIVE : Number(value);
  }

  /** True: the line was taken; `args.count` is 0 when it was blank. */
  private parseInline(): boolean {
    const bytes = this.bytes;
    let at = this.at;
    while (at < this.end && bytes[at] !== LF && bytes[at] !== NUL) at++;
    if (at >= this.end || bytes[at] === NUL) return this.lineTooLong('too big inline request');
    const lineEnd = at > this.at && bytes[at - 1] === CR ? at - 1 : at;
    const words = splitArgs(binaryOf(bytes, this.at, lineEnd));
    if (words === undefined) return this.fail('unbalanced quotes in request');
    this.at = at + 1;
    this.consumed += this.at - this.first;
    this.inline = true;
    if (words.length === 0) this.args.count = 0;
    else this.args.assign(words);
    return true;
  }

  private lineTooLong(problem: string): false {
    return this.end - this.at > MAX_LINE_BYTES ? this.fail(problem) : false;
  }

  private fail(problem: string): false {
    this.error = errors.protocol(problem);
    return false;
  }

  /** The window holds no whole command any more: true when there is more to parse. */
  private refill(): boolean {
    if (!this.holding) {
      if (this.at < this.end || this.missing > 0) this.hold();
      this.bytes = this.holding ? this.held : NO_BYTES;
      return false;
    }
    if (this.at >= this.end && this.missing === 0) {
      if (this.end > this.peak) this.peak = this.end;
      this.holding = false;
      this.bytes = this.chunk;
      this.at = this.first = this.chunkAt;
      this.end = this.chunkEnd;
      this.chunk = NO_BYTES;
      this.chunkAt = this.chunkEnd = 0;
      return this.at < this.end;
    }
    if (this.chunkAt >= this.chunkEnd) return false;
    this.append(this.wanted());
    return !this.overflowed;
  }

  /** How many bytes of the chunk the unfinished command needs, as far as is known: its bulk, or a line. */
  private wanted(): number {
    const available = this.chunkEnd - this.chunkAt;
    if (this.bulk >= 0) return Math.min(available, this.at + this.bulk + 2 - this.end);
    const lineEnd = this.chunk.indexOf(LF, this.chunkAt);
    return lineEnd < 0 || lineEnd >= this.chunkEnd ? available : lineEnd + 1 - this.chunkAt;
  }

  /** Makes the rest of the window, from the current command's start, our own. */
  private hold(): void {
    const from = this.missing > 0 ? this.first : this.at;
    const window = this.bytes;
    const size = this.end - from;
    this.room(size);
    copyBytes(window, from, this.end, this.held, 0);
    this.rebase(from);
    this.holding = true;
  }

  private append(count: number): void {
    const from = this.missing > 0 ? this.first : this.at;
    if (from > 0) {
      this.held.copyWithin(0, from, this.end);
      this.rebase(from);
    }
    if (this.end + count > this.limits.maxHeldBytes) {
      this.overflowed = true;
      return;
    }
    this.room(this.end + count);
    copyBytes(this.chunk, this.chunkAt, this.chunkAt + count, this.held, this.end);
    this.chunkAt += count;
    this.end += count;
  }

  /** The command's bytes now start at `held[0]` instead of `from`. */
  private rebase(from: number): void {
    const { starts, ends } = this.args;
    if (this.missing > 0) {
      for (let i = 0; i < this.read; i++) {
        starts[i] -= from;
        ends[i] -= from;
      }
    }
    this.at -= from;
    this.end -= from;
    this.first = 0;
    this.bytes = this.held;
  }

  /** Room for `size` bytes in `held`; when a bulk is under way, for all of it and no more. */
  private room(size: number): void {
    const from = this.missing > 0 ? this.first : this.at;
    const whole = this.bulk < 0 ? 0 : this.at + this.bulk + 2 - from;
    if (Math.max(size, whole) <= this.held.length) return;
    this.resize(whole >= size ? whole : Math.max(BUFFER_BYTES, 2 * size));
    // What is known to be needed is not trimmed before it is used.
    this.peak = Math.max(this.peak, whole);
  }

  private resize(size: number): void {
    const resized = size === 0 ? NO_BUFFER : Buffer.allocUnsafeSlow(size);
    if (this.holding) {
      this.held.copy(resized, 0, 0, this.end);
      this.bytes = resized;
    }
    this.held = resized;
  }
}
