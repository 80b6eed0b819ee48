/**
 * Who failed. A node that is silent for a node timeout is PFAIL: one node's opinion, told to all in gossip. When a
 * majority of the primaries with slots told so within twice that time, it is FAIL for everybody.
 */
import type { Bus } from './bus.ts';
import { FAIL_REPORT_TIMEOUTS, FAIL_UNDO_TIMEOUTS } from './constants.ts';
import { FAIL, MYSELF, PFAIL } from './message.ts';
import type { Peer } from './peer.ts';
import { isVoter, type View } from './view.ts';

export class Failure {
  readonly #view: View;
  readonly #bus: Bus;

  constructor(view: View, bus: Bus) {
    this.#view = view;
    this.#bus = bus;
  }

  /** `sender`, a primary, says that `peer` has failed. */
  report(peer: Peer, sender: Peer): void {
    const isNew = !peer.failureReports?.has(sender);
    if (peer.failureReports === undefined) this.#view.nodes.byId.forgetHeard();
    peer.failureReports ??= new Map();
    peer.failureReports.set(sender, this.#view.now);
    if (isNew) {
      this.#log(
        'verbose',
        `Node ${this.#view.name(sender)} reported node ${this.#view.name(peer)} as not reachable.`,
      );
    }
    this.#failIfAgreed(peer);
  }

  /** `sender` says that `peer` is well. */
  withdraw(peer: Peer, sender: Peer): void {
    // Most entries of most gossip are about nodes that nobody doubts.
    if (!peer.failureReports?.delete(sender)) return;
    this.#dropOldReports(peer);
    this.#log(
      'verbose',
      `Node ${this.#view.name(sender)} reported node ${this.#view.name(peer)} is back online.`,
    );
  }

  /** By this node or by another. */
  isDoubted(peer: Peer): boolean {
    return (peer.flags & (PFAIL | FAIL)) !== 0 || peer.failureReports !== undefined;
  }

  /** How many others say so, and did lately. */
  reports(peer: Peer): number {
    if (peer.failureReports === undefined) return 0;
    this.#dropOldReports(peer);
    return peer.failureReports?.size ?? 0;
  }

  #dropOldReports(peer: Peer): void {
    const { failureReports } = peer;
    if (failureReports === undefined) return;
    const oldest = this.#view.now - this.#view.nodeTimeout * FAIL_REPORT_TIMEOUTS;
    for (const [reporter, at] of failureReports) if (at < oldest) failureReports.delete(reporter);
    if (failureReports.size === 0) peer.failureReports = undefined;
  }

  /** Silent for a node timeout, as seen from here. */
  suspect(peer: Peer): void {
    if (peer.flags & (PFAIL | FAIL)) return;
    this.#log('debug', `*** NODE ${peer.id} possibly failing`);
    peer.raise(PFAIL);
    this.#view.nodes.suspects.add(peer);
    this.#view.nodes.byId.forgetHeard();
    this.#view.effects.updateState();
    // A report that counts need not wait for the next ping.
    if (isVoter(this.#view.self)) this.#view.effects.broadcast();
    this.#observe(peer, 'pfail');
    // The others may have told it before; and where this is the only primary, nobody else will.
    this.#failIfAgreed(peer);
  }

  #failIfAgreed(peer: Peer): void {
    if (!peer.possiblyFailed || peer.failed) return;
    const { self, quorum, effects } = this.#view;
    // Reports are taken from primaries only; those without slots don't vote, so they don't count here either.
    this.#dropOldReports(peer);
    let agreed = isVoter(self) ? 1 : 0;
    for (const reporter of peer.failureReports?.keys() ?? []) if (isVoter(reporter)) agreed++;
    if (agreed < quorum) return;
    this.#log('notice', `Marking node ${this.#view.name(peer)} as failing (quorum reached).`);
    this.#fail(peer);
    // Everybody at once, whoever tells it: a replica may have been the first to collect the majority.
    this.#bus.broadcast({ type: 'fail', about: peer.id });
    effects.saveSoon();
  }

  /** FAIL told by another node, which had the majority. */
  failTold(peer: Peer, sender: Peer): void {
    if (peer.flags & (FAIL | MYSELF)) return;
    this.#log(
      'notice',
      `FAIL message received from ${this.#view.name(sender)} about ${this.#view.name(peer)}`,
    );
    this.#fail(peer);
    this.#view.effects.saveSoon();
  }

  #fail(peer: Peer): void {
    this.#unsuspect(peer);
    peer.raise(FAIL);
    this.#view.nodes.byId.forgetHeard();
    peer.failedAt = this.#view.now;
    this.#view.effects.updateState();
    if (this.#view.self.primary === peer) this.#view.effects.considerFailover();
    this.#observe(peer, 'fail');
  }

  /** A pong came from it. */
  answered(peer: Peer): void {
    if (peer.possiblyFailed) {
      this.#unsuspect(peer);
      this.#cleared(peer);
    } else if (peer.failed) this.#clearFail(peer);
  }

  #unsuspect(peer: Peer): void {
    peer.lower(PFAIL);
    this.#view.nodes.suspects.delete(peer);
  }

  #clearFail(peer: Peer): void {
    const name = this.#view.name(peer);
    if (peer.isReplica || peer.slots.count === 0) {
      const what = peer.isReplica ? 'replica' : 'master without slots';
      this.#log('notice', `Clear FAIL state for node ${name}:${what} is reachable again.`);
    } else if (this.#view.now - peer.failedAt > this.#view.nodeTimeout * FAIL_UNDO_TIMEOUTS) {
      // Still the owner of its slots after that long: nobody is going to replace it.
      this.#log(
        'notice',
        `Clear FAIL state for node ${name}: is reachable again and nobody is serving its slots after some time.`,
      );
    } else return;
    peer.lower(FAIL);
    this.#cleared(peer);
  }

  #cleared(peer: Peer): void {
    this.#view.effects.saveSoon();
    this.#view.effects.updateState();
    this.#observe(peer, 'ok');
  }

  #observe(peer: Peer, state: 'pfail' | 'fail' | 'ok'): void {
    this.#view.host.observe({ type: 'failure', peerId: peer.id, state });
  }

  #log(level: 'debug' | 'verbose' | 'notice', text: string): void {
    this.#view.host.log(level, text);
  }
}
