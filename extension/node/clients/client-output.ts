/**
 * What a session is sent: the replies of a batch in one write, messages and other pushes between replies, all of it held
 * back while the append-only file lacks what they tell of, and no more than client-output-buffer-limit allows.
 */
import { Buffer } from 'node:buffer';
import type { ClientClass } from '../../redis/config/special.ts';
import type { ReplyWriter } from '../../redis/resp/reply-writer.ts';
import type { Connection, World } from '../../redis/world.ts';
import type { TurnSession, Turns } from '../turns.ts';
import { type ClientFlags, PUSHES } from './client-flags.ts';
import type { PendingWrites, Writing } from './pending-writes.ts';
import { ReplyBuffer } from './reply-buffer.ts';

/** What it needs of the node. */
export interface OutputHost {
  readonly world: World;
  /** The output of the session that is being executed. */
  readonly writer: ReplyWriter;
  readonly limits: { readonly output: Readonly<Record<ClientClass, OutputLimit>> };
  readonly turns: Turns;
  readonly pendingWrites: PendingWrites;
  /** Something is not in the append-only file yet: nothing may leave before `persist`. */
  readonly holdsReplies: boolean;
  persist(): void;
  countTraffic(input: number, output: number): void;
}

/** Copied from the configuration when that changes. */
export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softMs: number;
}

/** The session. */
export interface OutputOwner extends TurnSession {
  readonly connection: Connection;
  readonly isPrimary: boolean;
  readonly flags: ClientFlags;
  readonly isReplica: boolean;
  readonly isMonitor: boolean;
  readonly subscriptions: { readonly any: boolean };
  readonly closing: boolean;
  /** It holds more or less than before. */
  recount(): void;
  /** It is sent too much, and ends. */
  overflow(what: string): void;
}

/** A batch of replies that grew to this much leaves before the rest of the batch is executed. */
export const FLUSH_BYTES = 256 * 1024;

export class ClientOutput implements Writing {
  readonly #owner: OutputOwner;
  readonly #host: OutputHost;
  /** Replies that wait for the end of the round. */
  readonly replies: ReplyBuffer;
  #pushes: Uint8Array[] = [];
  #writesPending = false;
  /** Replies behind those: the part of the round's surplus that is this session's. */
  #surplusStart = 0;
  #surplusSize = 0;
  /** Replies, and pushes behind them, that wait for the append-only file. */
  #held: Uint8Array[] = [];
  /** When the output first exceeded its soft limit; undefined while it does not. */
  #softLimitSinceMs: number | undefined;

  constructor(owner: OutputOwner, host: OutputHost) {
    this.#owner = owner;
    this.#host = host;
    this.replies = new ReplyBuffer(host.world.clock.monotonicMs());
  }

  // Replies.

