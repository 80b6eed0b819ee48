/** CLUSTER: what a node tells of its cluster. What changes it is in cluster-administration.ts. */
import {
  ADMIN,
  type Command,
  command,
  LOADING,
  NO_ASYNC_LOADING,
  NOSCRIPT,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { keySlot, SLOT_COUNT } from '../../redis/slots.ts';
import type { NodeCall } from '../call.ts';
import { nodeLine, nodesText } from '../cluster/nodes-text.ts';
import { replyLinks, replyShards } from '../cluster/topology.ts';
import {
  addSlots,
  addSlotsRange,
  bumpEpoch,
  deleteSlots,
  deleteSlotsRange,
  failover,
  flushSlots,
  forget,
  meet,
  replicate,
  reset,
  saveConfig,
  setConfigEpoch,
  setSlot,
} from './cluster-administration.ts';
import { clusterOf, namedPeer } from './cluster-arguments.ts';
import { CLUSTER_HELP } from './cluster-help.ts';
import { replyHelp } from './help.ts';

const CHANGES = ADMIN | STALE | NO_ASYNC_LOADING;

export const clusterCommands: readonly Command<NodeCall>[] = [
  command('cluster', -2, 0, NO_KEYS, noSubcommand),
  command('cluster|addslots', -3, CHANGES, NO_KEYS, addSlots),
  command('cluster|addslotsrange', -4, CHANGES, NO_KEYS, addSlotsRange),
  command('cluster|bumpepoch', 2, CHANGES, NO_KEYS, bumpEpoch),
  command('cluster|count-failure-reports', 3, ADMIN | STALE, NO_KEYS, countFailureReports),
  command('cluster|countkeysinslot', 3, STALE, NO_KEYS, countKeysInSlot),
  command('cluster|delslots', -3, CHANGES, NO_KEYS, deleteSlots),
  command('cluster|delslotsrange', -4, CHANGES, NO_KEYS, deleteSlotsRange),
  command('cluster|failover', -2, CHANGES, NO_KEYS, failover),
  command('cluster|flushslots', 2, CHANGES, NO_KEYS, flushSlots),
  command('cluster|forget', 3, CHANGES, NO_KEYS, forget),
  command('cluster|getkeysinslot', 4, STALE, NO_KEYS, getKeysInSlot),
  command('cluster|help', 2, LOADING | STALE, NO_KEYS, help),
  command('cluster|info', 2, STALE, NO_KEYS, info),
  command('cluster|keyslot', 3, STALE, NO_KEYS, slotOfKey),
  command('cluster|links', 2, STALE, NO_KEYS, links),
  command('cluster|meet', -4, CHANGES, NO_KEYS, meet),
  command('cluster|myid', 2, STALE, NO_KEYS, myId),
  command('cluster|myshardid', 2, STALE, NO_KEYS, myShardId),
  command('cluster|nodes', 2, STALE, NO_KEYS, nodes),
  command('cluster|replicas', 3, ADMIN | STALE, NO_KEYS, replicas),
  command('cluster|replicate', 3, CHANGES, NO_KEYS, replicate),
  command('cluster|reset', -2, ADMIN | STALE | NOSCRIPT, NO_KEYS, reset),
  command('cluster|saveconfig', 2, CHANGES, NO_KEYS, saveConfig),
  command('cluster|set-config-epoch', 3, CHANGES, NO_KEYS, setConfigEpoch),
  command('cluster|setslot', -4, CHANGES, NO_KEYS, setSlot),
  command('cluster|shards', 2, LOADING | STALE, NO_KEYS, shards),
  command('cluster|slaves', 3, ADMIN | STALE, NO_KEYS, replicas),
  command('cluster|slots', 2, LOADING | STALE, NO_KEYS, slots),
];

function noSubcommand(call: NodeCall): void {
  throw errors.unknownSubcommand(call.args.binary(1).slice(0, 128), 'cluster');
}

function help(call: NodeCall): void {
  clusterOf(call);
  replyHelp(call.reply, 'CLUSTER', CLUSTER_HELP);
}

function speaksTls({ client }: NodeCall): boolean {
  return client.connection.encrypted === true;
}

function info(call: NodeCall): void {
  call.reply.verbatim(clusterOf(call).info(), 'txt');
}

function nodes(call: NodeCall): void {
  call.reply.verbatim(nodesText(clusterOf(call).view, speaksTls(call)), 'txt');
}

function slots(call: NodeCall): void {
  clusterOf(call).replySlots(call.reply, speaksTls(call));
}

function shards(call: NodeCall): void {
  replyShards(clusterOf(call).view, call.reply);
}

function links(call: NodeCall): void {
  replyLinks(clusterOf(call).view, call.reply);
}

function myId(call: NodeCall): void {
  call.reply.binary(clusterOf(call).myId);
}

function myShardId(call: NodeCall): void {
  call.reply.binary(clusterOf(call).view.self.shardId);
}

/** CLUSTER REPLICAS <node-id>: a line of CLUSTER NODES for each. */
function replicas(call: NodeCall): void {
  const cluster = clusterOf(call);
  const primary = namedPeer(cluster, call.args, 2);
  if (primary.isReplica) throw errors.replicasOfReplica();
  call.reply.array(primary.replicas.length);
  for (const replica of primary.replicas) call.reply.binary(nodeLine(cluster.view, replica, speaksTls(call)));
}

function countFailureReports(call: NodeCall): void {
  const cluster = clusterOf(call);
  call.reply.integer(cluster.failure.reports(namedPeer(cluster, call.args, 2)));
}

function slotOfKey(call: NodeCall): void {
  clusterOf(call);
  const { bytes, starts, ends } = call.args;
  call.reply.integer(keySlot(bytes, starts[2], ends[2]));
}

function countKeysInSlot(call: NodeCall): void {
  clusterOf(call);
  const slot = call.args.integer(2);
  if (slot < 0 || slot >= SLOT_COUNT) throw errors.invalidSlot();
  call.reply.integer(call.databases[0].countInSlot(slot));
}

/** CLUSTER GETKEYSINSLOT <slot> <count>. */
function getKeysInSlot(call: NodeCall): void {
  clusterOf(call);
  const slot = call.args.integer(2);
  const count = call.args.integer(3);
  if (slot < 0 || slot >= SLOT_COUNT || count < 0) throw errors.invalidSlotOrCount();
  const keys = call.databases[0].keysInSlot(slot, count);
  call.reply.array(keys.length);
  for (const key of keys) call.reply.binary(key);
}
