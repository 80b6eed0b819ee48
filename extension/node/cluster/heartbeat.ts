/**
 * What happens ten times a second: the safety net under everything that reacts at once. Lost links are dialled again;
 * one node a second is pinged, out of a few at random the one that was not heard of for longest; and whoever was not
 * heard of, by a pong of its own or in others' gossip, for half the node timeout, so that all are within a timeout.
 */
import { RANDOM_PING_CANDIDATES, RANDOM_PING_TICKS } from './constants.ts';
import { HANDSHAKE, MYSELF, NOADDR } from './message.ts';
import type { Peer } from './peer.ts';
import type { Parts } from './receive.ts';
import type { ReplicaMigration } from './replica-migration.ts';
import type { ClusterState } from './state.ts';

export class Heartbeat {
  readonly #parts: Parts;
  readonly #state: ClusterState;
  readonly #migration: ReplicaMigration;
  #ticks = 0;
  #lastTickAt = -Infinity;

  constructor(parts: Parts, state: ClusterState, migration: ReplicaMigration) {
    this.#parts = parts;
    this.#state = state;
    this.#migration = migration;
  }

  tick(): void {
    const { view, manual, roles, election } = this.#parts;
    this.#ticks++;
    const overslept = view.now - this.#lastTickAt > view.nodeTimeout / 2;
    this.#lastTickAt = view.now;
    this.#keepLinks();
    if (this.#ticks % RANDOM_PING_TICKS === 0) this.#pingLongestUnheard();
    // After a SIGSTOP the silence was ours, and the answers are still to be read: the next tick may judge.
    if (!overslept) this.#watchAll();
    manual.checkTimeout();
    if (view.self.isReplica) {
      roles.keepFollowing();
      manual.checkOffset();
      election.consider();
      this.#migration.consider();
    }
    if (!view.ok) this.#state.update();
    // What could wait for a tick has waited long enough.
    if (view.effects.saving === 'soon') view.effects.saveNow();
  }

  // Of a thousand nodes each looks at all others ten times a second: at what most of them need, which is nothing, first.

  #keepLinks(): void {
    const { view, bus } = this.#parts;
    bus.enforceLimit();
    // Apart: handshakes that took too long are removed on the way.
    const lacking = view.nodes.all.filter(
      (peer) => peer.link === undefined || peer.inHandshake || peer.metAt !== undefined,
    );
    for (const peer of lacking) this.#keepLink(peer);
  }

  #watchAll(): void {
    const { view, manual } = this.#parts;
    const { now, nodeTimeout } = view;
    const interval = view.host.settings.number('cluster-ping-interval') || nodeTimeout / 2;
    for (const peer of view.nodes.all) {
      if (peer.flags & (MYSELF | NOADDR | HANDSHAKE)) continue;
      const answered = peer.pingSentAt === undefined && now - peer.pongReceivedAt <= interval;
      if (!answered || manual.underWay) this.#watch(peer, now, nodeTimeout, interval);
    }
  }

  #keepLink(peer: Peer): void {
    const { bus, membership, gossip } = this.#parts;
    if (membership.handshakeExpired(peer)) return;
    bus.dial(peer);
    if (peer.link !== undefined && membership.needsMeeting(peer)) gossip.send(peer.link, peer, 'meet');
  }

  /** A few at random, and of these the one whose last pong is the oldest: about one ping a second. */
  #pingLongestUnheard(): void {
    const { view, gossip } = this.#parts;
    let oldest: Peer | undefined;
    for (let pick = 0; pick < RANDOM_PING_CANDIDATES; pick++) {
      const peer = view.nodes.atRandom();
      if (peer.link === undefined || peer.pingSentAt !== undefined) continue;
      if (peer.flags & (MYSELF | HANDSHAKE)) continue;
      if (oldest === undefined || peer.pongReceivedAt < oldest.pongReceivedAt) oldest = peer;
    }
    if (oldest !== undefined) gossip.ping(oldest);
  }

  #watch(peer: Peer, now: number, nodeTimeout: number, interval: number): void {
    const { gossip, manual, failure, bus } = this.#parts;
    const pingAge = peer.pingSentAt === undefined ? 0 : now - peer.pingSentAt;
    const silence = Math.min(pingAge, now - peer.dataReceivedAt);
    // The connection may be what is broken: half a timeout without an answer or anything else, and it is dialled anew.
    // Not twice within a timeout.
    if (peer.link !== undefined && now - peer.link.createdAt > nodeTimeout && silence > nodeTimeout / 2) {
      peer.link.close();
      bus.dial(peer);
    }
    if (peer.link !== undefined && peer.pingSentAt === undefined && now - peer.pongReceivedAt > interval) {
      gossip.ping(peer);
    } else if (!manual.pingReplica(peer) && silence > nodeTimeout) failure.suspect(peer);
  }
}
