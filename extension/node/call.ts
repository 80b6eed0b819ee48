/**
 * What a command of the node (as opposed to one on data alone) sees: the call, the session it came on and the node's
 * services. Rows of `node/commands/` are `Command<NodeCall>`.
 */
import type { Binary } from '../redis/bytes.ts';
import type { Call, Command, Park } from '../redis/commands/command.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { Connection, World } from '../redis/world.ts';
import type { ClusterNode } from './cluster/cluster.ts';
import type { Settings } from './cluster/contract.ts';
import type { LogLevel } from './observer.ts';
import type { Persistence } from './persistence/contract.ts';
import type { ReplicaSession } from './replication/contract.ts';
import type { NodeReplication } from './replication/replication.ts';

export interface NodeCall extends Call {
  readonly node: NodeServices;
  readonly client: ClientSession;
  readonly row: Command<NodeCall>;
  /** False inside MULTI and in the primary's stream: a blocking command answers as if its time were up. */
  readonly mayPark: boolean;
}

export interface NodeServices {
  readonly world: World;
  readonly settings: Settings;
  /** undefined without `cluster-enabled yes`. */
  readonly cluster: ClusterNode | undefined;
  readonly replication: NodeReplication;
  readonly persistence: Persistence;
  readonly databases: readonly Keyspace[];
  log(level: LogLevel, text: string): void;
  /** Every command on one of these keys of `database` waits until `release` (MIGRATE, until its target answered). */
  hold(database: number, keys: readonly Binary[]): Hold;
}

export interface Hold {
  release(): void;
}

/** One connected client, as its commands see it. */
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
  /** Called once when the session is not parked any more, whatever the reason, its end included. */
  readonly released?: () => void;
}

export interface ReplconfFacts {
  listeningPort: number;
  announcedIp: string;
  eof: boolean;
  psync2: boolean;
  /** `REPLCONF rdb-only 1`: a tool that wants an RDB file and no stream. */
  rdbOnly: boolean;
}
