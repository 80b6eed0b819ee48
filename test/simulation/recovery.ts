/** After the faults: the cluster finds back to order, and what is then in it is what must be. */

import { isDeepStrictEqual } from 'node:util';
import { bytesOf } from '../../extension/redis/bytes.ts';
import { keySlotOf, rangesOf, SLOT_COUNT } from '../../extension/redis/slots.ts';
import { digestOfDatabases, digestOfValue } from '../../extension/redis/store/digest.ts';
import type { Keyspace } from '../../extension/redis/store/keyspace.ts';
import { Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import { type Host, PORT } from './host.ts';
import type { Ledger } from './ledger.ts';
import { checkNotOverdue, lifetimesOf } from './lifetimes.ts';
import { FORGOTTEN_MS, type Operator } from './operator.ts';
import { run, type Script, sleep } from './script.ts';
import { itemsOf } from './session.ts';
import { namesTimedFields, timedFieldsOf } from './timed-fields.ts';
import { LIFETIME_MS } from './workload.ts';

/** How often the operator looks whether there is something that only an operator can do, virtual milliseconds. */
const ROUND_MS = 2000;
/** Until all that expires has, and replicas were told. */
const QUIET_MS = LIFETIME_MS + 1000;

/**
 * How long the way back may take. The longest one: a FAIL is undone after two timeouts; an election that failed is
 * repeated after four (four seconds at least), and may fail again; the winner's peers find their new primary and are
 * sent everything, for which replicas are waited for five seconds.
 */
function recoveryLimit(nodeTimeout: number): number {
  return 30 * nodeTimeout + 30_000 + FORGOTTEN_MS;
}

/** Behind this nothing is under way any more that was sent while links were cut, slow or stalled (for a timeout at most). */
function arrivalLimit(nodeTimeout: number): number {
  return nodeTimeout + 1000;
}

/** After this an election has been won, if one can be: two attempts, and what comes before the first. */
function electionLimit(nodeTimeout: number): number {
  return 10 * nodeTimeout + 10_000;
}

export class Recovery {
  /** Replicas that an operator had to make primaries, because their shard had no other. */
  forced = 0;
  readonly #cluster: Cluster;
  readonly #operator: Operator;
  readonly #ledger: Ledger;
  readonly #startedAt: number;
  #over = false;

  constructor(cluster: Cluster, operator: Operator, ledger: Ledger) {
    this.#ledger = ledger;
    this.#cluster = cluster;
    this.#operator = operator;
    this.#startedAt = cluster.simulation.nowMs;
  }

  /** Returns how long it took, virtual milliseconds. */
  await(): number {
    const cluster = this.#cluster;
    run(this.#attend(), () => this.#over);
    const limit = recoveryLimit(cluster.nodeTimeout);
    // A RESET may have met a cut link: order before it arrives is none.
    cluster.pass(arrivalLimit(cluster.nodeTimeout));
    while (cluster.unrest !== undefined || this.#openSlots().length > 0 || this.#isForgetting()) {
      if (cluster.simulation.nowMs - this.#startedAt > limit) {
        throw new Error(
          `not in order ${limit / 1000} s after the faults: ${cluster.unrest ?? 'slots are open'}`,
        );
      }
      cluster.pass(50);
    }
    this.#over = true;
    return cluster.simulation.nowMs - this.#startedAt;
  }

  /** Somebody still tells others to forget a node that is here again. */
  #isForgetting(): boolean {
    const { running } = this.#cluster;
    const living = new Set(running.map(({ id }) => id));
    return running.some(({ cluster: { view } }) =>
      view.nodes.forgotten(view.now).some(({ id }) => living.has(id)),
    );
  }

  /** What nodes can't know by themselves: who belongs to them, who does not any more, where half a slot should go. */
  *#attend(): Script {
    for (;;) {
      yield* sleep(this.#cluster.simulation, ROUND_MS);
      yield* this.#introduce();
      yield* this.#buryGhosts();
      yield* this.#adoptOrphans();
      yield* this.#closeSlots();
    }
  }

  *#introduce(): Script {
    const cluster = this.#cluster;
    for (const host of cluster.hosts) {
      if (!host.ready) continue;
      const { nodes, self } = host.cluster.view;
      if (self.isPrimary && self.slots.count === 0) {
        yield* this.#operator.join(host);
        continue;
      }
      const stranger = cluster.hosts.find((other) => other.ready && nodes.get(other.id) === undefined);
      if (stranger !== undefined) yield* cluster.ask(host, 'CLUSTER', 'MEET', stranger.ip, PORT);
    }
  }

  /** Ids that nobody has any more: hard resets and lost disks leave them behind. */
  *#buryGhosts(): Script {
    const cluster = this.#cluster;
    const living = new Set(cluster.running.map(({ id }) => id));
    // A ghost with slots must not be forgotten anywhere: who forgets it tells the others to.
    const owners = new Set(
      cluster.running.flatMap((host) =>
        [...host.cluster.view.nodes.all].filter(({ slots }) => slots.count > 0).map(({ id }) => id),
      ),
    );
    for (const host of cluster.hosts) {
      if (!host.ready) continue;
      for (const { id, inHandshake } of [...host.cluster.view.nodes.all]) {
        if (living.has(id) || inHandshake || !host.ready) continue;
        if (host.primaryId === id) yield* this.#leave(host, id, owners.has(id));
        else if (!owners.has(id)) yield* cluster.ask(host, 'CLUSTER', 'FORGET', id);
      }
    }
  }

  /** A replica of nobody: it takes over what it knows of the shard, or goes elsewhere. */
  *#leave(replica: Host, ghost: string, hasSlots: boolean): Script {
    const cluster = this.#cluster;
    if (hasSlots) {
      // It would be elected by itself, if it has the data and there is a majority.
      if (cluster.simulation.nowMs < this.#startedAt + electionLimit(cluster.nodeTimeout)) return;
      this.forced++;
      cluster.tell(`${replica.name} has to replace ${ghost}, which is gone for good`);
      yield* cluster.ask(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
      return;
    }
    const [primary] = cluster.primaries;
    if (primary !== undefined) yield* cluster.ask(replica, 'CLUSTER', 'REPLICATE', primary.id);
  }

  /** A shard whose disk was lost, and of which nobody is a replica any more, is gone: its slots go to another one. */
  *#adoptOrphans(): Script {
    const cluster = this.#cluster;
    const [heir] = cluster.primaries;
    const patience = FORGOTTEN_MS + electionLimit(cluster.nodeTimeout);
    if (heir === undefined || cluster.simulation.nowMs < this.#startedAt + patience) return;
    const wanted = new Set(cluster.running.flatMap(({ id, primaryId }) => [id, primaryId]));
    yield* this.#outlivedOwners(wanted);
    const { slots } = heir.cluster.view;
    const orphans: number[] = [];
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = slots.owner(slot);
      // Or source and target of a migration each hold the other for the owner: the target took the slot by an epoch that
      // was the highest it knew, but not the highest there was.
      const passedBack = cluster.claimant(slot) === undefined && cluster.hostOf(owner?.id) !== undefined;
      if (owner === undefined || !wanted.has(owner.id) || passedBack) orphans.push(slot);
    }
    if (orphans.length === 0) return;
    this.forced++;
    this.#ledger.shardLost(orphans);
    const ranges = rangesOf(orphans).flat();
    cluster.tell(`${heir.name} is given slots that nobody has: ${ranges.join(' ')}`);
    // Everywhere: the new owner's epoch may be no higher than that of the one who is gone.
    for (const host of cluster.running) {
      const known = host.cluster.view.slots;
      const owned = rangesOf(orphans.filter((slot) => known.owner(slot) !== undefined)).flat();
      if (owned.length > 0) yield* cluster.ask(host, 'CLUSTER', 'DELSLOTSRANGE', ...owned);
    }
    yield* cluster.ask(heir, 'CLUSTER', 'ADDSLOTSRANGE', ...ranges);
    yield* cluster.ask(heir, 'CLUSTER', 'BUMPEPOCH');
  }

  /** A node that missed the end of a migration holds who is gone for the owner, by a higher epoch than the true one's. */
  *#outlivedOwners(wanted: ReadonlySet<string | undefined>): Script {
    const cluster = this.#cluster;
    for (const host of cluster.running) {
      const { slots } = host.cluster.view;
      const outlived: number[] = [];
      for (let slot = 0; slot < SLOT_COUNT; slot++) {
        const owner = slots.owner(slot);
        if (owner !== undefined && !wanted.has(owner.id) && cluster.claimant(slot) !== undefined)
          outlived.push(slot);
      }
      if (outlived.length > 0)
        yield* cluster.ask(host, 'CLUSTER', 'DELSLOTSRANGE', ...rangesOf(outlived).flat());
    }
  }

  /** Slots that are marked as moving, or keys where they don't belong. */
  #openSlots(): number[] {
    const open = new Set<number>();
    for (const { node, cluster } of this.#cluster.running) {
      const { slots, self } = cluster.view;
      for (const slot of [...slots.migratingTo.keys(), ...slots.importingFrom.keys()]) open.add(slot);
      if (!self.isPrimary || (node?.databases[0].size ?? 0) === 0) continue;
      for (let slot = 0; slot < SLOT_COUNT; slot++) {
        if ((node?.databases[0].countInSlot(slot) ?? 0) > 0 && slots.owner(slot) !== self) open.add(slot);
      }
    }
    return [...open];
  }

  /**
   * As redis-cli --cluster fix: a migration whose source still knows of it goes on, what else lies about goes to the
   * owner. What two nodes have, the owner has newer.
   */
  *#closeSlots(): Script {
    const cluster = this.#cluster;
    for (const slot of this.#openSlots()) {
      const owner = cluster.claimant(slot);
      if (owner === undefined) continue;
      const target = cluster.hostOf(owner.cluster.view.slots.migratingTo.get(slot)?.id);
      if (target?.isPrimary === true) {
        yield* this.#operator.reshard(slot, owner, target, true);
        continue;
      }
      cluster.tell(`slot ${slot} is closed at ${owner.name}`);
      yield* cluster.ask(owner, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
      for (const host of cluster.primaries) if (host !== owner) yield* this.#bringHome(slot, host, owner);
    }
  }

  *#bringHome(slot: number, from: Host, owner: Host): Script {
    const cluster = this.#cluster;
    const left = yield* cluster.ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, 1000);
    if (left.type !== 'array') return;
    const keys = itemsOf(left);
    if (keys.length > 0) yield* cluster.ask(from, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.id);
    for (const key of keys) {
      const moved = yield* cluster.ask(from, 'MIGRATE', owner.ip, PORT, key, 0, 1000);
      if (moved.type !== 'error' || !moved.value.includes('BUSYKEY')) continue;
      yield* cluster.ask(from, 'ASKING');
      yield* cluster.ask(from, 'DEL', key);
    }
    yield* cluster.ask(from, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
  }

  /** Nobody writes any more: replicas have what their primaries have, epochs are told apart, nothing is lost. */
  verify(): void {
    const cluster = this.#cluster;
    const ledger = this.#ledger;
    // What expires meanwhile goes at the primary first.
    cluster.pass(QUIET_MS);
    // A spare replica may still be on its way to another primary.
    cluster.until(() => cluster.settled && cluster.hosts.every((host) => hasCaughtUp(cluster, host)), 30_000);
    for (const replica of cluster.hosts) this.#compare(replica);
    for (const { name, node } of cluster.hosts) if (node !== undefined) checkNotOverdue(name, node);
    this.#epochsDiffer();
    const reader = new Client(cluster, '10.254.0.1');
    let unread = 0;
    for (const key of ledger.keys) {
      unread++;
      run(
        readAll(reader, key, (found) => {
          unread--;
          ledger.verify(key, found);
        }),
      );
    }
    cluster.until(() => unread === 0, 30_000);
    // And it lasts.
    cluster.pass(2 * cluster.nodeTimeout);
    if (cluster.unrest !== undefined) throw new Error(`order did not last: ${cluster.unrest}`);
  }

  #compare(replica: Host): void {
    const primary = this.#cluster.hostOf(replica.primaryId);
    if (primary?.node === undefined || replica.node === undefined) return;
    const [ours, theirs] = [primary.node, replica.node];
    const same =
      ours.databases[0].size === theirs.databases[0].size &&
      digestOfDatabases(ours.databases).toString() === digestOfDatabases(theirs.databases).toString() &&
      isDeepStrictEqual(lifetimesOf(ours.databases[0]), lifetimesOf(theirs.databases[0]));
    if (same) return;
    const differing = differingKeys(ours.databases[0], theirs.databases[0]);
    throw new Error(`${replica.name} has other data than its primary ${primary.name}: ${differing}`);
  }

  #epochsDiffer(): void {
    const owners = new Map<number, Host>();
    for (const host of this.#cluster.primaries) {
      const { configEpoch } = host.cluster.view.self;
      const rival = owners.get(configEpoch);
      if (rival !== undefined)
        throw new Error(`${host.name} and ${rival.name} both have epoch ${configEpoch}`);
      owners.set(configEpoch, host);
    }
  }
}

