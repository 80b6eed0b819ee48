/**
 * One connected session: bytes in, commands one after the other, their replies out in one write per read event. What
 * it may do and where its commands go is decided in dispatch.ts.
 */
import type { Binary } from '../../redis/bytes.ts';
import { PARK, type Park } from '../../redis/commands/command.ts';
import type { ClientClass } from '../../redis/config/special.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { ReplyWriter } from '../../redis/resp/reply-writer.ts';
import { RequestDecoder, type RequestLimits } from '../../redis/resp/request-decoder.ts';
import type { Connection, ConnectionEvents, Timer } from '../../redis/world.ts';
import type { User, Users } from '../acl/users.ts';
import type { CommandEntry } from '../command-table.ts';
import type { ReplicaSession } from '../replication/contract.ts';
import { ASKING, CACHING, ClientFlags, MUTED, REPLICA, RESTRICTED } from './client-flags.ts';
import {
  ClientOutput,
  FLUSH_BYTES,
  type OutputHost,
  type OutputLimit,
  type OutputOwner,
} from './client-output.ts';
import { Subscriptions } from './pubsub.ts';
import type { ClientSession, Parking, ReplconfFacts } from './session.ts';
import type { TrackingMode } from './tracking.ts';
import { Transaction } from './transaction.ts';
import type { WatchedKey } from './watch.ts';

/** What a session needs of its node. */
export interface ClientHost extends OutputHost {
  readonly clientMemory: { readonly counting: boolean; count(client: Client): void };
  /** For replies outside a session's turn. */
  readonly sideWriter: ReplyWriter;
  readonly limits: ClientLimits;
  readonly acl: { readonly users: Users };
  /** `more`: as for `Dispatch.execute`; then `settle` follows the last one. */
  execute(client: Client, args: Args, more?: boolean): void;
  settle(): void;
  /** The first `count` of `ahead` are about to be executed. */
  prefetch(client: Client, ahead: readonly Args[], count: number): void;
  /** True while a command of this session runs: pushes to it wait behind its reply. */
  isExecuting(client: Client): boolean;
  parkedCount: number;
  drained(client: Client): void;
  gone(client: Client): void;
  logOverflow(client: Client, what: string): void;
}

/** Copied from the configuration when that changes. */
export interface ClientLimits {
  maxBulkBytes: number;
  maxHeldBytes: number;
  readonly output: Readonly<Record<ClientClass, OutputLimit>>;
}

const NO_LIMITS: RequestLimits = {
  maxBulkBytes: Number.POSITIVE_INFINITY,
  maxHeldBytes: Number.POSITIVE_INFINITY,
};

export type ReplyMode = 'on' | 'off' | 'skip-next' | 'skip';

export class Client implements ClientSession, ConnectionEvents, OutputOwner {
  readonly id: number;
  readonly connection: Connection;
  readonly isPrimary: boolean;
  readonly decoder: RequestDecoder;
  readonly createdAtMs: number;
  protocol: 2 | 3 = 2;
  database = 0;
  readonlyMode = false;
  tracking: TrackingMode | undefined;
  writeOffset = 0;
  readonly replconf: ReplconfFacts = {
    listeningPort: 0,
    announcedIp: '',
    eof: false,
    psync2: false,
    rdbOnly: false,
    parts: 'all',
  };

  /** It has logged in, or did not have to when it came. */
  authenticated = true;
  /** Whose rights it has. */
  user: User;
  name: Binary = '';
  libraryName: Binary = '';
  libraryVersion: Binary = '';
  noEvict = false;
  noTouch = false;
  isMonitor = false;
  /** Runs what scripts call. */
  isScript = false;
  lastCommand: CommandEntry | undefined;
  lastActiveMs: number;
  readonly flags = new ClientFlags();
  readonly transaction = new Transaction(this.flags);
  readonly watched: WatchedKey[] = [];
  watchedChanged = false;
  readonly subscriptions = new Subscriptions(this.flags);
  /** See client-memory.ts. */
  countedBytes = 0;

  readonly output: ClientOutput;
  #replyMode: ReplyMode = 'on';
  readonly #host: ClientHost;
  #parking: Parking | undefined;
  #parkTimer: Timer | undefined;
  /** CLIENT REPLY: the command that waits is not to be answered. */
  #parkedMute = false;
  /** A command that has to wait (CLIENT PAUSE, keys held by MIGRATE). */
  #postponed: Args | undefined;
  #closing = false;
  #closed = false;
  /** True while no further command may be taken from the input. */
  #stopped = false;

  constructor(id: number, connection: Connection, host: ClientHost, isPrimary = false) {
    this.id = id;
    this.connection = connection;
    this.isPrimary = isPrimary;
    this.#host = host;
    this.output = new ClientOutput(this, host);
    this.user = host.acl.users.default;
    this.createdAtMs = host.world.clock.wallMs();
    this.lastActiveMs = host.world.clock.monotonicMs();
    // What our primary has executed is not ours to refuse.
    this.decoder = new RequestDecoder(isPrimary ? NO_LIMITS : host.limits);
  }

