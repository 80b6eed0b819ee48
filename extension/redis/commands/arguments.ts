/** Numbers among the arguments, with the bounds and error texts that several families share. */
import type { ReplyError } from '../errors.ts';
import { errors } from '../errors.ts';
import { parseInt64, parseSmallInteger } from '../numbers.ts';
import type { Args } from '../resp/args.ts';

/** C's LONG_MAX as a double. */
const LONG_MAX = 2 ** 63;

/**
 * Argument i as a C long. Beyond 2^53 it is the nearest double, which for indexes and counts makes no difference: no
 * collection is that long.
 */
export function long(args: Args, i: number, error: () => ReplyError = errors.notInteger): number {
  const small = parseSmallInteger(args.bytes, args.starts[i], args.ends[i]);
  if (!Number.isNaN(small)) return small;
  const large = args.size(i) <= 20 ? parseInt64(args.binary(i)) : undefined;
  if (large === undefined) throw error();
  return Number(large);
}

/** A long from `min` on; `error` for anything else. */
export function longFrom(args: Args, i: number, min: number, error: () => ReplyError): number {
  const value = long(args, i, error);
  if (value < min) throw error();
  return value;
}

/** A count that may be negative: any long but LONG_MIN, which has no positive counterpart. */
export function signedCount(args: Args, i: number): number {
  const value = long(args, i);
  if (value <= -LONG_MAX && args.binary(i) === '-9223372036854775808') throw errors.notBetweenLongs();
  return value;
}

/** A count of elements, 0 or more. */
export function count(args: Args, i: number): number {
  const value = long(args, i, errors.positive);
  if (value < 0) throw errors.positive();
  return value;
}

/** `numkeys` at argument i of LMPOP and the like: at least 1. */
export function numkeys(args: Args, i: number): number {
  return longFrom(args, i, 1, () => errors.notPositive('numkeys'));
}

/**
 * An inclusive range of indexes, each negative from the end, cut to a sequence of `length`: from `from` to before
 * `to`; empty when from >= to.
 */
export function indexRange(
  start: number,
  stop: number,
  length: number,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, stop < 0 ? length + stop : stop);
  return from > last ? { from: 0, to: 0 } : { from, to: last + 1 };
}
