/** fix: closes open slots and covers uncovered ones, after the cases redis-trib treats. */
import { checkCluster, verdict } from './check.ts';
import { type ClusterNode, ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import { assignSlot, claimSlot, type MoveOptions, moveSlot } from './move-slot.ts';
import { moveOptions } from './reshard.ts';
import type { Invocation } from './subcommands.ts';
import { confirm, type Transcript, TribError } from './transcript.ts';

interface Repair {
  readonly view: ClusterView;
  readonly options: MoveOptions;
  readonly transcript: Transcript;
}

export async function fix({ args: [address = ''], options, dial, transcript }: Invocation): Promise<void> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  // A key that a cut-short move left on both sides is the same key: the copy of the importing side is the newer one.
  const repair = { view, transcript, options: { ...moveOptions(options), replace: true } };
  try {
    const whole = await checkCluster(view, transcript);
    const shared = multipleOwners(view);
    if (whole && shared.length === 0) return;
    for (const slot of shared) await fixMultipleOwners(repair, slot);
    for (const slot of view.openSlots()) await fixOpenSlot(repair, slot);
    await view.reload();
    await coverSlots(repair, options.has('yes'));
    await view.settle();
    if (!(await verdict(view, transcript))) throw new TribError('');
  } finally {
    view.close();
  }
}

function multipleOwners(view: ClusterView): number[] {
  const owners = new Map<number, number>();
  for (const { slots } of view.primaries)
    for (const slot of slots) owners.set(slot, (owners.get(slot) ?? 0) + 1);
  return [...owners].filter(([, count]) => count > 1).map(([slot]) => slot);
}

async function keysIn(node: ClusterNode, slot: number): Promise<number> {
  return Number(await node.cluster('COUNTKEYSINSLOT', slot));
}

async function withMostKeys(nodes: readonly ClusterNode[], slot: number): Promise<ClusterNode | undefined> {
  let best: { node: ClusterNode; keys: number } | undefined;
  for (const node of nodes) {
    const keys = await keysIn(node, slot);
    if (!best || keys > best.keys) best = { node, keys };
  }
  return best?.node;
}

/** One owner stays, the one with most keys; the keys of the others are moved to it. */
async function fixMultipleOwners({ view, options, transcript }: Repair, slot: number): Promise<void> {
  const owners = view.ownersOf(slot);
  const owner = await withMostKeys(owners, slot);
  if (!owner) return;
  transcript.line(`>>> Fixing multiple owners for slot ${slot}, keeping ${owner.name}`);
  for (const other of owners.filter((node) => node !== owner)) {
    await other.cluster('DELSLOTS', slot);
    await other.cluster('SETSLOT', slot, 'IMPORTING', owner.id);
    await moveSlot(view, { slot, source: other, target: owner }, { ...options, keysOnly: true }, transcript);
    await other.cluster('SETSLOT', slot, 'STABLE');
  }
  await owner.cluster('BUMPEPOCH');
  await assignSlot(view, slot, owner, undefined);
}

