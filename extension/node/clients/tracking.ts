/**
 * CLIENT TRACKING: which sessions keep copies of which keys, and who is told when those change. By default a session is
 * told of keys it has read; with BCAST of every key under its prefixes, once a turn. Facts: tracking.c of 7.2.
 */
import type { Binary } from '../../redis/bytes.ts';
import { keyPositions } from '../../redis/commands/key-positions.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import { ReplyWriter } from '../../redis/resp/reply-writer.ts';
import type { CommandEntry } from '../command-table.ts';
import type { Subscriber } from './pubsub.ts';

/** What RESP2 sessions that others redirect to listen to. */
const CHANNEL = '__redis__:invalidate';

/** Above tracking-table-max-keys so many keys go at a time, and as many more each time that was not enough. */
const FORGET_STEP = 100;

export interface TrackingOptions {
  /** The id of the session that is told instead; 0: itself. */
  readonly redirect: number;
  readonly broadcast: boolean;
  readonly optIn: boolean;
  readonly optOut: boolean;
  /** Not told of what it changes itself. */
  readonly noLoop: boolean;
}

/** How one session tracks. */
export interface TrackingMode extends TrackingOptions {
  /** The session it redirects to was gone when it should have been told. */
  broken: boolean;
  /** Of BCAST; the empty one stands for every key. */
  readonly prefixes: ReadonlySet<Binary>;
}

export interface TrackingSession extends Subscriber {
  readonly id: number;
  tracking: TrackingMode | undefined;
  /** CLIENT CACHING was sent just before: the next command, or transaction, is not as OPTIN or OPTOUT says. */
  readonly caching: boolean;
}

export interface TrackingHost {
  session(id: number): TrackingSession | undefined;
  /** The session whose command is running. */
  executing(): TrackingSession | undefined;
  /** Something is to be told when the turn ends; there may be none yet. */
  broadcastLater(): void;
}

interface Prefix {
  readonly sessions: Set<TrackingSession>;
  /** Changed in this turn, by whom. */
  readonly changed: Map<Binary, TrackingSession | undefined>;
}

export class Tracking {
  /** True while a change could be of interest to anybody: the hot path asks nothing else. */
  active = false;
  /** tracking-table-max-keys; 0: no limit. */
  #maxKeys = 0;
  readonly #host: TrackingHost;
  readonly #sessions = new Set<TrackingSession>();
  /** Ids of sessions by the key they have read, in the order in which keys were first read. An id may be of the past. */
  readonly #readers = new Map<Binary, Set<number>>();
  #readerCount = 0;
  /** Goes round the keys in that order: which one is forgotten next. */
  #oldest: Iterator<Binary, undefined> = this.#readers.keys();
  /** How often in a row forgetting a step was not enough. */
  #tries = 0;
  readonly #prefixes = new Map<Binary, Prefix>();
  #broadcasts = false;
  readonly #writer = new ReplyWriter();

  constructor(host: TrackingHost) {
    this.#host = host;
  }

  set maxKeys(count: number) {
    this.#maxKeys = count;
    this.limit();
  }

  /** What INFO tells. */
  get counts() {
    return {
      sessions: this.#sessions.size,
      keys: this.#readers.size,
      items: this.#readerCount,
      prefixes: this.#prefixes.size,
    };
  }

  /** Prefixes are added to those the session has. */
  begin(session: TrackingSession, options: TrackingOptions, prefixes: readonly Binary[]): void {
    const all = new Set(session.tracking?.prefixes);
    if (options.broadcast) {
      for (const prefix of prefixes.length === 0 ? [''] : prefixes) {
        all.add(prefix);
        const known = this.#prefixes.get(prefix);
        if (known === undefined)
          this.#prefixes.set(prefix, { sessions: new Set([session]), changed: new Map() });
        else known.sessions.add(session);
      }
    }
    session.tracking = { ...options, prefixes: all, broken: false };
    this.#sessions.add(session);
    this.active = true;
  }

  /** What the session has read stays known: should it track again, it still hears of it. */
  end(session: TrackingSession): void {
    for (const name of session.tracking?.prefixes ?? []) {
      const prefix = this.#prefixes.get(name);
      prefix?.sessions.delete(session);
      if (prefix?.sessions.size === 0) this.#prefixes.delete(name);
    }
    session.tracking = undefined;
    this.#sessions.delete(session);
    this.active = this.#sessions.size > 0 || this.#readers.size > 0;
  }

