/**
 * What each message does to this node's view.
 *
 * The header of every message tells of its sender: epochs, replication offset, slots, role. A ping, pong or meet is
 * read in the order in which one part rests on another: who is it, and may it be believed; where is it; is it a primary
 * or a replica; which slots does it claim, and by which epoch; only then what it tells of others. Of a node that is not
 * in the table nothing is believed but that it is there: its pings are answered, and a MEET makes it be dialled.
 */
import type { Bus } from './bus.ts';
import type { Election } from './election.ts';
import { resolveCollision } from './epochs.ts';
import type { Failure } from './failure.ts';
import type { Gossip } from './gossip.ts';
import type { Link } from './link.ts';
import type { ManualFailover } from './manual-failover.ts';
import type { Membership } from './membership.ts';
import {
  type Body,
  type Extensions,
  type FailBody,
  type Header,
  type Message,
  NOADDR,
  NOFAILOVER,
  type PingBody,
  PRIMARY,
  REPLICA,
  type UpdateBody,
} from './message.ts';
import { isNodeId } from './node-table.ts';
import type { Ownership } from './ownership.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import type { Self } from './self.ts';
import type { View } from './view.ts';

/** Everything a message can set in motion. */
export interface Parts {
  readonly view: View;
  readonly self: Self;
  readonly bus: Bus;
  readonly gossip: Gossip;
  readonly failure: Failure;
  readonly membership: Membership;
  readonly roles: Roles;
  readonly ownership: Ownership;
  readonly election: Election;
  readonly manual: ManualFailover;
}

