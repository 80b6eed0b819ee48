/** Every command on data, by family: what the node's table is built from, besides the node's own commands. */
import { bitfields } from './bitfield.ts';
import { bitmaps } from './bitmaps.ts';
import type { Command, Group } from './command.ts';
import { geo } from './geo.ts';
import { geoSearches } from './geo-search.ts';
import { hashFieldExpiry } from './hash-field-expiry.ts';
import { hashes } from './hashes.ts';
import { hyperLogLogs } from './hyperloglog.ts';
import { keyExpiry } from './key-expiry.ts';
import { keyCommands } from './keys.ts';
import { lcsCommands } from './lcs.ts';
import { listMoves } from './list-moves.ts';
import { lists } from './lists.ts';
import { objectCommands } from './object.ts';
import { setAlgebra } from './set-algebra.ts';
import { sets } from './sets.ts';
import { sortCommands } from './sort.ts';
import { sortedSetAlgebra } from './sorted-set-algebra.ts';
import { sortedSetPops } from './sorted-set-pops.ts';
import { sortedSetRanges } from './sorted-set-ranges.ts';
import { sortedSets } from './sorted-sets.ts';
import { streamGroups } from './stream-groups.ts';
import { streamInfo } from './stream-info.ts';
import { streamPending } from './stream-pending.ts';
import { streams } from './streams.ts';
import { stringCounters } from './string-counters.ts';
import { stringParts } from './string-parts.ts';
import { strings } from './strings.ts';

export const commandGroups: readonly (readonly [group: Group, rows: readonly Command[]])[] = [
  ['string', [...strings, ...stringCounters, ...stringParts, ...lcsCommands]],
  ['bitmap', [...bitmaps, ...bitfields]],
  ['generic', [...keyCommands, ...keyExpiry, ...objectCommands, ...sortCommands]],
  ['hash', [...hashes, ...hashFieldExpiry]],
  ['list', [...lists, ...listMoves]],
  ['set', [...sets, ...setAlgebra]],
  ['geo', [...geo, ...geoSearches]],
  ['hyperloglog', hyperLogLogs],
  ['stream', [...streams, ...streamGroups, ...streamPending, ...streamInfo]],
  ['sorted-set', [...sortedSets, ...sortedSetRanges, ...sortedSetAlgebra, ...sortedSetPops]],
];

export const allCommands: readonly Command[] = commandGroups.flatMap(([, rows]) => rows);
