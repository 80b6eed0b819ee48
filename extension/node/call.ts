/**
 * What a command of the node (as opposed to one on data alone) sees: the call, the session it came on and the node's
 * services. Rows of `node/commands/` are `Command<NodeCall>`.
 */
import type { Binary } from '../redis/bytes.ts';
import type { Call, Park } from '../redis/commands/command.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { Connection, ProcessWorld } from '../redis/world.ts';
import type { AccessControl } from './acl/access-control.ts';
import type { BlockedKeys } from './blocked-keys.ts';
import type { Client } from './client.ts';
import type { ClientMemory } from './client-memory.ts';
import type { ListeningAddress } from './client-port.ts';
import type { Clients } from './clients.ts';
import type { ClusterNode } from './cluster/cluster.ts';
import type { CommandEntry, CommandTable } from './command-table.ts';
import type { Configuration } from './configuration.ts';
import type { Data } from './data.ts';
import type { HostFacts } from './host-facts.ts';
import type { LatencyMonitor } from './latency-monitor.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { MigrationTargets } from './migration.ts';
import type { Notifications } from './notifications.ts';
import type { LogLevel } from './observer.ts';
import type { Pauses } from './pauses.ts';
import type { AppendOnly } from './persistence/aof.ts';
import type { ImageParts } from './persistence/contract.ts';
import type { NodePersistence } from './persistence/rdb.ts';
import type { NodePrimaryStream } from './primary-stream.ts';
import type { PubSub } from './pubsub.ts';
import type { ReplicaSession } from './replication/contract.ts';
import type { NodeReplication } from './replication/replication.ts';
import type { Scripting } from './scripting/scripting.ts';
import type { Shutdown } from './shutdown.ts';
import type { SlowLog } from './slow-log.ts';
import type { Statistics } from './statistics.ts';
import type { NodeTls } from './tls.ts';
import type { Tracking } from './tracking.ts';
import type { Queued } from './transaction.ts';
import type { WatchedKeys } from './watch.ts';

export interface NodeCall extends Call {
  readonly node: NodeServices;
  readonly client: Client;
  readonly entry: CommandEntry;
  /** False inside MULTI and in the primary's stream: a blocking command answers as if its time were up. */
  readonly mayPark: boolean;
  /** `count` keys changed that nobody can name (FLUSHALL): for `save` and replication. */
  changedMany(count: number): void;
  /** The command takes so much longer than its handler: the node stands still behind it (DEBUG SLEEP). */
  takesLonger(ms: number): void;
  /** Arguments `first` to `last` are secrets: neither MONITOR nor the slow log shows them. */
  redact(first: number, last?: number): void;
  /** Runs a command of a transaction; its reply follows what was written so far. */
  run(queued: Queued): void;
}

export interface NodeServices {
  readonly world: ProcessWorld;
  readonly settings: Configuration;
  /** undefined without `cluster-enabled yes`. */
  readonly cluster: ClusterNode | undefined;
  readonly replication: NodeReplication;
  readonly persistence: NodePersistence;
  readonly appendOnly: AppendOnly;
  readonly databases: readonly Keyspace[];
  readonly data: Data;
  /** Connections of MIGRATE. */
  readonly migrations: MigrationTargets;
  readonly tls: NodeTls;

  readonly scripting: Scripting;
  readonly commands: CommandTable;
  readonly clients: Clients;
  readonly clientMemory: ClientMemory;
  /** Executes the stream of our primary. */
  readonly fromPrimary: NodePrimaryStream;
  /** Sessions that sent MONITOR. */
  readonly monitors: Set<Client>;
  readonly pubsub: PubSub;
  readonly watchedKeys: WatchedKeys;
  readonly tracking: Tracking;
  readonly blockedKeys: BlockedKeys;
  readonly notifications: Notifications;
  readonly statistics: Statistics;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly pauses: Pauses;
  readonly acl: AccessControl;
  readonly host: HostFacts;
  /** 40 hex digits, new with every start. */
  readonly runId: string;
  /** Wall clock at the start, milliseconds. */
  readonly startedAtMs: number;
  /** Bytes held by keys and values. */
  readonly usedBytes: number;
  /** Bytes held besides: sessions, scripts. maxmemory is for both. */
  readonly overheadBytes: number;
  readonly memoryLimit: MemoryLimit;
  /** True while data is read in, from disk or from a primary. */
  readonly loading: boolean;
  /** An image of the primary comes in while the old data is served. */
  readonly asyncLoading: boolean;
  /** Where clients are listened for. */
  readonly addresses: readonly ListeningAddress[];
  /** Milliseconds that a shutdown under way still waits for replicas. */
  readonly shutdownLeftMs: number | undefined;
  /** DEBUG PAUSE-CRON. */
  cronPaused: boolean;
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpiry: boolean;
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: payloads and files are read whatever their checksum. */
  skipsChecksums: boolean;

