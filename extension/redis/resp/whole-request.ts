/** The usual request, a RESP array that is plain and whole where it lies, read in one go. */
import type { Args } from './args.ts';

/** What also a session that has not logged in may send: 10 arguments of 16 KiB. */
export const SMALL_COUNT = 10;
export const SMALL_BULK = 16384;

const CR = 0x0d;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;

/**
 * Reads the request that begins at `bytes[first]` into `args`, and returns where it ends. `small`: with no more than
 * SMALL_COUNT arguments. -1, with nothing touched that matters: something about it is odd, large or missing before `end`,
 * and a slower way, which can stop anywhere, has to find out what.
 */
export function wholeRequest(
  args: Args,
  bytes: Uint8Array,
  first: number,
  end: number,
  small: boolean,
): number {
  if (first >= end || bytes[first] !== STAR) return -1;
  let at = first + 1;
  let count = 0;
  let digit = bytes[at++] - ZERO;
  // One digit at least, no leading zero, at most four digits; beyond the array `bytes` gives undefined, NaN here.
  if (!(digit > 0 && digit <= 9)) return -1;
  do {
    count = count * 10 + digit;
    digit = bytes[at++] - ZERO;
  } while (digit >= 0 && digit <= 9 && count < 1000);
  if (digit !== CR - ZERO || count > args.starts.length || (count > SMALL_COUNT && small)) return -1;
  at++;
  const { starts, ends } = args;
  for (let i = 0; i < count; i++) {
    if (bytes[at] !== DOLLAR) return -1;
    digit = bytes[at + 1] - ZERO;
    at += 2;
    if (!(digit >= 0 && digit <= 9)) return -1;
    let size = digit;
    digit = bytes[at++] - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (size === 0) return -1;
      do {
        size = size * 10 + digit;
        digit = bytes[at++] - ZERO;
      } while (digit >= 0 && digit <= 9 && size <= SMALL_BULK);
    }
    if (digit !== CR - ZERO || size > SMALL_BULK) return -1;
    at++;
    starts[i] = at;
    at += size;
    ends[i] = at;
    at += 2;
    if (at > end) return -1;
  }
  args.bytes = bytes;
  args.begin(count, first, at);
  return at;
}
