/** One node as this node knows it; this node itself is one of them. A thousand nodes have a million of these. */
import {
  FAIL,
  HANDSHAKE,
  MIGRATE_TO,
  MYSELF,
  NOADDR,
  NOFAILOVER,
  type NodeId,
  PFAIL,
  PRIMARY,
  REPLICA,
} from './message.ts';
import { SlotBitmap } from './slot-bitmap.ts';

/** What a peer's links are for everybody but the bus. */
export interface PeerLink {
  readonly inbound: boolean;
  /** Monotonic milliseconds. */
  readonly createdAt: number;
  readonly createdWallMs: number;
  readonly isConnected: boolean;
  /** When something was last sent on it. */
  sentAt: number;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Queued until the end of the turn. */
  send(frame: Uint8Array): void;
  close(): void;
}

/** All times are monotonic milliseconds of this node's clock. */
export class Peer {
  /** Random while in handshake: the true one comes with the first answer. */
  id: NodeId;
  flags: number;
  // Behind each other, so that they are near each other in memory: what is looked at for each entry of gossip, sent or
  // received. Of a million peers none is where the processor has it at hand.
  /** The link we opened: only its pongs prove that the peer is alive. */
  link: PeerLink | undefined;
  /** When it was last met by CLUSTER MEET here, and may not have heard of it. */
  metAt: number | undefined;
  /** When the ping was sent that waits for its pong. */
  pingSentAt: number | undefined;
  pongReceivedAt = -Infinity;
  /** Who reported this peer as failing, and when last; undefined while nobody does: nearly always. */
  failureReports: Map<Peer, number> | undefined;

  /** The last message of ours that tells of it (`Gossip`): it is told of once in each. */
  chosenFor = 0;
  ip = '';
  port = 0;
  tlsPort = 0;
  busPort = 0;

  shardId: NodeId;
  readonly createdAt: number;
  configEpoch = 0;
  readonly slots = new SlotBitmap();
  /** When it last was given a slot it had not before. */
  slotsGainedAt = -Infinity;
  /** Of a replica; undefined also while its primary is not known here. */
  primary: Peer | undefined;
  readonly replicas: Peer[] = [];
  hostname = '';
  nodename = '';

  /** The link the peer opened. */
  inboundLink: PeerLink | undefined;

  dataReceivedAt = -Infinity;
  failedAt = -Infinity;
  /** When we last voted for a replica of this primary. */
  votedAt = -Infinity;
  replicationOffset = 0;

  /** It sent us something on a link of its own, so it has us in its table and believes our gossip. */
  knowsUs = false;
  /** False once it sent a ping without extensions: 7.0 would log a warning about each that it doesn't know. */
  knowsExtensions = true;
  /** Counts up over all peers as they answer for the first time; 0 before. See NodeTable.verify. */
  serial = 0;
  /** It has been told of all peers up to this serial. */
  toldUpTo = 0;
  /** By whose gossip we learned of it: nobody has to tell that one. */
  learnedFrom: Peer | undefined;

  constructor(id: NodeId, shardId: NodeId, flags: number, now: number) {
    this.id = id;
    this.shardId = shardId;
    this.flags = flags;
    this.createdAt = now;
  }

  get isMyself(): boolean {
    return (this.flags & MYSELF) !== 0;
  }
  get isPrimary(): boolean {
    return (this.flags & PRIMARY) !== 0;
  }
  get isReplica(): boolean {
    return (this.flags & REPLICA) !== 0;
  }
  get inHandshake(): boolean {
    return (this.flags & HANDSHAKE) !== 0;
  }
  get hasAddress(): boolean {
    return (this.flags & NOADDR) === 0;
  }
  get possiblyFailed(): boolean {
    return (this.flags & PFAIL) !== 0;
  }
  get failed(): boolean {
    return (this.flags & FAIL) !== 0;
  }
  get standsForElection(): boolean {
    return (this.flags & NOFAILOVER) === 0;
  }

  raise(flags: number): void {
    this.flags |= flags;
  }
  lower(flags: number): void {
    this.flags &= ~flags;
  }

  /** Itself, or for a replica its primary (of a replica of a replica: the first of the chain). */
  get shardPrimary(): Peer {
    let peer: Peer = this;
    // A TAKEOVER gone wrong can make two nodes each other's replicas.
    for (let steps = 0; peer.primary !== undefined && steps < 8; steps++) peer = peer.primary;
    return peer;
  }

  addReplica(replica: Peer): void {
    if (this.replicas.includes(replica)) return;
    this.replicas.push(replica);
    this.raise(MIGRATE_TO);
  }

  removeReplica(replica: Peer): void {
    const at = this.replicas.indexOf(replica);
    if (at < 0) return;
    this.replicas.splice(at, 1);
    if (this.replicas.length === 0) this.lower(MIGRATE_TO);
  }

  workingReplicas(): number {
    return this.replicas.reduce((count, replica) => (replica.failed ? count : count + 1), 0);
  }
}
