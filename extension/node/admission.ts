/**
 * Whether a command may run now, in the order in which redis-server asks: authentication, permissions, slots, memory,
 * disk, replicas, the role, subscriptions, loading, pauses, transactions.
 */
import type { Binary } from '../redis/bytes.ts';
import {
  ALLOW_BUSY,
  ASKING,
  DENYOOM,
  LOADING,
  MAY_REPLICATE,
  NO_ASYNC_LOADING,
  NO_AUTH,
  NO_MULTI,
  READONLY,
  STALE,
  WRITE,
} from '../redis/commands/command.ts';
import { keyPositions } from '../redis/commands/key-positions.ts';
import { errors, type ReplyError } from '../redis/errors.ts';
import type { Args } from '../redis/resp/args.ts';
import { keySlot } from '../redis/slots.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import { type AccessControl, describeDenial } from './acl/access-control.ts';
import type { Client } from './clients/client.ts';
import type { ClientMemory } from './clients/client-memory.ts';
import type { PauseKind, Pauses } from './clients/pauses.ts';
import type { Cluster } from './cluster/contract.ts';
import { type CommandEntry, SCRIPT_KEY } from './command-table.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { AppendOnly } from './persistence/aof.ts';
import type { Persistence } from './persistence/contract.ts';
import type { Replication } from './replication/contract.ts';

/** An error: refused. `dropped`: its session takes too much memory and was ended. `wait`: not now. `queue`: MULTI keeps it. Undefined: run it. */
export type Verdict = ReplyError | 'wait' | 'queue' | 'dropped' | undefined;

/** What the checks need of the configuration, copied when that changes. */
interface Rules {
  minReplicas: number;
  replicaReadOnly: boolean;
  serveStale: boolean;
  stopWritesOnSaveError: boolean;
  ignoreDiskErrors: boolean;
}

interface Key {
  readonly args: Args;
  readonly at: number;
}

/** What admission looks at. */
export interface AdmissionHost {
  readonly settings: Configuration;
  readonly databases: readonly Keyspace[];
  readonly cluster: Cluster | undefined;
  readonly replication: Replication;
  readonly persistence: Persistence;
  readonly appendOnly: AppendOnly;
  readonly pauses: Pauses;
  readonly acl: AccessControl;
  readonly clientMemory: ClientMemory;
  readonly memoryLimit: MemoryLimit;
  readonly scripting: {
    readonly suspended: boolean;
    readonly busyError: ReplyError | undefined;
    commandFlags(entry: CommandEntry, args: Args): number;
  };
  readonly loading: boolean;
  readonly asyncLoading: boolean;
  fatal(text: string): void;
}

/** Every command on some keys waits until then. */
export interface Hold {
  release(): void;
}

