/**
 * One connected session: bytes in, commands one after the other, their replies out in one write per read event. What
 * it may do and where its commands go is decided in dispatch.ts.
 */
import { Buffer } from 'node:buffer';
import type { Binary } from '../redis/bytes.ts';
import { PARK, type Park } from '../redis/commands/command.ts';
import type { ClientClass } from '../redis/config/special.ts';
import type { Args } from '../redis/resp/args.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { ReplyWriter } from '../redis/resp/reply-writer.ts';
import { RequestDecoder, type RequestLimits } from '../redis/resp/request-decoder.ts';
import type { Connection, ConnectionEvents, Timer, World } from '../redis/world.ts';
import type { User, Users } from './acl/users.ts';
import type { CommandEntry } from './command-table.ts';
import type { PendingWrites } from './pending-writes.ts';
import { Subscriptions } from './pubsub.ts';
import type { ReplicaSession } from './replication/contract.ts';
import { ReplyBuffer } from './reply-buffer.ts';
import type { ClientSession, Parking, ReplconfFacts } from './session.ts';
import type { TrackingMode } from './tracking.ts';
import { Transaction } from './transaction.ts';
import type { Turns } from './turns.ts';
import type { WatchedKey } from './watch.ts';

/** What a session needs of its node. */
export interface ClientHost {
  readonly world: World;
  /** The output of the session that is being executed. */
  readonly writer: ReplyWriter;
  readonly clientMemory: { readonly counting: boolean; count(client: Client): void };
  /** For replies outside a session's turn. */
  readonly sideWriter: ReplyWriter;
  readonly limits: ClientLimits;
  readonly acl: { readonly users: Users };
  readonly turns: Turns;
  /** `more`: as for `Dispatch.execute`; then `settle` follows the last one. */
  execute(client: Client, args: Args, more?: boolean): void;
  settle(): void;
  /** The first `count` of `ahead` are about to be executed. */
  warm(client: Client, ahead: readonly Args[], count: number): void;
  readonly pendingWrites: PendingWrites;
  /** Something is not in the append-only file yet: nothing may leave before `persist`. */
  readonly holdsReplies: boolean;
  persist(): void;
  /** True while a command of this session runs: pushes to it wait behind its reply. */
  isExecuting(client: Client): boolean;
  countTraffic(input: number, output: number): void;
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

export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softMs: number;
}

/** A batch of replies that grew to this much leaves before the rest of the batch is executed. */
const FLUSH_BYTES = 256 * 1024;

const NO_LIMITS: RequestLimits = {
  maxBulkBytes: Number.POSITIVE_INFINITY,
  maxHeldBytes: Number.POSITIVE_INFINITY,
};

export type ReplyMode = 'on' | 'off' | 'skip-next' | 'skip';

export class Client implements ClientSession, ConnectionEvents {
  readonly id: number;
  readonly connection: Connection;
  readonly isPrimary: boolean;
  readonly decoder: RequestDecoder;
  readonly createdAtMs: number;
  protocol: 2 | 3 = 2;
  database = 0;
  readonlyMode = false;
  asking = false;
  tracking: TrackingMode | undefined;
  caching = false;
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
  /** It may do everything: nobody needs to be asked. */
  trusted = true;
  name: Binary = '';
  libraryName: Binary = '';
  libraryVersion: Binary = '';
  noEvict = false;
  noTouch = false;
  isReplica = false;
  isMonitor = false;
  /** Runs what scripts call. */
  isScript = false;
  replyMode: ReplyMode = 'on';
  lastCommand: CommandEntry | undefined;
  lastActiveMs: number;
  readonly transaction = new Transaction();
  readonly watched: WatchedKey[] = [];
  watchedChanged = false;
  readonly subscriptions = new Subscriptions();
  /** See client-memory.ts. */
  countedBytes = 0;
  /** When the output first exceeded its soft limit; undefined while it does not. */
  softLimitSinceMs: number | undefined;

  /** Replies that wait for the end of the round. */
  readonly replies: ReplyBuffer;

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
  #pushes: Uint8Array[] = [];
  #writesPending = false;
  /** Replies, and pushes behind them, that wait for the append-only file. */
  #held: Uint8Array[] = [];

  constructor(id: number, connection: Connection, host: ClientHost, isPrimary = false) {
    this.id = id;
    this.connection = connection;
    this.isPrimary = isPrimary;
    this.#host = host;
    this.user = host.acl.users.default;
    this.createdAtMs = host.world.clock.wallMs();
    this.lastActiveMs = host.world.clock.monotonicMs();
    this.replies = new ReplyBuffer(this.lastActiveMs);
    // What our primary has executed is not ours to refuse.
    this.decoder = new RequestDecoder(isPrimary ? NO_LIMITS : host.limits);
  }

