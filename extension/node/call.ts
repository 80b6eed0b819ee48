/**
 * What a command of the node (as opposed to one on data alone) sees: the call, the session it came on and the node's
 * services. Rows of `node/commands/` are `Command<NodeCall>`.
 */
import type { Binary } from '../redis/bytes.ts';
import type { Call, Park } from '../redis/commands/command.ts';
import type { ReplyError } from '../redis/errors.ts';
import type { Args } from '../redis/resp/args.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { ProcessWorld } from '../redis/world.ts';
import type { AccessControl } from './acl/access-control.ts';
import type { Hold } from './admission.ts';
import type { BlockedKeys } from './blocked-keys.ts';
import type { Client } from './clients/client.ts';
import type { ClientMemory } from './clients/client-memory.ts';
import type { ListeningAddress } from './clients/client-port.ts';
import type { Clients } from './clients/clients.ts';
import type { Pauses } from './clients/pauses.ts';
import type { NodePrimaryStream } from './clients/primary-stream.ts';
import type { PubSub } from './clients/pubsub.ts';
import type { ReplyBufferSizing } from './clients/reply-buffer.ts';
import type { Tracking } from './clients/tracking.ts';
import type { Queued } from './clients/transaction.ts';
import type { UnixSocket } from './clients/unix-socket.ts';
import type { WatchedKeys } from './clients/watch.ts';
import type { ClusterNode } from './cluster/cluster.ts';
import type { CommandEntry, CommandTable } from './command-table.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Data } from './data.ts';
import type { HostFacts } from './host-facts.ts';
import type { LatencyMonitor } from './introspection/latency-monitor.ts';
import type { SlowLog } from './introspection/slow-log.ts';
import type { Statistics } from './introspection/statistics.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { MigrationTargets } from './migration.ts';
import type { Notifications } from './notifications.ts';
import type { LogLevel } from './observer.ts';
import type { AppendOnly } from './persistence/aof.ts';
import type { NodePersistence } from './persistence/rdb.ts';
import type { NodeReplication } from './replication/replication.ts';
import type { Functions } from './scripting/functions.ts';
import type { Program, ScriptRun } from './scripting/script-run.ts';
import type { Scripts } from './scripting/scripts.ts';
import type { NodeTls } from './tls.ts';

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

  readonly scripting: NodeScripting;
  readonly commands: CommandTable;
  readonly clients: Clients;
  readonly clientMemory: ClientMemory;
  readonly replyBuffers: ReplyBufferSizing;
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
  /** The cron takes up a shutdown that a signal asked for. */
  readonly shutdown: { takeUp(): void };
  /** The way in besides the ports. */
  readonly unixSocket: UnixSocket;
  /** SHUTDOWN: `failed` hears when it could not be done or was called off; otherwise the node ends. */
  shutDown(options: ShutdownOptions, failed: () => void): void;
  /** SHUTDOWN ABORT; false when none is under way. */
  abortShutdown(): boolean;
  /** Closes the client port and opens it anew where the configuration now says. */
  listenAnew(done: (error?: string) => void): void;
}

/** Scripts and functions, as commands run them (scripting/scripting.ts). */
export interface NodeScripting {
  readonly scripts: Scripts;
  readonly functions: Functions;
  readonly debugging: ScriptDebugging;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is not meant for scripts. */
  allowsAll: boolean;
  /** A script has begun and not ended: commands wait. */
  readonly suspended: boolean;
  /** It has run for too long: commands are refused with this. */
  readonly busyError: ReplyError | undefined;
  /** The script that is running, for FUNCTION STATS. */
  readonly current: { readonly run: ScriptRun; readonly args: Args } | undefined;
  /** Bytes of scripts and libraries. */
  readonly usedBytes: number;
  kill(isEval: boolean): void;
  /** What a command that runs a script is to be taken for. */
  commandFlags(entry: CommandEntry, args: Args): number;
  /** Runs a program as the command `call`; throws the reply when it must not run at all. */
  run(call: NodeCall, program: Program): Park | undefined;
  /** For EXEC, in the midst of which a script stands still: takes its reply when it has ended. */
  whenEnded(finish: (write: (reply: Reply) => void) => void): void;
  /** What `work` writes as replies of `client`, taken out of the output of whoever has the turn. */
  collect<T>(client: Client, work: () => T): { readonly result: T; readonly bytes: Uint8Array };
  /** The session is the one in which scripts run their commands. */
  isScript(client: Client): boolean;
}

/** How a session debugs what it runs: on a copy of the data, or on the data itself. */
export type DebugMode = 'yes' | 'sync';

/** SCRIPT DEBUG (scripting/debugging/). */
export interface ScriptDebugging {
  /** Somebody has asked for it since the node began. */
  readonly used: boolean;
  modeOf(client: Client): DebugMode | undefined;
  set(client: Client, mode: DebugMode | undefined): void;
  /** EVAL of a session that debugs; `prepare` reads its keys, and throws what is wrong with them. */
  evaluate(call: NodeCall, prepare: () => void): Park | undefined;
}

export interface ShutdownOptions {
  /** Undefined: save when there are save points. */
  readonly save: boolean | undefined;
  /** Do not wait for replicas to catch up. */
  readonly now: boolean;
  /** End even when saving fails. */
  readonly force: boolean;
}