  /** The session is gone. What nobody can be told of any more is forgotten. */
  forget(session: TrackingSession): void {
    if (session.tracking === undefined) return;
    this.end(session);
    if (this.#sessions.size > 0) return;
    this.#readers.clear();
    this.#readerCount = 0;
    this.active = false;
  }

  /** A command that only reads has run for `session`, be it in a script or a transaction. */
  read(session: TrackingSession, mode: TrackingMode, entry: CommandEntry, args: Args): void {
    if (mode.broadcast || entry.runsScripts || entry.isShardChannel) return;
    if (mode.optIn ? !session.caching : mode.optOut && session.caching) return;
    for (const { at } of keyPositions(entry.row.keys, args) ?? []) {
      const key = args.binary(at);
      const readers = this.#readers.get(key);
      if (readers?.has(session.id)) continue;
      this.#readerCount++;
      if (readers === undefined) this.#readers.set(key, new Set([session.id]));
      else readers.add(session.id);
    }
    this.limit();
  }

  /** `by`: the session whose command did it; undefined when none did (the key expired, or was evicted). */
  changed(key: Binary, by?: TrackingSession): void {
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue;
      changed.set(key, by);
      if (this.#broadcasts) continue;
      this.#broadcasts = true;
      this.#host.broadcastLater();
    }
    this.#tellReaders(key, this.#host.executing());
  }

  /** A database was emptied: whatever a session keeps is void. Keys are not told apart by database. */
  flushed(): void {
    for (const session of this.#sessions) this.#tell(session, (reply) => reply.null());
    this.#readers.clear();
    this.#readerCount = 0;
    this.active = this.#sessions.size > 0;
  }

  /** At the end of a turn, what changed in it. */
  broadcast(): void {
    if (!this.#broadcasts) return;
    this.#broadcasts = false;
    const prefixes = [...this.#prefixes].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, { sessions, changed }] of prefixes) {
      if (changed.size === 0) continue;
      const all = [...changed.keys()].sort();
      for (const session of sessions) {
        const others = session.tracking?.noLoop === true;
        const keys = others ? all.filter((key) => changed.get(key) !== session) : all;
        if (keys.length > 0) this.#tellOf(session, keys);
      }
      changed.clear();
    }
  }

  /** Forgets keys above tracking-table-max-keys; who has read them is told, as if they had changed. */
  limit(): void {
    const readers = this.#readers;
    if (this.#maxKeys === 0 || this.#sessions.size === 0) return;
    const most = readers.size > this.#maxKeys ? FORGET_STEP * ++this.#tries : 0;
    for (let i = 0; i < most && readers.size > this.#maxKeys; i++) {
      let key = this.#oldest.next().value;
      if (key === undefined) {
        this.#oldest = readers.keys();
        key = this.#oldest.next().value;
      }
      if (key !== undefined) this.#tellReaders(key, undefined);
    }
    if (readers.size <= this.#maxKeys) this.#tries = 0;
  }

  /** `cause`: the session whose command changed the key, for those that want no echo. */
  #tellReaders(key: Binary, cause: TrackingSession | undefined): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#readerCount -= readers.size;
    for (const id of readers) {
      const session = this.#host.session(id);
      const mode = session?.tracking;
      if (session === undefined || mode === undefined || mode.broadcast) continue;
      if (!mode.noLoop || session !== cause) this.#tellOf(session, [key]);
    }
    if (this.#readers.size === 0) this.active = this.#sessions.size > 0;
  }

  #tellOf(session: TrackingSession, keys: readonly Binary[]): void {
    this.#tell(session, (reply) => {
      reply.array(keys.length);
      for (const key of keys) reply.binary(key);
    });
  }

  #tell(session: TrackingSession, write: (reply: Reply) => void): void {
    const mode = session.tracking;
    const redirect = mode?.redirect ?? 0;
    const target = redirect === 0 ? session : this.#host.session(redirect);
    if (target === undefined) {
      if (mode !== undefined) mode.broken = true;
      if (session.protocol === 3)
        this.#push(session, ['tracking-redir-broken'], (to) => to.integer(redirect));
    } else if (target.protocol === 3) this.#push(target, ['invalidate'], write);
    // Replies and messages look alike in RESP2: only who listens, and is not asked, can be told.
    else if (redirect !== 0 && target.subscriptions.any) this.#push(target, ['message', CHANNEL], write);
  }

  #push(target: TrackingSession, head: readonly Binary[], write: (reply: Reply) => void): void {
    const writer = this.#writer;
    writer.protocol = target.protocol;
    writer.push(head.length + 1);
    for (const word of head) writer.binary(word);
    write(writer);
    target.push(writer.take());
  }
}
