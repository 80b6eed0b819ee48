/** The bounds of ranges by score (`1.5`, `(2`, `-inf`) and by member (`[a`, `(b`, `-`, `+`), as ranks of a set. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { parseDouble } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import type { SortedSetValue } from '../store/sorted-set-value.ts';

/** Ranks from `from` to before `to`; empty when from >= to. */
export interface RankRange {
  readonly from: number;
  readonly to: number;
}

export type RangeOf = (set: SortedSetValue) => RankRange;

interface Bound<T> {
  readonly value: T;
  readonly exclusive: boolean;
}

/** Scores from argument `min` to argument `max`. */
export function scoreRange(args: Args, min: number, max: number): RangeOf {
  const low = scoreBound(args.binary(min));
  const high = scoreBound(args.binary(max));
  return (set) => ({
    from: set.countByScore(low.value, low.exclusive),
    to: set.countByScore(high.value, !high.exclusive),
  });
}

function scoreBound(text: Binary): Bound<number> {
  const exclusive = text.startsWith('(');
  const value = readDouble(exclusive ? text.slice(1) : text);
  if (value === undefined) throw errors.scoreRange();
  return { value, exclusive };
}

/** As strtod, whose errors of range Redis overlooks here: nothing is 0, too much is infinite, blanks may lead. */
function readDouble(text: Binary): number | undefined {
  if (text === '') return 0;
  const number = text.replace(/^[ \t-\r]+/, '');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(number)) return Number(number);
  return parseDouble(number);
}

/** '-' and '+' are before and behind every member. */
type LexValue = Binary | { readonly infinite: 'before' | 'behind' };

/** Members from argument `min` to argument `max` in byte order, meant for sets whose scores are all equal. */
export function lexRange(args: Args, min: number, max: number): RangeOf {
  const low = lexBound(args.binary(min));
  const high = lexBound(args.binary(max));
  return (set) => ({
    from: countUpTo(set, low.value, low.exclusive),
    to: countUpTo(set, high.value, !high.exclusive),
  });
}

function lexBound(text: Binary): Bound<LexValue> {
  if (text === '-') return { value: { infinite: 'before' }, exclusive: true };
  if (text === '+') return { value: { infinite: 'behind' }, exclusive: true };
  if (text.startsWith('(')) return { value: text.slice(1), exclusive: true };
  if (text.startsWith('[')) return { value: text.slice(1), exclusive: false };
  throw errors.lexRange();
}

function countUpTo(set: SortedSetValue, value: LexValue, including: boolean): number {
  if (typeof value === 'string') return set.countByMember(value, including);
  return value.infinite === 'before' ? 0 : set.size;
}
