/** Replication and the node it lives in see each other through these two interfaces only. */
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { Address, Connection, TlsContext, World } from '../../redis/world.ts';
import type { Settings } from '../cluster/contract.ts';
import type { LogLevel, NodeEvent, NodeRole } from '../observer.ts';
import type { ImageParts, InfoField } from '../persistence/contract.ts';

/** What replication needs of its node. */
export interface ReplicationHost {
  /** What the connection to a primary is encrypted by, if it is. */
  readonly tls?: () => TlsContext | undefined;
  readonly world: World;
  readonly settings: Settings;
  readonly databases: readonly Keyspace[];
  log(level: LogLevel, text: string): void;
  observe(event: NodeEvent): void;
  /** An image whose checksum is wrong is refused. */
  readonly verifiesChecksums: boolean;
  /**
   * Executes a stream of RESP commands as the primary's client: no replies, no redirects, not refused by the replica
   * role. Returns how many bytes were consumed as whole commands (the rest is kept by the executor for the next call).
   */
  readonly fromPrimary: PrimaryStream;
  /** The link to the primary came up or went down: observers and, in cluster mode, the cluster want to hear of it. */
  linkChanged(): void;
  /**
   * The primary's image comes in: from here to `afterFullSync` the node is loading (LOADING for clients), unless it is
   * `serving` what it has meanwhile.
   */
  beforeFullSync(serving: boolean): void;
  /** All data is about to go. Replication clears the databases and fills them itself. */
  beforeReplacing(): void;
  /** Empty databases like the node's own, for an image that comes in beside its data. */
  makeDatabases(): readonly Keyspace[];
  /** `complete`: the primary's data is in; else there is none. */
  afterFullSync(complete: boolean): void;
  /** Bytes that came from the primary, or go to replicas. */
  countTraffic(input: number, output: number): void;
  /** Up to which offset our append-only file is on the disk; -1 without one. */
  readonly syncedOffset: number;
  /** Why writes are held back just now: for a failover, whose replica has to reach our offset, or for somebody else. */
  readonly pausedFor: 'failover' | 'others' | undefined;
  /** FAILOVER: clients that write have to wait, or may go on. */
  holdWrites(held: boolean): void;
  /** Wakes sessions parked by WAIT: replica acknowledged. */
  replicaAcknowledged(): void;
  /** This node is a primary from now on. */
  promoted(): void;
}

export interface PrimaryStream {
  /** The database the stream has selected. */
  readonly database: number;
  /** Starts anew with this database and no partial command (or MULTI). `peer`: where the stream comes from now. */
  reset(database: number, peer?: StreamPeer): void;
  /**
   * Bytes of whole commands executed by this call, those that came with earlier calls included. Commands split between
   * calls are completed by later ones; MULTI … EXEC counts as one command. What has to wait (CLIENT PAUSE, a script that
   * runs) is told to `progressed` of its peer once it has run.
   */
  feed(bytes: Uint8Array, start: number, end: number): number;
}

/** The link to the primary, as far as the session that executes its stream shows it. */
export interface StreamPeer {
  readonly local: Address;
  readonly remote: Address;
  /** Breaks the link (CLIENT KILL); it will be dialled again. */
  close(): void;
  /** Bytes that came earlier have been executed by now. */
  progressed(executed: number): void;
}

/**
 * A session that sent PSYNC or SYNC: from then on replication writes to its connection, and nobody else does. The
 * session goes on reading (REPLCONF ACK is a command like any other) and passes on `drained` and `closed`. What it
 * had replied before has been given to the connection when `accept` is called.
 */
export interface ReplicaSession {
  readonly connection: Connection;
  /** What REPLCONF told before PSYNC. */
  readonly listeningPort: number;
  readonly announcedIp: string;
  readonly capabilities: { readonly eof: boolean; readonly psync2: boolean; readonly rdbOnly: boolean };
  readonly parts: ImageParts;
  /** Ends the session in the node's books. */
  close(): void;
}

export interface ReplicaInfo {
  readonly address: Address;
  readonly state: 'wait_bgsave' | 'send_bulk' | 'online';
  readonly offset: number;
  /** Seconds since the last REPLCONF ACK. */
  readonly lagSeconds: number;
}

/** What the node needs of replication. */
export interface Replication {
  readonly role: NodeRole;
  /** Bytes of history produced (primary) or applied (replica). */
  readonly offset: number;
  readonly primary: Address | undefined;
  readonly linkUp: boolean;
  readonly replicationId: string;
  readonly secondReplicationId: string;
  readonly secondOffset: number;
  replicas(): readonly ReplicaInfo[];
  /** True when a replica or a backlog listens: otherwise nothing need be encoded. */
  readonly feeding: boolean;
  /** `bytes[start, end)` is one RESP command executed in `database`; SELECT is put in front when that changed. */
  feed(database: number, bytes: Uint8Array, start: number, end: number): void;
  /** REPLICAOF host port, CLUSTER REPLICATE. */
  follow(primary: Address): void;
  /** REPLICAOF NO ONE, a won election. */
  promote(): void;
  /** PSYNC arrived on this session: it has the history `replicationId` before `offset`. Undefined: SYNC. */
  accept(session: ReplicaSession, psync: { replicationId: string; offset: number } | undefined): void;
  /** The connection of a session handed over can take more. */
  drained(connection: Connection): void;
  /** The connection of a session handed over is gone. */
  disconnected(connection: Connection): void;
  /** REPLCONF ACK: what the replica has applied, and what of it is on its disk (-1: it keeps no append-only file). */
  acknowledged(connection: Connection, offset: number, syncedOffset: number): void;
  /** More of our own append-only file is on the disk. */
  synced(): void;
  /** How many replicas acknowledged `offset`. */
  acknowledgements(offset: number): number;
  /** REPLCONF GETACK * to all replicas: WAIT wants to know now. */
  requestAcknowledgements(): void;
  /** Replicas whose last ACK is younger than min-replicas-max-lag seconds. */
  goodReplicas(): number;
  /** Milliseconds since the primary was last heard, whole seconds while linked; Infinity when never. */
  primarySilenceMs(): number;
  /** INFO replication, its lines. */
  info(): string;
  /** INFO's `loading_*` while an image is read in as it arrives. */
  loadingInfo(): readonly InfoField[];
  start(): void;
  stop(): void;
}
