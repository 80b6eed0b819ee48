/** Which arguments are keys: from the rows of the command table, and below for commands that the node keeps. */

import { binaryOfText } from '../extension/redis/bytes.ts';
import { allCommands } from '../extension/redis/commands/index.ts';
import { keyPositions } from '../extension/redis/commands/key-positions.ts';
import { countedKeys, type KeySpec, keyAt, keys, streamKeys } from '../extension/redis/commands/key-spec.ts';
import { MIGRATE_KEYS } from '../extension/redis/commands/migrate-arguments.ts';
import { Args } from '../extension/redis/resp/args.ts';

/** What a hover needs no flags for. */
const ANY = '';

/**
 * Commands that wait, run scripts, or speak to other nodes: their rows belong to the node, which an editor
 * does not load. Shard channels are in slots as keys are.
 */
const OF_THE_NODE: readonly (readonly [names: string, specs: readonly KeySpec[]])[] = [
  ['dump restore restore-asking', keyAt(1, ANY)],
  ['brpoplpush blmove', keys(1, 2, 1, ANY)],
  ['memory|usage', keyAt(2, ANY)],
  ['watch ssubscribe sunsubscribe', keys(1, -1, 1, ANY)],
  ['spublish', keyAt(1, ANY)],
  ['blpop brpop bzpopmin bzpopmax', keys(1, -2, 1, ANY)],
  ['blmpop bzmpop eval evalsha eval_ro evalsha_ro fcall fcall_ro', countedKeys(2, ANY)],
  ['migrate', MIGRATE_KEYS],
  ['xread', streamKeys(1, ANY)],
  ['xreadgroup', streamKeys(4, ANY)],
];

const specs: ReadonlyMap<string, readonly KeySpec[]> = new Map([
  ...OF_THE_NODE.flatMap(([names, found]) => names.split(' ').map((name) => [name, found] as const)),
  ...allCommands.map(({ name, keys: found }) => [name, found] as const),
]);

/** Indices into `argv`; none for a command that is unknown, or whose arguments make no sense yet. */
export function findKeys(argv: readonly string[]): readonly number[] {
  const [name = '', sub = ''] = argv.slice(0, 2).map((word) => word.toLowerCase());
  const rows = specs.get(`${name}|${sub}`) ?? specs.get(name);
  if (rows === undefined || rows.length === 0) return [];
  const positions = keyPositions(rows, Args.of(...argv.map(binaryOfText)));
  return [...new Set((positions ?? []).map(({ at }) => at))];
}
