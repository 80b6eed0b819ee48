/** check and info: what redis-trib says about a cluster, in its words. */
import { rangesOf, SLOT_COUNT } from '../redis/slots.ts';
import { type ClusterNode, sequence } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { countKeys } from './move-slot.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

export async function check({
  args: [address = ''],
  options,
  dial,
  transcript,
}: Invocation): Promise<Report> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    const keys = await reportKeys(view, transcript);
    const health = await checkCluster(view, transcript);
    const shared = options.has('search-multiple-owners') ? await searchMultipleOwners(view, transcript) : [];
    const report = {
      ...keys,
      nodes: view.nodes.map((node) => node.report()),
      ...reportHealth(view, health),
      ...(options.has('search-multiple-owners') && { multipleOwners: shared.map(reportShared) }),
    };
    if (!health.whole || shared.length > 0) throw new TribError('', report);
    return report;
  } finally {
    view.close();
  }
}

export async function info({ args: [address = ''], dial, transcript }: Invocation): Promise<Report> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    return await reportKeys(view, transcript);
  } finally {
    view.close();
  }
}

export interface Health {
  readonly whole: boolean;
  readonly agreed: boolean;
  readonly openSlots: readonly number[];
  readonly uncovered: readonly number[];
}

/** Whole when all nodes agree and know each other, no slot is open and all are covered. */
export async function checkCluster(view: ClusterView, transcript: Transcript): Promise<Health> {
  transcript.line(`>>> Performing Cluster Check (using node ${view.nodes[0]?.name})`);
  for (const node of view.nodes) {
    for (const line of node.describe(view.replicasOf(node).length)) transcript.line(line);
  }
  return verdict(view, transcript);
}

/** The check without the list of nodes. */
export async function verdict(view: ClusterView, transcript: Transcript): Promise<Health> {
  const agreed = await view.agrees();
  transcript.line(
    agreed
      ? '[OK] All nodes agree about slots configuration.'
      : "[ERR] Nodes don't agree about configuration!",
  );
  const strangers = view.forgotten();
  for (const { by, whom } of strangers) {
    transcript.line(`[WARNING] Node ${by.name} does not know node ${whom.name} (${whom.id}).`);
  }
  transcript.line('>>> Check for open slots...');
  const openSlots = reportOpenSlots(view, transcript);
  transcript.line('>>> Check slots coverage...');
  const uncovered = view.uncoveredSlots();
  transcript.line(
    uncovered.length === 0
      ? `[OK] All ${SLOT_COUNT} slots covered.`
      : `[ERR] Not all ${SLOT_COUNT} slots are covered by nodes.`,
  );
  const whole = agreed && strangers.length === 0 && openSlots.length === 0 && uncovered.length === 0;
  return { whole, agreed, openSlots, uncovered };
}

export function reportHealth(view: ClusterView, { whole, agreed, openSlots, uncovered }: Health): Report {
  return {
    whole,
    agreed,
    openSlots,
    uncovered: rangesOf(uncovered),
    unreachable: view.unreachable.map(({ id, address }) => ({ id, ...address })),
    forgotten: view.forgotten().map(({ by, whom }) => ({ node: by.name, doesNotKnow: whom.name })),
  };
}

function reportOpenSlots(view: ClusterView, transcript: Transcript): number[] {
  for (const { name, migrating, importing } of view.nodes) {
    for (const [slots, state] of [
      [migrating, 'migrating'],
      [importing, 'importing'],
    ] as const) {
      if (slots.size > 0) {
        transcript.line(
          `[WARNING] Node ${name} has slots in ${state} state (${[...slots.keys()].join(',')}).`,
        );
      }
    }
  }
  const open = view.openSlots();
  if (open.length > 0) transcript.line(`[WARNING] The following slots are open: ${open.join(',')}`);
  return open;
}

async function reportKeys(view: ClusterView, transcript: Transcript): Promise<Report> {
  const sizes = await Promise.all(view.primaries.map(({ connection }) => connection.call('DBSIZE')));
  const primaries = view.primaries.map((node, i) => ({ node, keys: Number(sizes[i]) }));
  for (const { node, keys } of primaries) {
    transcript.line(
      `${node.name} (${node.id.slice(0, 8)}...) -> ${keys} keys | ${node.slots.size} slots | ${view.replicasOf(node).length} slaves.`,
    );
  }
  const total = primaries.reduce((sum, { keys }) => sum + keys, 0);
  transcript.line(`[OK] ${total} keys in ${primaries.length} masters.`);
  transcript.line(`${(total / SLOT_COUNT).toFixed(2)} keys per slot on average.`);
  return {
    primaries: primaries.map(({ node, keys }) => ({
      id: node.id,
      address: node.name,
      keys,
      slots: node.slots.size,
      replicas: view.replicasOf(node).length,
    })),
    keys: total,
  };
}

/** A slot that several nodes own, or hold keys of. */
export interface SharedSlot {
  readonly slot: number;
  readonly nodes: readonly ClusterNode[];
}

/** Looks into every slot of every primary: a node with keys of a slot counts as one of its owners. */
export async function searchMultipleOwners(view: ClusterView, transcript: Transcript): Promise<SharedSlot[]> {
  transcript.line('>>> Check for multiple slot owners...');
  const slots = sequence(0, SLOT_COUNT - 1);
  const counted = await Promise.all(
    view.primaries.map(async (node) => ({
      node,
      keys: await countKeys(
        node,
        slots.filter((slot) => !node.slots.has(slot)),
      ),
    })),
  );
  const shared = slots
    .map((slot) => ({
      slot,
      nodes: counted
        .filter(({ node, keys }) => node.slots.has(slot) || (keys.get(slot) ?? 0) > 0)
        .map(({ node }) => node),
    }))
    .filter(({ nodes }) => nodes.length > 1);
  for (const { slot, nodes } of shared) {
    transcript.line(`[WARNING] Slot ${slot} has ${nodes.length} owners:`);
    for (const { name } of nodes) transcript.line(`    ${name}`);
  }
  if (shared.length === 0) transcript.line('[OK] No multiple owners found.');
  return shared;
}

function reportShared({ slot, nodes }: SharedSlot): Report {
  return { slot, nodes: nodes.map(({ name }) => name) };
}