  /** Something about this session needs more than the short road: see dispatch.ts. */
  get unusual(): boolean {
    return this.flags.any;
  }

  get asking(): boolean {
    return this.flags.has(ASKING);
  }

  set asking(asking: boolean) {
    this.flags.set(ASKING, asking);
  }

  get caching(): boolean {
    return this.flags.has(CACHING);
  }

  set caching(caching: boolean) {
    this.flags.set(CACHING, caching);
  }

  /** It may do everything: nobody needs to be asked. */
  get trusted(): boolean {
    return !this.flags.has(RESTRICTED);
  }

  set trusted(trusted: boolean) {
    this.flags.set(RESTRICTED, !trusted);
  }

  get replyMode(): ReplyMode {
    return this.#replyMode;
  }

  set replyMode(mode: ReplyMode) {
    this.#replyMode = mode;
    this.flags.set(MUTED, mode !== 'on');
  }

  get isReplica(): boolean {
    return this.flags.has(REPLICA);
  }

  /** RESET: as if it had just connected. Subscriptions, tracking, watched keys and transaction are ended by their owners. */
  reset(): void {
    this.database = 0;
    this.name = '';
    this.logOut();
    this.isMonitor = this.noEvict = this.noTouch = this.asking = this.caching = this.readonlyMode = false;
    this.replyMode = 'on';
    this.speak(2);
  }

  logIn(user: User): void {
    this.user = user;
    this.authenticated = true;
    this.authorize();
  }

  /** As a session that just came: it is the default user if that one needs no password. */
  logOut(): void {
    this.user = this.#host.acl.users.default;
    this.authenticated = this.user.isOpen;
    this.authorize();
  }

  /** Whenever users have changed. Nobody has to log in while the default user is open. */
  authorize(): void {
    if (this.isPrimary) return;
    this.decoder.authRequired = !this.authenticated && !this.#host.acl.users.default.isOpen;
    this.trusted = !this.authRequired && this.user.unlimited;
  }

  /** True until the session logged in: the decoder takes small requests only. */
  get authRequired(): boolean {
    return this.decoder.authRequired;
  }

  /** HELLO: from the next reply on. */
  speak(protocol: 2 | 3): void {
    this.protocol = protocol;
    this.#host.writer.protocol = protocol;
  }

  // Input.

  data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closing || this.#closed) return;
    const host = this.#host;
    host.turns.enter();
    try {
      this.lastActiveMs = host.turns.startMs;
      // What our primary sends is replication's to count.
      if (!this.isPrimary) host.countTraffic(end - start, 0);
      if (this.output.hasPushes) this.flushPushes();
      if (this.#stopped) this.#takeLater(bytes, start, end);
      else {
        this.decoder.feed(bytes, start, end);
        this.#takeCommands();
      }
    } finally {
      this.recount();
      host.turns.leave();
    }
  }

