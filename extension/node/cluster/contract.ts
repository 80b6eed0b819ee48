/**
 * The cluster and the node it lives in see each other through these two interfaces only, so that the cluster can be
 * tested with a host of a few lines and over a simulated network.
 */
import type { Binary } from '../../redis/bytes.ts';
import type { ReplyError } from '../../redis/errors.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { Address, TlsContext, World } from '../../redis/world.ts';
import type { LogLevel, NodeEvent, NodeStatus } from '../observer.ts';

/** The runtime configuration, read at the moment of use so that CONFIG SET takes effect at once. */
export interface Settings {
  flag(name: string): boolean;
  /** Integers and memory sizes (bytes). */
  number(name: string): number;
  text(name: string): string;
}

/** What the cluster needs of its node. */
export interface ClusterHost {
  /** What the bus is encrypted by, if it is. */
  readonly tls?: () => TlsContext | undefined;
  readonly world: World;
  readonly settings: Settings;
  readonly keyspace: Keyspace;
  /** Absolute path of nodes.conf (`cluster-config-file` in `dir`). */
  readonly configPath: string;
  /** The addresses the node listens on for clients: the bus listens on the same. */
  readonly listenHosts: readonly string[];
  log(level: LogLevel, text: string): void;
  observe(event: NodeEvent): void;
  /** True when somebody watches bus messages. */
  readonly observesBus: boolean;

  // Replication, as far as the cluster decides it.
  /** primary: bytes of history; replica: how much of it has been applied. */
  replicationOffset(): number;
  /** On a replica: milliseconds since the primary was last heard, whole seconds while linked. Infinity when never. */
  primarySilenceMs(): number;
  primaryLinkUp(): boolean;
  /** Become (or stay) a replica of this primary, whose data will replace ours. */
  replicateFrom(address: Address): void;
  /** Become a primary with the data at hand. Keeps the history so that fellow replicas can continue. */
  promote(): void;
  /** Manual failover: hold back writing clients until `endsAtMs` (monotonic) or `unpauseWrites`. */
  pauseWrites(endsAtMs: number): void;
  unpauseWrites(): void;

  /** A PUBLISH (or SPUBLISH) that came over the bus, for this node's own subscribers. */
  deliver(channel: Uint8Array, message: Uint8Array, sharded: boolean): void;
  /** Slots went away: their sharded channels end, clients blocked on their keys are sent on, WATCHed ones fail. */
  slotsLost(slots: readonly number[]): void;
  /** Removes all keys of a slot that this node does not own any more, telling the replicas: little by little. */
  dropSlot(slot: number): void;
  /** Slots come: what `dropSlot` left is removed before anything is put into them. */
  finishDropping(): void;
  /** CLUSTER RESET of a replica: the data goes. */
  dropAllKeys(): void;
  /** Ends the process as a fatal error would. */
  fatal(text: string): void;
}

/** How the session asking is taken: what the routing decision depends on besides the slot. */
export interface RouteRequest {
  /** -1: no keys. Computed by the dispatcher from the command's key positions. */
  readonly slot: number;
  readonly write: boolean;
  /** The client speaks TLS, and is to be sent to where others do. */
  readonly encrypted: boolean;
  /** READONLY was sent on this connection. */
  readonly readonlySession: boolean;
  /** ASKING just before, or a command that implies it. */
  readonly asking: boolean;
  /** At least two different keys. */
  readonly multipleKeys: boolean;
  /** Number of keys, repeated ones counted each time. */
  readonly keyCount: number;
  /** How many of the keys are not here, asked only for a migrating or importing slot. */
  readonly missingKeys: () => number;
  /** Lower case. Only `migrate` is treated differently: it works on keys of a slot on the move wherever they are. */
  readonly command: string;
  /** A pub/sub command of a shard channel. */
  readonly shardChannel: boolean;
  /** It was let in, and waits for its keys: that these are on the move between nodes does not end it. */
  readonly waiting: boolean;
}

/** What the node needs of its cluster. */
export interface Cluster {
  readonly myId: string;
  readonly isReplica: boolean;
  readonly stateOk: boolean;
  /**
   * Loads or creates nodes.conf, opens the bus port; who dials it waits for `dataLoaded`. `ready` hears of a failure to
   * open it.
   */
  start(ready: (error?: { code: string; message: string }) => void): void;
  /** The data is in: keys and slots are brought into agreement, and the node takes part in the cluster. */
  dataLoaded(): void;
  /** The settings have changed. */
  configure(): void;
  /** Closes every link and the bus at once; nodes.conf is saved when `save`. */
  stop(save: boolean): void;
  /**
   * The hot path: true when every command on `slot` is served here whatever the session's state, so that `route` need
   * not be asked. False says nothing.
   */
  serves(slot: number): boolean;
  /** undefined: serve it here. Otherwise the error to reply with (MOVED, ASK, CLUSTERDOWN, TRYAGAIN). */
  route(request: RouteRequest): ReplyError | undefined;
  /** Applies what was collected since (save, broadcast, update state); the node calls it once after each turn. */
  beforeSleep(): void;
  publish(channel: Uint8Array, message: Uint8Array, sharded: boolean): void;
  /** The replication link to the primary came up or went down, or the offset was established: the bus tells others. */
  replicationChanged(): void;
  /** CLUSTER INFO, also used by INFO. */
  info(): string;
  /** Status of peers and slots for observers. */
  status(): Pick<
    NodeStatus,
    'role' | 'primaryId' | 'clusterOk' | 'configEpoch' | 'currentEpoch' | 'slots' | 'peers'
  >;
  /** CLUSTER SLOTS, SHARDS, NODES … are rows of commands/cluster.ts, which works on the concrete class. */
  replySlots(reply: Reply, encrypted: boolean): void;
  slotOf(key: Binary): number;
}
