/**
 * Peers by id. Every entry of gossip is looked up here; the tables of a thousand nodes are too large for the processor's
 * caches, and a Map would wait for memory four times where this waits once: a few bytes for each peer, then the peer.
 */
import type { NodeId } from './message.ts';
import type { Peer } from './peer.ts';

const SMALLEST = 16;
/** Places for each peer, at least: then most peers are at the first place that is looked at. */
const ROOM = 3;
/** Fibonacci hashing: 2^32 by the golden ratio. */
const SPREAD = 0x9e37_79b1;
/** Ids are random digits: so many of them tell nearly all apart. */
const DIGITS = 8;

export class PeerIndex {
  readonly #peers: readonly Peer[];
  /** Positions in the list, counted from 1; 0: nobody. Who finds a place taken has one of those behind it. */
  #places = new Uint32Array(SMALLEST);

  /** `peers` is the owner's; it tells of every change. */
  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
  }

  get(id: NodeId): Peer | undefined {
    const places = this.#places;
    for (let at = this.#first(id); ; at = (at + 1) & (places.length - 1)) {
      const position = places[at];
      if (position === 0) return undefined;
      const peer = this.#peers[position - 1];
      if (peer.id === id) return peer;
    }
  }

  /** A peer was added to the end of the list. */
  added(): void {
    if (this.#peers.length * ROOM > this.#places.length) this.rebuild();
    else this.#put(this.#peers.length);
  }

  /** The list changed otherwise, or an id did: that is rare. */
  rebuild(): void {
    let size = SMALLEST;
    while (size < this.#peers.length * ROOM) size *= 2;
    this.#places = new Uint32Array(size);
    for (let position = 1; position <= this.#peers.length; position++) this.#put(position);
  }

  #put(position: number): void {
    let at = this.#first(this.#peers[position - 1].id);
    while (this.#places[at] !== 0) at = (at + 1) & (this.#places.length - 1);
    this.#places[at] = position;
  }

  #first(id: NodeId): number {
    let hash = 0;
    for (let digit = 0; digit < DIGITS; digit++) hash = (Math.imul(hash, 31) + id.charCodeAt(digit)) | 0;
    return (Math.imul(hash, SPREAD) >>> 8) & (this.#places.length - 1);
  }
}
