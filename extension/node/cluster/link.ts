/**
 * One connection of the bus: cuts the incoming bytes into messages, and holds outgoing messages until the turn's end,
 * when what they promise has been saved.
 */
import { Buffer } from 'node:buffer';
import type { Clock, Connection, DialEvents } from '../../redis/world.ts';
import { messageLength, PREFIX_SIZE } from './message-codec.ts';
import type { Peer, PeerLink } from './peer.ts';

/** While a dial is under way no more than this waits for it: a node that is gone would collect every PUBLISH. */
const DIAL_QUEUE_LIMIT = 1024 * 1024;
/** The first piece of a message that comes in parts gets this much room; then it doubles, up to the length told. */
const FIRST_ROOM = 4096;

/** A known node's message gets room at once up to this: all but a large PUBLISH. */
const BELIEVED_LENGTH = 64 * 1024;

/** What most links hold of a message in parts, most of the time; a thousand nodes have two million links. */
const NOTHING = Buffer.alloc(0);

export interface LinkOwner {
  /** Runs `work` as a turn: what it asks for is applied when it is done. */
  turn(work: () => void): void;
  /** A dial succeeded. */
  connected(link: Link): void;
  /** A whole message, valid until the call returns. */
  message(link: Link, bytes: Uint8Array, start: number, end: number): void;
  /** The bytes are no bus messages. */
  garbage(link: Link): void;
  /** There is something to flush. */
  dirty(link: Link): void;
  /** Closed by either side; also after `garbage`. */
  closed(link: Link): void;
  /** Closed, but not by this side: cut, closed by the peer, or a dial that failed. */
  lost(link: Link, peer: Peer): void;
}

export class Link implements PeerLink, DialEvents {
  /** Of an inbound link: unknown until its first message. */
  peer: Peer | undefined;
  /**
   * Of an inbound link: who speaks, when that is a node we do not know but that shows it knows us (it answered our
   * half of a handshake before its answer to the other half came).
   */
  speaker: string | undefined;
  readonly inbound: boolean;
  readonly createdAt: number;
  readonly createdWallMs: number;
  isConnected = false;
  sentAt = -Infinity;
  readonly #owner: LinkOwner;
  #connection: Connection | undefined;
  #open = true;

  #outbox: Uint8Array[] = [];
  #outboxBytes = 0;

  /** A message that has come in part. */
  #partial: Buffer = NOTHING;
  #partialLength = 0;
  /** Its full length, once the first 8 bytes are there. */
  #expected = 0;

  constructor(owner: LinkOwner, inbound: boolean, peer: Peer | undefined, clock: Clock) {
    this.#owner = owner;
    this.inbound = inbound;
    this.peer = peer;
    this.createdAt = clock.monotonicMs();
    this.createdWallMs = clock.wallMs();
  }

  /** The connection it runs over; an accepted one is connected from the start. */
  attach(connection: Connection): void {
    this.#connection = connection;
    if (this.inbound) this.isConnected = true;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** This end and the other end, without the IPv4-in-IPv6 form a dual-stack socket tells. */
  get localIp(): string {
    return plainIp(this.#connection?.local.host);
  }

  get remoteIp(): string {
    return plainIp(this.#connection?.remote.host);
  }

  /** `ip:port` of the other end, for the log. */
  get remote(): string {
    return `${this.remoteIp}:${this.#connection?.remote.port ?? 0}`;
  }

  get queuedBytes(): number {
    return this.#outboxBytes + (this.#connection?.pendingBytes ?? 0);
  }

  /** The frame is the caller's again after the next `flush`, unless that returned false. */
  send(frame: Uint8Array): void {
    if (!this.#open) return;
    if (!this.isConnected && this.#outboxBytes + frame.length > DIAL_QUEUE_LIMIT) return;
    this.#outbox.push(this.isConnected ? frame : Buffer.from(frame));
    this.#outboxBytes += frame.length;
    this.#owner.dirty(this);
  }

  /** False when the connection keeps a frame until it is sent. */
  flush(): boolean {
    if (!this.isConnected || this.#outbox.length === 0) return true;
    const [frame] = this.#outbox;
    const isCopy = this.#outbox.length > 1;
    const done = this.#connection?.write(isCopy ? Buffer.concat(this.#outbox) : frame) ?? true;
    this.#outbox = [];
    this.#outboxBytes = 0;
    return done || isCopy;
  }

  /** Closes at once, without telling the other side anything more. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection?.destroy();
    this.#detach();
  }

  #detach(): void {
    this.#outbox = [];
    this.#outboxBytes = 0;
    this.#partial = NOTHING;
    const { peer } = this;
    if (peer?.link === this) peer.link = undefined;
    if (peer?.inboundLink === this) peer.inboundLink = undefined;
    this.#owner.closed(this);
  }

  // What the connection tells: each time a turn.

  connected(): void {
    this.#owner.turn(() => {
      if (!this.#open) return;
      this.isConnected = true;
      this.#owner.connected(this);
      this.#owner.dirty(this);
    });
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    this.#owner.turn(() => this.#receive(bytes, start, end));
  }

  closed(): void {
    this.#owner.turn(() => {
      if (!this.#open) return;
      this.#open = false;
      const { peer } = this;
      this.#detach();
      if (peer !== undefined) this.#owner.lost(this, peer);
    });
  }

  #receive(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && this.#open) {
      if (this.#partialLength === 0 && end - at >= PREFIX_SIZE) {
        const length = messageLength(bytes, at);
        if (length === undefined) {
          this.#refuse();
          return;
        }
        if (end - at >= length) {
          // The usual case: read where it arrived.
          this.#owner.message(this, bytes, at, at + length);
          at += length;
          continue;
        }
        this.#expected = length;
      }
      at = this.#collect(bytes, at, end);
    }
  }

  /** Adds to the partial message, and delivers it when that makes it whole. Returns how far it read. */
  #collect(bytes: Uint8Array, start: number, end: number): number {
    const wanted = this.#partialLength < PREFIX_SIZE ? PREFIX_SIZE : this.#expected;
    const take = Math.min(wanted - this.#partialLength, end - start);
    this.#reserve(this.#partialLength + take);
    this.#partial.set(bytes.subarray(start, start + take), this.#partialLength);
    this.#partialLength += take;
    if (this.#partialLength === PREFIX_SIZE) {
      const length = messageLength(this.#partial, 0);
      if (length === undefined) this.#refuse();
      else this.#expected = length;
    } else if (this.#partialLength === this.#expected) {
      const whole = this.#partial;
      this.#partial = NOTHING;
      this.#partialLength = 0;
      this.#owner.message(this, whole, 0, this.#expected);
    }
    return start + take;
  }

  /** Room grows with what has really come: a length told by a stranger costs no memory. Nodes we know are believed. */
  #reserve(length: number): void {
    if (length <= this.#partial.length) return;
    const believed = this.peer === undefined ? 0 : Math.min(this.#expected, BELIEVED_LENGTH);
    const grown = Buffer.allocUnsafe(Math.max(length, FIRST_ROOM, this.#partial.length * 2, believed));
    grown.set(this.#partial.subarray(0, this.#partialLength));
    this.#partial = grown;
  }

  #refuse(): void {
    this.#owner.garbage(this);
    this.close();
  }
}

function plainIp(host = ''): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
}
