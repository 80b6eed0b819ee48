/** CLUSTER: the subcommands that change the cluster, or this node's place in it. */
import { errors } from '../../redis/errors.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { SlotRange } from '../../redis/slots.ts';
import type { NodeCall } from '../call.ts';
import { clusterOf, namedPeer, slotArgument } from './cluster-arguments.ts';

/** CLUSTER MEET <ip> <port> [<bus-port>]. */
export function meet(call: NodeCall): void {
  const cluster = clusterOf(call);
  const { args } = call;
  if (args.count > 5) throw errors.unknownSubcommandOrArguments(args.binary(1), 'CLUSTER');
  const [host, portText] = [args.binary(2), args.binary(3)];
  const port = wholeNumber(portText);
  if (port === undefined) throw errors.meetPort('base', portText);
  const busPort = args.count === 5 ? wholeNumber(args.binary(4)) : undefined;
  if (args.count === 5 && busPort === undefined) throw errors.meetPort('bus', args.binary(4));
  if (!cluster.membership.meet(host, port, busPort)) throw errors.meetAddress(host, portText);
  call.reply.ok();
}

function wholeNumber(text: string): number | undefined {
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}

/** CLUSTER FORGET <node-id>. Of a node that was forgotten elsewhere, and heard of that way, it is done already. */
export function forget(call: NodeCall): void {
  const cluster = clusterOf(call);
  const { view, membership } = cluster;
  const id = call.args.binary(2);
  const peer = cluster.peer(id);
  if (peer === undefined) {
    if (!view.nodes.isForgotten(id, view.now)) throw errors.unknownNode(id);
  } else if (peer.isMyself) throw errors.forgetSelf();
  else if (view.self.primary === peer) throw errors.forgetPrimary();
  else membership.forget(peer);
  call.reply.ok();
}

/** CLUSTER ADDSLOTS <slot> [<slot> ...]. */
export function addSlots(call: NodeCall): void {
  clusterOf(call).slots.add(slotList(call.args));
  call.reply.ok();
}

/** CLUSTER DELSLOTS <slot> [<slot> ...]. */
export function deleteSlots(call: NodeCall): void {
  clusterOf(call).slots.delete(slotList(call.args));
  call.reply.ok();
}

function slotList(args: Args): SlotRange[] {
  const slots: SlotRange[] = [];
  for (let i = 2; i < args.count; i++) {
    const slot = slotArgument(args, i);
    slots.push([slot, slot]);
  }
  return slots;
}

/** CLUSTER ADDSLOTSRANGE <first> <last> [<first> <last> ...]. */
export function addSlotsRange(call: NodeCall): void {
  clusterOf(call).slots.add(slotRanges(call.args, 'addslotsrange'));
  call.reply.ok();
}

/** CLUSTER DELSLOTSRANGE <first> <last> [<first> <last> ...]. */
export function deleteSlotsRange(call: NodeCall): void {
  clusterOf(call).slots.delete(slotRanges(call.args, 'delslotsrange'));
  call.reply.ok();
}

function slotRanges(args: Args, subcommand: string): SlotRange[] {
  if (args.count % 2 === 1) throw errors.wrongArity(`cluster|${subcommand}`);
  const ranges: SlotRange[] = [];
  for (let i = 2; i < args.count; i += 2) {
    const first = slotArgument(args, i);
    const last = slotArgument(args, i + 1);
    if (first > last) throw errors.slotRangeDescends(first, last);
    ranges.push([first, last]);
  }
  return ranges;
}

export function flushSlots(call: NodeCall): void {
  clusterOf(call).slots.flush();
  call.reply.ok();
}

/** CLUSTER SETSLOT <slot> (IMPORTING|MIGRATING|NODE <node-id> | STABLE). */
export function setSlot(call: NodeCall): void {
  const cluster = clusterOf(call);
  const { args } = call;
  if (cluster.isReplica) throw errors.setSlotOnReplica();
  const slot = slotArgument(args, 2);
  if (args.is(3, 'stable') && args.count === 4) cluster.slots.stable(slot);
  else if (args.is(3, 'node') && args.count === 5) cluster.slots.bind(slot, namedPeer(cluster, args, 4));
  else if ((args.is(3, 'migrating') || args.is(3, 'importing')) && args.count === 5) openSlot(call, slot);
  else throw errors.setSlotSyntax();
  call.reply.ok();
}

/** Whose slot it is is looked at before the other node, as Redis does. */
function openSlot(call: NodeCall, slot: number): void {
  const { slots, view } = clusterOf(call);
  const id = call.args.binary(4);
  const out = call.args.is(3, 'migrating');
  const ours = view.slots.owner(slot) === view.self;
  if (out && !ours) throw errors.notSlotOwner(slot);
  if (!out && ours) throw errors.alreadySlotOwner(slot);
  const peer = view.nodes.get(id);
  if (peer === undefined) throw errors.unknownPeer(id);
  if (out) slots.migrating(slot, peer);
  else slots.importing(slot, peer);
}

/** CLUSTER REPLICATE <node-id>. */
export function replicate(call: NodeCall): void {
  const cluster = clusterOf(call);
  cluster.replicate(namedPeer(cluster, call.args, 2));
  call.reply.ok();
}

/** CLUSTER FAILOVER [FORCE|TAKEOVER]. */
export function failover(call: NodeCall): void {
  const cluster = clusterOf(call);
  const { args } = call;
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'CLUSTER');
  if (args.count === 2) cluster.failover('agreed');
  else if (args.is(2, 'force')) cluster.failover('force');
  else if (args.is(2, 'takeover')) cluster.failover('takeover');
  else throw errors.syntax();
  call.reply.ok();
}

/** CLUSTER RESET [HARD|SOFT]. */
export function reset(call: NodeCall): void {
  const cluster = clusterOf(call);
  const { args } = call;
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'CLUSTER');
  const hard = args.count === 3 && args.is(2, 'hard');
  if (args.count === 3 && !hard && !args.is(2, 'soft')) throw errors.syntax();
  cluster.reset(hard);
  call.reply.ok();
}

/** CLUSTER SET-CONFIG-EPOCH <epoch>. */
export function setConfigEpoch(call: NodeCall): void {
  const cluster = clusterOf(call);
  cluster.setConfigEpoch(call.args.integer(2));
  call.reply.ok();
}

export function bumpEpoch(call: NodeCall): void {
  const cluster = clusterOf(call);
  const bumped = cluster.bumpEpoch();
  call.reply.simple(`${bumped ? 'BUMPED' : 'STILL'} ${cluster.view.self.configEpoch}`);
}

export function saveConfig(call: NodeCall): void {
  clusterOf(call).saveConfig();
  call.reply.ok();
}
