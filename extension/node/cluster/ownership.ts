/**
 * Who owns which slots, as learned from those who claim them. A claim is believed when nobody has the slot, or when it
 * comes with a higher config epoch than the owner's: that is the whole of Redis Cluster's agreement about slots.
 */
import type { Bus } from './bus.ts';
import { IN_FLIGHT } from './constants.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import { BITMAP_SIZE, countIn, hasSlot, inBoth, slotsIn } from './slot-bitmap.ts';
import type { View } from './view.ts';

/** What a claim took from this node. */
interface Change {
  /** This node, or its primary, as it was before. */
  readonly formerPrimary: Peer | undefined;
  takenFromUs: number;
  /** Slots of ours that went, with keys left in them. */
  readonly dirty: number[];
}

export class Ownership {
  readonly #view: View;
  readonly #bus: Bus;
  readonly #roles: Roles;

  constructor(view: View, bus: Bus, roles: Roles) {
    this.#view = view;
    this.#bus = bus;
    this.#roles = roles;
  }

  /** `claimant`, another primary, claims exactly the slots of `bitmap` under `epoch`. */
  claimed(claimant: Peer, epoch: number, bitmap: Uint8Array): void {
    const { self, slots, effects } = this.#view;
    const formerPrimary = self.isPrimary ? self : self.primary;
    const change: Change = { formerPrimary, takenFromUs: 0, dirty: [] };
    // When a cluster is made, nearly all: nobody's until now. What we are importing is closed by hand.
    const free = slots.importingFrom.size === 0 ? slots.freeIn(bitmap) : [];
    this.#view.assignFree(free, claimant);
    const taken = this.isAsKnown(claimant, bitmap) ? false : this.#compare(claimant, epoch, bitmap, change);
    if (taken || free.length > 0) {
      effects.saveSoon();
      effects.updateState();
    }
    this.#settle(claimant, change, bitmap);
  }

  /**
   * The claimant has these slots here, too, and claims them still: nearly every message says so. What it gave up stays
   * its own here, so that its claiming it again shows in `unclaimed` only (in redis-server it does not: the slot can then
   * be had by any epoch).
   */
  isAsKnown(claimant: Peer, bitmap: Uint8Array): boolean {
    return this.#view.slots.unclaimed.count === 0 && claimant.slots.equals(bitmap);
  }

  /** Takes and gives up slot by slot what is claimed, and no longer claimed. True when any was taken. */
  #compare(claimant: Peer, epoch: number, bitmap: Uint8Array, change: Change): boolean {
    const { unclaimed } = this.#view.slots;
    let taken = false;
    for (let byte = 0; byte < BITMAP_SIZE; byte++) {
      const known = claimant.slots.bytes[byte];
      // Eight slots at a time that are as we know them: nearly all.
      if (bitmap[byte] === known && (unclaimed.bytes[byte] & known) === 0) continue;
      for (let slot = byte * 8; slot < byte * 8 + 8; slot++) {
        if (!hasSlot(bitmap, slot)) this.#notClaimed(claimant, slot);
        else if (this.#isBelievable(claimant, epoch, slot)) {
          this.#take(slot, claimant, change);
          taken = true;
        }
      }
    }
    return taken;
  }

  #take(slot: number, claimant: Peer, change: Change): void {
    const { self, slots, host } = this.#view;
    const owner = slots.owner(slot);
    if (owner === self && host.keyspace.countInSlot(slot) > 0) change.dirty.push(slot);
    if (owner !== undefined && owner === change.formerPrimary) change.takenFromUs++;
    this.#view.assign(slot, claimant);
  }

  #notClaimed(claimant: Peer, slot: number): void {
    const { slots, now } = this.#view;
    if (slots.owner(slot) !== claimant) return;
    // The links of a pair are not in order: this may have been said before it took its newest slots. If it was not,
    // it will be said again.
    if (now - claimant.slotsGainedAt > IN_FLIGHT) slots.unclaimed.add(slot);
  }

  #isBelievable(claimant: Peer, epoch: number, slot: number): boolean {
    const { slots } = this.#view;
    const owner = slots.owner(slot);
    if (owner === claimant) {
      slots.unclaimed.delete(slot);
      return false;
    }
    // A slot we are importing is closed by hand, whatever the sending side says meanwhile.
    if (slots.importingFrom.has(slot)) return false;
    return owner === undefined || slots.isClaimable(slot) || owner.configEpoch < epoch;
  }

  /** What becomes of this node when slots went from it, or from its primary, to the claimant. */
  #settle(claimant: Peer, { formerPrimary, takenFromUs, dirty }: Change, bitmap: Uint8Array): void {
    const { self, host } = this.#view;
    const grandPrimary = self.primary?.primary;
    const leftEmpty = takenFromUs > 0 && formerPrimary?.slots.count === 0;
    // Without replica migration only the heir of all our slots is followed, and of nothing else.
    const allOfIt = () => countIn(bitmap) === takenFromUs;
    if (leftEmpty && (host.settings.flag('cluster-allow-replica-migration') || allOfIt())) {
      // Failed over: we had slots and have none left, or our primary had and has not.
      host.log(
        'notice',
        `Configuration change detected. Reconfiguring myself as a replica of ${this.#view.name(claimant)}`,
      );
      this.#roles.follow(claimant);
    } else if (grandPrimary !== undefined && grandPrimary !== self) {
      host.log(
        'notice',
        `I'm a sub-replica! Reconfiguring myself as a replica of grandmaster ${this.#view.name(grandPrimary)}`,
      );
      this.#roles.follow(grandPrimary);
    } else for (const slot of dirty) host.dropSlot(slot);
  }

  /** Somebody claims slots with an epoch that is older than their owner's: tell it who the owner is. */
  correct(sender: Peer, epoch: number, bitmap: Uint8Array): void {
    const { slots } = this.#view;
    for (const slot of slotsIn(inBoth(bitmap, slots.owned.bytes))) {
      const owner = slots.owner(slot);
      if (owner === undefined || owner === sender || slots.isClaimable(slot)) continue;
      if (owner.configEpoch <= epoch) continue;
      this.#view.host.log(
        'verbose',
        `Node ${sender.id} has old slots configuration, sending an UPDATE message about ${owner.id}`,
      );
      this.#bus.send(sender.link, {
        type: 'update',
        about: owner.id,
        configEpoch: owner.configEpoch,
        slots: this.#stillClaimed(owner),
      });
      // One owner is enough for now: if there are more, the sender's next ping brings them.
      return;
    }
  }

  #stillClaimed(owner: Peer): Uint8Array {
    const { unclaimed } = this.#view.slots;
    return owner.slots.bytes.map((byte, at) => byte & ~unclaimed.bytes[at]);
  }
}