  #takeLater(bytes: Uint8Array, start: number, end: number): void {
    const input = this.#parking?.input;
    if (input !== undefined) {
      input(bytes, start, end);
      return;
    }
    this.decoder.feed(bytes, start, end);
    this.decoder.keep();
  }

  /** Goes on with what arrived while the session stood still. */
  goOn(): void {
    if (this.#stopped || this.#closed) return;
    if (this.output.hasPushes) this.flushPushes();
    this.#takeCommands();
  }

  #takeCommands(): void {
    const host = this.#host;
    const { writer } = host;
    const { decoder } = this;
    writer.protocol = this.protocol;
    const { room } = this.output;
    writer.limit = room;
    // What would be too much in all does not leave in parts.
    const most = room === Number.POSITIVE_INFINITY ? FLUSH_BYTES : room;
    const postponed = this.#postponed;
    if (postponed !== undefined) {
      this.#postponed = undefined;
      host.execute(this, postponed);
    }
    while (!this.#stopped && decoder.next()) {
      const ahead = decoder.lookAhead();
      if (ahead > 1) host.prefetch(this, decoder.ahead, ahead);
      const more = decoder.hasAhead;
      host.execute(this, decoder.args, more);
      const full = writer.length >= most || writer.full;
      if (!more || full || this.#stopped) host.settle();
      if (full) this.flush();
    }
    if (this.#stopped) decoder.keep();
    else if (decoder.error !== undefined) {
      writer.error(decoder.error);
      this.closeAfterReply();
    }
    if (decoder.overflowed) this.overflow('max query buffer length');
    else this.flush();
  }

  // Output.

  /** Sends what commands of this session have written. */
  flush(): void {
    // Replies to a replica would be taken for the replication stream.
    if (this.isReplica || this.#closed) this.#host.writer.clear();
    if (this.output.flush()) this.endIfClosing();
  }

  /** Sends bytes that are no reply to a command: messages, invalidations, monitored commands. */
  push(bytes: Uint8Array): void {
    if (this.#closed || this.#closing) return;
    // A late reply, or news: a replica would take it for the replication stream.
    if (this.isReplica && !this.#host.isExecuting(this)) return;
    this.output.push(bytes);
    if (!this.#host.isExecuting(this)) this.#host.turns.flushLater(this);
  }

  flushPushes(): void {
    if (!this.#closed) this.output.flushPushes();
  }

  /** Replies to commands before this one have not left yet. */
  get hasReplies(): boolean {
    return this.#host.writer.length > 0 || this.output.bytes > 0;
  }

  recount(): void {
    const { clientMemory } = this.#host;
    if (clientMemory.counting) clientMemory.count(this);
  }

  overflow(what: string): void {
    this.#host.logOverflow(this, what);
    this.close();
  }

  // Standing still.

  get parked(): boolean {
    return this.#parking !== undefined;
  }

  get hasPostponed(): boolean {
    return this.#postponed !== undefined;
  }

  /** Of the command that was put off, as it came. */
  get postponedBytes(): number {
    return this.#postponed === undefined ? 0 : this.#postponed.rawEnd - this.#postponed.rawStart;
  }

  park(parking: Parking): Park {
    this.#parking = parking;
    this.#parkedMute ||= this.replyMode !== 'on';
    this.#stopped = true;
    this.#host.parkedCount++;
    const { timeoutMs } = parking;
    if (timeoutMs !== undefined && timeoutMs > 0) {
      this.#parkTimer = this.#host.world.clock.after(timeoutMs, () => this.endParking());
    }
    return PARK;
  }

  resume(write: (reply: Reply) => void): void {
    if (!this.#unpark()) return;
    const { sideWriter } = this.#host;
    sideWriter.protocol = this.protocol;
    write(sideWriter);
    if (sideWriter.length > 0 && !this.#parkedMute && !this.isPrimary) this.push(sideWriter.take());
    else sideWriter.clear();
    // Run again, it may have found nothing and wait on.
    if (!this.parked) this.#parkedMute = false;
    this.#host.turns.goOnLater(this);
  }

  /** The time is up, or CLIENT UNBLOCK … TIMEOUT. */
  endParking(): void {
    const timedOut = this.#parking?.timedOut;
    if (timedOut !== undefined) this.resume(timedOut);
  }

  /** Puts off the command that `args` holds; `release` takes it up again. */
  postpone(args: Args): void {
    this.#postponed = args.detach();
    this.#stopped = true;
  }

  release(): void {
    if (this.takeUp()) this.#host.turns.goOnLater(this);
  }

  /** `release`, but that the caller says when to go on. False: nothing was put off. */
  takeUp(): boolean {
    if (this.#postponed === undefined) return false;
    this.#stopped = this.#parking !== undefined || this.#closing;
    return true;
  }

  #unpark(): boolean {
    const parking = this.#parking;
    if (parking === undefined) return false;
    this.#parking = undefined;
    this.#parkTimer?.cancel();
    this.#parkTimer = undefined;
    this.#stopped = this.#closing;
    this.#host.parkedCount--;
    parking.released?.();
    return true;
  }

  // The end.

  handOver(): ReplicaSession {
    if (this.#host.holdsReplies) this.#host.persist();
    this.flush();
    this.flushPushes();
    this.output.settleWrites();
    this.flags.set(REPLICA, true);
    const { listeningPort, announcedIp, eof, psync2, rdbOnly, parts } = this.replconf;
    return {
      connection: this.connection,
      listeningPort,
      announcedIp,
      capabilities: { eof, psync2, rdbOnly },
      parts,
      close: () => this.close(),
    };
  }

  get closing(): boolean {
    return this.#closing || this.#closed;
  }

  closeAfterReply(): void {
    this.#closing = true;
    this.#stopped = true;
    if (!this.#host.isExecuting(this)) this.#host.turns.flushLater(this);
  }

  close(): void {
    if (this.#closed) return;
    this.connection.destroy();
    this.#gone();
  }

  closed(): void {
    if (!this.#closed) this.#gone();
  }

  /** For sessions that were told to close while nothing of theirs was running. */
  endIfClosing(): void {
    if (this.#closing && !this.#closed) this.#end();
  }

  drained(): void {
    this.recount();
    this.#host.drained(this);
  }

  #end(): void {
    this.flushPushes();
    this.output.settleWrites();
    this.connection.end();
    this.#gone();
  }

  #gone(): void {
    this.#closed = true;
    this.#closing = true;
    this.#stopped = true;
    this.#unpark();
    this.#postponed = undefined;
    this.output.drop();
    this.#host.gone(this);
  }
}
