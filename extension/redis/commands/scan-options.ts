/** Cursor and options of SCAN, HSCAN, SSCAN and ZSCAN. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import { long } from './arguments.ts';

export interface ScanOptions {
  readonly count: number;
  /** undefined: everything matches. */
  readonly match: Binary | undefined;
  /** SCAN's TYPE, as it was sent. */
  readonly type: Binary | undefined;
}

const DEFAULT_COUNT = 10;
const MAX_CURSOR = 2n ** 64n - 1n;

/** A cursor as strtoul reads it: unsigned 64 bits, a sign allowed. */
export function scanCursor(args: Args, i: number): bigint {
  const text = args.binary(i);
  if (text === '') return 0n;
  if (!/^[+-]?\d+$/.test(text)) throw errors.invalidCursor();
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  if (magnitude > MAX_CURSOR) throw errors.invalidCursor();
  return text.startsWith('-') ? BigInt.asUintN(64, -magnitude) : magnitude;
}

/** The options from argument `from` on. TYPE is known to SCAN alone. */
export function scanOptions(args: Args, from: number, typeAllowed = false): ScanOptions {
  let count = DEFAULT_COUNT;
  let match: Binary | undefined;
  let type: Binary | undefined;
  for (let i = from; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw errors.syntax();
    if (args.is(i, 'count')) {
      count = long(args, i + 1);
      if (count < 1) throw errors.syntax();
    } else if (args.is(i, 'match')) {
      match = args.binary(i + 1);
    } else if (typeAllowed && args.is(i, 'type')) {
      type = args.binary(i + 1);
    } else {
      throw errors.syntax();
    }
  }
  return { count, match: match === '*' ? undefined : match, type };
}
