/**
 * nodes.conf: what a node must know again after a restart, in Redis' own format, so that a redis-server could go on
 * from it and the other way round (clusterLoadConfig and clusterSaveConfig of cluster.c). It is written whole; a file
 * that redis-server does not understand is refused and left alone: a node that guessed its epochs could vote twice.
 *
 * Files are edited by hand, too, when a cluster must be brought back on other machines. So what redis-server 7.2 lets
 * pass passes here: lines in any order, a node on several of them, no `vars`, no line feed at the end, numbers as C's
 * atoi reads them. What makes it crash is refused; and a port, an address or an epoch that can't be one.
 */
import { type Binary, binaryOf, bytesOf } from '../../redis/bytes.ts';
import { BUS_PORT_OFFSET, MAX_PORT } from '../../redis/config/ports.ts';
import { splitArgs } from '../../redis/config/split-args.ts';
import { SLOT_COUNT } from '../../redis/slots.ts';
import { MYSELF, type NodeId, REPLICA } from './message.ts';
import { IP_SIZE } from './message-codec.ts';
import { isNodeId } from './node-table.ts';
import { FLAG_WORDS, storedLine } from './nodes-text.ts';
import type { Peer } from './peer.ts';
import { SlotBitmap } from './slot-bitmap.ts';
import type { View } from './view.ts';

export interface StoredNode {
  readonly id: NodeId;
  ip: string;
  port: number;
  tlsPort: number;
  busPort: number;
  hostname: string;
  nodename: string;
  /** Since 7.2. */
  shardId: NodeId | undefined;
  flags: number;
  primaryId: NodeId | undefined;
  pingUnderWay: boolean;
  everPonged: boolean;
  configEpoch: number;
  readonly slots: SlotBitmap;
}

export interface StoredCluster {
  readonly currentEpoch: number;
  readonly lastVoteEpoch: number;
  readonly nodes: readonly StoredNode[];
  readonly myId: NodeId;
  /** Slot -> the other node. */
  readonly migrating: ReadonlyMap<number, NodeId>;
  readonly importing: ReadonlyMap<number, NodeId>;
}

/** Why a nodes.conf can't be used. */
export class CorruptConfig extends Error {
  constructor(what: string) {
    super(`Unrecoverable error: corrupted cluster config file ${what}.`);
    this.name = 'CorruptConfig';
  }
}

/**
 * undefined: an empty file, as redis-server leaves one when it is killed before its first save. `encrypted`
 * (tls-cluster): before 7.2 the one port on a line was then that for TLS. Throws CorruptConfig.
 */
export function parseNodesConf(bytes: Uint8Array, encrypted = false): StoredCluster | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new Reader(encrypted);
  for (const line of binaryOf(bytes).split('\n')) {
    if (line !== '' && !line.startsWith('\0')) reader.read(line);
  }
  return reader.result();
}

/** Takes the lines one after the other: each may name nodes of earlier and of later ones. */
class Reader {
  readonly #encrypted: boolean;
  readonly #nodes = new Map<NodeId, StoredNode>();
  /** Of two that name a slot the first has it. */
  readonly #taken = new SlotBitmap();
  readonly #migrating = new Map<number, NodeId>();
  readonly #importing = new Map<number, NodeId>();
  #myId: NodeId | undefined;
  #currentEpoch = 0;
  #lastVoteEpoch = 0;
  #line = '';

  constructor(encrypted: boolean) {
    this.#encrypted = encrypted;
  }

  result(): StoredCluster {
    if (this.#myId === undefined) throw new CorruptConfig('that does not say which node this one is');
    return {
      currentEpoch: this.#currentEpoch,
      lastVoteEpoch: this.#lastVoteEpoch,
      nodes: [...this.#nodes.values()],
      myId: this.#myId,
      migrating: this.#migrating,
      importing: this.#importing,
    };
  }

  read(line: string): void {
    this.#line = line;
    const words = splitArgs(line);
    if (words === undefined || words.length === 0) throw this.#corrupt();
    if (words[0].toLowerCase() === 'vars') this.#readVars(words);
    else this.#readNode(words);
  }

  #corrupt(): CorruptConfig {
    const line = this.#line;
    return new CorruptConfig(`"${line.length > 256 ? `${line.slice(0, 256)}...` : line}"`);
  }

  #readVars(words: readonly string[]): void {
    if (words.length % 2 === 0) throw this.#corrupt();
    for (let at = 1; at < words.length; at += 2) {
      const name = words[at].toLowerCase();
      if (name === 'currentepoch') this.#currentEpoch = this.#epoch(words[at + 1]);
      else if (name === 'lastvoteepoch') this.#lastVoteEpoch = this.#epoch(words[at + 1]);
    }
  }

