/**
 * Primary or replica: the changes of role, of this node and of others. A role has no epoch: whoever says last what it is
 * is believed, and slots, which have one, follow from claims only. A replica with slots there is not.
 */
import type { ManualFailover } from './manual-failover.ts';
import { MIGRATE_TO, type NodeId, PRIMARY, REPLICA } from './message.ts';
import type { Peer } from './peer.ts';
import type { View } from './view.ts';

export class Roles {
  readonly #view: View;
  readonly #manual: ManualFailover;
  /** Whom replication was told to follow, and where: nothing after a restart. */
  #followed: { peer: Peer; host: string; port: number } | undefined;

  constructor(view: View, manual: ManualFailover) {
    this.#view = view;
    this.#manual = manual;
  }

  /** `peer` acts as a primary now. */
  becamePrimary(peer: Peer): void {
    if (peer.isPrimary) return;
    if (peer.primary !== undefined) {
      peer.primary.removeReplica(peer);
      if (!peer.isMyself) peer.raise(MIGRATE_TO);
    }
    peer.lower(REPLICA);
    peer.raise(PRIMARY);
    peer.primary = undefined;
    this.#changed(peer);
  }

  /** `peer` says it is a replica, of `primary` if we know that. */
  becameReplica(peer: Peer, primary: Peer | undefined): void {
    if (!peer.isReplica) {
      this.#view.releaseAllOf(peer);
      peer.lower(PRIMARY | MIGRATE_TO);
      peer.raise(REPLICA);
      this.#changed(peer);
    }
    if (primary === undefined || peer.primary === primary) return;
    peer.primary?.removeReplica(peer);
    primary.addReplica(peer);
    peer.primary = primary;
    this.#view.effects.saveSoon();
  }

  #changed(peer: Peer): void {
    const { effects, host } = this.#view;
    effects.saveSoon();
    effects.updateState();
    if (!peer.isMyself) return;
    effects.broadcastRole();
    host.observe({ type: 'role', role: 'primary' });
  }

  /** `peer` belongs to this shard; if it is our primary, so do we. */
  setShard(peer: Peer, shardId: NodeId): void {
    const { self, effects } = this.#view;
    if (peer.shardId !== shardId) {
      peer.shardId = shardId;
      effects.saveSoon();
    }
    if (self.primary === peer && self.shardId !== shardId) {
      self.shardId = shardId;
      effects.saveSoon();
    }
  }

  /** This node, which must own no slots, becomes a replica of `primary`, or of another one than before. */
  follow(primary: Peer): void {
    const { self, slots, effects, host } = this.#view;
    if (self.isPrimary) {
      self.lower(PRIMARY | MIGRATE_TO);
      self.raise(REPLICA);
      slots.closeAll();
    } else if (self.primary !== undefined && self.primary !== primary) {
      for (const slot of self.primary.slots) effects.slotLost(slot);
      self.primary.removeReplica(self);
    }
    self.primary = primary;
    this.setShard(self, primary.shardId);
    primary.addReplica(self);
    this.#manual.reset();
    this.#replicate(primary);
    effects.updateState();
    effects.broadcastRole();
    effects.saveNow();
    host.observe({ type: 'role', role: 'replica', primaryId: primary.id });
  }

  /** Replication follows our primary to wherever it is: after a restart, or when its address changed. */
  keepFollowing(): void {
    const { primary } = this.#view.self;
    if (primary === undefined || !primary.hasAddress || primary.ip === '') return;
    const { peer, host, port } = this.#followed ?? {};
    const address = this.#view.replicationAddress(primary);
    if (peer !== primary || host !== address.host || port !== address.port) this.#replicate(primary);
  }

  #replicate(primary: Peer): void {
    const address = this.#view.replicationAddress(primary);
    this.#followed = { peer: primary, ...address };
    this.#view.host.replicateFrom(address);
  }

  /** This node, a replica, becomes a primary with the data it has. */
  promoteSelf(): void {
    this.becamePrimary(this.#view.self);
    this.#followed = undefined;
    this.#view.host.promote();
  }
}
