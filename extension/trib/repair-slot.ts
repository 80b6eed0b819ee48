/**
 * What to do about a slot that is open, owned by several, or whose keys are where they should not be. One rule for all
 * cases: a move that was cut short is finished; else one node is made the owner, gets all the keys, and everybody closes.
 */
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterView } from './cluster-view.ts';
import { countKeys, moveSlots, tell } from './move-slot.ts';
import { type Action, command, commands, type Step } from './plan.ts';
import { TribError } from './transcript.ts';

/** How the primaries see one slot. */
export interface SlotState {
  readonly slot: number;
  /** Who says to own it. */
  readonly claimants: readonly ClusterNode[];
  /** Keys of the slot on every primary. */
  readonly keys: ReadonlyMap<ClusterNode, number>;
  /** Who has it open towards, or from, which node id. */
  readonly migrating: ReadonlyMap<ClusterNode, string>;
  readonly importing: ReadonlyMap<ClusterNode, string>;
}

export async function examine(view: ClusterView, slots: readonly number[]): Promise<SlotState[]> {
  const primaries = view.primaries;
  const counts = await Promise.all(primaries.map((node) => countKeys(node, slots)));
  const opened = (slot: number, which: 'migrating' | 'importing') =>
    new Map(
      primaries.flatMap((node) => {
        const peer = node[which].get(slot);
        return peer === undefined ? [] : [[node, peer] as const];
      }),
    );
  return slots.map((slot) => ({
    slot,
    claimants: view.ownersOf(slot),
    keys: new Map(primaries.map((node, i) => [node, counts[i]?.get(slot) ?? 0])),
    migrating: opened(slot, 'migrating'),
    importing: opened(slot, 'importing'),
  }));
}

/**
 * Whose a slot is comes first, where its keys are second: as long as a node takes any slot for nobody's, or for a dead
 * node's, the cluster is down for it and it refuses MIGRATE. Cut short in between, whoever has keys still has the slot open.
 */
export interface Repair {
  readonly settle: readonly Action[];
  readonly gather: readonly Action[];
}

/** For many slots: all are somebody's before the keys of any are moved. */
export function inOrder(repairs: readonly Repair[]): Action[] {
  return [...repairs.flatMap(({ settle }) => settle), ...repairs.flatMap(({ gather }) => gather)];
}

export function repairSlot(view: ClusterView, state: SlotState): Repair {
  const half = halfDone(view, state);
  if (half) {
    const keys = state.keys.get(half.source) ?? 0;
    const says = `>>> Fixing open slot ${state.slot}: finishing its move from ${half.source.name} to ${half.target.name}`;
    const move = moveSlots(view, { ...half, slots: [{ slot: state.slot, keys }] });
    return { settle: [], gather: [{ ...move, says }] };
  }
  const owner = electOwner(view, state);
  const steps = gather(view, state, owner);
  const settled = {
    says: describe(state, owner),
    slots: steps.length > 0 ? 0 : 1,
    steps: settle(view, state, owner),
  };
  const says = `>>> Moving the keys of slot ${state.slot} to ${owner.name}`;
  return { settle: [settled], gather: steps.length > 0 ? [{ says, steps }] : [] };
}

/** The two ends of a move, when it is a clean one: the owner gives to who takes, and nobody else has a part in it. */
function halfDone(
  view: ClusterView,
  { claimants, keys, migrating, importing }: SlotState,
): { source: ClusterNode; target: ClusterNode } | undefined {
  const [source] = claimants;
  if (!source || claimants.length !== 1) return undefined;
  const target = view.byId(migrating.get(source) ?? '');
  if (!target || target.isReplica || importing.get(target) !== source.id) return undefined;
  const strangers = [...keys].filter(([node, count]) => count > 0 && node !== source && node !== target);
  return strangers.length === 0 && migrating.size === 1 && importing.size === 1
    ? { source, target }
    : undefined;
}

