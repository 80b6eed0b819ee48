/**
 * What this node believes of the cluster: nodes, slots and epochs. Every module of the cluster works on it; it does
 * nothing by itself but keep nodes and slots consistent with each other.
 */
import type { SlotRange } from '../../redis/slots.ts';
import type { Address } from '../../redis/world.ts';
import type { ClusterHost } from './contract.ts';
import { Effects } from './effects.ts';
import { MIGRATE_TO } from './message.ts';
import { NodeTable } from './node-table.ts';
import type { Peer } from './peer.ts';
import { SlotTable } from './slot-table.ts';

export class View {
  readonly host: ClusterHost;
  readonly nodes: NodeTable;
  readonly slots = new SlotTable();
  readonly effects = new Effects();
  /** The highest epoch seen anywhere: the clock of elections. */
  currentEpoch = 0;
  /** The epoch of the last vote given: one vote an epoch. */
  lastVoteEpoch = 0;
  /** cluster_state. */
  ok = false;
  /** tls-cluster: the bus speaks TLS. */
  encrypted = false;

  constructor(host: ClusterHost) {
    this.host = host;
    this.nodes = new NodeTable(host.world.random, host.world.clock.monotonicMs());
  }

  get self(): Peer {
    return this.nodes.self;
  }

  get now(): number {
    return this.host.world.clock.monotonicMs();
  }

  /** A monotonic time as milliseconds since the Unix epoch, 0 for one that never was. */
  wallTime(monotonic: number | undefined): number {
    if (monotonic === undefined || monotonic === -Infinity) return 0;
    return wallTimeOf(monotonic, this.now, this.host.world.clock.wallMs());
  }

  get nodeTimeout(): number {
    return this.host.settings.number('cluster-node-timeout');
  }

  /** Primaries that own slots: those who vote. */
  get size(): number {
    return this.nodes.all.reduce((count, peer) => (isVoter(peer) ? count + 1 : count), 0);
  }

  get quorum(): number {
    return Math.floor(this.size / 2) + 1;
  }

  /** Whose slots and config epoch this node speaks for: its primary's when it is a replica. */
  get representative(): Peer {
    return this.self.isReplica && this.self.primary !== undefined ? this.self.primary : this.self;
  }

  assign(slot: number, peer: Peer): void {
    if (this.slots.owner(slot) === peer) return;
    const hadNone = peer.slots.count === 0;
    this.#moved(slot, this.slots.assign(slot, peer));
    this.#gained(peer, hadNone);
  }

  /** Slots that are nobody's: a cluster is made of thousands at a time. */
  assignFree(ranges: readonly SlotRange[], peer: Peer): void {
    if (ranges.length === 0) return;
    const hadNone = peer.slots.count === 0;
    this.slots.assignFree(ranges, peer);
    this.#gained(peer, hadNone);
  }

  #gained(peer: Peer, hadNone: boolean): void {
    if (peer === this.self) this.host.finishDropping();
    this.effects.slotsChanged(peer);
    peer.slotsGainedAt = this.now;
    // The first slots make a primary worth a replica, if primaries here have replicas at all.
    if (hadNone && this.nodes.all.some((other) => other.isPrimary && other.replicas.length > 0)) {
      peer.raise(MIGRATE_TO);
    }
  }

  /** False when it had no owner. */
  release(slot: number): boolean {
    const former = this.slots.release(slot);
    this.#moved(slot, former);
    return former !== undefined;
  }

  releaseAllOf(peer: Peer): void {
    for (const slot of [...peer.slots]) this.release(slot);
  }

  #moved(slot: number, former: Peer | undefined): void {
    if (former === undefined) return;
    this.effects.slotsChanged(former);
    if (former === this.self || former === this.self.primary) this.effects.slotLost(slot);
  }

  /** Takes a peer out of everything that refers to it. */
  remove(peer: Peer): void {
    this.slots.closeThoseOf(peer);
    this.releaseAllOf(peer);
    for (const other of this.nodes.all) other.failureReports?.delete(peer);
    for (const replica of peer.replicas) replica.primary = undefined;
    peer.primary?.removeReplica(peer);
    this.nodes.delete(peer);
    peer.link?.close();
    peer.inboundLink?.close();
    if (!peer.inHandshake) this.host.observe({ type: 'known-node', peerId: peer.id, change: 'forgotten' });
  }

  maxEpoch(): number {
    return this.nodes.all.reduce((max, peer) => Math.max(max, peer.configEpoch), this.currentEpoch);
  }

  /** The address its replicas reach a peer at. */
  replicationAddress(peer: Peer): Address {
    return { host: peer.ip, port: clientPort(peer, this.host.settings.flag('tls-replication')) };
  }

  /** `<id> (<human name>)`, as log lines name a node. */
  name(peer: Peer): string {
    return `${peer.id} (${peer.nodename})`;
  }
}

/** A monotonic time as milliseconds since the Unix epoch; `now` and `wallClock` are the same moment by both clocks. */
export function wallTimeOf(monotonic: number, now: number, wallClock: number): number {
  // A clock set back to the seventies must not put negative times into nodes.conf.
  return Math.max(0, Math.round(wallClock - (now - monotonic)));
}

/** Where clients that speak TLS, or do not, find a peer. */
export function clientPort(peer: Peer, encrypted: boolean): number {
  return encrypted ? peer.tlsPort : peer.port;
}

/** A primary with slots: it votes, and its failure reports count. */
export function isVoter(peer: Peer): boolean {
  return peer.isPrimary && peer.slots.count > 0;
}
