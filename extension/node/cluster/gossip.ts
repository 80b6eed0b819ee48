/**
 * Pings, pongs and meets: what they tell of other nodes, and what is learned from theirs.
 *
 * Redis fills the gossip section with nodes drawn at random, so that news reach everybody within seconds. Here a node
 * is told first of those it may not know yet: peers are numbered as they answer for the first time, and every peer has
 * a mark up to which number it was told. Receivers can't tell the difference; but fresh nodes know each other within a
 * few round trips.
 */
import type { Bus } from './bus.ts';
import { CLOCK_TOLERANCE, GOSSIP_MINIMUM, GOSSIP_SHARE, GOSSIP_TRIES, IN_FLIGHT } from './constants.ts';
import type { Failure } from './failure.ts';
import {
  type Extensions,
  FAIL,
  type GossipEntry,
  HANDSHAKE,
  MIGRATE_TO,
  NOADDR,
  NOFAILOVER,
  PFAIL,
  type PingBody,
  PRIMARY,
  REPLICA,
} from './message.ts';
import { isNodeId } from './node-table.ts';
import type { Peer, PeerLink } from './peer.ts';
import { type View, wallTimeOf } from './view.ts';

/** At most so many nodes are introduced in one message; the rest follows with the next. */
const NEWCOMERS_AT_ONCE = 16;
/**
 * So many are told at once of a node that answered; they dial it, and tell as many in turn, so that all know it after
 * a few rounds. If everybody told all others of everybody, a cluster of N nodes would be made with N³ messages.
 */
const AUDIENCE = 6;

export class Gossip {
  readonly #view: View;
  readonly #bus: Bus;
  readonly #failure: Failure;
  /** Others were told of the peers up to this serial. */
  #introducedUpTo = 0;
  /** Counts up with every message that carries gossip: see `Peer.chosenFor`. */
  #messages = 0;

  constructor(view: View, bus: Bus, failure: Failure) {
    this.#view = view;
    this.#bus = bus;
    this.#failure = failure;
  }

  /**
   * Sends a ping, pong or meet. `peer` is who is at the other end, undefined while that is not known; `about`: whom it
   * is told of in any case.
   */
  send(link: PeerLink, peer: Peer | undefined, type: PingBody['type'], about: readonly Peer[] = []): void {
    if (peer !== undefined && !link.inbound && type === 'ping') peer.pingSentAt = this.#view.now;
    const { now } = this.#view;
    const wallClock = this.#view.host.world.clock.wallMs();
    const gossip = this.#choose(peer, about).map((other) => entryOf(other, now, wallClock));
    this.#bus.send(link, { type, gossip, extensions: this.#extensions(peer) });
  }

  ping(peer: Peer): void {
    if (peer.link !== undefined) this.send(peer.link, peer, 'ping');
  }

  /**
   * A PONG nobody asked for: news of this node. The two links of a pair are not in order with each other: an answer
   * sent before the news may arrive after them, on the other link. Claims of slots carry an epoch and are safe from
   * that. A role has none: with `newRole` the news follow the answer on its link too. Whom we are dialling hears them in
   * the ping that it is greeted with.
   */
  broadcastPong(to: (peer: Peer) => boolean = () => true, newRole = false): void {
    const { nodes, now } = this.#view;
    for (const peer of nodes.all) {
      const { link, inboundLink } = peer;
      if (link === undefined || peer.isMyself || peer.inHandshake || !to(peer)) continue;
      if (link.isConnected) this.send(link, peer, 'pong');
      if (!newRole || inboundLink === undefined || now - inboundLink.sentAt >= IN_FLIGHT) continue;
      this.send(inboundLink, peer, 'pong');
    }
  }

  /** To the replicas of the own shard only: who is to be elected depends on their offsets. */
  broadcastPongToShard(): void {
    const { self } = this.#view;
    this.broadcastPong(
      ({ isReplica, primary }) =>
        isReplica && primary !== undefined && (primary === self || primary === self.primary),
    );
  }