  /** Sends what commands of this session have written. False: it waits, or is lost with its session. */
  flush(): boolean {
    const { writer } = this.#host;
    if (writer.limit !== Number.POSITIVE_INFINITY && this.#isTooMuch(writer)) return false;
    if (this.#host.holdsReplies && !this.#owner.isPrimary) {
      this.#hold(writer);
      return false;
    }
    const size = writer.length;
    if (size === 0) return true;
    this.releaseHeld();
    this.#host.countTraffic(0, size);
    // Nothing may stand in front of it in the session's own buffer.
    if (this.#surplusSize > 0) this.settleWrites();
    if (this.replies.add(writer.bytes, size) || this.#keepSurplus(writer.bytes, size)) {
      if (!this.#writesPending) this.#host.pendingWrites.add(this);
      this.#writesPending = true;
      writer.clear();
    } else {
      this.settleWrites();
      writer.sendTo(this.#owner.connection);
      this.check();
    }
    return true;
  }

  sendReplies(surplus: Buffer): boolean {
    const { connection } = this.#owner;
    const start = this.#surplusStart;
    const end = start + this.#surplusSize;
    this.#surplusSize = 0;
    this.#writesPending = false;
    this.replies.sendTo(connection);
    const taken = start === end || connection.write(surplus, start, end);
    this.check();
    this.#owner.recount();
    return taken;
  }

  /** They leave with the others', too, when the session's own buffer is too small for them. */
  #keepSurplus(bytes: Buffer, size: number): boolean {
    const start = this.#host.pendingWrites.keep(bytes, size);
    if (start < 0) return false;
    this.#surplusStart = start;
    this.#surplusSize = size;
    return true;
  }

  /** Nothing may overtake replies that wait for the end of the round. */
  settleWrites(): void {
    if (this.#writesPending) this.#host.pendingWrites.flush();
  }

  /** The replies leave when the turn's changes are in the append-only file; many of them do not wait that long. */
  #hold(writer: ReplyWriter): void {
    const large = writer.length > FLUSH_BYTES;
    if (writer.length > 0) this.#held.push(writer.take());
    if (this.#held.length === 0 && !this.#owner.closing) return;
    this.#host.turns.flushLater(this.#owner);
    if (!large) return;
    this.#host.persist();
    if (!this.#host.holdsReplies) this.releaseHeld();
  }

  releaseHeld(): void {
    if (this.#held.length === 0) return;
    const bytes = this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.settleWrites();
    this.#host.countTraffic(0, bytes.length);
    this.#owner.connection.write(bytes);
    this.check();
    this.#owner.recount();
  }

  // Pushes.

  /** Bytes that are no reply to a command: messages, invalidations, monitored commands. */
  push(bytes: Uint8Array): void {
    this.#pushes.push(bytes);
    this.#owner.flags.set(PUSHES, true);
  }

  get hasPushes(): boolean {
    return this.#owner.flags.has(PUSHES);
  }

  /** Behind the reply of the command that is running. */
  pushesInto(writer: ReplyWriter): void {
    for (const bytes of this.#pushes) writer.raw(bytes);
    this.#forgetPushes();
  }

  flushPushes(): void {
    this.#held.push(...this.#pushes);
    this.#forgetPushes();
    if (this.#host.holdsReplies) this.#host.turns.flushLater(this.#owner);
    else this.releaseHeld();
  }

  /** The session is gone. */
  drop(): void {
    this.#forgetPushes();
    this.#held = [];
    this.#surplusSize = 0;
  }

  #forgetPushes(): void {
    this.#pushes = [];
    this.#owner.flags.set(PUSHES, false);
  }

  // Limits.

  /** What waits to leave: in the connection, and here. */
  get bytes(): number {
    let bytes = this.#owner.connection.pendingBytes + this.#surplusSize;
    for (const held of this.#held) bytes += held.length;
    for (const push of this.#pushes) bytes += push.length;
    return bytes;
  }

  /** client-output-buffer-limit: what the hard limit leaves for replies. */
  get room(): number {
    const { hardBytes } = this.#limit;
    return hardBytes === 0 || this.#owner.isPrimary
      ? Number.POSITIVE_INFINITY
      : Math.max(1, hardBytes - this.bytes);
  }

  get #limit(): OutputLimit {
    const { isReplica, isMonitor, subscriptions } = this.#owner;
    const { output } = this.#host.limits;
    if (isReplica || isMonitor) return output.replica;
    return subscriptions.any ? output.pubsub : output.normal;
  }

  /** Replies beyond the hard limit are lost, with their session, whatever the kernel would take. */
  #isTooMuch(writer: ReplyWriter): boolean {
    const { limit } = writer;
    writer.limit = Number.POSITIVE_INFINITY;
    if (!writer.full && writer.length < limit) return false;
    writer.clear();
    this.#owner.overflow('output buffer limits');
    return true;
  }

  /** client-output-buffer-limit: above the hard limit the session ends at once, above the soft one after its time. */
  check(): void {
    const limit = this.#limit;
    if (limit.hardBytes === 0 && limit.softBytes === 0) return;
    const pending = this.#owner.connection.pendingBytes;
    const hard = limit.hardBytes > 0 && pending >= limit.hardBytes;
    if (!hard && (limit.softBytes === 0 || pending < limit.softBytes)) {
      this.#softLimitSinceMs = undefined;
      return;
    }
    const now = this.#host.world.clock.monotonicMs();
    this.#softLimitSinceMs ??= now;
    if (hard || now - this.#softLimitSinceMs > limit.softMs) this.#owner.overflow('output buffer limits');
  }
}
