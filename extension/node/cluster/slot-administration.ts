/** Slots given, taken and moved by hand: ADDSLOTS, DELSLOTS, FLUSHSLOTS and SETSLOT. */
import { errors } from '../../redis/errors.ts';
import { SLOT_COUNT } from '../../redis/slots.ts';
import { bumpConfigEpoch } from './epochs.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import type { View } from './view.ts';

export class SlotAdministration {
  readonly #view: View;
  readonly #roles: Roles;

  constructor(view: View, roles: Roles) {
    this.#view = view;
    this.#roles = roles;
  }

  /**
   * After the data was loaded: keys of slots that are not ours by nodes.conf. Where nobody owns the slot, we do; where
   * somebody does, the slot is shown as one we import, so that redis-cli finds the keys and can move them.
   */
  adoptStrayKeys(): void {
    const { self, slots, effects, host } = this.#view;
    if (self.isReplica || host.keyspace.size === 0) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = slots.owner(slot);
      if (host.keyspace.countInSlot(slot) === 0 || owner === self || slots.importingFrom.has(slot)) continue;
      if (owner === undefined) {
        host.log('notice', `I have keys for unassigned slot ${slot}. Taking responsibility for it.`);
        this.#view.assign(slot, self);
        effects.updateState();
        effects.broadcast();
      } else {
        host.log(
          'notice',
          `I have keys for slot ${slot}, but the slot is assigned to another node. Setting it to importing state.`,
        );
        slots.importingFrom.set(slot, owner);
      }
      effects.saveSynced();
    }
  }

  /** All of them or, with an error, none. */
  add(slots: readonly number[]): void {
    this.#check(slots, (slot) => (this.#view.slots.owner(slot) ? errors.slotBusy(slot) : undefined));
    // Ours now, however they came: nothing is left to import.
    for (const slot of slots) this.#view.slots.importingFrom.delete(slot);
    this.#view.assignAll(slots, this.#view.self);
    this.#changed();
  }

  /** Whoever owns them: this node does not know an owner any more. */
  delete(slots: readonly number[]): void {
    this.#check(slots, (slot) => (this.#view.slots.owner(slot) ? undefined : errors.slotUnassigned(slot)));
    for (const slot of slots) {
      this.#view.slots.importingFrom.delete(slot);
      this.#view.release(slot);
    }
    this.#changed();
  }

  flush(): void {
    if (this.#view.host.keyspace.size > 0) throw errors.flushSlotsNotEmpty();
    this.#view.releaseAllOf(this.#view.self);
    this.#changed();
  }

  #check(slots: readonly number[], refusal: (slot: number) => Error | undefined): void {
    const seen = new Uint8Array(SLOT_COUNT);
    for (const slot of slots) {
      const error = refusal(slot) ?? (seen[slot] ? errors.slotTwice(slot) : undefined);
      if (error !== undefined) throw error;
      seen[slot] = 1;
    }
  }

  #changed(): void {
    const { effects } = this.#view;
    effects.updateState();
    effects.saveNow();
    effects.broadcast();
  }

  // Open slots are saved by the next tick: who moves slots notices when one is not open any more.

  migrating(slot: number, target: Peer): void {
    const { self, slots, effects } = this.#view;
    if (slots.owner(slot) !== self) throw errors.notSlotOwner(slot);
    if (target.isReplica) throw errors.targetNotPrimary();
    slots.migratingTo.set(slot, target);
    effects.saveSoon();
  }

  importing(slot: number, source: Peer): void {
    const { self, slots, effects } = this.#view;
    if (slots.owner(slot) === self) throw errors.alreadySlotOwner(slot);
    if (source.isReplica) throw errors.targetNotPrimary();
    slots.importingFrom.set(slot, source);
    effects.saveSoon();
  }

  stable(slot: number): void {
    const { slots, effects } = this.#view;
    slots.importingFrom.delete(slot);
    slots.migratingTo.delete(slot);
    effects.saveSoon();
  }

  /** The end of a migration, told to both sides and, as redis-cli does, to all other primaries. */
  bind(slot: number, owner: Peer): void {
    const { self, slots, effects, host } = this.#view;
    if (owner.isReplica) throw errors.targetNotPrimary();
    const wasOurs = slots.owner(slot) === self;
    const keys = host.keyspace.countInSlot(slot);
    if (wasOurs && owner !== self && keys > 0) throw errors.slotHoldsKeys(slot);
    if (keys === 0) slots.migratingTo.delete(slot);
    this.#view.assign(slot, owner);
    effects.updateState();
    // What is not ours the owner teaches us again; nobody could teach us what is.
    if (owner === self) effects.saveNow();
    else effects.saveSoon();
    if (wasOurs || owner === self) effects.broadcast();
    if (wasOurs && owner !== self) this.#leftWithoutSlots(owner);
    if (owner !== self || !slots.importingFrom.delete(slot)) return;
    // A claim without votes: only a higher epoch than the old owner's makes the others believe it.
    if (bumpConfigEpoch(this.#view)) host.log('notice', `configEpoch updated after importing slot ${slot}`);
    effects.broadcast();
  }

  #leftWithoutSlots(heir: Peer): void {
    const { self, host } = this.#view;
    if (self.slots.count > 0 || !host.settings.flag('cluster-allow-replica-migration')) return;
    host.log(
      'notice',
      `Configuration change detected. Reconfiguring myself as a replica of ${this.#view.name(heir)}`,
    );
    this.#roles.follow(heir);
  }
}
