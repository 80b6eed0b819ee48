/** create: six addresses in, a cluster out, in the eleven steps of redis-trib. */
import { checkCluster } from './check.ts';
import { ClusterView, sequence } from './cluster-view.ts';
import { addressText, type Dial, messageOf, parseAddress } from './connection.ts';
import { planCreate, refusal } from './create-plan.ts';
import type { Invocation } from './subcommands.ts';
import { confirm, type Transcript, TribError } from './transcript.ts';

export async function create({ args, options, dial, transcript }: Invocation): Promise<void> {
  const replicas = options.number('replicas', 0);
  transcript.line('>>> Creating cluster');
  const view = await connectEmpty(args, dial);
  try {
    const refused = refusal(view.nodes.length, replicas);
    if (refused) throw new TribError(refused.join('\n'));
    transcript.line(`>>> Performing hash slots allocation on ${view.nodes.length} nodes...`);
    allocate(view, replicas, transcript);
    if (!options.has('yes')) await confirm(transcript, 'Can I set the above configuration?');
    await configure(view);
    transcript.line('>>> Nodes configuration updated');
    transcript.line('>>> Assign a different config epoch to each node');
    await assignEpochs(view);
    transcript.line('>>> Sending CLUSTER MEET messages to join the cluster');
    await join(view);
    await view.waitToJoin(transcript, () => view.allServe());
    await replicate(view, transcript);
  } finally {
    view.close();
  }
  await verify(args, dial, transcript);
}

async function connectEmpty(addresses: readonly string[], dial: Dial): Promise<ClusterView> {
  const view = new ClusterView(dial);
  try {
    for (const address of addresses) {
      const node = await view.add(parseAddress(address));
      await node.assertCluster();
      await node.load();
      await node.assertEmpty();
    }
  } catch (error) {
    view.close();
    throw error;
  }
  return view;
}

/** Decides, and tells what was decided; nothing is sent yet. */
function allocate(view: ClusterView, replicas: number, transcript: Transcript): void {
  const byHost = view.nodes.map((node) => ({ node, host: node.address.host }));
  const plan = planCreate(byHost, replicas);
  transcript.line(`Using ${plan.primaries.length} masters:`);
  for (const { node } of plan.primaries) transcript.line(node.node.name);
  for (const { node, of } of plan.replicas) {
    node.node.isReplica = true;
    node.node.primaryId = of.node.id;
    transcript.line(`Adding replica ${node.node.name} to ${of.node.name}`);
  }
  for (const { node, slots } of plan.primaries) node.node.slots = new Set(sequence(...slots));
  for (const node of view.nodes) for (const line of node.describe(0)) transcript.line(line);
}

/** One ADDSLOTS a primary: servers before 7.0 know no ranges. Replicas follow once they know their primaries. */
async function configure(view: ClusterView): Promise<void> {
  await Promise.all(view.primaries.map((node) => node.cluster('ADDSLOTS', ...node.slots)));
}

async function assignEpochs(view: ClusterView): Promise<void> {
  // Best effort: without it the cluster resolves the collisions itself, later.
  await Promise.allSettled(view.nodes.map((node, i) => node.cluster('SET-CONFIG-EPOCH', i + 1)));
}

/** All meet the first. Nodes want an ip address, which a name may not be: the first node's connection has resolved it. */
async function join(view: ClusterView): Promise<void> {
  const [first, ...others] = view.nodes;
  if (!first) return;
  for (const node of others) await node.cluster('MEET', first.address.host, first.address.port);
}

async function replicate(view: ClusterView, transcript: Transcript): Promise<void> {
  for (const node of view.nodes) {
    if (!node.primaryId) continue;
    try {
      await node.cluster('REPLICATE', node.primaryId);
    } catch (error) {
      transcript.line(`[ERR] ${node.name} can't replicate ${node.primaryId}: ${messageOf(error)}`);
    }
  }
}

/** The final check, once the replicas' new role has reached the node that is asked. */
async function verify(args: readonly string[], dial: Dial, transcript: Transcript): Promise<void> {
  const [first = ''] = args;
  const view = await ClusterView.from(parseAddress(first), dial, transcript);
  try {
    if (!(await checkCluster(view, transcript))) {
      throw new TribError(`[ERR] The cluster created from ${addressText(parseAddress(first))} is not whole`);
    }
  } finally {
    view.close();
  }
}
