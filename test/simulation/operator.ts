/** What an operator does to a cluster, by commands over the network, which may get lost like anybody's. */
import { keySlotOf } from '../../extension/redis/slots.ts';
import type { Cluster } from './cluster.ts';
import { type Host, PORT } from './host.ts';
import type { Ledger } from './ledger.ts';
import { type Script, sleep } from './script.ts';
import { errorOf, itemsOf } from './session.ts';

const KEYS_AT_ONCE = 3;
const MIGRATE_MS = 1000;
const TRIES = 5;
const RETRY_MS = 300;
/** A forgotten node is not learned again, and all are told to forget it, for so long. */
export const FORGOTTEN_MS = 60_000;

export class Operator {
  readonly #cluster: Cluster;
  readonly #ledger: Ledger | undefined;
  /** Slots whose migration was begun and not brought to its end. */
  readonly #open = new Set<number>();

  constructor(cluster: Cluster, ledger?: Ledger) {
    this.#cluster = cluster;
    this.#ledger = ledger;
  }

  /**
   * Moves one slot as redis-cli does. Whoever does not answer, or refuses, leaves it half done. `again`: it was, and
   * the target may have copies of keys that the source kept, for want of an answer.
   */
  *reshard(slot: number, from: Host, to: Host, again = false): Script {
    const cluster = this.#cluster;
    // Two migrations of one slot may leave each side believing that the other has it: redis-cli refuses, too.
    if (this.#open.has(slot) && !again) return;
    this.#open.add(slot);
    this.#ledger?.moving(slot);
    const [source, target] = [from.id, to.id];
    cluster.tell(`slot ${slot} is to move from ${from.name} to ${to.name}`);
    if ((yield* cluster.ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)).type !== 'simple') return;
    if ((yield* cluster.ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)).type !== 'simple') return;
    for (;;) {
      const left = yield* cluster.ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE);
      if (left.type !== 'array') return;
      const keys = itemsOf(left);
      if (keys.length === 0) break;
      const options = again ? ['REPLACE', 'KEYS'] : ['KEYS'];
      const moved = yield* cluster.ask(from, 'MIGRATE', to.ip, PORT, '', 0, MIGRATE_MS, ...options, ...keys);
      if (moved.type !== 'simple') return;
    }
    // The target first: it takes a new epoch, which nobody else could.
    const others = cluster.primaries.filter((host) => host !== from && host !== to);
    for (const host of [to, from, ...others]) {
      if (!host.running) return;
      const reply = yield* cluster.ask(host, 'CLUSTER', 'SETSLOT', slot, 'NODE', target);
      if (reply.type !== 'simple' && host === to) return;
    }
    cluster.tell(`slot ${slot} has moved to ${to.name}`);
    this.#open.delete(slot);
  }

  /** A slot in which there is a key, often. */
  slotOfSomeKey(): number {
    const keys = [...(this.#ledger?.keys ?? [])];
    const { random } = this.#cluster.simulation;
    return keys.length === 0 ? random.below(16_384) : keySlotOf(keys[random.below(keys.length)]);
  }

  /** Tells all but itself to forget a node. */
  *forget(id: string, except: Host | undefined): Script {
    for (const host of this.#cluster.running) {
      if (host !== except) yield* this.#cluster.ask(host, 'CLUSTER', 'FORGET', id);
    }
  }

  /** An empty node joins, and replicates the primary that has the fewest replicas. */
  *join(host: Host): Script {
    const cluster = this.#cluster;
    const known = cluster.primaries.find((other) => other !== host);
    if (known === undefined) return;
    cluster.tell(`${host.name} is to join`);
    yield* cluster.ask(host, 'CLUSTER', 'MEET', known.ip, PORT);
    for (let tries = 0; tries < TRIES; tries++) {
      yield* sleep(cluster.simulation, RETRY_MS);
      const primary = this.#loneliest(host);
      if (!host.running || primary === undefined) return;
      const reply = yield* cluster.ask(host, 'CLUSTER', 'REPLICATE', primary.id);
      if (reply.type === 'simple') return;
      if (errorOf(reply)?.includes('must be empty') !== true) continue;
      // Somebody has given it slots meanwhile: it is at work.
      if (!host.ready || host.cluster.view.self.slots.count > 0) return;
      // A primary that lost its slots without hearing to whom keeps its keys: nobody asks for them any more.
      yield* cluster.ask(host, 'FLUSHALL');
    }
  }

  #loneliest(except: Host): Host | undefined {
    const replicas = (host: Host) => this.#cluster.replicasOf(host).length;
    return this.#cluster.primaries
      .filter((host) => host !== except)
      .sort((a, b) => replicas(a) - replicas(b))
      .at(0);
  }

  /** RESET of a replica, which then comes back as a new member. */
  *reset(replica: Host, hard: boolean): Script {
    const before = replica.id;
    const reply = yield* this.#cluster.ask(replica, 'CLUSTER', 'RESET', hard ? 'HARD' : 'SOFT');
    if (reply.type !== 'simple') return;
    this.#cluster.tell(`${replica.name} is reset`);
    if (hard) yield* this.forget(before, replica);
    yield* this.join(replica);
  }

  *forgetAndMeet(replica: Host): Script {
    const cluster = this.#cluster;
    cluster.tell(`${replica.name} is to be forgotten`);
    yield* this.forget(replica.id, replica);
    // Before that it would be met, and forgotten again because of those who still tell of it.
    yield* sleep(cluster.simulation, FORGOTTEN_MS);
    const other = cluster.running.find((host) => host !== replica);
    if (replica.running && other !== undefined)
      yield* cluster.ask(other, 'CLUSTER', 'MEET', replica.ip, PORT);
  }
}
