/** create: six addresses in, a cluster out, in the eleven steps of redis-trib. */
import { apply, moveOptions } from './apply.ts';
import { checkCluster } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { sequence } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { addressText, type Dial, parseAddress } from './connection.ts';
import { type CreatePlan, planCreate, refusal } from './create-plan.ts';
import type { Invocation } from './invocation.ts';
import { type Action, approved, command, reportPlan } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

type Allocation = CreatePlan<{ readonly node: ClusterNode; readonly host: string }>;

export async function create(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const replicas = options.count('replicas', 0);
  transcript.line('>>> Creating cluster');
  const view = await connectEmpty(args, dial);
  try {
    const refused = refusal(view.nodes.length, replicas);
    if (refused) throw new TribError(refused.join('\n'));
    transcript.line(`>>> Performing hash slots allocation on ${view.nodes.length} nodes...`);
    const allocation = allocate(view, replicas, transcript);
    const plan = await planCommands(view, allocation, transcript);
    if (!(await approved(plan, invocation, 'Can I set the above configuration?')))
      return { dryRun: true, plan: reportPlan(plan) };
    await apply([plan], moveOptions(options), transcript);
  } finally {
    view.close();
  }
  return verify(args, dial, transcript);
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
  const twice = view.nodes.find((node, i) => view.nodes.findIndex(({ id }) => id === node.id) !== i);
  if (!twice) return view;
  view.close();
  throw new TribError(`[ERR] Node ${twice.name} is given twice`);
}

/** Decides, and tells what was decided; nothing is sent yet. */
function allocate(view: ClusterView, replicas: number, transcript: Transcript): Allocation {
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
  return plan;
}

/** Without an epoch of its own for each the cluster resolves the collisions itself, later. */
const ANY_EPOCH = /^/;

async function planCommands(
  view: ClusterView,
  { primaries, replicas }: Allocation,
  transcript: Transcript,
): Promise<Action[]> {
  const [first, ...others] = view.nodes;
  const meeting = (await first?.meetingPoint([])) ?? [];
  const adds = primaries.map(async ({ node: { node }, slots }) => {
    const words = (await node.knowsRanges()) ? ['ADDSLOTSRANGE', ...slots] : ['ADDSLOTS', ...node.slots];
    return command(node, ['CLUSTER', ...words]);
  });
  const ready = () => view.waitToJoin(transcript, () => view.allServe());
  return [
    { steps: await Promise.all(adds) },
    { says: '>>> Nodes configuration updated', steps: [] },
    {
      says: '>>> Assign a different config epoch to each node',
      steps: view.nodes.map((node, i) => command(node, ['CLUSTER', 'SET-CONFIG-EPOCH', i + 1], ANY_EPOCH)),
    },
    {
      says: '>>> Sending CLUSTER MEET messages to join the cluster',
      steps: [
        ...others.map((node) => command(node, ['CLUSTER', 'MEET', ...meeting])),
        { kind: 'wait', until: 'all know each other and serve', run: ready },
        // Replicas follow once they know their primaries.
        ...replicas.map(({ node, of }) => command(node.node, ['CLUSTER', 'REPLICATE', of.node.id])),
      ],
    },
  ];
}

/** The final check, once the replicas' new role has reached the node that is asked. */
async function verify(args: readonly string[], dial: Dial, transcript: Transcript): Promise<Report> {
  const [first = ''] = args;
  const view = await ClusterView.from(parseAddress(first), dial, transcript);
  try {
    if (!(await checkCluster(view, transcript)).whole) {
      throw new TribError(`[ERR] The cluster created from ${addressText(parseAddress(first))} is not whole`);
    }
    return { nodes: view.nodes.map((node) => node.report()) };
  } finally {
    view.close();
  }
}
