/**
 * What nodes say to each other on the bus, as values. `message-codec.ts` turns them into bytes and back.
 * Format: version 1 of the cluster bus, redis 7.2 (`clusterMsg` in cluster.h). Integers are big-endian.
 */

/** 40 hex digits. */
export type NodeId = string;

/** Types by their number on the wire, named as CLUSTER INFO's statistics name them. */
export const MESSAGE_TYPES = [
  'ping',
  'pong',
  'meet',
  'fail',
  'publish',
  'auth-req',
  'auth-ack',
  'update',
  'mfstart',
  'module',
  'publishshard',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

// Node flags, as they stand in headers and gossip.
export const PRIMARY = 1;
export const REPLICA = 2;
/** Not reachable from here; one opinion. */
export const PFAIL = 4;
/** Failed by agreement of a majority of primaries. */
export const FAIL = 8;
export const MYSELF = 16;
/** Met, but its id is not known yet. */
export const HANDSHAKE = 32;
export const NOADDR = 64;
/** The first message to it is to be a MEET. */
export const MEET = 128;
/** A primary that spare replicas may move to when it has none left. */
export const MIGRATE_TO = 256;
/** A replica that will not stand for election. */
export const NOFAILOVER = 512;

/** What every message says of its sender. */
export interface Header {
  readonly sender: NodeId;
  readonly currentEpoch: number;
  /** The sender's, or its primary's when it is a replica. */
  readonly configEpoch: number;
  readonly replicationOffset: number;
  /** Slots of the sender, or of its primary when it is a replica. On arrival a view into the receive buffer. */
  readonly slots: Uint8Array;
  readonly primaryId: NodeId | undefined;
  /** Empty: the address the connection comes from. */
  readonly announcedIp: string;
  /** For clients. */
  readonly port: number;
  /** For clients that use TLS; 0 when there is none. */
  readonly tlsPort: number;
  readonly busPort: number;
  readonly flags: number;
  readonly clusterOk: boolean;
  /** A primary that holds back its clients for a manual failover: its offset stands still. */
  readonly paused: boolean;
  /** A vote is asked for although the primary is well: manual failover. */
  readonly forceAck: boolean;
  /** The sender knows of ping extensions. */
  readonly hasExtensions: boolean;
}

export interface GossipEntry {
  readonly id: NodeId;
  /** Seconds since the Unix epoch; 0: none under way. */
  readonly pingSent: number;
  /** Seconds since the Unix epoch; 0: never. */
  readonly pongReceived: number;
  readonly ip: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly busPort: number;
  readonly flags: number;
}

/** Additions to pings: 7.0 knows the host name, 7.2 all of these. */
export interface Extensions {
  readonly hostname?: string;
  readonly nodename?: string;
  readonly shardId?: NodeId;
  readonly forgotten?: readonly { readonly id: NodeId; readonly seconds: number }[];
  /** Types of later versions that were skipped. */
  readonly unknown?: readonly number[];
}

export interface PingBody {
  readonly type: 'ping' | 'pong' | 'meet';
  readonly gossip: readonly GossipEntry[];
  readonly extensions: Extensions;
}

export interface FailBody {
  readonly type: 'fail';
  readonly about: NodeId;
}

export interface PublishBody {
  readonly type: 'publish' | 'publishshard';
  readonly channel: Uint8Array;
  readonly message: Uint8Array;
}

/** FAILOVER_AUTH_REQUEST, FAILOVER_AUTH_ACK and MFSTART: all they say stands in the header. */
export interface BareBody {
  readonly type: 'auth-req' | 'auth-ack' | 'mfstart';
}

/** A third node's slots, told to one who claims them with an older epoch. */
export interface UpdateBody {
  readonly type: 'update';
  readonly about: NodeId;
  readonly configEpoch: number;
  readonly slots: Uint8Array;
}

/** Of a Redis module. Nodes here have none; it is read so that its length can be checked. */
export interface ModuleBody {
  readonly type: 'module';
  readonly moduleId: bigint;
  readonly kind: number;
  readonly payload: Uint8Array;
}

export type Body = PingBody | FailBody | PublishBody | BareBody | UpdateBody | ModuleBody;

export interface Message {
  readonly header: Header;
  readonly body: Body;
}
