/**
 * The arguments of one command, as places in the bytes they arrived in. Valid only while the command runs: what
 * outlives it must be copied out (`detach` copies a whole command).
 *
 * Whatever the arguments came from, `bytes[rawStart, rawEnd)` is the whole command as RESP, so that replication and
 * the append-only file can pass it on without encoding it again.
 */
import { type Binary, copyBytes, copyOf, recentBinaryOf, viewOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import { parseDouble, parseInt64, parseSmallInteger } from '../numbers.ts';
import { Key } from '../store/key.ts';
import { encodeCommand } from './encode-command.ts';

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = viewOf(NO_BYTES);
/** Most commands have fewer arguments; the arrays grow by doubling. */
const USUAL_ARGUMENTS = 8;

export class Args {
  /** Number of arguments, the command's name included. */
  count = 0;
  /** Argument i is `bytes[starts[i], ends[i])`. */
  bytes: Uint8Array = NO_BYTES;
  starts: Int32Array;
  ends: Int32Array;
  rawStart = 0;
  rawEnd = 0;
  private viewed: Uint8Array = NO_BYTES;
  private viewOfBytes = NO_VIEW;
  private readonly asKey = new Key();
  /** The argument that `asKey` is. */
  private keyAt = -1;

  /** `room`: for so many arguments without `reserve`. */
  constructor(room = USUAL_ARGUMENTS) {
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
  }

  /** A command made here: a queued one, a script's, a test's. */
  static of(...argv: readonly (Binary | Uint8Array)[]): Args {
    return Args.from(argv);
  }

  /** The same for any number of arguments: a client may send more than JavaScript's stack takes as such. */
  static from(argv: readonly (Binary | Uint8Array)[]): Args {
    const args = new Args();
    args.assign(argv);
    return args;
  }

  /** Becomes `argv`, in bytes of its own. */
  assign(argv: readonly (Binary | Uint8Array)[]): void {
    const { bytes, starts, ends } = encodeCommand(argv);
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
    this.begin(argv.length, 0, bytes.length);
  }

  /** A copy that lives as long as one likes: MULTI's queue, a parked command. */
  detach(): Args {
    const copy = new Args();
    copy.bytes = copyOf(this.bytes, this.rawStart, this.rawEnd);
    copy.starts = this.starts.slice(0, this.count);
    copy.ends = this.ends.slice(0, this.count);
    for (let i = 0; i < this.count; i++) {
      copy.starts[i] -= this.rawStart;
      copy.ends[i] -= this.rawStart;
    }
    copy.begin(this.count, 0, copy.bytes.length);
    return copy;
  }

  /** For decoders: `starts` and `ends` are filled, this is a new command. */
  begin(count: number, rawStart: number, rawEnd: number): void {
    this.count = count;
    this.rawStart = rawStart;
    this.rawEnd = rawEnd;
    this.keyAt = -1;
  }

  /** For decoders: room for argument i. */
  reserve(i: number): void {
    if (i < this.starts.length) return;
    const starts = new Int32Array(2 * i);
    const ends = new Int32Array(2 * i);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }

  /** Of `bytes`. */
  get view(): DataView {
    if (this.viewed !== this.bytes) {
      this.viewed = this.bytes;
      this.viewOfBytes = viewOf(this.bytes);
    }
    return this.viewOfBytes;
  }

  /** Length of argument i in bytes. */
  size(i: number): number {
    return this.ends[i] - this.starts[i];
  }

  /** Argument i as a Binary string. */
  binary(i: number): Binary {
    return recentBinaryOf(this.bytes, this.starts[i], this.ends[i]);
  }

  /** All arguments as Binary strings, from argument `from` on. */
  binaries(from = 0): Binary[] {
    const all: Binary[] = [];
    for (let i = from; i < this.count; i++) all.push(this.binary(i));
    return all;
  }

  /** A copy of argument i that may be kept. */
  copy(i: number): Uint8Array {
    return copyOf(this.bytes, this.starts[i], this.ends[i]);
  }

  /** Copies argument i to `into[at …)`. */
  copyInto(i: number, into: Uint8Array, at: number): void {
    copyBytes(this.bytes, this.starts[i], this.ends[i], into, at);
  }

  /** ASCII case-insensitive comparison with `word`, which is lower case. */
  is(i: number, word: string): boolean {
    const start = this.starts[i];
    if (this.ends[i] - start !== word.length) return false;
    for (let k = 0; k < word.length; k++) {
      const byte = this.bytes[start + k];
      const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
      if (lower !== word.charCodeAt(k)) return false;
    }
    return true;
  }

  /** A 64-bit signed integer as Redis parses it (no blanks, no +, no leading zeros). Throws `notInteger`. */
  bigint(i: number): bigint {
    const value = parseInt64(this.binary(i));
    if (value === undefined) throw errors.notInteger();
    return value;
  }

  /** The same within ±2^53; beyond it throws `notInteger`. */
  integer(i: number): number {
    const small = parseSmallInteger(this.bytes, this.starts[i], this.ends[i]);
    if (!Number.isNaN(small)) return small;
    const value = Number(this.bigint(i));
    if (!Number.isSafeInteger(value)) throw errors.notInteger();
    return value;
  }

  /** A double as Redis parses it (inf, -inf allowed, nan not). Throws `notFloat`. */
  float(i: number): number {
    const small = parseSmallInteger(this.bytes, this.starts[i], this.ends[i]);
    if (!Number.isNaN(small)) return small;
    const value = parseDouble(this.binary(i));
    if (value === undefined) throw errors.notFloat();
    return value;
  }

  /** The hash slot of argument i as a key. Reckoned once for the last key asked about. */
  slot(i: number): number {
    return this.key(i).slot;
  }

  /** Argument i as a key; the object is reused by the next call. */
  key(i: number): Key {
    if (this.keyAt !== i) {
      this.asKey.set(this.bytes, this.starts[i], this.ends[i], this.view);
      this.keyAt = i;
    }
    return this.asKey;
  }
}
