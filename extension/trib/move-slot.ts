/** The commands that move one slot from one primary to another. */
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Action, command, type Step } from './plan.ts';

/** Where a slot is to go, and how many keys with it. */
export interface Move {
  readonly slot: number;
  readonly source: ClusterNode;
  readonly target: ClusterNode;
  readonly keys: number;
}

/** A source that has just given its last slot away may have become the target's replica: it knows the owner then. */
const BECAME_REPLICA = /only with masters/;
/** Telling all others is a courtesy: they would learn it by gossip. */
const ANYTHING = /^/;

/**
 * IMPORTING first, then MIGRATING, or a client could be sent to a target that refuses it. The new owner is told first
 * at the end: should we die between the two, the slot is owned twice for a moment rather than by nobody.
 */
export function moveSlot(view: ClusterView, { slot, source, target, keys }: Move): Action {
  return {
    moving: `Moving slot ${slot} from ${source.name} to ${target.name}: `,
    steps: [
      command(target, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id]),
      command(source, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id]),
      { kind: 'keys', slot, source, target, keys },
      command(target, ['CLUSTER', 'SETSLOT', slot, 'NODE', target.id]),
      command(source, ['CLUSTER', 'SETSLOT', slot, 'NODE', target.id], BECAME_REPLICA),
      ...tellOthers(view, slot, target, [source]),
    ],
  };
}

/** SETSLOT NODE on all other primaries, which saves clients redirections until gossip has come round. */
export function tellOthers(
  view: ClusterView,
  slot: number,
  owner: ClusterNode,
  told: readonly ClusterNode[],
): Step[] {
  const others = view.primaries.filter((node) => node !== owner && !told.includes(node));
  return others.length === 0
    ? []
    : [command(others, ['CLUSTER', 'SETSLOT', slot, 'NODE', owner.id], ANYTHING)];
}

/** Asked at once in chunks of so many, so that neither side has to hold a million replies. */
const COUNT_CHUNK = 1000;

/** How many keys a node has in each of the slots. */
export async function countKeys(node: ClusterNode, slots: readonly number[]): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let at = 0; at < slots.length; at += COUNT_CHUNK) {
    const chunk = slots.slice(at, at + COUNT_CHUNK);
    const answers = await Promise.all(chunk.map((slot) => node.cluster('COUNTKEYSINSLOT', slot)));
    for (const [i, slot] of chunk.entries()) counts.set(slot, Number(answers[i]));
  }
  return counts;
}

/** Fills in how many keys each move carries. */
export async function countMoves(moves: readonly Omit<Move, 'keys'>[]): Promise<Move[]> {
  const sources = [...new Set(moves.map(({ source }) => source))];
  const counted = await Promise.all(
    sources.map(async (source) => {
      const slots = moves.filter((move) => move.source === source).map(({ slot }) => slot);
      return [source, await countKeys(source, slots)] as const;
    }),
  );
  const counts = new Map(counted);
  return moves.map((move) => ({ ...move, keys: counts.get(move.source)?.get(move.slot) ?? 0 }));
}
