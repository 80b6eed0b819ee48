/**
 * Ids of stream entries: milliseconds and a sequence number, each unsigned and of 64 bits. Nearly all of them are small
 * enough for a JS number; those that are not are bigints.
 */

/** A 64-bit number: a JS number while it is a safe integer, else a bigint. One value has one form: `===` and `<` work. */
export type Wide = number | bigint;

export interface StreamId {
  readonly ms: Wide;
  readonly seq: Wide;
}

export const WIDE_MAX: Wide = 0xffff_ffff_ffff_ffffn;
export const ZERO_ID: StreamId = { ms: 0, seq: 0 };
export const MAX_ID: StreamId = { ms: WIDE_MAX, seq: WIDE_MAX };

/** The one form of a 64-bit number. */
export function wide(value: bigint): Wide {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** base + delta, modulo 2^64. */
export function wideSum(base: Wide, delta: Wide): Wide {
  if (typeof base === 'number' && typeof delta === 'number') {
    const sum = base + delta;
    if (sum >= 0 && sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return wide(BigInt.asUintN(64, BigInt(base) + BigInt(delta)));
}

/** a - b, as a signed 64-bit number. */
export function wideDifference(a: Wide, b: Wide): Wide {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return wide(BigInt.asIntN(64, BigInt(a) - BigInt(b)));
}

/** One more, as a signed 64-bit number: counters that somebody set to the largest one wrap around. */
export function incremented(count: Wide): Wide {
  return wideDifference(count, -1);
}

/** A signed number as one without a sign of the same bits, and back. */
export function asUnsigned(value: Wide): Wide {
  return value < 0 ? wide(BigInt.asUintN(64, BigInt(value))) : value;
}

export function asSigned(value: Wide): Wide {
  return typeof value === 'bigint' ? wide(BigInt.asIntN(64, value)) : value;
}

/** Negative, 0 or positive. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export function isZeroId(id: StreamId): boolean {
  return id.ms === 0 && id.seq === 0;
}

/** A copy that holds nothing but the id. */
export function idOf({ ms, seq }: StreamId): StreamId {
  return { ms, seq };
}

export function idText(id: StreamId): string {
  return `${id.ms}-${id.seq}`;
}

/** The id right behind this one; undefined behind the last there can be. */
export function nextId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== WIDE_MAX) return { ms, seq: wideSum(seq, 1) };
  return ms === WIDE_MAX ? undefined : { ms: wideSum(ms, 1), seq: 0 };
}

/** The id right before this one; undefined before 0-0. */
export function previousId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== 0) return { ms, seq: wideSum(seq, -1) };
  return ms === 0 ? undefined : { ms: wideSum(ms, -1), seq: WIDE_MAX };
}
