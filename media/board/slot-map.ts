/** From what nodes claim to the picture of all slots: stretches in their order, each with whose it is. */
import type { Shard } from './messages.ts';

export const SLOT_COUNT = 16384;

export interface Stretch {
  readonly first: number;
  readonly last: number;
  /** Place of the shard; undefined when nobody owns the slots. */
  readonly shard: number | undefined;
  readonly served: boolean;
}

const NOBODY = -1;

export function stretches(shards: readonly Shard[]): Stretch[] {
  const owners = ownersOf(shards);
  const found: Stretch[] = [];
  let first = 0;
  for (let slot = 1; slot <= SLOT_COUNT; slot++) {
    if (slot < SLOT_COUNT && owners[slot] === owners[first]) continue;
    const owner = owners[first] ?? NOBODY;
    const shard = owner === NOBODY ? undefined : owner;
    found.push({ first, last: slot - 1, shard, served: shards[owner]?.served === true });
    first = slot;
  }
  return found;
}

/** By slot: the shard that claims it with the highest epoch. */
function ownersOf(shards: readonly Shard[]): Int16Array {
  const owners = new Int16Array(SLOT_COUNT).fill(NOBODY);
  const claims = shards.flatMap(({ claims: all }, shard) => all.map((claim) => ({ ...claim, shard })));
  for (const { ranges, shard } of claims.sort((a, b) => a.epoch - b.epoch))
    for (const [first, last] of ranges) owners.fill(shard, first, last + 1);
  return owners;
}
