/**
 * nodes.conf: what a node must know again after a restart, in Redis' own format, so that a redis-server could go on
 * from it and the other way round. It is written whole; a file that is not whole, or not of this kind, is refused and
 * left alone: a node that guessed its epochs could vote twice.
 */
import { type Binary, binaryOf, bytesOf } from '../../redis/bytes.ts';
import { splitArgs } from '../../redis/config/split-args.ts';
import { parseRange, type SlotRange } from '../../redis/slots.ts';
import { BUS_PORT_OFFSET, MAX_PORT } from './constants.ts';
import { HANDSHAKE, MYSELF, type NodeId, REPLICA } from './message.ts';
import { isNodeId } from './node-table.ts';
import { FLAG_WORDS, storedLine } from './nodes-text.ts';
import type { Peer } from './peer.ts';
import { SlotBitmap } from './slot-bitmap.ts';
import type { View } from './view.ts';

export interface StoredNode {
  readonly id: NodeId;
  readonly ip: string;
  readonly port: number;
  readonly busPort: number;
  readonly hostname: string;
  /** `tls-port`, `nodename`, `shard-id`: since 7.2. */
  readonly extras: ReadonlyMap<string, string>;
  readonly flags: number;
  readonly primaryId: NodeId | undefined;
  readonly pingUnderWay: boolean;
  readonly everPonged: boolean;
  readonly configEpoch: number;
  readonly slots: readonly SlotRange[];
  readonly migrating: readonly (readonly [slot: number, target: NodeId])[];
  readonly importing: readonly (readonly [slot: number, source: NodeId])[];
}

export interface StoredCluster {
  readonly currentEpoch: number;
  readonly lastVoteEpoch: number;
  readonly nodes: readonly StoredNode[];
}

/** Why a nodes.conf can't be used. */
export class CorruptConfig extends Error {
  constructor(what: string) {
    super(`Unrecoverable error: corrupted cluster config file ${what}.`);
    this.name = 'CorruptConfig';
  }
}

/** undefined: an empty file, as redis-server leaves one when it is killed before its first save. Throws CorruptConfig. */
export function parseNodesConf(bytes: Uint8Array): StoredCluster | undefined {
  if (bytes.length === 0) return undefined;
  const text = binaryOf(bytes);
  if (!text.endsWith('\n')) throw new CorruptConfig('that ends in the middle of a line');
  const nodes: StoredNode[] = [];
  let epochs: { currentEpoch: number; lastVoteEpoch: number } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const words = splitArgs(line);
    if (words === undefined || words.length === 0) throw corrupt(line);
    if (words[0].toLowerCase() === 'vars') epochs = parseVars(words, line);
    else nodes.push(parseNode(words, line));
  }
  if (epochs === undefined) throw new CorruptConfig('without a "vars" line');
  if (nodes.filter(({ flags }) => flags & MYSELF).length !== 1) {
    throw new CorruptConfig('that does not say which node this one is');
  }
  return { ...epochs, nodes };
}

function corrupt(line: string): CorruptConfig {
  return new CorruptConfig(`"${line.length > 256 ? `${line.slice(0, 256)}...` : line}"`);
}

function parseVars(words: readonly string[], line: string): { currentEpoch: number; lastVoteEpoch: number } {
  if (words.length % 2 === 0) throw corrupt(line);
  const vars = { currentEpoch: 0, lastVoteEpoch: 0 };
  for (let at = 1; at < words.length; at += 2) {
    const name = words[at].toLowerCase();
    if (name === 'currentepoch') vars.currentEpoch = parseNumber(words[at + 1], line);
    else if (name === 'lastvoteepoch') vars.lastVoteEpoch = parseNumber(words[at + 1], line);
  }
  return vars;
}

function parseNode(words: readonly string[], line: string): StoredNode {
  if (words.length < 8) throw corrupt(line);
  const [id, where, flags, primaryId, ping, pong, epoch, link] = words;
  if (!isNodeId(id) || (primaryId !== '-' && !isNodeId(primaryId))) throw corrupt(line);
  if (link !== 'connected' && link !== 'disconnected') throw corrupt(line);
  return {
    id,
    ...parseWhere(where, line),
    flags: parseFlags(flags, line),
    primaryId: primaryId === '-' ? undefined : primaryId,
    pingUnderWay: parseNumber(ping, line) > 0,
    everPonged: parseNumber(pong, line) > 0,
    configEpoch: parseNumber(epoch, line),
    ...parseSlots(words.slice(8), line),
  };
}