export class Admission {
  /** False: no state of the node stands in any command's way, only its slot is to be looked at. */
  guarded = false;
  /** The same for the stream of our primary: what it has executed is not for us to refuse. */
  streamGuarded = false;
  readonly #node: AdmissionHost;
  readonly #rules: Rules = {
    minReplicas: 0,
    replicaReadOnly: true,
    serveStale: true,
    stopWritesOnSaveError: true,
    ignoreDiskErrors: false,
  };
  #pause: PauseKind | undefined;
  /** By database: keys that a MIGRATE under way is about to take away. */
  readonly #held = new Map<number, Set<Binary>>();
  /** Writes are refused: the disk does not take them. */
  #diskError: ReplyError | undefined;
  /** Of the command that is judged; what a script says of itself counts more than its command's row. */
  #flags = 0;

  constructor(node: AdmissionHost) {
    this.#node = node;
  }

  configure(): void {
    const { settings } = this.#node;
    const maxLag = settings.number('min-replicas-max-lag');
    this.#rules.minReplicas = maxLag === 0 ? 0 : settings.number('min-replicas-to-write');
    this.#rules.replicaReadOnly = settings.flag('replica-read-only');
    this.#rules.serveStale = settings.flag('replica-serve-stale-data');
    this.#rules.ignoreDiskErrors = settings.flag('replica-ignore-disk-write-errors');
    this.#rules.stopWritesOnSaveError = settings.flag('stop-writes-on-bgsave-error');
  }

  /** Looks at the node's state: once a turn, and after commands that may have changed it. */
  refresh(): void {
    const { persistence, appendOnly, pauses, replication } = this.#node;
    this.#pause = pauses.kind;
    const saveFailed =
      this.#rules.stopWritesOnSaveError && !persistence.lastSaveOk && persistence.hasSavePoints;
    if (saveFailed) this.#diskError = errors.saveFailed();
    else {
      const { writeError } = appendOnly;
      this.#diskError = writeError === undefined ? undefined : errors.aofWriteFailed(writeError);
    }
    const standing =
      this.#node.loading ||
      this.#node.asyncLoading ||
      this.#pause !== undefined ||
      this.#diskError !== undefined ||
      this.#held.size > 0 ||
      // Also when maxmemory is set.
      this.#node.clientMemory.counting ||
      this.#node.scripting.suspended;
    this.guarded = standing || this.#rules.minReplicas > 0 || replication.role === 'replica';
    this.streamGuarded = standing || this.stale;
  }

  // What scripts ask.

  /** A replica that lost its primary and is not to serve what it has. */
  get stale(): boolean {
    const { replication } = this.#node;
    return replication.role === 'replica' && !replication.linkUp && !this.#rules.serveStale;
  }

  /** Whose doing it is that nothing may be written. */
  refusalOfWrites(): 'replica' | 'disk' | 'replicas' | undefined {
    const { minReplicas } = this.#rules;
    const { replication } = this.#node;
    if (replication.role === 'replica' && this.#rules.replicaReadOnly) return 'replica';
    if (this.#diskError !== undefined) return 'disk';
    const lacking = replication.role === 'primary' && minReplicas > 0;
    return lacking && replication.goodReplicas() < minReplicas ? 'replicas' : undefined;
  }

  /** Why the disk's doing forbids writes. */
  get diskError(): ReplyError | undefined {
    return this.#diskError;
  }

  needsMemory({ flags }: CommandEntry): boolean {
    return (flags & DENYOOM) !== 0;
  }

  hold(database: number, keys: readonly Binary[], released: () => void): Hold {
    const held = this.#held.get(database) ?? new Set<Binary>();
    this.#held.set(database, held);
    for (const key of keys) held.add(key);
    this.guarded = this.streamGuarded = true;
    return {
      release: () => {
        for (const key of keys) held.delete(key);
        if (held.size === 0) this.#held.delete(database);
        released();
      },
    };
  }

  /** Those of the command judged last. */
  get flags(): number {
    return this.#flags;
  }

  /** Every check, in order. */
  judge(client: Client, entry: CommandEntry, args: Args): Verdict {
    const { scripting } = this.#node;
    // As if it had not been read yet.
    if (scripting.suspended && (client.isPrimary || scripting.busyError === undefined)) return 'wait';
    this.#flags = entry.runsScripts ? scripting.commandFlags(entry, args) : entry.flags;
    if (client.authRequired && (entry.flags & NO_AUTH) === 0) return errors.noAuth();
    const { transaction } = client;
    if (transaction.open && (entry.flags & NO_MULTI) !== 0) return errors.notInTransaction();
    if (!client.trusted) {
      const denied = this.#checkPermission(client, entry, args);
      if (denied !== undefined) return denied;
    }
    const redirect = client.isPrimary ? undefined : this.route(client, entry, args);
    if (redirect !== undefined) return redirect;
    const { clientMemory } = this.#node;
    if (clientMemory.counting) {
      clientMemory.count(client, client.decoder.bytesBeside(args));
      clientMemory.evict();
      if (client.closing) return 'dropped';
    }
    const refusal =
      this.#checkMemory(client, entry) ?? this.#checkWrite(client, entry) ?? this.#checkState(client, entry);
    if (refusal !== undefined) return refusal;
    if (!client.isReplica && this.#mustWait(client, entry, args)) return 'wait';
    return transaction.open && !entry.runsInMulti ? 'queue' : undefined;
  }

  /** In cluster mode: the error that sends the client elsewhere, undefined to serve the command here. */
  route(client: Client, entry: CommandEntry, args: Args, waiting = false): ReplyError | undefined {
    const { cluster, scripting } = this.#node;
    if (cluster === undefined || (!entry.hasKeys && !entry.isExec)) return undefined;
    const only = entry.runsScripts && args.is(2, '1') && args.count > SCRIPT_KEY ? SCRIPT_KEY : entry.onlyKey;
    if (only > 0 && cluster.serves(args.slot(only))) return undefined;
    this.#flags = entry.runsScripts ? scripting.commandFlags(entry, args) : entry.flags;
    const keys = keysOf(client, entry, args);
    const first = keys[0];
    if (first === undefined) return undefined;
    const slot = slotOf(first);
    const write = this.#has(client, entry, WRITE);
    const verdict = cluster.route({
      slot,
      write,
      encrypted: client.connection.encrypted === true,
      readonlySession: client.readonlyMode,
      asking: client.asking || (entry.flags & ASKING) !== 0,
      multipleKeys: keys.some((key) => !sameKey(key, first)),
      keyCount: keys.length,
      missingKeys: () => keys.filter((key) => this.#isMissing(key)).length,
      command: entry.name,
      shardChannel: entry.isShardChannel,
      waiting,
    });
    // A slot nobody serves is told of before keys of different slots are.
    if (verdict?.message === UNBOUND) return verdict;
    return keys.every((key) => slotOf(key) === slot) ? verdict : errors.crossSlot();
  }

  #isMissing({ args, at }: Key): boolean {
    return this.#node.databases[0]?.find(args, at) === 0;
  }

  #checkPermission(client: Client, entry: CommandEntry, args: Args): ReplyError | undefined {
    const context = client.transaction.open ? 'multi' : 'toplevel';
    const denial = this.#node.acl.denial(client, entry, args, context);
    return denial && errors.noPermission(describeDenial(denial, client.user, entry));
  }

  #checkMemory(client: Client, entry: CommandEntry): ReplyError | undefined {
    const { memoryLimit } = this.#node;
    // Room is made for whatever comes, so that even who only reads gets what may stay.
    if (client.isPrimary || !memoryLimit.set || memoryLimit.makeRoom()) return undefined;
    // Queueing takes memory too, whatever is queued.
    const queueing = client.transaction.open && !entry.endsMulti;
    return queueing || this.#has(client, entry, DENYOOM) ? errors.outOfMemory() : undefined;
  }

  #checkWrite(client: Client, entry: CommandEntry): ReplyError | undefined {
    const write = this.#has(client, entry, WRITE);
    if (this.#diskError !== undefined && (write || entry.name === 'ping')) {
      if (!client.isPrimary) return this.#diskError;
      // What it can't keep it must not acknowledge: its primary would count on it.
      if (write && !this.#rules.ignoreDiskErrors) {
        this.#node.fatal('Replica was unable to write command to disk.');
        return this.#diskError;
      }
    }
    if (!write) return undefined;
    const { minReplicas } = this.#rules;
    const { replication } = this.#node;
    if (replication.role === 'primary') {
      return minReplicas > 0 && replication.goodReplicas() < minReplicas ? errors.noReplicas() : undefined;
    }
    return this.#rules.replicaReadOnly && !client.isPrimary ? errors.readOnlyReplica() : undefined;
  }

  #checkState(client: Client, entry: CommandEntry): ReplyError | undefined {
    if (this.#node.asyncLoading && this.#has(client, entry, NO_ASYNC_LOADING)) return errors.loading();
    if (client.protocol === 2 && client.subscriptions.any && !entry.runsSubscribed) {
      return errors.subscribed(entry.name);
    }
    if (this.stale && this.#lacks(client, entry, STALE)) return errors.primaryDown();
    if (this.#node.loading && this.#lacks(client, entry, LOADING)) return errors.loading();
    const busy = this.#node.scripting.busyError;
    if (busy !== undefined && (entry.flags & ALLOW_BUSY) === 0) return busy;
    if (client.isReplica && this.#has(client, entry, WRITE | READONLY | MAY_REPLICATE)) {
      return errors.replicaKeyspace();
    }
    return undefined;
  }

  #mustWait(client: Client, entry: CommandEntry, args: Args): boolean {
    const pause = this.#pause;
    if (pause !== undefined && (pause === 'all' || this.#has(client, entry, WRITE | MAY_REPLICATE)))
      return true;
    if (this.#held.size === 0) return false;
    const held = this.#held.get(client.database);
    return held !== undefined && keysOf(client, entry, args).some((key) => held.has(key.args.binary(key.at)));
  }

  /** EXEC has the flags of what it runs. */
  #has(client: Client, entry: CommandEntry, flags: number): boolean {
    return (this.#flags & flags) !== 0 || (entry.isExec && (client.transaction.flags & flags) !== 0);
  }

  #lacks(client: Client, entry: CommandEntry, flag: number): boolean {
    return (this.#flags & flag) === 0 || (entry.isExec && (client.transaction.missingFlags & flag) !== 0);
  }
}

const UNBOUND = errors.clusterDownUnbound().message;

/** The keys of a command, of EXEC those of all that is queued. */
function keysOf(client: Client, entry: CommandEntry, args: Args): Key[] {
  if (!entry.isExec) return keysIn(entry, args);
  return client.transaction.queue.flatMap((queued) => keysIn(queued.entry, queued.args));
}

function keysIn(entry: CommandEntry, args: Args): Key[] {
  // Arguments that make no sense have no keys: the command itself will say what is wrong with them.
  return (keyPositions(entry.row.keys, args) ?? []).map(({ at }) => ({ args, at }));
}

function slotOf({ args, at }: Key): number {
  return keySlot(args.bytes, args.starts[at], args.ends[at]);
}

function sameKey(a: Key, b: Key): boolean {
  return a === b || a.args.binary(a.at) === b.args.binary(b.at);
}
