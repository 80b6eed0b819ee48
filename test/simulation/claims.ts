/** Who claims which slots by which config epoch, as nobody but the simulation can know it. */
import { SLOT_COUNT } from '../../extension/redis/slots.ts';
import type { Host } from './host.ts';

export class Claims {
  /** Called when a host comes to claim, by the highest epoch, what was another's. */
  onTakenWithoutVotes: (host: Host, slots: readonly number[]) => void = () => {};
  /** By slot: the highest epoch it was ever claimed by, and by which host. */
  readonly #epoch = new Float64Array(SLOT_COUNT).fill(-1);
  readonly #owner: (Host | undefined)[] = new Array<Host | undefined>(SLOT_COUNT).fill(undefined);
  /** By slot: its last owner, also one that has lost its identity since. */
  readonly #lastOwner: (Host | undefined)[] = new Array<Host | undefined>(SLOT_COUNT).fill(undefined);
  /** By epoch: hosts' names and the slots they claimed by it. */
  readonly #byEpoch = new Map<number, Map<string, Uint8Array>>();
  /** Epochs somebody took without an election. */
  readonly #unvoted = new Set<number>();
  readonly #electedTo = new Map<string, number>();
  /** Counts claims, so that what was found out about them is found out once. */
  #version = 0;
  readonly #replacers = new Map<Host, { version: number; count: number; hosts: readonly Host[] }>();

  elected({ name }: Host, epoch: number): void {
    this.#electedTo.set(name, epoch);
  }

  tookWithoutVotes(epoch: number): boolean {
    return this.#unvoted.has(epoch);
  }

  /** Records a claim; returns the names of those who claimed some of the slots by the same epoch. */
  claim(host: Host, epoch: number, slots: { readonly bytes: Uint8Array } & Iterable<number>): string[] {
    this.#version++;
    const taken: number[] = [];
    for (const slot of slots) {
      if (this.#epoch[slot] > epoch) continue;
      if ((this.#lastOwner[slot] ?? host) !== host) taken.push(slot);
      this.#epoch[slot] = epoch;
      this.#owner[slot] = this.#lastOwner[slot] = host;
    }
    if (this.#electedTo.get(host.name) !== epoch) {
      this.#unvoted.add(epoch);
      if (taken.length > 0) this.onTakenWithoutVotes(host, taken);
    }
    const claims = this.#byEpoch.get(epoch) ?? new Map<string, Uint8Array>();
    this.#byEpoch.set(epoch, claims);
    const union = claims.get(host.name) ?? new Uint8Array(slots.bytes.length);
    for (const [at, byte] of slots.bytes.entries()) union[at] |= byte;
    claims.set(host.name, union);
    return [...claims].flatMap(([name, theirs]) =>
      name !== host.name && overlap(union, theirs) ? [name] : [],
    );
  }

  /** The host lost its identity. Its slots are nobody's until somebody claims them by an epoch as high. */
  withdraw(host: Host): void {
    this.#version++;
    for (const slot of this.slotsOf(host)) this.#owner[slot] = undefined;
    for (const claims of this.#byEpoch.values()) claims.delete(host.name);
  }

  /** Who claimed the slot by the highest epoch so far. It may be dead. */
  owner(slot: number): Host | undefined {
    return this.#owner[slot];
  }

  /** Slots of which the host is the rightful owner. */
  slotsOf(host: Host): number[] {
    return this.#owner.flatMap((owner, slot) => (owner === host ? [slot] : []));
  }

  /** Hosts that took slots over which `host` still claims. */
  replacersOf(host: Host): readonly Host[] {
    const { self } = host.cluster.view;
    if (!self.isPrimary || self.slots.count === 0) return [];
    const known = this.#replacers.get(host);
    if (known?.version === this.#version && known.count === self.slots.count) return known.hosts;
    const hosts = new Set<Host>();
    for (const slot of self.slots) {
      const owner = this.#owner[slot];
      if (owner !== undefined && owner !== host && this.#epoch[slot] > self.configEpoch) hosts.add(owner);
    }
    this.#replacers.set(host, { version: this.#version, count: self.slots.count, hosts: [...hosts] });
    return [...hosts];
  }
}

/** Two slot bitmaps have a slot in common. */
export function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return a.some((byte, at) => (byte & b[at]) !== 0);
}
