/**
 * Peers by id, and what gossip has told of them. Every entry of every message is looked up here. The peers of a thousand
 * nodes are too many for the processor's caches, and nearly all entries tell what is known already: so what it takes to
 * see that stands here, some bytes for each peer, and the peer itself is not touched.
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
  /** By position less one. */
  readonly #ids: NodeId[] = [];
  /** By position. */
  #heardUpTo = new Float64Array(SMALLEST).fill(-Infinity);

  /** `peers` is the owner's; it tells of every change. */
  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
  }

  get(id: NodeId): Peer | undefined {
    const position = this.position(id);
    return position === 0 ? undefined : this.at(position);
  }

  /** From 1; 0: nobody. Good until the next peer is removed or renamed. */
  position(id: NodeId): number {
    const places = this.#places;
    for (let at = this.#first(id); ; at = (at + 1) & (places.length - 1)) {
      const position = places[at];
      if (position === 0 || this.#ids[position - 1] === id) return position;
    }
  }

  at(position: number): Peer {
    return this.#peers[position - 1];
  }

  /** Gossip that doubts nothing and tells of a pong no later than this (monotonic ms) tells nothing new. */
  heardUpTo(position: number): number {
    return this.#heardUpTo[position];
  }

  heard(position: number, pongReceivedAt: number): void {
    this.#heardUpTo[position] = pongReceivedAt;
  }

  /** What gossip says of somebody counts again, whatever it says. */
  forgetHeard(): void {
    this.#heardUpTo.fill(-Infinity);
  }

  /** A peer was added to the end of the list. */
  added(): void {
    if (this.#peers.length * ROOM >= this.#places.length) this.rebuild();
    else this.#put(this.#peers.length);
  }

  /** The list changed otherwise, or an id did: that is rare. */
  rebuild(): void {
    let size = SMALLEST;
    while (size <= this.#peers.length * ROOM) size *= 2;
    this.#places = new Uint32Array(size);
    this.#ids.length = 0;
    this.#heardUpTo = new Float64Array(size / ROOM + 1).fill(-Infinity);
    for (let position = 1; position <= this.#peers.length; position++) this.#put(position);
  }

  #put(position: number): void {
    const { id } = this.#peers[position - 1];
    this.#ids.push(id);
    let at = this.#first(id);
    while (this.#places[at] !== 0) at = (at + 1) & (this.#places.length - 1);
    this.#places[at] = position;
  }

  #first(id: NodeId): number {
    let hash = 0;
    for (let digit = 0; digit < DIGITS; digit++) hash = (Math.imul(hash, 31) + id.charCodeAt(digit)) | 0;
    return (Math.imul(hash, SPREAD) >>> 8) & (this.#places.length - 1);
  }
}
