/** add-node and del-node: who belongs to the cluster. */
import { apply, moveOptions } from './apply.ts';
import { checkCluster } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { type Answer, listOf, parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { type Action, approved, command, reportPlan, type Step } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

export async function addNode(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const [added = '', existing = ''] = args;
  transcript.line(`>>> Adding node ${added} to cluster ${existing}`);
  const view = await ClusterView.from(parseAddress(existing), dial, transcript);
  try {
    await view.settle();
    if (!(await checkCluster(view, transcript)).whole) {
      throw new TribError('*** Please fix your cluster problems before adding a node');
    }
    const asReplica = options.has('slave') || options.has('replica');
    const primary = choosePrimary(view, asReplica, options.text('master-id'));
    if (primary && !options.has('master-id'))
      transcript.line(`Automatically selected master ${primary.name}`);
    const members = [...view.nodes];
    const node = await view.add(parseAddress(added));
    await node.assertCluster();
    await node.load();
    await node.assertEmpty();
    const plan = await planAddition(view, members, node, primary, transcript);
    if (!(await approved(plan, invocation))) return { dryRun: true, plan: reportPlan(plan) };
    await apply([plan], moveOptions(options), transcript);
    transcript.line('[OK] New node added correctly.');
    return { id: node.id, address: node.name, replicates: primary?.id ?? null };
  } finally {
    view.close();
  }
}

/** Resolved before anything is sent: an unknown id must leave the new node untouched. */
function choosePrimary(
  view: ClusterView,
  asReplica: boolean,
  id: string | undefined,
): ClusterNode | undefined {
  if (!asReplica && id === undefined) return undefined;
  if (id === undefined) return view.primaryWithFewestReplicas();
  const primary = view.byId(id);
  if (!primary || primary.isReplica) throw new TribError(`[ERR] No such master ID ${id}`);
  return primary;
}

async function planAddition(
  view: ClusterView,
  members: readonly ClusterNode[],
  node: ClusterNode,
  primary: ClusterNode | undefined,
  transcript: Transcript,
): Promise<Action[]> {
  const [first = node] = members;
  // A replica gets the functions from its primary.
  const functions = primary ? [] : await copyFunctions(first, node);
  const meet: Action = {
    says: `>>> Send CLUSTER MEET to node ${node.name} to make it join the cluster.`,
    steps: [
      command(node, ['CLUSTER', 'MEET', ...(await first.meetingPoint(members))]),
      // Back only when every node knows it: what follows (rebalance, reshard) relies on that.
      { kind: 'wait', until: 'every node knows it', run: () => view.waitToJoin(transcript) },
    ],
  };
  const replicate: Action[] = primary
    ? [
        {
          says: `>>> Configure node as replica of ${primary.name}.`,
          steps: [command(node, ['CLUSTER', 'REPLICATE', primary.id])],
        },
      ]
    : [];
  return [...functions, meet, ...replicate];
}

/** Functions live on every primary; a server before 7.0 knows none. */
async function copyFunctions(from: ClusterNode, to: ClusterNode): Promise<Action[]> {
  const listed = await from.connection.call('FUNCTION', 'LIST').catch((): Answer => []);
  if (listOf(listed).length === 0) return [];
  if (listOf(await to.connection.call('FUNCTION', 'LIST')).length > 0) {
    throw new TribError(
      `[ERR] Node ${to.name} contains functions already. Use FUNCTION FLUSH and try again.`,
    );
  }
  const dump = await from.connection.call('FUNCTION', 'DUMP');
  if (!Buffer.isBuffer(dump)) return [];
  return [
    {
      says: `>>> Sending the functions of ${from.name} to ${to.name}`,
      steps: [command(to, ['FUNCTION', 'RESTORE', dump])],
    },
  ];
}

export async function delNode(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const [address = '', rawId = ''] = args;
  const id = rawId.toLowerCase();
  transcript.line(`>>> Removing node ${id} from cluster ${address}`);
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    await view.settle();
    const node = view.byId(id);
    refuseDeletion(view, node, id);
    const plan = planDeletion(view, node, id, options.has('shutdown'));
    if (!(await approved(plan, invocation))) return { dryRun: true, plan: reportPlan(plan) };
    await apply([plan], moveOptions(options), transcript);
    return { id, reset: node !== undefined };
  } finally {
    view.close();
  }
}

/** A node that can't be reached may be forgotten as well, when it serves nothing. */
function refuseDeletion(view: ClusterView, node: ClusterNode | undefined, id: string): void {
  const lines = view.nodes.flatMap(({ friends }) => friends).filter((line) => line.id === id);
  if (!node && lines.length === 0) throw new TribError(`[ERR] No such node ID ${id}`);
  const name = node?.name ?? id;
  if ((node?.slots.size ?? 0) > 0 || lines.some(({ slots }) => slots.length > 0)) {
    throw new TribError(`[ERR] Node ${name} is not empty! Reshard data away and try again.`);
  }
}

/** A node that has learned of the removal from another one is content. */
const FORGOTTEN_ALREADY = /Unknown node/;

function planDeletion(
  view: ClusterView,
  node: ClusterNode | undefined,
  id: string,
  shutdown: boolean,
): Action[] {
  const others = view.nodes.filter((other) => other !== node);
  const forget: Step[] = [];
  const actions: Action[] = [];
  const replicas = new Map(view.primaries.map((primary) => [primary, view.replicasOf(primary).length]));
  for (const replica of others.filter(({ primaryId }) => primaryId === id)) {
    const [primary] =
      [...replicas].filter(([other]) => other !== node).sort(([, a], [, b]) => a - b)[0] ?? [];
    if (!primary) continue;
    replicas.set(primary, (replicas.get(primary) ?? 0) + 1);
    actions.push({
      says: `>>> ${replica.name} as replica of ${primary.name}`,
      steps: [command(replica, ['CLUSTER', 'REPLICATE', primary.id])],
    });
  }
  for (const other of others) forget.push(command(other, ['CLUSTER', 'FORGET', id], FORGOTTEN_ALREADY));
  actions.push({ says: '>>> Sending CLUSTER FORGET messages to the cluster...', steps: forget });
  if (node) actions.push(shutdown ? shutDown(node) : reset(node));
  return actions;
}

/** Hard: with a new id it can be added again at once, while the old one is refused by all for a minute. */
function reset(node: ClusterNode): Action {
  return {
    says: '>>> Sending CLUSTER RESET HARD to the deleted node.',
    steps: [command(node, ['CLUSTER', 'RESET', 'HARD'])],
  };
}

function shutDown(node: ClusterNode): Action {
  // The connection ends with the node: only an error reply means that it did not go.
  return {
    says: '>>> SHUTDOWN the node.',
    steps: [command(node, ['SHUTDOWN'], /^(?!ERR|NOPERM|NOAUTH)/)],
  };
}
