/**
 * The arguments of one command, as places in the bytes they arrived in. Valid only while the command runs: what
 * outlives it must be copied out.
 */
import type { Binary } from '../bytes.ts';

export interface Args {
  /** Number of arguments, the command's name included. */
  readonly count: number;
  /** Argument i is `bytes[starts[i], ends[i])`. */
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Length of argument i in bytes. */
  size(i: number): number;
  /** Argument i as a Binary string. */
  binary(i: number): Binary;
  /** A copy of argument i that may be kept. */
  copy(i: number): Uint8Array;
  /** ASCII case-insensitive comparison with `word`, which is lower case. */
  is(i: number, word: string): boolean;
  /** A 64-bit signed integer as Redis parses it (no blanks, no +, no leading zeros). Throws `notInteger`. */
  bigint(i: number): bigint;
  /** The same within ±2^53; beyond it throws `notInteger`. */
  integer(i: number): number;
  /** A double as Redis parses it (inf, -inf allowed, nan not). Throws `notFloat`. */
  float(i: number): number;
}