async function fixOpenSlot(repair: Repair, slot: number): Promise<void> {
  const { view, options, transcript } = repair;
  transcript.line(`>>> Fixing open slot ${slot}`);
  const migrating = view.nodes.filter((node) => node.migrating.has(slot));
  const importing = view.nodes.filter((node) => node.importing.has(slot));
  for (const node of view.primaries) {
    const strays = !node.slots.has(slot) && !importing.includes(node) && (await keysIn(node, slot)) > 0;
    if (!strays) continue;
    transcript.line(`*** Found keys about slot ${slot} in node ${node.name}!`);
    importing.push(node);
  }
  transcript.line(`Set as migrating in: ${migrating.map(({ name }) => name).join(',')}`);
  transcript.line(`Set as importing in: ${importing.map(({ name }) => name).join(',')}`);
  const owner = view.ownersOf(slot)[0] ?? (await electOwner(repair, slot));
  const [from] = migrating;
  const [to] = importing;
  // A move was cut short between its two ends: finish it.
  if (from && to && migrating.length === 1 && importing.length === 1) {
    await moveSlot(view, { slot, source: from, target: to }, { ...options, dots: true }, transcript);
    transcript.progress('\n');
    return;
  }
  // Somebody has the slot open or keys of it without being its owner: the keys go to the owner, the slot is closed.
  for (const node of importing.filter((other) => other !== owner)) {
    transcript.line(`>>> Moving all the ${slot} slot keys to its owner ${owner.name}`);
    await moveSlot(
      view,
      { slot, source: node, target: owner },
      { ...options, keysOnly: true, dots: true },
      transcript,
    );
    transcript.line(`>>> Setting ${slot} as STABLE in ${node.name}`);
    await node.cluster('SETSLOT', slot, 'STABLE');
  }
  for (const node of new Set([...migrating, owner])) await node.cluster('SETSLOT', slot, 'STABLE');
}

/** Nobody claims an open slot: the node with most of its keys gets it. */
async function electOwner({ view, transcript }: Repair, slot: number): Promise<ClusterNode> {
  transcript.line('>>> Nobody claims ownership, selecting an owner...');
  const owner = await withMostKeys(view.primaries, slot);
  if (!owner) throw new TribError("[ERR] Can't select a slot owner. Impossible to fix.");
  transcript.line(`*** Configuring ${owner.name} as the slot owner`);
  await claimSlot(owner, slot);
  return owner;
}

/** Gives each uncovered slot to whoever has its keys, or, where nobody has any, to the primary with the fewest slots. */
async function coverSlots(repair: Repair, yes: boolean): Promise<void> {
  const { view, transcript } = repair;
  const uncovered = view.uncoveredSlots();
  if (uncovered.length === 0) return;
  transcript.line('>>> Fixing slots coverage...');
  transcript.line(`List of not covered slots: ${uncovered.join(',')}`);
  const plan = new Map<number, ClusterNode[]>();
  for (const slot of uncovered) {
    const holders: ClusterNode[] = [];
    for (const node of view.primaries) if ((await keysIn(node, slot)) > 0) holders.push(node);
    plan.set(slot, holders);
  }
  await coverGroup(repair, plan, yes, 'have no keys across the cluster', (holders) => holders.length === 0);
  await coverGroup(repair, plan, yes, 'have keys in just one node', (holders) => holders.length === 1);
  await coverGroup(repair, plan, yes, 'have keys in multiple nodes', (holders) => holders.length > 1);
}

async function coverGroup(
  { view, options, transcript }: Repair,
  plan: ReadonlyMap<number, readonly ClusterNode[]>,
  yes: boolean,
  which: string,
  belongs: (holders: readonly ClusterNode[]) => boolean,
): Promise<void> {
  const group = [...plan].filter(([, holders]) => belongs(holders));
  if (group.length === 0) return;
  transcript.line(`The following uncovered slots ${which}:`);
  transcript.line(group.map(([slot]) => slot).join(','));
  if (!yes) await confirm(transcript, 'Fix these slots?');
  for (const [slot, holders] of group) {
    const smallest = view.primaries.toSorted((a, b) => a.slots.size - b.slots.size)[0];
    const owner = (await withMostKeys(holders, slot)) ?? smallest;
    if (!owner) throw new TribError('[ERR] There is no primary left to cover the slots');
    transcript.line(`>>> Covering slot ${slot} with ${owner.name}`);
    await claimSlot(owner, slot);
    for (const other of holders.filter((node) => node !== owner)) {
      await other.cluster('SETSLOT', slot, 'IMPORTING', owner.id);
      await moveSlot(
        view,
        { slot, source: other, target: owner },
        { ...options, keysOnly: true },
        transcript,
      );
      await other.cluster('SETSLOT', slot, 'STABLE');
    }
  }
}