/** Whoever owns it alone; else, of those with a claim or, without any, of all, who has most of its keys. */
function electOwner(view: ClusterView, state: SlotState): ClusterNode {
  const { slot, claimants, keys, importing, migrating } = state;
  if (claimants.length === 1 && claimants[0]) return claimants[0];
  const open = (node: ClusterNode) => Number(importing.has(node)) + Number(migrating.has(node));
  const candidates = claimants.length > 0 ? claimants : view.primaries;
  const [best] = candidates.toSorted(
    (a, b) =>
      (keys.get(b) ?? 0) - (keys.get(a) ?? 0) ||
      open(b) - open(a) ||
      b.configEpoch - a.configEpoch ||
      a.slots.size - b.slots.size,
  );
  if (!best) throw new TribError(`[ERR] Can't select an owner for slot ${slot}. Impossible to fix.`);
  return best;
}

function describe({ slot, claimants, keys, migrating, importing }: SlotState, owner: ClusterNode): string {
  const names = (nodes: Iterable<ClusterNode>) => [...nodes].map(({ name }) => name).join(', ') || 'no node';
  const holders = [...keys].filter(([, count]) => count > 0).map(([node]) => node);
  return [
    `>>> Fixing slot ${slot}: owned by ${names(claimants)}, keys in ${names(holders)}`,
    `migrating in ${names(migrating.keys())}, importing in ${names(importing.keys())}`,
    `${owner.name} gets it`,
  ].join('; ');
}

/** Who has keys of the slot and is not to own it. */
function holders(view: ClusterView, { keys }: SlotState, owner: ClusterNode): ClusterNode[] {
  return view.primaries.filter((node) => node !== owner && (keys.get(node) ?? 0) > 0);
}

function settle(view: ClusterView, state: SlotState, owner: ClusterNode): Step[] {
  const { slot, claimants, migrating, importing } = state;
  const isOpen = (node: ClusterNode) => migrating.has(node) || importing.has(node);
  const isSettled = claimants.length === 1 && claimants[0] === owner;
  const closes = (node: ClusterNode) => command(node, ['CLUSTER', 'SETSLOT', slot, 'STABLE']);
  const own = isSettled ? (isOpen(owner) ? [closes(owner)] : []) : claim(owner, [slot]);
  const withKeys = holders(view, state, owner);
  const withoutKeys = view.primaries.filter((node) => node !== owner && !withKeys.includes(node));
  return [
    // Before the owner claims it: a node that loses a slot to a higher epoch deletes the keys that it has of it.
    ...withKeys
      .filter((node) => claimants.includes(node))
      .map((node) => command(node, ['CLUSTER', 'DELSLOTS', slot])),
    ...own,
    ...withKeys.map((node) =>
      // Importing: else MIGRATE would be redirected to the owner.
      commands(node, [
        ['CLUSTER', 'SETSLOT', slot, 'NODE', owner.id],
        ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.id],
      ]),
    ),
    ...withoutKeys.filter((node) => isOpen(node) && !claimants.includes(node)).map(closes),
    ...tell(withoutKeys, slot, owner),
  ];
}

function gather(view: ClusterView, state: SlotState, owner: ClusterNode): Step[] {
  const { slot, keys } = state;
  return holders(view, state, owner).flatMap((node): Step[] => [
    { kind: 'keys', slot, source: node, target: owner, keys: keys.get(node) ?? 0 },
    command(node, ['CLUSTER', 'SETSLOT', slot, 'STABLE']),
  ]);
}

/**
 * Makes a node the owner of slots that nobody serves, in one step, as gossip could take them away in between. A slot
 * that the node believes to be another's must be taken from it first; the new epoch makes all others believe the claim.
 */
export function claim(node: ClusterNode, slots: readonly number[]): Step[] {
  const foreign = node.foreignSlots();
  const taken = slots.filter((slot) => foreign.has(slot) || node.slots.has(slot));
  const open = slots.filter((slot) => node.migrating.has(slot) || node.importing.has(slot));
  return [
    command(node, ['MULTI']),
    ...(taken.length > 0 ? [command(node, ['CLUSTER', 'DELSLOTS', ...taken])] : []),
    command(node, ['CLUSTER', 'ADDSLOTS', ...slots]),
    ...open.map((slot) => command(node, ['CLUSTER', 'SETSLOT', slot, 'STABLE'])),
    command(node, ['CLUSTER', 'BUMPEPOCH']),
    command(node, ['EXEC']),
  ];
}