export class Receiver {
  readonly #parts: Parts;
  readonly #view: View;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#view = parts.view;
  }

  message(link: Link, { header, body }: Message): void {
    const sender = this.#senderOf(link, header);
    if (sender !== undefined) this.#heard(sender, link, header);
    else if (link.inbound && body.type !== 'meet') link.speaker = header.sender;
    if ('gossip' in body) this.#ping(link, sender, header, body);
    else if (body.type === 'fail') this.#fail(sender, header, body.about);
    else if (sender !== undefined) this.#fromMember(sender, header, body);
  }

  /** What only nodes we know may tell. */
  #fromMember(sender: Peer, header: Header, body: Exclude<Body, PingBody | FailBody>): void {
    const { election, manual, view } = this.#parts;
    switch (body.type) {
      case 'publish':
      case 'publishshard':
        view.host.deliver(body.channel, body.message, body.type === 'publishshard');
        break;
      case 'auth-req':
        election.requested(sender, header);
        break;
      case 'auth-ack':
        election.voted(sender, header);
        break;
      case 'mfstart':
        if (sender.primary === view.self) manual.requested(sender);
        break;
      case 'update':
        this.#update(body);
        break;
      case 'module':
        // No modules here: nobody to hand it to.
        break;
    }
  }

  /** The node at the other end, if we know it. The first message on an inbound link tells whose it is. */
  #senderOf(link: Link, header: Header): Peer | undefined {
    const { peer } = link;
    // Another node may answer where this one was: what it says of itself is not said of this one. (redis-server takes
    // its epoch for this one's, which can give slots back to a node that is long gone: clusterProcessPacket.)
    if (peer !== undefined && !peer.inHandshake && peer.id === header.sender) return peer;
    const sender = this.#view.nodes.get(header.sender);
    if (sender === undefined || sender.isMyself) return undefined;
    if (link.inbound && link.peer === undefined) {
      // It dialled again before we noticed the end of its last connection.
      sender.inboundLink?.close();
      sender.inboundLink = link;
      link.peer = sender;
    }
    return sender;
  }

  /** What every message of a known node tells. */
  #heard(sender: Peer, link: Link, header: Header): void {
    sender.dataReceivedAt = this.#view.now;
    if (sender.inHandshake) return;
    if (link.inbound && !sender.knowsUs) {
      sender.knowsUs = true;
      this.#view.effects.introduce(sender);
    }
    this.#view.currentEpoch = Math.max(this.#view.currentEpoch, header.currentEpoch);
    if (header.configEpoch > sender.configEpoch) {
      sender.configEpoch = header.configEpoch;
      this.#view.effects.saveSoon();
    }
    sender.replicationOffset = header.replicationOffset;
    if (this.#view.self.primary === sender) this.#parts.manual.heardPrimary(header);
  }

  #ping(link: Link, sender: Peer | undefined, header: Header, body: PingBody): void {
    if (body.type !== 'pong') this.#answer(link, sender, header, body);
    const known = link.inbound ? sender : this.#whoWeDialled(link, sender, header);
    if (known === undefined) return;
    this.#news(link, known, header, body);
  }

  /** A ping, pong or meet of a node we know. */
  #news(link: Link, sender: Peer, header: Header, body: PingBody): void {
    if (header.flags & NOFAILOVER) sender.raise(NOFAILOVER);
    else sender.lower(NOFAILOVER);
    if (body.type === 'ping') this.#updateAddress(sender, link, header);
    if (!link.inbound && body.type === 'pong') this.#ponged(sender);
    this.#updateRole(sender, header);
    this.#updateSlots(sender, header);
    if (header.configEpoch === this.#view.self.configEpoch) resolveCollision(this.#view, sender);
    this.#parts.gossip.process(body.gossip, sender);
    this.#processExtensions(sender, body.extensions);
  }

  /** PING and MEET are answered whoever sends them. */
  #answer(link: Link, sender: Peer | undefined, header: Header, body: PingBody): void {
    const { membership, gossip, self } = this.#parts;
    const isMeet = body.type === 'meet';
    self.reachedAt(link.localIp, isMeet);
    if (isMeet && sender === undefined && header.sender !== this.#view.self.id) {
      const { port, tlsPort, busPort } = header;
      membership.met({ ip: header.announcedIp || link.remoteIp, port, busPort }, tlsPort);
      gossip.process(body.gossip, undefined);
    }
    gossip.send(link, sender, 'pong');
  }

  /** Of a message on a link we opened: completes the handshake, or checks that the right node is there. */
  #whoWeDialled(link: Link, sender: Peer | undefined, header: Header): Peer | undefined {
    const { peer } = link;
    if (peer === undefined) return undefined;
    if (!peer.inHandshake) {
      if (peer.id === header.sender) return peer;
      this.#view.host.log('debug', `PONG contains mismatching sender ID. About node ${peer.id}`);
      this.#loseAddress(peer);
      return undefined;
    }
    if (sender !== undefined || header.sender === this.#view.self.id || !isNodeId(header.sender)) {
      // We have it already, under its true id: the handshake only told us where it is.
      if (sender !== undefined) this.#updateAddress(sender, link, header);
      this.#view.remove(peer);
      return undefined;
    }
    this.#parts.membership.completed(peer, header.sender, header.flags & (PRIMARY | REPLICA));
    peer.knowsUs = this.#parts.bus.adoptInbound(peer);
    this.#heard(peer, link, header);
    this.#ponged(peer);
    // It may not have known us when it heard from us last.
    this.#parts.gossip.send(link, peer, 'pong');
    return peer;
  }

  /** Another node answers where this one was. */
  #loseAddress(peer: Peer): void {
    peer.raise(NOADDR);
    peer.ip = '';
    peer.port = 0;
    peer.tlsPort = 0;
    peer.busPort = 0;
    peer.link?.close();
    this.#view.effects.saveSoon();
  }

  #ponged(peer: Peer): void {
    peer.pongReceivedAt = this.#view.now;
    peer.pingSentAt = undefined;
    if (this.#view.nodes.verify(peer)) this.#view.effects.introduce(peer);
    this.#parts.failure.answered(peer);
  }

  /**
   * A node told us of itself on a link it opened, and is elsewhere than we thought. On links we opened ourselves
   * there is nothing to learn about where they lead.
   */
  #updateAddress(peer: Peer, link: Link, header: Header): void {
    if (link === peer.link || peer.inHandshake) return;
    const ip = header.announcedIp || link.remoteIp;
    if (ip === '') return;
    const { port, tlsPort, busPort } = header;
    if (peer.ip === ip && peer.port === port && peer.tlsPort === tlsPort && peer.busPort === busPort) return;
    peer.ip = ip;
    peer.port = port;
    peer.tlsPort = tlsPort;
    peer.busPort = busPort;
    peer.link?.close();
    peer.lower(NOADDR);
    const { effects, host, self } = this.#view;
    host.log('notice', `Address updated for node ${this.#view.name(peer)}, now ${ip}:${port}`);
    host.observe({ type: 'known-node', peerId: peer.id, change: 'address' });
    effects.saveSoon();
    effects.updateState();
    this.#parts.bus.dial(peer);
    if (self.primary === peer) this.#parts.roles.keepFollowing();
  }

  #updateRole(sender: Peer, header: Header): void {
    const { roles } = this.#parts;
    if (header.primaryId === undefined) roles.becamePrimary(sender);
    else roles.becameReplica(sender, this.#view.nodes.get(header.primaryId));
  }

  /** Slots claimed here are the sender's, or its primary's when it is a replica. */
  #updateSlots(sender: Peer, header: Header): void {
    const claimant = sender.isPrimary ? sender : sender.primary;
    const { ownership } = this.#parts;
    if (claimant === undefined || ownership.isAsKnown(claimant, header.slots)) return;
    if (sender.isPrimary) ownership.claimed(sender, header.configEpoch, header.slots);
    // What was believed needs no correction.
    if (!claimant.slots.equals(header.slots)) ownership.correct(sender, header.configEpoch, header.slots);
  }

  #processExtensions(sender: Peer, extensions: Extensions): void {
    const { nodes, self, effects, host } = this.#view;
    for (const { id, seconds } of extensions.forgotten ?? []) {
      const peer = nodes.get(id);
      if (peer === undefined || peer.isMyself || peer === self.primary) continue;
      this.#parts.membership.forget(peer, seconds * 1000);
    }
    for (const type of extensions.unknown ?? [])
      host.log('warning', `Received unknown extension type ${type}`);
    sender.knowsExtensions = extensions.shardId !== undefined;
    const { hostname = '', nodename = '' } = extensions;
    if (sender.hostname !== hostname || sender.nodename !== nodename) {
      sender.hostname = hostname;
      sender.nodename = nodename;
      effects.saveSoon();
    }
    this.#parts.roles.setShard(sender, extensions.shardId ?? sender.shardPrimary.shardId);
  }

  #fail(sender: Peer | undefined, header: Header, about: string): void {
    if (sender === undefined) {
      this.#view.host.log(
        'notice',
        `Ignoring FAIL message from unknown node ${header.sender} about ${about}`,
      );
      return;
    }
    const peer = this.#view.nodes.get(about);
    if (peer !== undefined) this.#parts.failure.failTold(peer, sender);
  }

  /** We claimed slots that are somebody else's by a newer epoch, and are told whose. */
  #update({ about, configEpoch, slots }: UpdateBody): void {
    const owner = this.#view.nodes.get(about);
    if (owner === undefined || owner.configEpoch >= configEpoch) return;
    if (owner.isMyself) {
      this.#view.host.log('notice', 'Discarding UPDATE message about myself.');
      return;
    }
    if (owner.isReplica) this.#parts.roles.becamePrimary(owner);
    owner.configEpoch = configEpoch;
    this.#view.effects.saveSoon();
    this.#parts.ownership.claimed(owner, configEpoch, slots);
  }
}
