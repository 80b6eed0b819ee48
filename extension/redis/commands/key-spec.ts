/**
 * Where a command's keys are among its arguments: COMMAND INFO's key specifications, from which routing, ACL key
 * patterns, COMMAND GETKEYS and the editor's slot hovers are derived.
 */
import type { Args } from '../resp/args.ts';

/** How the command uses the key, as COMMAND GETKEYSANDFLAGS spells it: `RW access update`. */
export type KeyFlags = string;

export type KeySpec =
  /** Arguments from `first` to `last` (negative: from the end) in steps of `step`. */
  (
    | {
        readonly at: 'range';
        readonly first: number;
        readonly last: number;
        readonly step: number;
      }
    /** A count of keys at `count`, the keys from `first` on in steps of `step` (ZUNIONSTORE, EVAL). */
    | {
        readonly at: 'numkeys';
        readonly count: number;
        readonly first: number;
        readonly step: number;
      }
    /** Found after the word `keyword`, looked for from `from` on (XREAD STREAMS, MIGRATE KEYS). */
    | {
        readonly at: 'keyword';
        readonly keyword: string;
        readonly from: number;
        readonly last: number;
        readonly step: number;
        readonly limit: number;
      }
    /** Only code can tell (SORT … STORE, MIGRATE). */
    | { readonly at: 'code'; readonly find: (args: Args) => number[] }
  ) & {
    readonly flags: KeyFlags;
    /** What COMMAND INFO says is not the whole truth (MIGRATE): this is. */
    readonly find?: (args: Args) => number[];
  };

export const NO_KEYS: readonly KeySpec[] = [];

/** Keys at `first` … `last` in steps of `step`. */
export function keys(first: number, last: number, step: number, flags: KeyFlags): readonly KeySpec[] {
  return [{ at: 'range', first, last, step, flags }];
}

/** A single key at argument `i`. */
export function keyAt(i: number, flags: KeyFlags): readonly KeySpec[] {
  return keys(i, i, 1, flags);
}

/** The first half of what stands behind the word STREAMS, which is looked for from argument `from` on. */
export function streamKeys(from: number, flags: KeyFlags): readonly KeySpec[] {
  return [{ at: 'keyword', keyword: 'STREAMS', from, last: -1, step: 1, limit: 2, flags }];
}

/** As many keys as argument `count` says, right behind it. */
export function countedKeys(count: number, flags: KeyFlags): readonly KeySpec[] {
  return [{ at: 'numkeys', count, first: count + 1, step: 1, flags }];
}