  log(level: LogLevel, text: string): void;
  isLogged(level: LogLevel): boolean;
  /** Every command on one of these keys of `database` waits until `release` (MIGRATE, until its target answered). */
  hold(database: number, keys: readonly Binary[]): Hold;
  /** PUBLISH: tells this node's subscribers, and the other nodes of the cluster. Returns how many here were told. */
  publish(channel: Binary, message: Uint8Array, sharded: boolean): number;
  /** The node can't go on: the log gets `text`, and the node ends. */
  fatal(text: string): void;
  /** The node ends as by this signal; `stack` says in the log what it was doing. */
  crash(signal: number, stack: string): void;
  readonly shutdown: Shutdown;
  /** SHUTDOWN: `failed` hears when it could not be done or was called off; otherwise the node ends. */
  shutDown(options: ShutdownOptions, failed: () => void): void;
  /** SHUTDOWN ABORT; false when none is under way. */
  abortShutdown(): boolean;
  /** Closes the client port and opens it anew where the configuration now says. */
  listenAnew(done: (error?: string) => void): void;
}

export interface ShutdownOptions {
  /** Undefined: save when there are save points. */
  readonly save: boolean | undefined;
  /** Do not wait for replicas to catch up. */
  readonly now: boolean;
  /** End even when saving fails. */
  readonly force: boolean;
}

export interface Hold {
  release(): void;
}

/** One connected client, as the commands of cluster and replication see it. */
export interface ClientSession {
  /** CLIENT ID: counts up from 1 and is never reused. */
  readonly id: number;
  /** The primary's stream has a connection that goes nowhere. */
  readonly connection: Connection;
  /** This session executes the stream of our primary. */
  readonly isPrimary: boolean;
  readonly protocol: 2 | 3;
  /** Index of the selected database. */
  readonly database: number;
  /** READONLY was sent. */
  readonlyMode: boolean;
  /** ASKING was sent just before; cleared after the next command. */
  asking: boolean;
  /** Replication offset behind this session's last write: what WAIT waits for. */
  readonly writeOffset: number;
  /** What REPLCONF told before PSYNC; `handOver` takes it from here. */
  readonly replconf: ReplconfFacts;
  /**
   * The session stands still until `resume`, its time-out, CLIENT UNBLOCK or its end. Handlers return the result:
   * `return call.client.park({ … })`. Only when `call.mayPark`.
   */
  park(parking: Parking): Park;
  /** Writes the late reply and lets the session go on with what it sent meanwhile. Nothing when not parked. */
  resume(write: (reply: Reply) => void): void;
  /**
   * The session becomes a replica: what it was to be sent is flushed, from now on replication writes to `connection`
   * itself and hears `drained` and `disconnected`. Commands that arrive (REPLCONF ACK) still run through the table; a
   * handler that answers nothing simply writes nothing.
   */
  handOver(): ReplicaSession;
  /** Ends the connection once all replies so far have left. */
  closeAfterReply(): void;
  /** Ends the connection now. */
  close(): void;
}

export interface Parking {
  /** Undefined or 0: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Writes the reply when the time is up (or CLIENT UNBLOCK … TIMEOUT). */
  readonly timedOut: (reply: Reply) => void;
  /** Takes what arrives meanwhile, in place of the session. */
  readonly input?: (bytes: Uint8Array, start: number, end: number) => void;
  /** Called once when the session is not parked any more, whatever the reason, its end included. */
  readonly released?: () => void;
}

export interface ReplconfFacts {
  listeningPort: number;
  announcedIp: string;
  eof: boolean;
  psync2: boolean;
  rdbOnly: boolean;
  /** rdb-filter-only: what its image is to hold. */
  parts: ImageParts;
}
