/** The rows of all commands on collections. */
import { hashes } from '../../../extension/redis/commands/hashes.ts';
import { listMoves } from '../../../extension/redis/commands/list-moves.ts';
import { lists } from '../../../extension/redis/commands/lists.ts';
import { setAlgebra } from '../../../extension/redis/commands/set-algebra.ts';
import { sets } from '../../../extension/redis/commands/sets.ts';
import { sortedSetAlgebra } from '../../../extension/redis/commands/sorted-set-algebra.ts';
import { sortedSetPops } from '../../../extension/redis/commands/sorted-set-pops.ts';
import { sortedSetRanges } from '../../../extension/redis/commands/sorted-set-ranges.ts';
import { sortedSets } from '../../../extension/redis/commands/sorted-sets.ts';

export const collectionTables = [
  hashes,
  lists,
  listMoves,
  sets,
  setAlgebra,
  sortedSets,
  sortedSetRanges,
  sortedSetPops,
  sortedSetAlgebra,
] as const;
