/** What MIGRATE is given: options, and its keys in one of two places. */
import type { Args } from '../resp/args.ts';
import type { KeySpec } from './key-spec.ts';

export const MIGRATE_KEYS: readonly KeySpec[] = [
  { at: 'range', first: 3, last: 3, step: 1, flags: 'RW access delete', find: migrateKeys },
  {
    at: 'keyword',
    keyword: 'KEYS',
    from: -2,
    last: -1,
    step: 1,
    limit: 0,
    flags: 'RW access delete incomplete',
    // The first specification has found them.
    find: () => [],
  },
];

/** Where options begin: behind host, port, key, database and time-out. */
export const FIRST_MIGRATE_OPTION = 6;

/** Arguments of each option besides its name. */
export const MIGRATE_OPTIONS: ReadonlyMap<string, number> = new Map([
  ['copy', 0],
  ['replace', 0],
  ['auth', 1],
  ['auth2', 2],
]);

/** Where the keys stand among the arguments. */
export function migrateKeys(args: Args): number[] {
  for (let i = FIRST_MIGRATE_OPTION; i < args.count; i++) {
    if (args.is(i, 'keys')) {
      // With a key in front as well it is a syntax error, which the command itself will tell.
      if (args.size(3) > 0) return [];
      return Array.from({ length: args.count - i - 1 }, (_, j) => i + 1 + j);
    }
    i += MIGRATE_OPTIONS.get(args.binary(i).toLowerCase()) ?? 0;
  }
  return [3];
}
