/**
 * What clients were told about their writes, and what Redis Cluster promises about them.
 *
 * A write here is a member added to a set, so that order does not matter: it is there in the end, or it was lost. Or the
 * time of a field of a hash, which is not changed again.
 * Replication is asynchronous, so Redis Cluster promises little:
 *
 * - An acknowledged write is in its primary's memory. It is lost when that primary is replaced before the write reached
 *   the replica that takes its place, be that by an election or by CLUSTER FAILOVER FORCE or TAKEOVER, or when the
 *   primary was parted from the majority already and replaced there. CLUSTER FAILOVER without option loses nothing.
 * - A write that WAIT says every replica of the shard has is in all memories from which the next primary can come, for a
 *   node without the shard's data is never elected. It survives any failover.
 * - Neither survives what is in no memory: a primary that restarts without persistence and is still the primary leaves
 *   its shard with what its disk had, and replicas follow it there. With `appendfsync always` its disk has it all.
 * - TAKEOVER asks nobody. Its epoch may collide with another's, and when they are told apart (the nodes may have been
 *   out of touch for long) the one with the lower epoch, however many writes it took meanwhile, has to copy the other.
 * - A primary that any node was told to forget (it was a replica then, and took over) is no part of the cluster: the
 *   others may go on without it.
 * - A slot on the move is in two places, of which replicas know nothing: a failover of either side in the middle may
 *   leave keys where nobody looks for them, or bring back deleted ones.
 *
 * Whatever else is missing in the end was lost by a bug.
 */

import type { NodeEvent } from '../../extension/node/observer.ts';
import { bytesOf } from '../../extension/redis/bytes.ts';
import { keySlotOf } from '../../extension/redis/slots.ts';
import type { Crash } from '../../extension/worlds/simulated.ts';
import type { Claims } from './claims.ts';
import type { Cluster, Spectator } from './cluster.ts';
import type { Host } from './host.ts';
import { parseTimed } from './timed-fields.ts';

interface Write {
  readonly key: string;
  readonly slot: number;
  readonly member: string;
  readonly sentAt: number;
  /** Every node from which the next primary can come had it. */
  confirmed: boolean;
}

/** Something after which writes may be missing. */
interface Loss {
  readonly at: number;
  readonly slots: ReadonlySet<number> | 'moved';
  /** Confirmed ones too. */
  readonly all: boolean;
}

export class Ledger implements Spectator {
  readonly #cluster: Cluster;
  readonly #claims: Claims;
  readonly #durable: boolean;
  readonly #attempted = new Map<string, Set<string>>();
  readonly #writes: Write[] = [];
  readonly #losses: Loss[] = [];
  readonly #moved = new Set<number>();

  /** The slots of a host that were its by right when its process was killed last. */
  readonly #had = new Map<Host, readonly number[]>();
  /** When each host took over last without asking anybody. */
  readonly #takeovers = new Map<Host, number>();
  /** Which way each replica was told to take over. */
  readonly #asked = new Map<Host, 'agreed' | 'force'>();

  /** `durable`: what a node acknowledged is on its disk. */
  constructor(cluster: Cluster, claims: Claims, durable: boolean) {
    this.#durable = durable;
    this.#cluster = cluster;
    this.#claims = claims;
    cluster.spectators.push(this);
    claims.onTakenWithoutVotes = (host, slots) => this.#takenWithoutVotes(host, slots);
  }

  get acknowledged(): number {
    return this.#writes.length;
  }

  get confirmed(): number {
    return this.#writes.reduce((count, { confirmed }) => (confirmed ? count + 1 : count), 0);
  }

  get keys(): Iterable<string> {
    return this.#attempted.keys();
  }

  attempted(key: string): Iterable<string> {
    return this.#attempted.get(key) ?? [];
  }

  attempt(key: string, member: string): void {
    const members = this.#attempted.get(key);
    if (members === undefined) this.#attempted.set(key, new Set([member]));
    else members.add(member);
  }

  /** The client was told OK, by `ip`. Undefined when that node's word is worth nothing: it was replaced already. */
  acknowledge(key: string, member: string, sentAt: number, ip: string): Write | undefined {
    const slot = keySlotOf(key);
    const owner = this.#claims.owner(slot);
    if (owner?.ip !== ip) return undefined;
    const write: Write = { key, slot, member, sentAt, confirmed: false };
    this.#writes.push(write);
    return write;
  }

  /** WAIT was answered by `ip` with at least one replica. Whether that were all of them, only we can know. */
  confirm(write: Write, ip: string): void {
    const owner = this.#claims.owner(write.slot);
    if (owner?.ip !== ip || !owner.running) return;
    const replicas = this.#cluster.replicasOf(owner);
    write.confirmed = replicas.length > 0 && replicas.every((replica) => holds(replica, write));
  }

  killing(host: Host, kind: Crash): void {
    this.#mayLose('moved', true);
    this.#had.set(host, this.#durable && kind !== 'disk' ? [] : this.#claims.slotsOf(host));
  }