  /** Word 7, whether the link was up, says nothing about now. */
  #readNode(words: readonly string[]): void {
    if (words.length < 8) throw this.#corrupt();
    const [id, where, flags, primaryId, ping, pong, epoch] = words;
    const node = this.#node(id);
    this.#readWhere(node, where);
    this.#readFlags(node, flags);
    if (!primaryId.startsWith('-')) node.primaryId = this.#node(primaryId).id;
    if (integer(ping) !== 0) node.pingUnderWay = true;
    if (integer(pong) !== 0) node.everPonged = true;
    // A replica's line tells its primary's.
    const isReplica = node.flags & REPLICA && node.primaryId !== undefined;
    node.configEpoch = isReplica ? 0 : this.#epoch(epoch);
    for (const word of words.slice(8)) {
      if (word.startsWith('[')) this.#readOpenSlot(word);
      else this.#readRange(node, word);
    }
  }

  #nodeId(text: string): NodeId {
    if (!isNodeId(text)) throw this.#corrupt();
    return text;
  }

  /** Of a line of its own, or only named by others as yet. */
  #node(id: NodeId): StoredNode {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const node: StoredNode = {
      id: this.#nodeId(id),
      ip: '',
      port: 0,
      tlsPort: 0,
      busPort: 0,
      hostname: '',
      nodename: '',
      shardId: undefined,
      flags: 0,
      primaryId: undefined,
      pingUnderWay: false,
      everPonged: false,
      configEpoch: 0,
      slots: new SlotBitmap(),
    };
    this.#nodes.set(id, node);
    return node;
  }

  /** `ip:port[@busport][,hostname[,name=value]*]`; before 4.0 without the bus port, before 7.2 without values. */
  #readWhere(node: StoredNode, where: string): void {
    const [address, hostname = '', ...extras] = where.split(',');
    node.hostname = hostname;
    const names = extras.map((extra) => this.#readExtra(node, extra));
    const colon = address.lastIndexOf(':');
    // The last byte of the field is for a closing NUL.
    if (colon < 0 || colon >= IP_SIZE) throw this.#corrupt();
    node.ip = address.slice(0, colon);
    const [port, ...behind] = address.slice(colon + 1).split('@');
    this.#readPort(node, integer(port), names.includes('tcp-port'), names.includes('tls-port'));
    const clientPort = this.#encrypted ? node.tlsPort : node.port;
    node.busPort = this.#port(behind.length === 0 ? clientPort + BUS_PORT_OFFSET : integer(behind[0]));
  }

  /** The port of the address is the one that no value tells. */
  #readPort(node: StoredNode, port: number, plainTold: boolean, tlsTold: boolean): void {
    if (plainTold && tlsTold) return;
    if (plainTold === tlsTold ? this.#encrypted : plainTold) node.tlsPort = this.#port(port);
    else node.port = this.#port(port);
  }

  #port(port: number): number {
    if (port < 0 || port > MAX_PORT) throw this.#corrupt();
    return port;
  }

  /** Returns the name. */
  #readExtra(node: StoredNode, extra: string): string {
    const [name, value, ...more] = extra.split('=');
    if (value === undefined || more.length > 0 || NOT_IN_EXTRAS.test(extra)) throw this.#corrupt();
    if (name === 'shard-id') node.shardId = this.#nodeId(value);
    else if (name === 'nodename') node.nodename = value;
    else if (name !== 'tcp-port' && name !== 'tls-port') throw this.#corrupt();
    else if (value === '' || value.length > String(MAX_PORT).length) throw this.#corrupt();
    else node[name === 'tcp-port' ? 'port' : 'tlsPort'] = this.#port(integer(value));
    return name;
  }

  #readFlags(node: StoredNode, text: string): void {
    for (const word of text.toLowerCase().split(',')) {
      if (word === 'noflags') continue;
      const known = FLAG_WORDS.find(([, name]) => name === word);
      if (known === undefined) throw this.#corrupt();
      const [flag] = known;
      if (flag === MYSELF && this.#myId !== undefined) throw this.#corrupt();
      if (flag === MYSELF) this.#myId = node.id;
      node.flags |= flag;
    }
  }

  /** `[93->-<target>]` or `[93-<-<source>]`. */
  #readOpenSlot(word: string): void {
    const match = /^\[([^-]*)-(.).([0-9a-z]{40})\]/.exec(word);
    const slot = match === null ? -1 : integer(match[1]);
    if (match === null || !isSlot(slot)) throw this.#corrupt();
    const [, , direction, other] = match;
    this.#node(other);
    (direction === '>' ? this.#migrating : this.#importing).set(slot, other);
  }

  #readRange(node: StoredNode, word: string): void {
    const dash = word.indexOf('-');
    const first = integer(dash < 0 ? word : word.slice(0, dash));
    const last = dash < 0 ? first : integer(word.slice(dash + 1));
    if (!isSlot(first) || !isSlot(last)) throw this.#corrupt();
    for (let slot = first; slot <= last; slot++) if (this.#taken.add(slot)) node.slots.add(slot);
  }

  #epoch(text: string): number {
    const epoch = Number.parseInt(text, 10) || 0;
    if (epoch < 0 || !Number.isSafeInteger(epoch)) throw this.#corrupt();
    return epoch;
  }
}

