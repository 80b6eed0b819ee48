/** Who owns each slot, and which slots are on the move to or from this node. */
import { SLOT_COUNT, type SlotRange } from '../../redis/slots.ts';
import type { Peer } from './peer.ts';
import { rangesIn, SlotBitmap, without } from './slot-bitmap.ts';

/** The place of nobody. */
const NOBODY = 0;

export class SlotTable {
  /** By slot: its owner's place in `#peers`. */
  readonly #owners = new Uint16Array(SLOT_COUNT);
  /** Who owns slots. At the first place is nobody, and so it is at those whose peer has lost its last slot. */
  readonly #peers: (Peer | undefined)[] = [undefined];
  /** The slots that have an owner. */
  readonly owned = new SlotBitmap();
  /** Slots of ours whose keys are being sent to another node. */
  readonly migratingTo = new Map<number, Peer>();
  /** Slots of others whose keys we are receiving. */
  readonly importingFrom = new Map<number, Peer>();
  /**
   * Slots whose owner, as we have it, has stopped claiming them, while nobody else claims them yet: the end of a
   * migration whose news is under way. They stay with the old owner, so that clients are only redirected once more,
   * but we tell nobody that they are the old owner's.
   */
  readonly unclaimed = new SlotBitmap();

  owner(slot: number): Peer | undefined {
    return this.#peers[this.#owners[slot]];
  }

  /** How many slots have an owner. */
  get assigned(): number {
    return this.owned.count;
  }

  /** Nobody's, or not claimed any more by its owner. */
  isClaimable(slot: number): boolean {
    return this.#owners[slot] === NOBODY || this.unclaimed.has(slot);
  }

  /** Gives the slot to `peer`, taking it from whoever had it. Returns the former owner. */
  assign(slot: number, peer: Peer): Peer | undefined {
    const former = this.release(slot);
    this.#owners[slot] = this.#placeOf(peer);
    this.owned.add(slot);
    peer.slots.add(slot);
    return former;
  }

  /** Gives the peer slots that are nobody's. */
  assignFree(ranges: readonly SlotRange[], peer: Peer): void {
    for (const range of ranges) {
      this.#owners.fill(this.#placeOf(peer), range[0], range[1] + 1);
      this.owned.addUnset(range);
      peer.slots.addUnset(range);
    }
  }

  /** Which slots of a bitmap are nobody's. */
  freeIn(bitmap: Uint8Array): SlotRange[] {
    return rangesIn(without(bitmap, this.owned.bytes));
  }

  /** Leaves the slot without owner. Returns the former one. */
  release(slot: number): Peer | undefined {
    const place = this.#owners[slot];
    const former = this.#peers[place];
    if (former === undefined) return undefined;
    former.slots.delete(slot);
    if (former.slots.count === 0) this.#peers[place] = undefined;
    this.#owners[slot] = NOBODY;
    this.owned.delete(slot);
    this.unclaimed.delete(slot);
    return former;
  }

  #placeOf(peer: Peer): number {
    const place = this.#peers.indexOf(peer, 1);
    if (place > 0) return place;
    const vacant = this.#peers.indexOf(undefined, 1);
    if (vacant < 0) return this.#peers.push(peer) - 1;
    this.#peers[vacant] = peer;
    return vacant;
  }

  isOpen(slot: number): boolean {
    return this.migratingTo.has(slot) || this.importingFrom.has(slot);
  }

  /** Migrations end: this node turned into a replica, or was reset. */
  closeAll(): void {
    this.migratingTo.clear();
    this.importingFrom.clear();
  }

  /** Migrations to and from a node that is forgotten end. */
  closeThoseOf(peer: Peer): void {
    for (const moves of [this.migratingTo, this.importingFrom]) {
      for (const [slot, other] of moves) if (other === peer) moves.delete(slot);
    }
  }
}