  /** Tells newcomers of the others, and others of them: everybody in a small cluster, some in a large one. */
  introduce(newcomers: readonly Peer[]): void {
    const { nodes } = this.#view;
    const untold = nodes.verifiedAfter(this.#introducedUpTo).slice(0, NEWCOMERS_AT_ONCE);
    this.#introducedUpTo = nodes.lastSerial;
    const everybody = untold.length > 0 && nodes.size <= AUDIENCE;
    for (const peer of everybody ? nodes.all : newcomers) {
      if (peer.toldUpTo < nodes.lastSerial && this.#newcomersFor(peer, 1).length > 0) this.#tell(peer, []);
    }
    if (untold.length === 0 || everybody) return;
    let told = 0;
    for (let tries = AUDIENCE * GOSSIP_TRIES; tries > 0 && told < AUDIENCE; tries--) {
      if (this.#tell(nodes.atRandom(), untold)) told++;
    }
  }

  /** A pong about others. False when the peer is not ready to believe us. */
  #tell(peer: Peer, about: readonly Peer[]): boolean {
    if (peer.link === undefined || peer.serial === 0 || !peer.knowsUs) return false;
    this.send(peer.link, peer, 'pong', about);
    return true;
  }

  /** Whom `target` is told of; nobody twice. */
  #choose(target: Peer | undefined, about: readonly Peer[]): Peer[] {
    const { nodes } = this.#view;
    const chosen: Peer[] = [];
    const message = ++this.#messages;
    const choose = (peer: Peer): void => {
      if (peer === target || peer.chosenFor === message) return;
      peer.chosenFor = message;
      chosen.push(peer);
    };
    for (const peer of about) if (this.#isWorthTelling(peer)) choose(peer);
    if (target?.knowsUs) for (const peer of this.#takeNewcomersFor(target)) choose(peer);
    // Neither this node nor, as far as can be told, the one it talks to.
    const others = nodes.size - 2;
    const wanted = Math.min(Math.max(Math.floor(nodes.size / GOSSIP_SHARE), GOSSIP_MINIMUM), others);
    for (let tries = wanted * GOSSIP_TRIES; tries > 0 && chosen.length < wanted; tries--) {
      const peer = nodes.atRandom();
      if (this.#isWorthTelling(peer)) choose(peer);
    }
    // All that seem to have failed, so that PFAIL becomes FAIL soon.
    if (nodes.suspects.size === 0) return chosen;
    for (const peer of nodes.all) {
      if (peer.possiblyFailed && !(peer.flags & (HANDSHAKE | NOADDR))) choose(peer);
    }
    return chosen;
  }

  #isWorthTelling(peer: Peer): boolean {
    if (peer.isMyself || peer.flags & (PFAIL | HANDSHAKE | NOADDR)) return false;
    return peer.link !== undefined || peer.slots.count > 0;
  }

  /** The first `limit` that it may not know: among a thousand nodes it takes many messages to tell of all. */
  #newcomersFor(target: Peer, limit: number): Peer[] {
    const { nodes } = this.#view;
    const found: Peer[] = [];
    for (let serial = target.toldUpTo + 1; serial <= nodes.lastSerial && found.length < limit; serial++) {
      const peer = nodes.verified(serial);
      if (peer === undefined || peer === target || peer.learnedFrom === target) continue;
      if (this.#isWorthTelling(peer)) found.push(peer);
    }
    return found;
  }

  #takeNewcomersFor(target: Peer): Peer[] {
    const { lastSerial } = this.#view.nodes;
    if (target.toldUpTo === lastSerial) return [];
    const newcomers = this.#newcomersFor(target, NEWCOMERS_AT_ONCE + 1);
    const told = newcomers.slice(0, NEWCOMERS_AT_ONCE);
    target.toldUpTo = told.length < newcomers.length ? told[told.length - 1].serial : lastSerial;
    return told;
  }

  #extensions(target: Peer | undefined): Extensions {
    const { self, nodes, now } = this.#view;
    const named = self.hostname === '' ? {} : { hostname: self.hostname };
    if (target?.knowsExtensions === false) return named;
    return {
      ...named,
      nodename: self.nodename,
      // Rounded down: nodes that tell each other in turn must not make it last longer each time.
      forgotten: nodes
        .forgotten(now)
        .map(({ id, left }) => ({ id, seconds: Math.floor(left / 1000) }))
        .filter(({ seconds }) => seconds > 0),
      shardId: self.shardId,
    };
  }

  /** Reads a gossip section. `sender` is undefined when we don't know it: then nobody is learned from it. */
  process(entries: readonly GossipEntry[], sender: Peer | undefined): void {
    const { nodes, now } = this.#view;
    const wallClock = this.#view.host.world.clock.wallMs();
    for (const entry of entries) {
      const position = nodes.byId.position(entry.id);
      if (position === 0) {
        if (sender !== undefined) this.#learn(entry, sender);
        continue;
      }
      const doubts = (entry.flags & (PFAIL | FAIL)) !== 0;
      const age = wallClock - entry.pongReceived * 1000;
      if (!doubts && now - age <= nodes.byId.heardUpTo(position)) continue;
      const peer = nodes.byId.at(position);
      if (sender?.isPrimary && !peer.isMyself) {
        if (doubts) this.#failure.report(peer, sender);
        else this.#failure.withdraw(peer, sender);
      }
      if (!doubts && entry.pongReceived > 0 && age >= -CLOCK_TOLERANCE) this.#believePong(peer, now - age);
      this.#moveIfUnreachable(peer, entry);
      // By another's clock it may lie ahead, and the next pong of its own sets it back.
      if (!this.#failure.isDoubted(peer)) nodes.byId.heard(position, Math.min(peer.pongReceivedAt, now));
    }
  }

  /**
   * A node we know nothing of, told by one we know. No handshake: its address may have been given to a node of
   * another cluster meanwhile, and only one that answers with this very id is accepted.
   */
  #learn(entry: GossipEntry, from: Peer): void {
    const { nodes, now, host } = this.#view;
    if (entry.flags & (NOADDR | HANDSHAKE) || !isNodeId(entry.id) || nodes.isForgotten(entry.id, now)) return;
    // Its FAIL is agreed; PFAIL would be another's opinion.
    const flags = entry.flags & (PRIMARY | REPLICA | FAIL | MIGRATE_TO | NOFAILOVER);
    const peer = nodes.create(entry.id, flags, now);
    if (peer.failed) peer.failedAt = now;
    setAddress(peer, entry);
    peer.learnedFrom = from;
    nodes.add(peer);
    // Whoever told us is in the file, and would tell again.
    this.#view.effects.saveSoon();
    host.observe({ type: 'known-node', peerId: peer.id, change: 'joined' });
    this.#bus.dial(peer);
  }

  /** Others hear from it, so we need not ping it as soon; unless somebody doubts it. */
  #believePong(peer: Peer, receivedAt: number): void {
    if (peer.pingSentAt !== undefined || this.#failure.reports(peer) > 0) return;
    if (receivedAt > peer.pongReceivedAt) peer.pongReceivedAt = receivedAt;
  }

  /** We can't reach it, somebody who can knows another address: try that. */
  #moveIfUnreachable(peer: Peer, entry: GossipEntry): void {
    if (!(peer.flags & (PFAIL | FAIL)) || entry.flags & (NOADDR | PFAIL | FAIL)) return;
    const { ip, port, tlsPort, busPort } = entry;
    if (peer.ip === ip && peer.port === port && peer.tlsPort === tlsPort && peer.busPort === busPort) return;
    peer.link?.close();
    setAddress(peer, entry);
    peer.lower(NOADDR);
    this.#view.host.observe({ type: 'known-node', peerId: peer.id, change: 'address' });
    this.#bus.dial(peer);
  }
}

/** `now`, `wallClock`: the same moment by both clocks. */
function entryOf(peer: Peer, now: number, wallClock: number): GossipEntry {
  const { id, ip, port, tlsPort, busPort, flags, pingSentAt, pongReceivedAt } = peer;
  return {
    id,
    ip,
    port,
    tlsPort,
    busPort,
    flags,
    pingSent: pingSentAt === undefined ? 0 : wallSeconds(pingSentAt, now, wallClock),
    pongReceived: pongReceivedAt === -Infinity ? 0 : wallSeconds(pongReceivedAt, now, wallClock),
  };
}

function wallSeconds(monotonic: number, now: number, wallClock: number): number {
  return Math.floor(wallTimeOf(monotonic, now, wallClock) / 1000);
}

function setAddress(peer: Peer, { ip, port, tlsPort, busPort }: GossipEntry): void {
  peer.ip = ip;
  peer.port = port;
  peer.tlsPort = tlsPort;
  peer.busPort = busPort;
}
