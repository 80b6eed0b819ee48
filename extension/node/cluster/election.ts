/**
 * A replica takes the place of its failed primary: it asks all primaries for their vote in a new epoch, and when a
 * majority gave it, the epoch is its own and with it the right to the slots. A primary votes once an epoch, so an epoch
 * has one winner at most. The best replica goes first: each waits, after the FAIL, a second longer for every fellow
 * that has more of the primary's history. Who has not heard the primary for too long does not stand at all.
 */
import type { Timer } from '../../redis/world.ts';
import type { Bus } from './bus.ts';
import {
  CANT_FAILOVER_LOG_PERIOD,
  CANT_FAILOVER_SILENCE,
  ELECTION_DELAY,
  ELECTION_JITTER,
  ELECTION_RANK_DELAY,
  ELECTION_RETRY_FACTOR,
  ELECTION_TIMEOUT_MINIMUM,
  ELECTION_TIMEOUTS,
  VOTE_PAUSE_TIMEOUTS,
} from './constants.ts';
import type { Gossip } from './gossip.ts';
import type { ManualFailover } from './manual-failover.ts';
import type { Header } from './message.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import { slotsIn } from './slot-bitmap.ts';
import { isVoter, type View } from './view.ts';

type Obstacle = 'data-age' | 'delay' | 'expired' | 'votes';

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  'data-age':
    "Disconnected from master for longer than allowed. Please check the 'cluster-replica-validity-factor' " +
    'configuration option.',
  delay: 'Waiting the delay before I can start a new failover.',
  expired: 'Failover attempt expired.',
  votes: 'Waiting for votes, but majority still not reached.',
};

export class Election {
  readonly #view: View;
  readonly #bus: Bus;
  readonly #gossip: Gossip;
  readonly #manual: ManualFailover;
  readonly #roles: Roles;
  /** Runs a turn in which `consider` is called. */
  readonly #wake: () => void;

  /** When votes may be asked for, or were; long ago at first. */
  #startsAt = -Infinity;
  #timer: Timer | undefined;
  #rank = 0;
  #asked = false;
  #epoch = 0;
  #votes = 0;

  #obstacle: Obstacle | undefined;
  #toldObstacleAt = -Infinity;

  constructor(view: View, bus: Bus, gossip: Gossip, manual: ManualFailover, roles: Roles, wake: () => void) {
    this.#view = view;
    this.#bus = bus;
    this.#gossip = gossip;
    this.#manual = manual;
    this.#roles = roles;
    this.#wake = wake;
  }

