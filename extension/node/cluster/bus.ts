/** The bus: its listener, its links, and the way messages take from values to bytes on a link and back. */
import type { Connection, Listener, NetworkError } from '../../redis/world.ts';
import type { ClusterHost } from './contract.ts';
import { FramePool } from './frame-pool.ts';
import { Link, type LinkOwner } from './link.ts';
import {
  type Body,
  HANDSHAKE,
  type Header,
  MESSAGE_TYPES,
  type Message,
  type MessageType,
  MYSELF,
} from './message.ts';
import { decodeMessage, encodeMessage, messageType } from './message-codec.ts';
import type { Peer, PeerLink } from './peer.ts';
import type { View } from './view.ts';

type Counters = Map<MessageType, number>;

export interface BusEvents {
  message(link: Link, message: Message): void;
  /** A dial succeeded: time for the first ping. */
  connected(link: Link, peer: Peer): void;
  /** A link is gone, for a reason that is not ours: cut, closed by the peer, or a dial that failed. */
  lost(link: Link, peer: Peer): void;
  /** Runs `work` as a turn: what it asks for is applied when it is done. */
  turn(work: () => void): void;
}

export class Bus implements LinkOwner {
  readonly sent: Counters = new Map();
  readonly received: Counters = new Map();
  /** Links closed because the other side did not read fast enough (cluster-link-sendbuf-limit). */
  limitExceeded = 0;
  /** The number of a message type that is ignored, as if it had not come: DEBUG DROP-CLUSTER-PACKET-FILTER. */
  ignoredType = -1;
  /** A manual failover is under way on this primary: headers say that its offset stands still. */
  paused = false;
  readonly #view: View;
  readonly #host: ClusterHost;
  readonly #events: BusEvents;
  #listeners: Listener[] = [];
  /** Who dialled before `open`. */
  readonly #waiting: Connection[] = [];
  #isOpen = false;
  readonly #links = new Set<Link>();
  readonly #dirty = new Set<Link>();
  /** What is being sent in this turn. */
  readonly #frames = new FramePool();

  constructor(view: View, events: BusEvents) {
    this.#view = view;
    this.#host = view.host;
    this.#events = events;
  }

  /** How many connections it has, in both directions. */
  get connections(): number {
    return this.#links.size;
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const link of this.#links) bytes += link.queuedBytes;
    return bytes;
  }