/** `ip:port[@busport][,hostname[,name=value]*]`; before 4.0 without the bus port, before 7.2 without values. */
function parseWhere(
  where: string,
  line: string,
): Pick<StoredNode, 'ip' | 'port' | 'busPort' | 'hostname' | 'extras'> {
  const [address, hostname = '', ...pairs] = where.split(',');
  const match = /^(.*):(\d{1,5})(?:@(\d{1,5}))?$/.exec(address);
  if (!match) throw corrupt(line);
  const port = Number(match[2]);
  const busPort = match[3] === undefined ? port + BUS_PORT_OFFSET : Number(match[3]);
  if (port > MAX_PORT || busPort > MAX_PORT) throw corrupt(line);
  const extras = new Map<string, string>();
  for (const pair of pairs) {
    const [name, value, ...more] = pair.split('=');
    if (value === undefined || more.length > 0 || !isExtra(name, value)) throw corrupt(line);
    extras.set(name, value);
  }
  return { ip: match[1], port, busPort, hostname, extras };
}

function isExtra(name: string, value: string): boolean {
  switch (name) {
    case 'shard-id':
      return isNodeId(value);
    case 'nodename':
      return true;
    case 'tcp-port':
    case 'tls-port':
      return /^\d{1,5}$/.test(value) && Number(value) <= MAX_PORT;
    default:
      return false;
  }
}

function parseFlags(text: string, line: string): number {
  let flags = 0;
  for (const word of text.toLowerCase().split(',')) {
    if (word === 'noflags') continue;
    const known = FLAG_WORDS.find(([, name]) => name === word);
    if (known === undefined) throw corrupt(line);
    flags |= known[0];
  }
  return flags;
}

function parseSlots(
  words: readonly string[],
  line: string,
): Pick<StoredNode, 'slots' | 'migrating' | 'importing'> {
  const slots: SlotRange[] = [];
  const migrating: [number, NodeId][] = [];
  const importing: [number, NodeId][] = [];
  for (const word of words) {
    const open = /^\[(\d{1,5})-([<>])-([0-9a-z]{40})\]$/.exec(word);
    const range = parseRange(open === null ? word : open[1]);
    if (range === undefined) throw corrupt(line);
    if (open === null) slots.push(range);
    else (open[2] === '>' ? migrating : importing).push([range[0], open[3]]);
  }
  return { slots, migrating, importing };
}

function parseNumber(text: string | undefined, line: string): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw corrupt(line);
  return value;
}

/** Puts what was stored into a view that knows only itself. */
export function restore(view: View, stored: StoredCluster): void {
  const { nodes, slots, self } = view;
  const peerOf = (id: NodeId): Peer => {
    const known = nodes.get(id);
    if (known !== undefined) return known;
    const peer = nodes.create(id, 0, view.now);
    nodes.add(peer);
    return peer;
  };
  const me = stored.nodes.find(({ flags }) => flags & MYSELF);
  if (me !== undefined) nodes.rename(self, me.id);
  for (const node of stored.nodes) restoreNode(view, peerOf(node.id), node);
  for (const { id, primaryId } of stored.nodes) {
    if (primaryId === undefined) continue;
    const peer = peerOf(id);
    const primary = peerOf(primaryId);
    peer.primary = primary;
    primary.addReplica(peer);
    peer.shardId = primary.shardId;
  }
  for (const [slot, id] of me?.migrating ?? []) slots.migratingTo.set(slot, peerOf(id));
  for (const [slot, id] of me?.importing ?? []) slots.importingFrom.set(slot, peerOf(id));
  view.lastVoteEpoch = stored.lastVoteEpoch;
  view.currentEpoch = stored.currentEpoch;
  // Never so in a file of ours; a file edited by hand must not turn the clock back.
  view.currentEpoch = view.maxEpoch();
}

function restoreNode(view: View, peer: Peer, node: StoredNode): void {
  peer.ip = node.ip;
  peer.port = Number(node.extras.get('tcp-port') ?? node.port);
  peer.tlsPort = Number(node.extras.get('tls-port') ?? 0);
  peer.busPort = node.busPort;
  peer.hostname = node.hostname;
  peer.nodename = node.extras.get('nodename') ?? '';
  peer.shardId = node.extras.get('shard-id') ?? peer.shardId;
  peer.flags = node.flags;
  if (peer.failed) peer.failedAt = view.now;
  if (node.pingUnderWay) peer.pingSentAt = view.now;
  if (node.everPonged) peer.pongReceivedAt = view.now;
  // A replica's epoch in the file is its primary's.
  peer.configEpoch = node.flags & REPLICA && node.primaryId !== undefined ? 0 : node.configEpoch;
  // Of two lines that name a slot the first has it.
  const named = new SlotBitmap();
  for (const [first, last] of node.slots) for (let slot = first; slot <= last; slot++) named.add(slot);
  view.assignFree(view.slots.freeIn(named.bytes), peer);
}

/** The whole file. Nodes in handshake are left out: their ids are not their own. */
export function nodesConfText(view: View): Binary {
  const lines = view.nodes.all
    .filter((peer) => !(peer.flags & HANDSHAKE))
    .map((peer) => storedLine(view, peer));
  lines.push(`vars currentEpoch ${view.currentEpoch} lastVoteEpoch ${view.lastVoteEpoch}`);
  return `${lines.join('\n')}\n`;
}

export function nodesConfBytes(view: View): Uint8Array {
  return bytesOf(nodesConfText(view));
}