  /** Looks at what there is to do: by every tick of a replica, and whenever something about it changed. */
  consider(): void {
    const { now, nodeTimeout } = this.#view;
    const primary = this.#candidacy();
    if (primary === undefined) {
      this.#obstacle = undefined;
      return;
    }
    const timeout = Math.max(nodeTimeout * ELECTION_TIMEOUTS, ELECTION_TIMEOUT_MINIMUM);
    const age = now - this.#startsAt;
    if (!this.#manual.canStart && this.#dataTooOld()) this.#unable('data-age', primary);
    else if (age > timeout * ELECTION_RETRY_FACTOR) this.#schedule(primary);
    else {
      this.#followRank(primary);
      if (now < this.#startsAt) this.#unable('delay', primary);
      else if (age > timeout) this.#unable('expired', primary);
      else if (!this.#asked) this.#ask();
      else if (this.#votes >= this.#view.quorum) this.#win();
      else this.#unable('votes', primary);
    }
  }

  /** The primary to be replaced, when there is a reason to stand for election. */
  #candidacy(): Peer | undefined {
    const { self, host } = this.#view;
    const { primary } = self;
    if (!self.isReplica || primary === undefined || primary.slots.count === 0) return undefined;
    if (this.#manual.canStart) return primary;
    return primary.failed && !host.settings.flag('cluster-replica-no-failover') ? primary : undefined;
  }

  /** Too long without the primary to be worth its place. The time it took to call it failed is forgiven. */
  #dataTooOld(): boolean {
    const { host, nodeTimeout } = this.#view;
    const factor = host.settings.number('cluster-replica-validity-factor');
    if (factor === 0) return false;
    const silence = host.primarySilenceMs();
    const age = silence > nodeTimeout ? silence - nodeTimeout : silence;
    return age > host.settings.number('repl-ping-replica-period') * 1000 + nodeTimeout * factor;
  }

  #schedule(primary: Peer): void {
    const { now, host, effects } = this.#view;
    this.#votes = 0;
    this.#asked = false;
    if (this.#manual.underWay) {
      this.#startsAt = now;
      this.#rank = 0;
      effects.considerFailover();
    } else {
      this.#rank = this.#rankAmong(primary);
      const delay = ELECTION_DELAY + host.world.random.below(ELECTION_JITTER);
      this.#startsAt = now + delay + this.#rank * ELECTION_RANK_DELAY;
      this.#setTimer();
    }
    host.log(
      'notice',
      `Start of election delayed for ${Math.round(this.#startsAt - now)} milliseconds ` +
        `(rank #${this.#rank}, offset ${host.replicationOffset()}).`,
    );
    host.observe({ type: 'election', step: 'started', epoch: this.#view.currentEpoch, peerId: primary.id });
    // Fellow replicas learn our offset before the delay is over, and rank themselves by it.
    this.#gossip.broadcastPongToShard();
  }

  /** Fellow replicas that have more data. */
  #rankAmong(primary: Peer): number {
    const own = this.#view.host.replicationOffset();
    return primary.replicas.filter(
      (replica) => !replica.isMyself && replica.standsForElection && replica.replicationOffset > own,
    ).length;
  }

  /** Somebody turned out to have more data since: give it the time to go first. */
  #followRank(primary: Peer): void {
    if (this.#asked || this.#manual.underWay) return;
    const rank = this.#rankAmong(primary);
    if (rank <= this.#rank) return;
    const added = (rank - this.#rank) * ELECTION_RANK_DELAY;
    this.#startsAt += added;
    this.#rank = rank;
    this.#setTimer();
    this.#view.host.log('notice', `Replica rank updated to #${rank}, added ${added} milliseconds of delay.`);
  }

  #setTimer(): void {
    this.#timer?.cancel();
    this.#timer = this.#view.host.world.clock.after(this.#startsAt - this.#view.now, this.#wake);
  }

  #ask(): void {
    const { effects, host } = this.#view;
    this.#epoch = ++this.#view.currentEpoch;
    // Its own vote is for itself: once it is a primary, it must not help another candidate of this epoch to win as well
    // (redis-server may; the collision is resolved later).
    this.#view.lastVoteEpoch = this.#epoch;
    this.#asked = true;
    host.log('notice', `Starting a failover election for epoch ${this.#epoch}.`);
    host.observe({ type: 'election', step: 'requested', epoch: this.#epoch });
    this.#bus.broadcast({ type: 'auth-req' }, this.#manual.underWay);
    effects.saveSynced();
    effects.updateState();
  }

  /**
   * A vote came. Only those of primaries with slots count, and only for this election: one for the last attempt that
   * comes late, while the next is only planned, does not (in redis-server it does, until the epoch is counted up).
   */
  voted(voter: Peer, header: Header): void {
    if (!this.#asked || !isVoter(voter) || header.currentEpoch < this.#epoch) return;
    this.#votes++;
    this.#view.effects.considerFailover();
  }

  #win(): void {
    const { self, host } = this.#view;
    host.log('notice', "Failover election won: I'm the new master.");
    host.observe({ type: 'election', step: 'won', epoch: this.#epoch });
    if (self.configEpoch < this.#epoch) {
      self.configEpoch = this.#epoch;
      host.log('notice', `configEpoch set to ${this.#epoch} after successful failover`);
    }
    this.replacePrimary();
  }

  /** Takes the primary's slots. The caller has seen to a config epoch that is higher than the primary's. */
  replacePrimary(): void {
    const { self, effects } = this.#view;
    const { primary } = self;
    if (self.isPrimary || primary === undefined) return;
    this.#roles.promoteSelf();
    for (const slot of [...primary.slots]) this.#view.assign(slot, self);
    // Whom it replaces may have voted in an epoch that has begun since: a second vote of one shard could elect a second
    // replica in that epoch (redis-server gives it; the collision is resolved later).
    this.#view.lastVoteEpoch = this.#view.currentEpoch;
    this.#manual.reset();
    this.reset();
    effects.updateState();
    effects.saveSynced();
    effects.broadcast();
  }

  /** A replica of a failed primary asks for our vote. */
  requested(candidate: Peer, header: Header): void {
    const { self, now, effects, host } = this.#view;
    // Only primaries with slots count for the quorum, so only they vote.
    if (!isVoter(self)) return;
    const denial = this.#reasonToDeny(candidate, header);
    if (denial !== undefined) {
      host.log('warning', `Failover auth denied to ${this.#view.name(candidate)}: ${denial}`);
      return;
    }
    this.#view.lastVoteEpoch = this.#view.currentEpoch;
    if (candidate.primary !== undefined) candidate.primary.votedAt = now;
    effects.saveSynced();
    this.#bus.send(candidate.link, { type: 'auth-ack' });
    host.log(
      'notice',
      `Failover auth granted to ${this.#view.name(candidate)} for epoch ${this.#view.currentEpoch}`,
    );
    host.observe({ type: 'election', step: 'voted', epoch: this.#view.currentEpoch, peerId: candidate.id });
  }

  #reasonToDeny(candidate: Peer, header: Header): string | undefined {
    const { currentEpoch, lastVoteEpoch, nodeTimeout, now } = this.#view;
    const { primary } = candidate;
    if (header.currentEpoch < currentEpoch) {
      return `reqEpoch (${header.currentEpoch}) < curEpoch(${currentEpoch})`;
    }
    if (lastVoteEpoch === currentEpoch) return `already voted for epoch ${currentEpoch}`;
    if (candidate.isPrimary) return 'it is a master node';
    if (primary === undefined) return "I don't know its master";
    if (!primary.failed && !header.forceAck) return 'its master is up';
    const pause = primary.votedAt + nodeTimeout * VOTE_PAUSE_TIMEOUTS - now;
    if (pause > 0) return `can't vote about this master before ${Math.ceil(pause)} milliseconds`;
    return this.#newerClaim(header);
  }

  /** A slot the candidate wants, but somebody has under a newer epoch than the candidate knows of. */
  #newerClaim(header: Header): string | undefined {
    const { slots } = this.#view;
    for (const slot of slotsIn(header.slots)) {
      const owner = slots.owner(slot);
      if (owner === undefined || slots.isClaimable(slot) || owner.configEpoch <= header.configEpoch) continue;
      return `slot ${slot} epoch (${owner.configEpoch}) > reqEpoch (${header.configEpoch})`;
    }
    return undefined;
  }

  /** Says why it can't be elected: when the reason changed, else every ten seconds, and not in the first moments. */
  #unable(obstacle: Obstacle, primary: Peer): void {
    const { now, nodeTimeout, host, quorum } = this.#view;
    if (obstacle === this.#obstacle && now - this.#toldObstacleAt < CANT_FAILOVER_LOG_PERIOD) return;
    if (obstacle === 'expired' && this.#obstacle !== 'expired') {
      host.observe({ type: 'election', step: 'lost', epoch: this.#epoch });
    }
    this.#obstacle = obstacle;
    if (primary.failed && now - primary.failedAt < nodeTimeout + CANT_FAILOVER_SILENCE) return;
    this.#toldObstacleAt = now;
    host.log('notice', `Currently unable to failover: ${OBSTACLES[obstacle]}`);
    if (obstacle === 'votes' || obstacle === 'expired') {
      host.log('notice', `Needed quorum: ${quorum}. Number of votes received so far: ${this.#votes}`);
    }
  }

  /**
   * Forgets the last attempt, so that the next need not wait for its time to be over: after a won election, and when
   * a manual failover begins, whose votes must be its own.
   */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#startsAt = -Infinity;
    this.#asked = false;
    this.#votes = 0;
  }
}
