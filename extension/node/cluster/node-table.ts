/** The nodes this node knows, itself included, and those it was told to forget. */
import { hexOf } from '../../redis/bytes.ts';
import type { Random } from '../../redis/world.ts';
import { ID_LENGTH } from './constants.ts';
import { MYSELF, type NodeId, PRIMARY } from './message.ts';
import { Peer } from './peer.ts';
import { PeerIndex } from './peer-index.ts';

export class NodeTable {
  readonly self: Peer;
  readonly #random: Random;
  /** By position, so that one can be drawn at random. */
  readonly #list: Peer[] = [];
  readonly byId = new PeerIndex(this.#list);
  /** Id -> until when (monotonic ms) gossip about it is not believed. */
  readonly #forgotten = new Map<NodeId, number>();
  /** Those that are PFAIL: hardly ever anybody, and asked for with every message. */
  readonly suspects = new Set<Peer>();
  /** By `serial` less one: peers in the order in which they first answered. Those that are gone leave a gap. */
  readonly #verified: (Peer | undefined)[] = [];

  constructor(random: Random, now: number) {
    this.#random = random;
    this.self = new Peer(randomId(random), randomId(random), MYSELF | PRIMARY, now);
    this.add(this.self);
  }

  get size(): number {
    return this.#list.length;
  }

  /** In the order they were learned. Must not be changed while it is walked: copy first. */
  get all(): readonly Peer[] {
    return this.#list;
  }

  get(id: NodeId): Peer | undefined {
    return this.byId.get(id);
  }

  /** The highest `serial` given to a peer. */
  get lastSerial(): number {
    return this.#verified.length;
  }

  /** The peer answered: if for the first time (true), it gets the next serial. */
  verify(peer: Peer): boolean {
    if (peer.serial > 0) return false;
    peer.serial = this.#verified.push(peer);
    return true;
  }

  /** Undefined when it is gone. */
  verified(serial: number): Peer | undefined {
    return this.#verified[serial - 1];
  }

  /** Who answered for the first time after the peer of that serial did, in that order. */
  verifiedAfter(serial: number): Peer[] {
    return this.#verified.slice(serial).filter((peer) => peer !== undefined);
  }

  atRandom(): Peer {
    return this.#list[this.#random.below(this.#list.length)];
  }

  /** A peer of that id, or (undefined) of a random one until the handshake tells the true one; not yet in the table. */
  create(id: NodeId | undefined, flags: number, now: number): Peer {
    return new Peer(id ?? randomId(this.#random), randomId(this.#random), flags, now);
  }

  add(peer: Peer): void {
    this.#list.push(peer);
    this.byId.added();
  }

  delete(peer: Peer): void {
    this.suspects.delete(peer);
    const at = this.#list.indexOf(peer);
    if (at >= 0) this.#list.splice(at, 1);
    this.byId.rebuild();
    if (peer.serial > 0) this.#verified[peer.serial - 1] = undefined;
  }

  rename(peer: Peer, id: NodeId): void {
    peer.id = id;
    this.byId.rebuild();
  }

  /** A new identity: CLUSTER RESET HARD. */
  renameSelf(): void {
    this.rename(this.self, randomId(this.#random));
    this.self.shardId = randomId(this.#random);
  }

  forget(id: NodeId, until: number): void {
    this.#forgotten.set(id, until);
  }

  isForgotten(id: NodeId, now: number): boolean {
    const until = this.#forgotten.get(id);
    if (until === undefined) return false;
    if (until >= now) return true;
    this.#forgotten.delete(id);
    return false;
  }

  /** Those still to be kept out, with the milliseconds that are left. */
  forgotten(now: number): { id: NodeId; left: number }[] {
    const result: { id: NodeId; left: number }[] = [];
    for (const [id, until] of this.#forgotten) {
      if (until < now) this.#forgotten.delete(id);
      else result.push({ id, left: until - now });
    }
    return result;
  }

  forgiveAll(): void {
    this.#forgotten.clear();
  }
}

function randomId(random: Random): NodeId {
  return hexOf(random.bytes(ID_LENGTH / 2));
}

/** As Redis checks it: any 40 digits and lower-case letters. */
export function isNodeId(text: string): boolean {
  return /^[0-9a-z]{40}$/.test(text);
}
