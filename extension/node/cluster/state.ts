/**
 * cluster_state: whether this node takes queries at all. Not while a slot has no owner that works (unless
 * `cluster-require-full-coverage no`), and not on the side of a partition that has no majority of the primaries: there
 * writes would be lost once the other side has elected replacements. Back from there, or restarted, a primary waits a
 * while before it takes queries again: it may have been replaced, and the others get the time to say so.
 */
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { ClusterLack } from '../observer.ts';
import { REJOIN_DELAY_MAXIMUM, REJOIN_DELAY_MINIMUM, WRITABLE_DELAY } from './constants.ts';
import { FAIL, PFAIL } from './message.ts';
import { isVoter, type View } from './view.ts';

export class ClusterState {
  readonly #view: View;
  /** It was part of a cluster before, and what it remembers may be outdated. */
  #restarted: boolean;
  /** It was part of a majority since. */
  #wasOk = false;
  #firstLookAt: number | undefined;
  #inMinorityAt = -Infinity;

  constructor(view: View, restarted: boolean) {
    this.#view = view;
    this.#restarted = restarted;
  }

  /** CLUSTER RESET: what the node knew is gone, and with it what the cluster could correct. */
  reset(): void {
    this.#restarted = false;
    this.#wasOk = false;
    this.#inMinorityAt = -Infinity;
  }

  update(): void {
    const { self, ok, now, nodeTimeout, host } = this.#view;
    this.#firstLookAt ??= now;
    // A restarted primary may have been replaced while it was away: the others get the time to say so.
    if (this.#restarted && self.isPrimary && !ok && now - this.#firstLookAt < WRITABLE_DELAY) return;
    const lack = this.#lack();
    if ((lack === undefined) === ok) return;
    if (lack === undefined) {
      const delay = Math.min(Math.max(nodeTimeout, REJOIN_DELAY_MINIMUM), REJOIN_DELAY_MAXIMUM);
      if (self.isPrimary && now - this.#inMinorityAt < delay) return;
    }
    this.#view.ok = lack === undefined;
    if (this.#view.ok) this.#wasOk = true;
    host.log(lack === undefined ? 'notice' : 'warning', `Cluster state changed: ${lack ? 'fail' : 'ok'}`);
    host.observe({ type: 'cluster-state', ok: lack === undefined, ...(lack && { lack }) });
  }

  #lack(): ClusterLack | undefined {
    const { nodes, quorum, host } = this.#view;
    const voters = nodes.all.filter(isVoter);
    const reachable = voters.filter((peer) => !(peer.flags & (FAIL | PFAIL))).length;
    if (reachable < quorum) {
      // A node that has never been part of a majority can't have been parted from one.
      if (this.#restarted || this.#wasOk) this.#inMinorityAt = this.#view.now;
      return { what: 'primaries', have: reachable, of: voters.length };
    }
    return host.settings.flag('cluster-require-full-coverage') ? this.#uncovered() : undefined;
  }

  #uncovered(): ClusterLack | undefined {
    const { slots, nodes } = this.#view;
    let served = slots.assigned;
    for (const peer of nodes.all) if (peer.failed) served -= peer.slots.count;
    return served === SLOT_COUNT ? undefined : { what: 'slots', have: served, of: SLOT_COUNT };
  }
}
