/** What the subcommands of CLUSTER have in common: the cluster itself, nodes by id, slots by number. */
import { errors } from '../../redis/errors.ts';
import type { Args } from '../../redis/resp/args.ts';
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { NodeCall } from '../call.ts';
import type { ClusterNode } from '../cluster/cluster.ts';
import type { Peer } from '../cluster/peer.ts';

export function clusterOf(call: NodeCall): ClusterNode {
  const { cluster } = call.node;
  if (cluster === undefined) throw errors.clusterDisabled();
  return cluster;
}

/** The node that argument i names. */
export function namedPeer(cluster: ClusterNode, args: Args, i: number): Peer {
  const id = args.binary(i);
  const peer = cluster.peer(id);
  if (peer === undefined) throw errors.unknownNode(id);
  return peer;
}

export function slotArgument(args: Args, i: number): number {
  const text = args.binary(i);
  const slot = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : SLOT_COUNT;
  if (slot >= SLOT_COUNT) throw errors.badSlot();
  return slot;
}
