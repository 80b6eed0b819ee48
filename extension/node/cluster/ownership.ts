/**
 * Who owns which slots, as learned from those who claim them. A claim is believed when nobody has the slot, or when it
 * comes with a higher config epoch than the owner's: that is the whole of Redis Cluster's agreement about slots.
 */
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { Bus } from './bus.ts';
import { IN_FLIGHT } from './constants.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import { hasSlot, slotsIn } from './slot-bitmap.ts';
import type { View } from './view.ts';

export class Ownership {
  readonly #view: View;
  readonly #bus: Bus;
  readonly #roles: Roles;

  constructor(view: View, bus: Bus, roles: Roles) {
    this.#view = view;
    this.#bus = bus;
    this.#roles = roles;
  }

  /** `claimant`, a primary, claims exactly the slots of `bitmap` under `epoch`. */
  claimed(claimant: Peer, epoch: number, bitmap: Uint8Array): void {
    const { self, host } = this.#view;
    if (claimant === self) {
      host.log('notice', 'Discarding UPDATE message about myself.');
      return;
    }
    const formerPrimary = self.isPrimary ? self : self.primary;
    const dirty: number[] = [];
    let claimedCount = 0;
    let takenFromUs = 0;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if ((slot & 7) === 0 && (bitmap[slot >> 3] | claimant.slots.bytes[slot >> 3]) === 0) {
        // Eight slots that are neither claimed nor the claimant's: most are.
        slot += 7;
        continue;
      }
      if (!hasSlot(bitmap, slot)) {
        this.#notClaimed(claimant, slot);
        continue;
      }
      claimedCount++;
      if (!this.#isBelievable(claimant, epoch, slot)) continue;
      const owner = this.#view.slots.owner(slot);
      if (owner !== undefined && owner === self && host.keyspace.countInSlot(slot) > 0) dirty.push(slot);
      if (owner !== undefined && owner === formerPrimary) takenFromUs++;
      this.#view.assign(slot, claimant);
      this.#view.effects.saveSoon();
      this.#view.effects.updateState();
    }
    this.#settle(claimant, formerPrimary, takenFromUs, claimedCount, dirty);
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
  #settle(
    claimant: Peer,
    formerPrimary: Peer | undefined,
    takenFromUs: number,
    claimedCount: number,
    dirty: readonly number[],
  ): void {
    const { self, host } = this.#view;
    const grandPrimary = self.primary?.primary;
    const mayMove = host.settings.flag('cluster-allow-replica-migration') || claimedCount === takenFromUs;
    if (takenFromUs > 0 && formerPrimary?.slots.count === 0 && mayMove) {
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
    for (const slot of slotsIn(bitmap)) {
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