  /** Something about this session needs more than the short road: see dispatch.ts. */
  get unusual(): boolean {
    return (
      this.transaction.open ||
      this.asking ||
      this.caching ||
      this.#pushes.length > 0 ||
      !this.trusted ||
      this.replyMode !== 'on' ||
      this.isPrimary ||
      this.isReplica ||
      this.subscriptions.any
    );
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
      host.countTraffic(end - start, 0);
      if (this.#pushes.length > 0) this.flushPushes();
      if (this.#stopped) this.#takeLater(bytes, start, end);
      else {
        this.decoder.feed(bytes, start, end);
        this.#takeCommands();
      }
    } finally {
      if (host.clientMemory.counting) host.clientMemory.count(this);
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
    if (this.#pushes.length > 0) this.flushPushes();
    this.#takeCommands();
  }

  #takeCommands(): void {
    const host = this.#host;
    const { writer } = host;
    const { decoder } = this;
    writer.protocol = this.protocol;
    const room = this.#outputRoom();
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
      if (ahead > 1) host.warm(this, decoder.ahead, ahead);
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
    const { writer } = this.#host;
    // Replies to a replica would be taken for the replication stream.
    if (this.isReplica || this.#closed) writer.clear();
    if (writer.limit !== Number.POSITIVE_INFINITY && this.#isTooMuch(writer)) return;
    if (this.#host.holdsReplies && !this.isPrimary) {
      this.#hold(writer);
      return;
    }
    const size = writer.length;
    if (size > 0) {
      this.#releaseHeld();
      this.#host.countTraffic(0, size);
      if (this.replies.add(writer.bytes, size)) {
        if (!this.#writesPending) this.#host.pendingWrites.add(this);
        this.#writesPending = true;
        writer.clear();
      } else {
        this.#settleWrites();
        writer.sendTo(this.connection);
        this.checkOutput();
      }
    }
    if (this.#closing && !this.#closed) this.#end();
  }

  sendReplies(): void {
    this.#writesPending = false;
    this.replies.sendTo(this.connection);
    this.checkOutput();
    if (this.#host.clientMemory.counting) this.#host.clientMemory.count(this);
  }

  /** Nothing may overtake replies that wait for the end of the round. */
  #settleWrites(): void {
    if (this.#writesPending) this.#host.pendingWrites.flush();
  }

  /** client-output-buffer-limit: what the hard limit leaves for replies. */
  #outputRoom(): number {
    const { hardBytes } = this.#host.limits.output[this.outputClass];
    return hardBytes === 0 || this.isPrimary
      ? Number.POSITIVE_INFINITY
      : Math.max(1, hardBytes - this.outputBytes);
  }

  /** Replies beyond the hard limit are lost, with their session, whatever the kernel would take. */
  #isTooMuch(writer: ReplyWriter): boolean {
    const { limit } = writer;
    writer.limit = Number.POSITIVE_INFINITY;
    if (!writer.full && writer.length < limit) return false;
    writer.clear();
    this.overflow('output buffer limits');
    return true;
  }

  /** The replies leave when the turn's changes are in the append-only file; many of them do not wait that long. */
  #hold(writer: ReplyWriter): void {
    const large = writer.length > FLUSH_BYTES;
    if (writer.length > 0) this.#held.push(writer.take());
    if (this.#held.length === 0 && !this.#closing) return;
    this.#host.turns.flushLater(this);
    if (!large) return;
    this.#host.persist();
    if (!this.#host.holdsReplies) this.#releaseHeld();
  }

  #releaseHeld(): void {
    if (this.#held.length === 0) return;
    const bytes = this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.#settleWrites();
    this.#host.countTraffic(0, bytes.length);
    this.connection.write(bytes);
    this.checkOutput();
    if (this.#host.clientMemory.counting) this.#host.clientMemory.count(this);
  }

  /** Sends bytes that are no reply to a command: messages, invalidations, monitored commands. */
  push(bytes: Uint8Array): void {
    if (this.#closed || this.#closing) return;
    // A late reply, or news: a replica would take it for the replication stream.
    if (this.isReplica && !this.#host.isExecuting(this)) return;
    this.#pushes.push(bytes);
    if (!this.#host.isExecuting(this)) this.#host.turns.flushLater(this);
  }

  get hasPushes(): boolean {
    return this.#pushes.length > 0;
  }

  /** Behind the reply of the command that is running. */
  pushesInto(writer: ReplyWriter): void {
    for (const bytes of this.#pushes) writer.raw(bytes);
    this.#pushes = [];
  }

  flushPushes(): void {
    if (this.#closed) return;
    this.#held.push(...this.#pushes);
    this.#pushes = [];
    if (this.#host.holdsReplies) this.#host.turns.flushLater(this);
    else this.#releaseHeld();
  }

  /** Replies to commands before this one have not left yet. */
  get hasReplies(): boolean {
    return this.#host.writer.length > 0 || this.outputBytes > 0;
  }

  /** What waits to leave: in the connection, and here. */
  get outputBytes(): number {
    let bytes = this.connection.pendingBytes;
    for (const held of this.#held) bytes += held.length;
    for (const push of this.#pushes) bytes += push.length;
    return bytes;
  }

  get outputClass(): ClientClass {
    if (this.isReplica || this.isMonitor) return 'replica';
    return this.subscriptions.any ? 'pubsub' : 'normal';
  }

  /** client-output-buffer-limit: above the hard limit the session ends at once, above the soft one after its time. */
  checkOutput(): void {
    const limit = this.#host.limits.output[this.outputClass];
    if (limit.hardBytes === 0 && limit.softBytes === 0) return;
    const pending = this.connection.pendingBytes;
    const hard = limit.hardBytes > 0 && pending >= limit.hardBytes;
    if (!hard && (limit.softBytes === 0 || pending < limit.softBytes)) {
      this.softLimitSinceMs = undefined;
      return;
    }
    const now = this.#host.world.clock.monotonicMs();
    this.softLimitSinceMs ??= now;
    if (hard || now - this.softLimitSinceMs > limit.softMs) this.overflow('output buffer limits');
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
    this.#settleWrites();
    this.isReplica = true;
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
    if (this.#host.clientMemory.counting) this.#host.clientMemory.count(this);
    this.#host.drained(this);
  }

  #end(): void {
    this.flushPushes();
    this.#settleWrites();
    this.connection.end();
    this.#gone();
  }

  #gone(): void {
    this.#closed = true;
    this.#closing = true;
    this.#stopped = true;
    this.#unpark();
    this.#postponed = undefined;
    this.#pushes = [];
    this.#held = [];
    this.#host.gone(this);
  }
}