  /**
   * Opens `port` on every address of `hosts`; `ready` hears when all are open, or of the first that failed. Who dials is
   * kept waiting until `open`.
   */
  listen(hosts: readonly string[], port: number, ready: (error?: NetworkError) => void): void {
    let waiting = hosts.length;
    let told = false;
    const opened = (error?: NetworkError): void => {
      waiting--;
      if (told || (error === undefined && waiting > 0)) return;
      told = true;
      ready(error);
    };
    this.#listeners = hosts.map((host) =>
      this.#host.world.network.listen(
        { host, port },
        (connection) => this.#accept(connection),
        opened,
        this.#host.tls,
      ),
    );
  }

  #accept(connection: Connection): Link {
    const link = new Link(this, true, undefined, this.#host.world.clock);
    link.attach(connection);
    this.#links.add(link);
    if (this.#isOpen) return link;
    connection.pause();
    this.#waiting.push(connection);
    return link;
  }

  /** Messages are read from now on. */
  open(): void {
    this.#isOpen = true;
    for (const connection of this.#waiting.splice(0)) connection.resume();
  }

  /** Opens the link to a peer, unless there is one. */
  dial(peer: Peer): void {
    if (peer.link !== undefined || peer.flags & MYSELF || !peer.hasAddress || peer.ip === '') return;
    const link = new Link(this, false, peer, this.#host.world.clock);
    peer.link = link;
    this.#links.add(link);
    // Silence counts from here when no ping is under way: a dial that never succeeds must lead to PFAIL too.
    peer.pingSentAt ??= this.#view.now;
    const address = { host: peer.ip, port: peer.busPort };
    const from = this.#host.settings.text('bind-source-addr');
    const { network } = this.#host.world;
    link.attach(network.connect(address, link, from === '' ? undefined : from, this.#host.tls?.()));
  }

  /** Takes over the link that a peer opened before we knew it. True when there is one: the peer knows us. */
  adoptInbound(peer: Peer): boolean {
    for (const link of this.#links) {
      if (link.speaker !== peer.id || link.peer !== undefined) continue;
      link.peer = peer;
      peer.inboundLink = link;
      return true;
    }
    return false;
  }

  // What links tell.

  turn(work: () => void): void {
    this.#events.turn(work);
  }

  connected(link: Link): void {
    if (link.peer !== undefined) this.#events.connected(link, link.peer);
  }

  lost(link: Link, peer: Peer): void {
    this.#events.lost(link, peer);
  }

  message(link: Link, bytes: Uint8Array, start: number, end: number): void {
    const type = messageType(bytes, start);
    if (type !== undefined) count(this.received, type);
    if (type !== undefined && MESSAGE_TYPES[this.ignoredType] === type) return;
    const message = decodeMessage(bytes, start, end);
    if ('refused' in message) {
      if (!message.silent) this.#host.log('warning', message.refused);
      return;
    }
    if (this.#host.observesBus)
      this.#observe('received', message.body.type, message.header.sender, end - start);
    const { header, body } = message;
    this.#events.message(link, this.#view.encrypted ? turned(header, body) : message);
  }

  garbage(link: Link): void {
    this.#host.log(
      'warning',
      `Bad message length or signature received on the Cluster bus from ${link.remote}.`,
    );
  }

  dirty(link: Link): void {
    this.#dirty.add(link);
  }

  closed(link: Link): void {
    this.#links.delete(link);
    this.#dirty.delete(link);
  }

  // Sending.

  send(link: PeerLink | undefined, body: Body, forceAck = false): void {
    if (link === undefined) return;
    this.#sendFrame(link, body.type, this.#encode(body, forceAck));
  }

  /** To every node with a link that is not in handshake, or to those of `among`. */
  broadcast(body: Body, forceAck = false, among: readonly Peer[] = this.#view.nodes.all): void {
    let frame: Uint8Array | undefined;
    for (const { link, flags } of among) {
      if (link === undefined || flags & (MYSELF | HANDSHAKE)) continue;
      frame ??= this.#encode(body, forceAck);
      this.#sendFrame(link, body.type, frame);
    }
  }

  #encode(body: Body, forceAck: boolean): Uint8Array {
    const header = this.#header(body, forceAck);
    if (!this.#view.encrypted) return encodeMessage(header, body, this.#frames);
    const message = turned(header, body);
    return encodeMessage(message.header, message.body, this.#frames);
  }

  #sendFrame(link: PeerLink, type: MessageType, frame: Uint8Array): void {
    link.send(frame);
    link.sentAt = this.#view.now;
    count(this.sent, type);
    if (!this.#host.observesBus) return;
    const peer = this.#view.nodes.all.find((other) => other.link === link || other.inboundLink === link);
    this.#observe('sent', type, peer?.id ?? '', frame.length);
  }

  #observe(direction: 'sent' | 'received', message: MessageType, peerId: string, bytes: number): void {
    this.#host.observe({ type: 'bus', direction, message, peerId, bytes });
  }

  #header(body: Body, forceAck: boolean): Header {
    const { self, representative, currentEpoch } = this.#view;
    return {
      sender: self.id,
      currentEpoch,
      configEpoch: representative.configEpoch,
      replicationOffset: this.#host.replicationOffset(),
      slots: representative.slots.bytes,
      primaryId: self.primary?.id,
      announcedIp: this.#host.settings.text('cluster-announce-ip'),
      port: self.port,
      tlsPort: self.tlsPort,
      busPort: self.busPort,
      flags: self.flags,
      clusterOk: this.#view.ok,
      paused: this.paused && self.isPrimary,
      forceAck,
      hasExtensions: 'extensions' in body && Object.keys(body.extensions).length > 0,
    };
  }

  /** The turn wrote something. */
  get hasNews(): boolean {
    return this.#dirty.size > 0;
  }

  /** Sends what the turn wrote. */
  flush(): void {
    if (this.#dirty.size === 0) return;
    const links = [...this.#dirty];
    this.#dirty.clear();
    let kept = false;
    for (const link of links) if (!link.flush()) kept = true;
    // What a connection made a link say while it was written to is not written yet.
    this.#frames.flushed(kept || this.#dirty.size > 0);
  }

  /** Closes links whose other side does not read: what waits for it would grow without end. */
  enforceLimit(): void {
    const limit = this.#host.settings.number('cluster-link-sendbuf-limit');
    if (limit === 0) return;
    for (const { id, link, inboundLink } of this.#view.nodes.all) {
      if (link !== undefined) this.#enforceLimit(limit, link, id);
      if (inboundLink !== undefined) this.#enforceLimit(limit, inboundLink, id);
    }
  }

  #enforceLimit(limit: number, link: PeerLink, id: string): void {
    if (link.queuedBytes <= limit) return;
    this.#host.log(
      'warning',
      `Freeing cluster link(${link.inbound ? 'from' : 'to'} node ${id}, used memory: ` +
        `${link.queuedBytes}) due to exceeding send buffer memory limit.`,
    );
    link.close();
    this.limitExceeded++;
  }

  /** Port and links, all at once. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    for (const link of [...this.#links]) link.close();
  }
}

/** On an encrypted bus the first port of a node is that for TLS, and the other one comes second. */
function turned(header: Header, body: Body): Message {
  const turn = <T extends { readonly port: number; readonly tlsPort: number }>(one: T): T => ({
    ...one,
    port: one.tlsPort,
    tlsPort: one.port,
  });
  return { header: turn(header), body: 'gossip' in body ? { ...body, gossip: body.gossip.map(turn) } : body };
}

function count(counters: Counters, type: MessageType): void {
  counters.set(type, (counters.get(type) ?? 0) + 1);
}
