/** What clients are told about the cluster as this node sees it: CLUSTER SLOTS, SHARDS, LINKS and INFO. */
import type { Reply } from '../../redis/resp/reply.ts';
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { Bus } from './bus.ts';
import { FAIL, MESSAGE_TYPES, PFAIL } from './message.ts';
import type { Peer, PeerLink } from './peer.ts';
import { preferredHost } from './routing.ts';
import { clientPort, type View } from './view.ts';

/** CLUSTER SLOTS: every range with its primary and the replicas that can be read from. */
export function replySlots(view: View, reply: Reply, encrypted: boolean): void {
  const ranges: { first: number; last: number; owner: Peer }[] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = view.slots.owner(slot);
    const current = ranges.at(-1);
    if (owner === undefined) continue;
    if (current?.owner === owner && current.last === slot - 1) current.last = slot;
    else ranges.push({ first: slot, last: slot, owner });
  }
  reply.array(ranges.length);
  for (const { first, last, owner } of ranges) {
    const replicas = owner.replicas.filter((replica) => isReadable(view, replica));
    reply.array(3 + replicas.length);
    reply.integer(first);
    reply.integer(last);
    for (const peer of [owner, ...replicas]) replyEndpoint(view, reply, peer, encrypted);
  }
}

/** Not failed, and done with its first synchronization. */
function isReadable(view: View, replica: Peer): boolean {
  return !replica.failed && offsetOf(view, replica) !== 0;
}

function offsetOf(view: View, peer: Peer): number {
  return peer.isMyself ? view.host.replicationOffset() : peer.replicationOffset;
}

function replyEndpoint(view: View, reply: Reply, peer: Peer, encrypted: boolean): void {
  const type = view.host.settings.text('cluster-preferred-endpoint-type');
  reply.array(4);
  if (type === 'unknown-endpoint') reply.null();
  else reply.binary(preferredHost(view, peer));
  reply.integer(clientPort(peer, encrypted));
  reply.binary(peer.id);
  // Whatever else is known about where it is.
  const more: [string, string][] = [];
  if (type !== 'ip') more.push(['ip', peer.ip]);
  if (type !== 'hostname' && peer.hostname !== '') more.push(['hostname', peer.hostname]);
  reply.map(more.length);
  for (const [name, value] of more) {
    reply.binary(name);
    reply.binary(value);
  }
}

/** CLUSTER SHARDS. */
export function replyShards(view: View, reply: Reply): void {
  const shards = new Map<string, Peer[]>();
  for (const peer of view.nodes.all) {
    if (peer.inHandshake) continue;
    const shard = shards.get(peer.shardId);
    if (shard === undefined) shards.set(peer.shardId, [peer]);
    else shard.push(peer);
  }
  reply.array(shards.size);
  for (const members of shards.values()) {
    reply.map(2);
    reply.binary('slots');
    const ranges = members[0].shardPrimary.slots.ranges();
    reply.array(ranges.length * 2);
    for (const bound of ranges.flat()) reply.integer(bound);
    reply.binary('nodes');
    reply.array(members.length);
    for (const peer of members) replyMember(view, reply, peer);
  }
}

function replyMember(view: View, reply: Reply, peer: Peer): void {
  const offset = offsetOf(view, peer);
  const health = peer.failed ? 'fail' : peer.isReplica && offset === 0 ? 'loading' : 'online';
  const fields: [string, string | number][] = [['id', peer.id]];
  if (peer.port !== 0) fields.push(['port', peer.port]);
  if (peer.tlsPort !== 0) fields.push(['tls-port', peer.tlsPort]);
  fields.push(['ip', peer.ip], ['endpoint', preferredHost(view, peer)]);
  if (peer.hostname !== '') fields.push(['hostname', peer.hostname]);
  fields.push(
    ['role', peer.isReplica ? 'replica' : 'master'],
    ['replication-offset', offset],
    ['health', health],
  );
  replyFields(reply, fields);
}

function replyFields(reply: Reply, fields: readonly (readonly [string, string | number])[]): void {
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.binary(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.binary(value);
  }
}

/** CLUSTER LINKS: both directions of every pair. */
export function replyLinks(view: View, reply: Reply): void {
  const links: [Peer, PeerLink][] = [];
  for (const peer of view.nodes.all) {
    if (peer.link !== undefined) links.push([peer, peer.link]);
    if (peer.inboundLink !== undefined) links.push([peer, peer.inboundLink]);
  }
  reply.array(links.length);
  for (const [peer, link] of links) {
    replyFields(reply, [
      ['direction', link.inbound ? 'from' : 'to'],
      ['node', peer.id],
      ['create-time', link.createdWallMs],
      ['events', `${link.isConnected ? 'r' : ''}${link.queuedBytes > 0 ? 'w' : ''}`],
      ['send-buffer-allocated', link.queuedBytes],
      ['send-buffer-used', link.queuedBytes],
    ]);
  }
}

/** CLUSTER INFO. */
export function infoText(view: View, bus: Bus): string {
  let served = 0;
  let possiblyFailed = 0;
  let failed = 0;
  for (const { flags, slots } of view.nodes.all) {
    if (flags & FAIL) failed += slots.count;
    else if (flags & PFAIL) possiblyFailed += slots.count;
    else served += slots.count;
  }
  const lines: [string, string | number][] = [
    ['cluster_state', view.ok ? 'ok' : 'fail'],
    ['cluster_slots_assigned', view.slots.assigned],
    ['cluster_slots_ok', served],
    ['cluster_slots_pfail', possiblyFailed],
    ['cluster_slots_fail', failed],
    ['cluster_known_nodes', view.nodes.size],
    ['cluster_size', view.size],
    ['cluster_current_epoch', view.currentEpoch],
    ['cluster_my_epoch', view.representative.configEpoch],
    ...counted(bus.sent, 'sent'),
    ...counted(bus.received, 'received'),
    ['total_cluster_links_buffer_limit_exceeded', bus.limitExceeded],
  ];
  return lines.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

function counted(counters: Bus['sent'], direction: string): [string, number][] {
  const lines: [string, number][] = [];
  let total = 0;
  for (const type of MESSAGE_TYPES) {
    const count = counters.get(type) ?? 0;
    if (count === 0) continue;
    total += count;
    lines.push([`cluster_stats_messages_${type}_${direction}`, count]);
  }
  return [...lines, [`cluster_stats_messages_${direction}`, total]];
}
