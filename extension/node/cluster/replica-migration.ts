/**
 * A spare replica moves to a primary that has lost all of its own, so that its shard survives the next failure, too.
 * Nobody decides it: every replica sees the same table and comes to the same result, that of the shards with most
 * replicas the one with the smallest id goes, unless that leaves fewer than `cluster-migration-barrier` behind. Orphaned
 * is only who had replicas once (`MIGRATE_TO`): a primary that was made without gets none. Replicas of a failed primary
 * do not count: they stay to replace it. (clusterHandleSlaveMigration; redis-server lets such a replica, which does not
 * move, stand in the way of those that would.)
 */
import { REPLICA_MIGRATION_DELAY } from './constants.ts';
import { MIGRATE_TO } from './message.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import type { View } from './view.ts';

const NOBODY: ReadonlyMap<Peer, number> = new Map();

export class ReplicaMigration {
  readonly #view: View;
  readonly #roles: Roles;
  /** Since when primaries have been seen without working replicas. */
  #orphanedSince = NOBODY;

  constructor(view: View, roles: Roles) {
    this.#view = view;
    this.#roles = roles;
  }

  /** By every tick of a replica. */
  consider(): void {
    const { self, nodes, ok, host } = this.#view;
    // Only from a shard with replicas to spare: then there is no need to look at all the others.
    if (self.primary === undefined || self.primary.workingReplicas() < 2) {
      this.#orphanedSince = NOBODY;
      return;
    }
    const others = nodes.all.filter((peer) => !peer.isMyself && !peer.inHandshake && peer.hasAddress);
    const primaries = others.filter((peer) => peer.isPrimary && !peer.failed);
    const orphans = primaries.filter((peer) => isOrphan(peer) && peer.slots.count > 0);
    // Who is one again waits again (in redis-server its time goes on from the first).
    if (orphans.length === 0) this.#orphanedSince = NOBODY;
    const most = primaries.reduce((max, peer) => Math.max(max, peer.workingReplicas()), 0);
    const richest = primaries.filter((peer) => peer.workingReplicas() === most);
    const primary = richest.find((peer) => peer === self.primary);
    if (orphans.length === 0 || most < 2 || primary === undefined) return;
    if (!host.settings.flag('cluster-allow-replica-migration') || !ok) return;
    if (!this.#isSpare(primary)) return;
    this.#trackOrphans();
    const [target] = orphans;
    if (richest.some(({ replicas }) => replicas.some(({ id }) => id < self.id))) return;
    const since = this.#orphanedSince.get(target) ?? this.#view.now;
    if (this.#view.now - since <= REPLICA_MIGRATION_DELAY) return;
    host.log('notice', `Migrating to orphaned master ${target.id}`);
    this.#roles.follow(target);
  }

  /** Enough replicas stay behind. */
  #isSpare(primary: Peer): boolean {
    const working = primary.replicas.filter((replica) => !replica.failed && !replica.possiblyFailed).length;
    return working > this.#view.host.settings.number('cluster-migration-barrier');
  }

  /** Natural replicas of a failed-over primary need time to say that they are its: only lasting orphans count. */
  #trackOrphans(): void {
    const { nodes, now } = this.#view;
    const orphans = nodes.all.filter(isOrphan);
    this.#orphanedSince = new Map(orphans.map((peer) => [peer, this.#orphanedSince.get(peer) ?? now]));
  }
}

/** A working primary that had replicas, or should have, and has none that works. */
function isOrphan(peer: Peer): boolean {
  return peer.isPrimary && !peer.failed && (peer.flags & MIGRATE_TO) !== 0 && peer.workingReplicas() === 0;
}
