/** DEBUG, as far as it meddles with what this node says to others, and with what it hears. */

import { errors } from '../../redis/errors.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { NodeCall } from '../call.ts';

/** Messages of one type (by its number; -1: none) are not heard any more. */
export function dropClusterPacketFilter({ args, node, reply }: NodeCall): void {
  const type = args.integer(2);
  if (node.cluster !== undefined) node.cluster.bus.ignoredType = type;
  reply.ok();
}

/** `KILL <to|from|all> <node-id>`: closes the link this node opened, or the one the other opened, or both. */
export function clusterLink({ args, node, reply }: NodeCall): void {
  if (!args.is(2, 'kill')) throw errors.unknownSubcommandOrArguments(args.binary(1), 'DEBUG');
  if (node.cluster === undefined) throw errors.debugOfClusterOnly();
  const id = args.binary(4);
  const peer = node.cluster.view.nodes.get(id);
  if (peer === undefined) throw errors.unknownNode(id);
  const direction = args.binary(3);
  const both = args.is(3, 'all');
  if (!both && !args.is(3, 'to') && !args.is(3, 'from')) throw errors.unknownDirection(direction);
  if (both || args.is(3, 'to')) peer.link?.close();
  if (both || args.is(3, 'from')) peer.inboundLink?.close();
  reply.ok();
}

/** Replicas are told this command, which is not executed here: their data may then differ from ours. */
export function replicate({ args, node, reply }: NodeCall): void {
  const { bytes } = encodeCommand(args.binaries(2));
  if (node.replication.feeding) node.replication.feed(-1, bytes, 0, bytes.length);
  reply.ok();
}

/** Nobody can go on from here any more: whoever asks is sent everything. */
export function changeReplicationId({ node, reply }: NodeCall): void {
  node.log('notice', 'Changing replication IDs after receiving DEBUG change-repl-id');
  node.replication.changeId();
  reply.ok();
}
