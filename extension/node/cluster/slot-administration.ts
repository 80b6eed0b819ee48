/** Slots given, taken and moved by hand: ADDSLOTS, DELSLOTS, FLUSHSLOTS and SETSLOT. */
import { errors } from '../../redis/errors.ts';
import { SLOT_COUNT, type SlotRange } from '../../redis/slots.ts';
import { bumpConfigEpoch } from './epochs.ts';
import type { Peer } from './peer.ts';
import type { Roles } from './roles.ts';
import { SlotBitmap } from './slot-bitmap.ts';
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
  add(ranges: readonly SlotRange[]): void {
    const { slots, self } = this.#view;
    this.#check(ranges, (range) => slots.owned.firstIn(range), errors.slotBusy);
    // Ours now, however they came: nothing is left to import.
    for (const range of ranges) this.#closeImports(range);
    this.#view.assignFree(ranges, self);
    this.#changed();
  }

  /** Whoever owns them: this node does not know an owner any more. */
  delete(ranges: readonly SlotRange[]): void {
    const { slots } = this.#view;
    this.#check(ranges, (range) => slots.owned.firstMissingIn(range), errors.slotUnassigned);
    for (const range of ranges) {
      this.#closeImports(range);
      for (let slot = range[0]; slot <= range[1]; slot++) this.#view.release(slot);
    }
    this.#changed();
  }

  flush(): void {
    if (this.#view.host.keyspace.size > 0) throw errors.flushSlotsNotEmpty();
    this.#view.releaseAllOf(this.#view.self);
    this.#changed();
  }

  /** Throws for the first slot that is not as it should be, or is named twice. */
  #check(
    ranges: readonly SlotRange[],
    firstWrong: (range: SlotRange) => number | undefined,
    refusal: (slot: number) => Error,
  ): void {
    const seen = new SlotBitmap();
    for (const range of ranges) {
      const wrong = firstWrong(range);
      const twice = seen.firstIn(range);
      if (twice !== undefined && twice < (wrong ?? SLOT_COUNT)) throw errors.slotTwice(twice);
      if (wrong !== undefined) throw refusal(wrong);
      seen.addUnset(range);
    }
  }

  #closeImports([first, last]: SlotRange): void {
    const { importingFrom } = this.#view.slots;
    for (const slot of importingFrom.keys()) if (slot >= first && slot <= last) importingFrom.delete(slot);
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
    const { self, slots, effects, host } = this.#view;
    if (slots.owner(slot) === self) throw errors.alreadySlotOwner(slot);
    if (source.isReplica) throw errors.targetNotPrimary();
    host.finishDropping();
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
    // Of the owner it had before, too: who says so by hand knows.
    slots.unclaimed.delete(slot);
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
