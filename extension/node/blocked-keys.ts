/**
 * Sessions that wait for a key: BLPOP and its kin. As in Redis 7.2 a session waits with its whole command, which is
 * run again, from admission to effects, when one of its keys has something of the right kind: whatever changed
 * meanwhile (slots, roles, the keys themselves) is then seen as by any other command.
 */
import type { Binary } from '../redis/bytes.ts';
import type { Park } from '../redis/commands/command.ts';
import type { ReplyError } from '../redis/errors.ts';
import type { Args } from '../redis/resp/args.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { CollectionKind, Kind } from '../redis/store/keyspace.ts';
import type { Clock } from '../redis/world.ts';
import type { Client } from './clients/client.ts';
import type { CommandEntry } from './command-table.ts';

/** A command that waits. */
export interface Waiting {
  readonly client: Client;
  readonly entry: CommandEntry;
  readonly args: Args;
  readonly kind: CollectionKind;
  readonly untilGone: boolean;
  readonly database: number;
  /** ASKING was sent before it: it is served from a slot that is still being imported. */
  readonly asking: boolean;
  readonly keys: readonly Binary[];
  /** On the monotonic clock; undefined: for ever. */
  readonly endsAtMs: number | undefined;
}

export interface BlockedKeysHost {
  readonly clock: Clock;
  /** What kind of value a key holds; undefined when there is no such key. */
  kindOf(database: number, key: Binary): Kind | undefined;
  /** Runs the command again; it may wait again. */
  retry(waiting: Waiting, reply: Reply): void;
  /** The command will not be run again: its time is up, or there is an error. */
  inVain(waiting: Waiting, error: ReplyError | undefined): void;
  /** What keeps the command from being served here at all: its slot went, the cluster is down. */
  refusal(waiting: Waiting): ReplyError | undefined;
}

/** The longest time a timer can be set for (2^31 - 1 ms, 24.8 days): who waits longer waits for ever. */
const LONGEST_MS = 0x7fffffff;

/** Of what happens to a stream, this alone is worth a look for who waits: there is more to read, or no group any more. */
const STREAM_EVENTS = new Set(['xadd', 'xgroup-destroy']);

/** How a command waits. */
export interface WaitOptions {
  readonly kind: CollectionKind;
  readonly keys: readonly Binary[];
  /** 0: for ever. */
  readonly timeoutMs: number;
  /** What is run again instead of the request. */
  readonly args?: Args;
  /** It is also run again when a key goes, or becomes something else: it will fail then. */
  readonly untilGone?: boolean;
}

export class BlockedKeys {
  /** False: nobody waits, and nothing else needs to be asked. */
  active = false;
  /** The node stands still: who waits is served when time goes on. */
  paused = false;
  readonly #host: BlockedKeysHost;
  /** By database, then key: who waits, in the order of coming. */
  readonly #waiting = new Map<number, Map<Binary, Set<Waiting>>>();
  /** Everybody who waits, in the order of coming. */
  readonly #byClient = new Map<Client, Waiting>();
  /** Keys that were changed since the last look, with somebody waiting, by database. */
  #ready = new Map<number, Set<Binary>>();
  #serving = false;
  /** The one whose command is being run again. */
  #retried: Waiting | undefined;

  constructor(host: BlockedKeysHost) {
    this.#host = host;
  }

  /** The call's session waits until one of `keys` holds a collection of `kind`, at most `timeoutMs`. */
  wait(call: Pick<Waiting, 'client' | 'entry' | 'args'>, options: WaitOptions): Park {
    const { client } = call;
    const { timeoutMs } = options;
    const now = this.#host.clock.monotonicMs();
    const bounded = timeoutMs > 0 && timeoutMs <= LONGEST_MS;
    // Who is served and finds nothing left goes on waiting, but no longer than it wanted at first.
    const endsAtMs = this.#retried?.client === client ? this.#retried.endsAtMs : now + timeoutMs;
    const waiting: Waiting = {
      client,
      entry: call.entry,
      args: options.args ?? call.args.detach(),
      kind: options.kind,
      untilGone: options.untilGone === true,
      database: client.database,
      asking: client.asking,
      keys: [...new Set(options.keys)],
      endsAtMs: bounded ? endsAtMs : undefined,
    };
    for (const key of waiting.keys) this.#queue(waiting.database, key).add(waiting);
    this.#byClient.set(client, waiting);
    this.active = true;
    return client.park({
      timeoutMs: bounded && endsAtMs !== undefined ? Math.max(1, endsAtMs - now) : undefined,
      timedOut: (reply) => {
        this.#host.inVain(waiting, undefined);
        reply.nullArray();
      },
      released: () => this.#remove(waiting),
    });
  }

