/** add-node and del-node: who belongs to the cluster. */
import { checkCluster } from './check.ts';
import { type ClusterNode, ClusterView } from './cluster-view.ts';
import { messageOf, parseAddress } from './connection.ts';
import type { Invocation } from './subcommands.ts';
import { TribError } from './transcript.ts';

export async function addNode({ args, options, dial, transcript }: Invocation): Promise<void> {
  const [added = '', existing = ''] = args;
  transcript.line(`>>> Adding node ${added} to cluster ${existing}`);
  const view = await ClusterView.from(parseAddress(existing), dial, transcript);
  try {
    await view.settle();
    if (!(await checkCluster(view, transcript))) {
      throw new TribError('*** Please fix your cluster problems before adding a node');
    }
    const primary = choosePrimary(
      view,
      options.has('slave') || options.has('replica'),
      options.text('master-id'),
    );
    if (primary && !options.has('master-id'))
      transcript.line(`Automatically selected master ${primary.name}`);
    const [first] = view.nodes;
    const node = await view.add(parseAddress(added));
    await node.assertCluster();
    await node.load();
    await node.assertEmpty();
    transcript.line(`>>> Send CLUSTER MEET to node ${node.name} to make it join the cluster.`);
    if (first) await node.cluster('MEET', first.address.host, first.address.port);
    // Back only when every node knows it: what follows (rebalance, reshard) relies on that.
    await view.waitToJoin(transcript);
    if (primary) {
      transcript.line(`>>> Configure node as replica of ${primary.name}.`);
      await node.cluster('REPLICATE', primary.id);
    }
    transcript.line('[OK] New node added correctly.');
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

export async function delNode({
  args: [address = '', rawId = ''],
  dial,
  transcript,
}: Invocation): Promise<void> {
  const id = rawId.toLowerCase();
  transcript.line(`>>> Removing node ${id} from cluster ${address}`);
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    await view.settle();
    const node = view.byId(id);
    if (!node) throw new TribError(`[ERR] No such node ID ${id}`);
    if (node.slots.size > 0) {
      throw new TribError(`[ERR] Node ${node.name} is not empty! Reshard data away and try again.`);
    }
    transcript.line('>>> Sending CLUSTER FORGET messages to the cluster...');
    const others = view.nodes.filter((other) => other !== node);
    for (const replica of view.replicasOf(node)) {
      const primaries = view.primaries.filter((other) => other !== node);
      const [primary] = primaries.toSorted((a, b) => view.replicasOf(a).length - view.replicasOf(b).length);
      if (!primary) continue;
      transcript.line(`>>> ${replica.name} as replica of ${primary.name}`);
      await replica.cluster('REPLICATE', primary.id);
      replica.primaryId = primary.id;
    }
    for (const other of others) await other.cluster('FORGET', id);
    transcript.line('>>> SHUTDOWN the node.');
    // The connection ends with the node; only an error reply means that it did not go.
    await node.connection.call('SHUTDOWN').catch((error: unknown) => {
      if (/^(ERR|NOPERM|NOAUTH)/.test(messageOf(error))) throw error;
    });
  } finally {
    view.close();
  }
}
