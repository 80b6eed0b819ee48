/** The commands that move one slot from one primary to another. */
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Action, command, commands, type Step } from './plan.ts';

/** Where a slot is to go, and how many keys with it. */
export interface Move {
  readonly slot: number;
  readonly source: ClusterNode;
  readonly target: ClusterNode;
  readonly keys: number;
}

/** Moves between the same two nodes, which are one action. */
export interface MoveGroup {
  readonly source: ClusterNode;
  readonly target: ClusterNode;
  readonly slots: readonly { readonly slot: number; readonly keys: number }[];
}

/** A source that has just given its last slot away may have become the target's replica: it knows the owner then. */
const BECAME_REPLICA = /only with masters/;
/** Telling all others is a courtesy: they would learn it by gossip. */
const ANYTHING = /^/;

/**
 * Slots that are opened, emptied and closed together: a node saves its configuration once for all of them, not five times
 * for each.
 */
const SLOTS_PER_GROUP = 8;

/** Neighbours in the list with the same ends, a few at a time. */
export function groupMoves(moves: readonly Move[]): MoveGroup[] {
  const groups: { source: ClusterNode; target: ClusterNode; slots: { slot: number; keys: number }[] }[] = [];
  for (const { slot, keys, source, target } of moves) {
    const last = groups.at(-1);
    const same = last?.source === source && last.target === target;
    if (same && last.slots.length < SLOTS_PER_GROUP) last.slots.push({ slot, keys });
    else groups.push({ source, target, slots: [{ slot, keys }] });
  }
  return groups;
}

/**
 * Slots that go from one node to one other. IMPORTING first, then MIGRATING, or a client could be sent to a target that
 * refuses it. The new owner is told first at the end: should we die between the two, a slot is owned twice for a moment
 * rather than by nobody.
 */
export function moveSlots(view: ClusterView, { source, target, slots: moved }: MoveGroup): Action {
  const slots = moved.map(({ slot }) => slot);
  const setSlots = (...words: readonly string[]) =>
    slots.map((slot) => ['CLUSTER', 'SETSLOT', slot, ...words]);
  const said = (slot: number) => `Moving slot ${slot} from ${source.name} to ${target.name}: `;
  const others = view.primaries.filter((node) => node !== target && node !== source);
  return {
    slots: slots.length,
    moving: new Map(slots.map((slot) => [slot, said(slot)])),
    steps: [
      commands(target, setSlots('IMPORTING', source.id)),
      commands(source, setSlots('MIGRATING', target.id)),
      ...moved.map(({ slot, keys }) => ({ kind: 'keys' as const, slot, source, target, keys })),
      commands(target, setSlots('NODE', target.id)),
      commands(source, setSlots('NODE', target.id), BECAME_REPLICA),
      ...(others.length > 0 ? [commands(others, setSlots('NODE', target.id), ANYTHING)] : []),
    ],
  };
}

/** Who owns a slot, told to nodes that would learn it by gossip: it saves their clients redirections. */
export function tell(nodes: readonly ClusterNode[], slot: number, owner: ClusterNode): Step[] {
  return nodes.length === 0 ? [] : [command(nodes, ['CLUSTER', 'SETSLOT', slot, 'NODE', owner.id], ANYTHING)];
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