  /** A key was changed: perhaps there is something for who waits. */
  changed(database: number, key: Binary, event: string | undefined): void {
    if (event?.startsWith('x') && !STREAM_EVENTS.has(event)) return;
    if (this.#waiting.get(database)?.has(key)) this.#makeReady(database, key);
  }

  /** All keys of the database may have changed (SWAPDB). */
  allChanged(database: number): void {
    for (const key of this.#waiting.get(database)?.keys() ?? []) this.#makeReady(database, key);
  }

  /** How many keys somebody waits for. */
  get keyCount(): number {
    let count = 0;
    for (const keys of this.#waiting.values()) count += keys.size;
    return count;
  }

  /** How many keys somebody waits for who is to hear when they go. */
  get untilGoneCount(): number {
    let count = 0;
    for (const keys of this.#waiting.values()) {
      for (const queue of keys.values()) if ([...queue].some(({ untilGone }) => untilGone)) count++;
    }
    return count;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Serves who waits for keys that are ready, also for those that become so by it (BLMOVE). */
  serve(): void {
    if (this.#serving || this.paused) return;
    this.#serving = true;
    while (this.#ready.size > 0) {
      const ready = this.#ready;
      this.#ready = new Map();
      for (const [database, keys] of ready) for (const key of keys) this.#serveKey(database, key);
    }
    this.#serving = false;
  }

  /** Ends the waiting of those who would not be served here now: their slot went, the cluster is down. */
  recheck(): void {
    for (const waiting of this.#all()) {
      const refusal = this.#host.refusal(waiting);
      if (refusal !== undefined) this.#fail(waiting, refusal);
    }
  }

  /** Ends all waiting, and the sessions: nothing will be written here any more. */
  endAll(error: ReplyError): void {
    for (const waiting of this.#all()) {
      this.#fail(waiting, error);
      waiting.client.closeAfterReply();
    }
  }

  /** The session waits for a key. */
  holds(client: Client): boolean {
    return this.#byClient.has(client);
  }

  /** Ends its waiting; false when it does not wait for a key. */
  end(client: Client, error: ReplyError): boolean {
    const waiting = this.#byClient.get(client);
    if (waiting !== undefined) this.#fail(waiting, error);
    return waiting !== undefined;
  }

  #fail(waiting: Waiting, error: ReplyError): void {
    this.#host.inVain(waiting, error);
    waiting.client.resume((reply) => reply.error(error));
  }

  #makeReady(database: number, key: Binary): void {
    const keys = this.#ready.get(database) ?? new Set<Binary>();
    this.#ready.set(database, keys.add(key));
  }

  #serveKey(database: number, key: Binary): void {
    // Whoever comes back because there was not enough waits behind those that are there now.
    for (const waiting of [...(this.#waiting.get(database)?.get(key) ?? [])]) {
      if (!waiting.untilGone && this.#host.kindOf(database, key) !== waiting.kind) continue;
      this.#retried = waiting;
      waiting.client.resume((reply) => this.#host.retry(waiting, reply));
      this.#retried = undefined;
    }
  }

  #all(): readonly Waiting[] {
    return [...this.#byClient.values()];
  }

  #queue(database: number, key: Binary): Set<Waiting> {
    const keys = this.#waiting.get(database) ?? new Map<Binary, Set<Waiting>>();
    this.#waiting.set(database, keys);
    const queue = keys.get(key) ?? new Set<Waiting>();
    keys.set(key, queue);
    return queue;
  }

  #remove(waiting: Waiting): void {
    const keys = this.#waiting.get(waiting.database);
    this.#byClient.delete(waiting.client);
    for (const key of waiting.keys) {
      const queue = keys?.get(key);
      queue?.delete(waiting);
      if (queue?.size === 0) keys?.delete(key);
    }
    if (keys?.size === 0) this.#waiting.delete(waiting.database);
    this.active = this.#waiting.size > 0;
  }
}
