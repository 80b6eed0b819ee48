/**
 * What the messages and commands of one turn ask for, collected, and applied once at its end: one nodes.conf written,
 * one PONG sent to each node, the cluster's state looked at once.
 */
import type { Peer } from './peer.ts';

export class Effects {
  /** True when anything at all waits: the only thing looked at after most turns. */
  pending = false;
  saving: 'no' | 'soon' | 'now' = 'no';
  /** The file must be on the disk, not only in the system's cache, before a message or reply leaves. */
  synced = false;
  stateChanged = false;
  broadcasting: 'no' | 'news' | 'new-role' = 'no';
  failover = false;
  readonly #newcomers = new Set<Peer>();
  readonly #slotsOf = new Set<Peer>();
  #lostSlots: number[] = [];

  /** Learned from others, and could be learned again: in the file by the next tick. */
  saveSoon(): void {
    if (this.saving === 'no') this.saving = 'soon';
  }

  /** A command's work, or what can't be learned again (who the others are): in the file by the end of the turn. */
  saveNow(): void {
    this.saving = 'now';
    this.pending = true;
  }

  /** A vote or an epoch of our own: after a crash we must not say anything else than what we said before it. */
  saveSynced(): void {
    this.synced = true;
    this.saveNow();
  }

  /** Something that decides about cluster_state may have changed. */
  updateState(): void {
    this.stateChanged = true;
    this.pending = true;
  }

  /** Our own slots or epochs changed: everybody hears of it at once, not with the next ping. */
  broadcast(): void {
    if (this.broadcasting === 'no') this.broadcasting = 'news';
    this.pending = true;
  }

  /** The same for our role. */
  broadcastRole(): void {
    this.broadcasting = 'new-role';
    this.pending = true;
  }

  /** It answered for the first time, or showed that it knows us: it is told of the others, and they of it. */
  introduce(peer: Peer): void {
    this.#newcomers.add(peer);
    this.pending = true;
  }

  /** An election may be due, won, or a manual failover may go on. */
  considerFailover(): void {
    this.failover = true;
    this.pending = true;
  }

  slotsChanged(owner: Peer): void {
    this.#slotsOf.add(owner);
    this.pending = true;
  }

  /** A slot whose clients were ours (or our primary's) is not any more. */
  slotLost(slot: number): void {
    this.#lostSlots.push(slot);
    this.pending = true;
  }

  takeNewcomers(): readonly Peer[] {
    if (this.#newcomers.size === 0) return [];
    const newcomers = [...this.#newcomers];
    this.#newcomers.clear();
    return newcomers;
  }

  takeOwners(): readonly Peer[] {
    const owners = [...this.#slotsOf];
    this.#slotsOf.clear();
    return owners;
  }

  takeLostSlots(): readonly number[] {
    const slots = this.#lostSlots;
    if (slots.length > 0) this.#lostSlots = [];
    return slots;
  }
}
