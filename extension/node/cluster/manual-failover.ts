/**
 * CLUSTER FAILOVER: a replica takes over from a living primary without losing a write. The primary holds back its
 * writing clients and says so in its headers; once the replica has applied all up to the offset told there, it stands
 * for election like any other, and asks for votes although its primary is well.
 */
import type { Bus } from './bus.ts';
import { MANUAL_FAILOVER_PAUSE_FACTOR, MANUAL_FAILOVER_TIMEOUT } from './constants.ts';
import type { Gossip } from './gossip.ts';
import type { Header } from './message.ts';
import type { Peer } from './peer.ts';
import type { View } from './view.ts';

export class ManualFailover {
  readonly #view: View;
  readonly #bus: Bus;
  readonly #gossip: Gossip;
  /** Monotonic ms; undefined while none is under way. */
  #endsAt: number | undefined;
  /** On the primary: the replica that asked. */
  #replica: Peer | undefined;
  /** On the replica: where the primary's history stands still. */
  #primaryOffset: number | undefined;
  #canStart = false;

  constructor(view: View, bus: Bus, gossip: Gossip) {
    this.#view = view;
    this.#bus = bus;
    this.#gossip = gossip;
  }

  get underWay(): boolean {
    return this.#endsAt !== undefined;
  }

  /** On the replica: the election may begin, whatever the primary's state. */
  get canStart(): boolean {
    return this.underWay && this.#canStart;
  }

  /** On the replica: the primary has told where it stands, and we may not be there yet. */
  get catchingUp(): boolean {
    return this.#primaryOffset !== undefined && !this.#canStart;
  }

  /** On the replica, by command. `force`: without asking the primary, which may be down. */
  begin(force: boolean): void {
    this.reset();
    this.#endsAt = this.#view.now + MANUAL_FAILOVER_TIMEOUT;
    const { self, effects } = this.#view;
    if (force) {
      this.#view.host.log('notice', 'Forced failover user request accepted.');
      this.#canStart = true;
      effects.considerFailover();
    } else {
      this.#view.host.log('notice', 'Manual failover user request accepted.');
      this.#bus.send(self.primary?.link, { type: 'mfstart' });
    }
  }

  /** On the primary: `replica` asks for it. */
  requested(replica: Peer): void {
    this.reset();
    const { now, host } = this.#view;
    this.#endsAt = now + MANUAL_FAILOVER_TIMEOUT;
    this.#replica = replica;
    this.#bus.paused = true;
    host.pauseWrites(now + MANUAL_FAILOVER_TIMEOUT * MANUAL_FAILOVER_PAUSE_FACTOR);
    host.log('notice', `Manual failover requested by replica ${this.#view.name(replica)}.`);
    // The ping carries the offset at which clients were held back: the replica need not wait for the next one.
    this.pingReplica();
  }

  /** On the primary, while it lasts: the replica hears more often than other nodes. False when there is none. */
  pingReplica(peer = this.#replica): boolean {
    if (peer === undefined || peer !== this.#replica || peer.link === undefined) return false;
    this.#gossip.ping(peer);
    return true;
  }

  /** On the replica: any message of our primary may tell that it stands still now. */
  heardPrimary(header: Header): void {
    if (!this.underWay || !header.paused || this.#primaryOffset !== undefined) return;
    this.#primaryOffset = header.replicationOffset;
    this.#view.host.log(
      'notice',
      `Received replication offset for paused master manual failover: ${header.replicationOffset}`,
    );
    this.#view.effects.considerFailover();
  }

  /**
   * On the replica: have we all the primary has? Equal offsets say so while we are linked to it, and only then: a
   * restarted primary counts from 0 again, and so does a replica that has not been sent its data yet.
   */
  checkOffset(): void {
    const { host } = this.#view;
    if (!this.catchingUp || !host.primaryLinkUp() || this.#primaryOffset !== host.replicationOffset()) return;
    this.#canStart = true;
    host.log('notice', 'All master replication stream processed, manual failover can start.');
    this.#view.effects.considerFailover();
  }

  checkTimeout(): void {
    if (this.#endsAt === undefined || this.#endsAt >= this.#view.now) return;
    this.#view.host.log('warning', 'Manual failover timed out.');
    this.reset();
  }

  reset(): void {
    if (this.#replica !== undefined) this.#view.host.unpauseWrites();
    this.#endsAt = undefined;
    this.#replica = undefined;
    this.#primaryOffset = undefined;
    this.#canStart = false;
    this.#bus.paused = false;
  }
}
