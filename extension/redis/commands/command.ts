/**
 * The command table. A row is the only truth about a command: arity, routing, replica refusal, ACL categories, COMMAND
 * INFO and completion all read it. Each file of this folder opens with its rows.
 */
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { Random } from '../world.ts';
import type { KeySpec } from './key-spec.ts';

/** What a handler sees of the node: enough for every command on data, and nothing more. */
export interface Call {
  readonly args: Args;
  readonly reply: Reply;
  /** The database the session has selected. */
  readonly db: Keyspace;
  /** All databases: one in cluster mode, `databases` (16) otherwise. */
  readonly databases: readonly Keyspace[];
  /** In cluster mode, where a key may be on another node. */
  readonly clustered: boolean;
  /** Wall clock in milliseconds, the same for the whole command (and the whole of a transaction). */
  readonly now: number;
  readonly random: Random;
  /** The command comes from our primary or from a file, and was looked at when it first ran. */
  readonly replayed: boolean;
  /** Its sender may read every key, whichever the command comes across. */
  readonly mayReadEveryKey: boolean;
  /** A script calls: what has no order gets one, so that it does the same everywhere. */
  readonly inScript: boolean;
  /**
   * Key i was changed (or removed): counts as one change for `save`, breaks WATCH, is replicated, and is published as
   * the keyspace event `event`, if it has one. A command that calls this is replicated as it was sent, unless it says
   * otherwise. `count` is how many changes it counts as for `save`; 0 only tells of it, and neither counts nor
   * replicates: an event that follows another one of the same change.
   */
  changed(i: number, event?: string, count?: number): void;
  /** The same for a key that is not an argument (SORT's or a script's). */
  changedKey(key: string, event: string): void;
  /** The same for key i of another database (MOVE, COPY … DB). */
  changedIn(db: Keyspace, i: number, event: string): void;
  /**
   * Something about key i was changed that is no part of its value: what a group of a stream has read. As `changed`,
   * but it breaks no WATCH.
   */
  changedBeside(i: number, event?: string, count?: number): void;
  /**
   * Replicates this instead of the request (SPOP -> SREM, EX -> PXAT); several calls, several commands. Without
   * arguments: nothing at all.
   */
  replicateAs(...argv: (string | Uint8Array)[]): void;
  /** Replicates the request with other words in some places. */
  replicateWith(...replacements: (readonly [i: number, word: string])[]): void;
}

/** Returned by a handler that replies later: the session stands still until the node resumes it. */
export const PARK: unique symbol = Symbol('park');
export type Park = typeof PARK;

export type Handler<C extends Call = Call> = (call: C) => Park | undefined | void;

// Flags, named as COMMAND INFO names them.
export const WRITE = 1 << 0;
export const READONLY = 1 << 1;
/** May need memory: refused when maxmemory is reached and nothing can be evicted. */
export const DENYOOM = 1 << 2;
export const ADMIN = 1 << 3;
export const PUBSUB = 1 << 4;
export const NOSCRIPT = 1 << 5;
export const BLOCKING = 1 << 6;
/** Served while the RDB or AOF is being loaded. */
export const LOADING = 1 << 7;
/** Served by a replica whose link is down even with replica-serve-stale-data no. */
export const STALE = 1 << 8;
export const SKIP_MONITOR = 1 << 9;
export const SKIP_SLOWLOG = 1 << 10;
/** ASKING is implied: RESTORE-ASKING. */
export const ASKING = 1 << 11;
/** Constant or logarithmic time. */
export const FAST = 1 << 12;
/** Served before AUTH. */
export const NO_AUTH = 1 << 13;
export const MAY_REPLICATE = 1 << 14;
export const NO_ASYNC_LOADING = 1 << 15;
export const NO_MULTI = 1 << 16;
export const MOVABLE_KEYS = 1 << 17;
export const ALLOW_BUSY = 1 << 18;
export const NO_MANDATORY_KEYS = 1 << 19;
/** It looks at keys that nobody named. Those that expire by it do so one by one, and not as one transaction. */
export const ARBITRARY_KEYS = 1 << 20;

export type Group =
  | 'string'
  | 'bitmap'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'generic'
  | 'pubsub'
  | 'transactions'
  | 'connection'
  | 'server'
  | 'scripting'
  | 'hyperloglog'
  | 'cluster'
  | 'geo'
  | 'stream';

export interface Command<C extends Call = Call> {
  /** Lower case; a subcommand is `container|name`, as COMMAND INFO spells it. */
  readonly name: string;
  /** Number of arguments with the name; negative: at least. A subcommand counts the container's name too. */
  readonly arity: number;
  readonly flags: number;
  readonly keys: readonly KeySpec[];
  readonly handler: Handler<C>;
}

/** One row. Containers (CLUSTER, CONFIG …) are rows too: their handler answers when no subcommand row fits. */
export function command<C extends Call = Call>(
  name: string,
  arity: number,
  flags: number,
  keys: readonly KeySpec[],
  handler: Handler<C>,
): Command<C> {
  return { name, arity, flags, keys, handler };
}