function hasCaughtUp(cluster: Cluster, { node, primaryId }: Host): boolean {
  const primary = primaryId === undefined ? undefined : cluster.hostOf(primaryId)?.node;
  return primary === undefined || primary.replication.offset === node?.replication.offset;
}

function* readAll(client: Client, key: string, found: (members: ReadonlySet<string>) => void): Script {
  for (;;) {
    const members = yield* namesTimedFields(key) ? timedFieldsOf(client, key) : membersOf(client, key);
    if (members === undefined) continue;
    found(new Set(members));
    return;
  }
}

function* membersOf(client: Client, key: string): Script<string[] | undefined> {
  const { reply } = yield* client.call(key, 'SMEMBERS', key);
  return reply.type === 'array' ? itemsOf(reply) : undefined;
}

/** What a timeline needs to tell: which keys, and what each side has. */
function differingKeys(a: Keyspace, b: Keyspace): string {
  const keys = new Set<string>();
  for (const keyspace of [a, b])
    for (let slot = 0; slot < SLOT_COUNT; slot++)
      for (const key of keyspace.keysInSlot(slot, Number.POSITIVE_INFINITY)) keys.add(key);
  return [...keys]
    .map((key) => [key, describe(a, key), describe(b, key)])
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([key, ours, theirs]) => `${key}: ${ours} | ${theirs}`)
    .join('; ');
}

function describe(keyspace: Keyspace, key: string): string {
  const entry = keyspace.seeKey(bytesOf(key));
  if (entry !== 0) {
    const lifetimes = [...lifetimesOf(keyspace, key)].map(([name, at]) => `${name} until ${at}`).join(', ');
    return `${keyspace.kind(entry)} ${digestOfValue(keyspace, entry)} ${lifetimes}`;
  }
  return keyspace.keysInSlot(keySlotOf(key), Number.POSITIVE_INFINITY).includes(key) ? 'expired' : 'absent';
}