  event(host: Host, event: NodeEvent): void {
    if (event.type === 'started') {
      // It goes on as the primary with what its disk has; with an empty disk it is another node, but at the address
      // where replicas look for their primary, and they copy the nothing they find.
      const had = this.#had.get(host) ?? [];
      const nobodyElses = had.filter((slot) => (this.#claims.owner(slot) ?? host) === host);
      if (host.cluster.view.self.isPrimary && nobodyElses.length > 0) this.#mayLose(nobodyElses, true);
    } else if (event.type === 'election' && event.step === 'won') this.#tookOver(host, this.#asked.get(host));
    else if (event.type === 'log') {
      if (event.text.startsWith('Manual failover user request')) this.#asked.set(host, 'agreed');
      else if (event.text.startsWith('Forced failover user request')) this.#asked.set(host, 'force');
      else if (event.text.startsWith('Taking over the master')) {
        this.#takeovers.set(host, this.#cluster.simulation.nowMs);
        this.#tookOver(host, 'force');
      }
    }
  }

  /** By the end of an import, which has rules of its own; by a TAKEOVER now; or by one that is long ago. */
  #takenWithoutVotes(host: Host, slots: readonly number[]): void {
    if (this.#takeovers.get(host) === this.#cluster.simulation.nowMs) return;
    const lost = slots.filter((slot) => !this.#moved.has(slot));
    if (lost.length > 0) this.#mayLose(lost, true);
  }

  /** Disk and replicas of a shard are gone. */
  shardLost(slots: Iterable<number>): void {
    this.#mayLose(slots, true);
  }

  /** `host` is about to replace its primary. */
  #tookOver(host: Host, how: 'agreed' | 'force' | undefined): void {
    this.#mayLose('moved', true);
    const { primary } = host.cluster.view.self;
    if (primary === undefined) return;
    // Who took the primary's slots over while others did not know of it is not asked, whoever agrees.
    const outsiders = [...primary.slots].filter((slot) => {
      const owner = this.#claims.owner(slot);
      return owner?.running === true && owner.id !== primary.id && !this.#isKnown(owner);
    });
    if (outsiders.length > 0) this.#mayLose(outsiders, true);
    if (how === 'agreed' && !primary.failed) return;
    // By force also a node that never had the shard's data, or of which others do not know.
    const empty = host.node?.replication.primarySilenceMs() === Number.POSITIVE_INFINITY;
    this.#mayLose(primary.slots, how === 'force' && (empty || !this.#isKnown(host)));
  }

  /** Nobody was told to forget it, or all have met it again. */
  #isKnown(host: Host): boolean {
    return this.#cluster.running.every(({ cluster }) => cluster.peer(host.id) !== undefined);
  }

  /** From now on acknowledged writes to these slots may be missing, `all`: confirmed ones too. */
  #mayLose(slots: Iterable<number> | 'moved', all: boolean): void {
    const { nowMs } = this.#cluster.simulation;
    this.#losses.push({ at: nowMs, slots: typeof slots === 'string' ? slots : new Set(slots), all });
  }

  /** A migration of this slot begins. */
  moving(slot: number): void {
    this.#moved.add(slot);
  }

  /** A client read these members: throws when there is one that nobody wrote. */
  saw(key: string, members: Iterable<string>): void {
    const attempted = this.#attempted.get(key);
    for (const member of members) {
      if (attempted?.has(member) !== true) throw new Error(`${key} holds ${member}, which nobody wrote`);
    }
  }

  /** The end: throws when something is missing that Redis promises to be there. */
  verify(key: string, found: ReadonlySet<string>): void {
    this.saw(key, found);
    for (const write of this.#writes) {
      if (write.key !== key || found.has(write.member) || this.#isExcused(write)) continue;
      const { slot, member, sentAt, confirmed } = write;
      throw new Error(
        `${key} (slot ${slot}) lost ${member}, ${confirmed ? 'confirmed' : 'acknowledged'} and sent at ` +
          `${(sentAt / 1000).toFixed(3)} s, for no reason that is documented`,
      );
    }
  }

  #isExcused({ slot, sentAt, confirmed }: Write): boolean {
    return this.#losses.some(({ at, slots, all }) => {
      if (confirmed && !all) return false;
      // A slot on the move may have been caught in the middle at any time.
      return slots === 'moved' ? this.#moved.has(slot) : at >= sentAt && slots.has(slot);
    });
  }
}

function holds({ node }: Host, { key, member }: Write): boolean {
  const keyspace = node?.databases[0];
  const entry = keyspace?.seeKey(bytesOf(key)) ?? 0;
  if (keyspace === undefined || entry === 0) return false;
  const value = keyspace.collection(entry);
  if (value?.kind === 'set') return value.has(member);
  const { field, until } = parseTimed(member);
  return value?.kind === 'hash' && value.has(field) && value.expireAt(field) === until;
}
