/**
 * Nodes come and go: MEET and handshake, FORGET, RESET.
 *
 * A node trusts those in its table, and those they tell of in gossip. So one that is in nobody's table has to be brought
 * in by hand: CLUSTER MEET makes this node dial an address and say MEET, the one message that is believed of a stranger.
 * The stranger dials back. Each side keeps the other under a random id until its answer, on the link that it dialled
 * itself, tells the true one. Forgetting is by hand, too, and at all nodes within a minute: any that still knows the
 * node would tell the others of it.
 */
import { BUS_PORT_OFFSET, MAX_PORT } from '../../redis/config/ports.ts';
import type { Bus } from './bus.ts';
import { FORGOTTEN_FOR, HANDSHAKE_TIMEOUT_MINIMUM } from './constants.ts';
import { normalIp } from './ip-address.ts';
import { HANDSHAKE, MEET } from './message.ts';
import type { Peer } from './peer.ts';
import type { View } from './view.ts';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly busPort: number;
}

export class Membership {
  readonly #view: View;
  readonly #bus: Bus;

  constructor(view: View, bus: Bus) {
    this.#view = view;
    this.#bus = bus;
  }

  /** CLUSTER MEET. False when the address can't be one; a handshake with it that is under way is fine. */
  meet(host: string, port: number, busPort = port + BUS_PORT_OFFSET): boolean {
    const ip = normalIp(host);
    if (ip === undefined || !isPort(port) || !isPort(busPort)) return false;
    const { encrypted } = this.#view;
    this.#startHandshake({ ip, port: encrypted ? 0 : port, busPort }, encrypted ? port : 0, MEET);
    return true;
  }

  /** A stranger sent MEET: it is dialled in turn, and its true id taken from its answer. */
  met(endpoint: Endpoint, tlsPort: number): void {
    this.#startHandshake(endpoint, tlsPort, 0);
  }

  #startHandshake({ ip, port, busPort }: Endpoint, tlsPort: number, meet: number): void {
    const { nodes, now } = this.#view;
    for (const peer of nodes.all) {
      if (!peer.inHandshake || peer.ip !== ip || peer.port !== port || peer.busPort !== busPort) continue;
      // Under way already. The first message of each link to it is a MEET until it answers.
      peer.raise(meet);
      return;
    }
    const peer = nodes.create(undefined, HANDSHAKE | meet, now);
    peer.ip = ip;
    peer.port = port;
    peer.tlsPort = tlsPort;
    peer.busPort = busPort;
    nodes.add(peer);
    this.#bus.dial(peer);
  }

  /** The answer to a handshake came from a node we did not know yet. */
  completed(peer: Peer, id: string, roleFlags: number): void {
    const { nodes, now, effects, host } = this.#view;
    host.log('debug', `Handshake with node ${id} completed.`);
    nodes.rename(peer, id);
    if (peer.flags & MEET) peer.metAt = now;
    peer.lower(HANDSHAKE | MEET);
    peer.raise(roleFlags);
    effects.saveNow();
    host.observe({ type: 'known-node', peerId: id, change: 'joined' });
  }

  /**
   * By every tick: the other side of a MEET may have missed it, or failed to dial us, and know nothing of us. Until it
   * shows that it does, it is met again.
   */
  needsMeeting(peer: Peer): boolean {
    if (peer.metAt === undefined) return false;
    if (peer.knowsUs) peer.metAt = undefined;
    else if (this.#view.now - peer.metAt > this.#handshakeLimit && peer.link?.isConnected) {
      peer.metAt = this.#view.now;
      return true;
    }
    return false;
  }

  get #handshakeLimit(): number {
    return Math.max(this.#view.nodeTimeout, HANDSHAKE_TIMEOUT_MINIMUM);
  }

  /** By every tick: true when the handshake took too long and was given up. */
  handshakeExpired(peer: Peer): boolean {
    if (!peer.inHandshake || this.#view.now - peer.createdAt <= this.#handshakeLimit) return false;
    this.#view.remove(peer);
    return true;
  }

  /** CLUSTER FORGET here (a minute), or at a node that tells us how long. */
  forget(peer: Peer, ms = FORGOTTEN_FOR): void {
    const { nodes, now, effects } = this.#view;
    nodes.forget(peer.id, now + ms);
    this.#view.remove(peer);
    effects.updateState();
    effects.saveNow();
  }

  /** The node tables' part of CLUSTER RESET: all others forgotten; `hard`: another identity, epochs from zero. */
  reset(hard: boolean): void {
    const { self, nodes, slots, effects, host } = this.#view;
    slots.closeAll();
    for (const peer of [...nodes.all]) this.#view.releaseAllOf(peer);
    for (const peer of [...nodes.all]) if (!peer.isMyself) this.#view.remove(peer);
    nodes.forgiveAll();
    if (hard) {
      this.#view.currentEpoch = 0;
      this.#view.lastVoteEpoch = 0;
      self.configEpoch = 0;
      host.log('notice', 'configEpoch set to 0 via CLUSTER RESET HARD');
      nodes.renameSelf();
      host.log('notice', `Node hard reset, now I'm ${self.id}`);
    }
    effects.updateState();
    effects.saveSynced();
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= MAX_PORT;
}
