/** Which arguments are keys, from the rows of the command table. */

import { binaryOfText } from '../extension/redis/bytes.ts';
import { allCommands } from '../extension/redis/commands/index.ts';
import { keyPositions } from '../extension/redis/commands/key-positions.ts';
import type { KeySpec } from '../extension/redis/commands/key-spec.ts';
import { Args } from '../extension/redis/resp/args.ts';

const specs: ReadonlyMap<string, readonly KeySpec[]> = new Map(
  allCommands.map(({ name, keys }) => [name, keys]),
);

/** Indices into `argv`; none for a command that is unknown, or whose arguments make no sense yet. */
export function findKeys(argv: readonly string[]): readonly number[] {
  const [name = '', sub = ''] = argv.slice(0, 2).map((word) => word.toLowerCase());
  const rows = specs.get(`${name}|${sub}`) ?? specs.get(name);
  if (rows === undefined || rows.length === 0) return [];
  const positions = keyPositions(rows, Args.of(...argv.map(binaryOfText)));
  return [...new Set((positions ?? []).map(({ at }) => at))];
}
