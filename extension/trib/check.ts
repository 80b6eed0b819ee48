/** check and info: what redis-trib says about a cluster, in its words. */
import { SLOT_COUNT } from '../redis/slots.ts';
import { ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import type { Invocation } from './subcommands.ts';
import { type Transcript, TribError } from './transcript.ts';

export async function check({ args: [address = ''], dial, transcript }: Invocation): Promise<void> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    await reportKeys(view, transcript);
    if (!(await checkCluster(view, transcript))) throw new TribError('');
  } finally {
    view.close();
  }
}

export async function info({ args: [address = ''], dial, transcript }: Invocation): Promise<void> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    await reportKeys(view, transcript);
  } finally {
    view.close();
  }
}

/** True when all nodes agree, no slot is open and all are covered. */
export async function checkCluster(view: ClusterView, transcript: Transcript): Promise<boolean> {
  transcript.line(`>>> Performing Cluster Check (using node ${view.nodes[0]?.name})`);
  for (const node of view.nodes) {
    for (const line of node.describe(view.replicasOf(node).length)) transcript.line(line);
  }
  return verdict(view, transcript);
}

/** The check without the list of nodes. */
export async function verdict(view: ClusterView, transcript: Transcript): Promise<boolean> {
  const agreed = await view.agrees();
  transcript.line(
    agreed
      ? '[OK] All nodes agree about slots configuration.'
      : "[ERR] Nodes don't agree about configuration!",
  );
  transcript.line('>>> Check for open slots...');
  const open = reportOpenSlots(view, transcript);
  transcript.line('>>> Check slots coverage...');
  const uncovered = view.uncoveredSlots();
  transcript.line(
    uncovered.length === 0
      ? `[OK] All ${SLOT_COUNT} slots covered.`
      : `[ERR] Not all ${SLOT_COUNT} slots are covered by nodes.`,
  );
  return agreed && !open && uncovered.length === 0;
}

function reportOpenSlots(view: ClusterView, transcript: Transcript): boolean {
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
  return open.length > 0;
}

async function reportKeys(view: ClusterView, transcript: Transcript): Promise<void> {
  let total = 0;
  for (const node of view.primaries) {
    const keys = Number(await node.connection.call('DBSIZE'));
    total += keys;
    transcript.line(
      `${node.name} (${node.id.slice(0, 8)}...) -> ${keys} keys | ${node.slots.size} slots | ${view.replicasOf(node).length} slaves.`,
    );
  }
  transcript.line(`[OK] ${total} keys in ${view.primaries.length} masters.`);
  transcript.line(`${(total / SLOT_COUNT).toFixed(2)} keys per slot on average.`);
}