/** What neither name nor value of an extra may hold (isValidAuxChar). */
const NOT_IN_EXTRAS = /[!#$%&()*+:;<>?@[\]^{|}~\0]/;

/** As C's atoi: the digits it begins with, 0 when there are none. */
function integer(text: string): number {
  return Number.parseInt(text, 10) || 0;
}

function isSlot(slot: number): boolean {
  return slot >= 0 && slot < SLOT_COUNT;
}

/** Puts what was stored into a view that knows only itself. */
export function restore(view: View, stored: StoredCluster): void {
  const { nodes, slots, self } = view;
  nodes.rename(self, stored.myId);
  for (const node of stored.nodes) {
    const peer = node.id === stored.myId ? self : nodes.create(node.id, 0, view.now);
    if (peer !== self) nodes.add(peer);
    restoreNode(view, peer, node);
  }
  for (const { id, primaryId = '' } of stored.nodes) {
    const [peer, primary] = [nodes.get(id), nodes.get(primaryId)];
    if (peer === undefined || primary === undefined) continue;
    peer.primary = primary;
    primary.addReplica(peer);
  }
  for (const peer of nodes.all) peer.shardId = peer.shardPrimary.shardId;
  restoreOpenSlots(view, stored.migrating, slots.migratingTo);
  restoreOpenSlots(view, stored.importing, slots.importingFrom);
  view.lastVoteEpoch = stored.lastVoteEpoch;
  view.currentEpoch = stored.currentEpoch;
  // Never so in a file of ours; a file edited by hand must not turn the clock back.
  view.currentEpoch = view.maxEpoch();
}

function restoreOpenSlots(view: View, stored: ReadonlyMap<number, NodeId>, open: Map<number, Peer>): void {
  for (const [slot, id] of stored) {
    const other = view.nodes.get(id);
    if (other !== undefined) open.set(slot, other);
  }
}

function restoreNode(view: View, peer: Peer, node: StoredNode): void {
  peer.ip = node.ip;
  peer.port = node.port;
  peer.tlsPort = node.tlsPort;
  peer.busPort = node.busPort;
  peer.hostname = node.hostname;
  peer.nodename = node.nodename;
  peer.shardId = node.shardId ?? peer.shardId;
  peer.flags = node.flags;
  if (peer.possiblyFailed) view.nodes.suspects.add(peer);
  if (peer.failed) peer.failedAt = view.now;
  if (node.pingUnderWay) peer.pingSentAt = view.now;
  if (node.everPonged) peer.pongReceivedAt = view.now;
  peer.configEpoch = node.configEpoch;
  view.assignFree(node.slots.ranges(), peer);
}

/** The whole file. Others in handshake are left out: their ids are not their own. */
export function nodesConfText(view: View): Binary {
  const lines = view.nodes.all
    .filter((peer) => peer.isMyself || !peer.inHandshake)
    .map((peer) => storedLine(view, peer));
  lines.push(`vars currentEpoch ${view.currentEpoch} lastVoteEpoch ${view.lastVoteEpoch}`);
  return `${lines.join('\n')}\n`;
}

export function nodesConfBytes(view: View): Uint8Array {
  return bytesOf(nodesConfText(view));
}
