/**
 * What must hold at every moment, whatever breaks. Looked at after every event; what would be dear is looked at when
 * something changed, or ten times a virtual second.
 */
import { Buffer } from 'node:buffer';
import { parseNodesConf } from '../../extension/node/cluster/nodes-conf.ts';
import type { View } from '../../extension/node/cluster/view.ts';
import type { NodeEvent } from '../../extension/node/observer.ts';
import { SLOT_COUNT } from '../../extension/redis/slots.ts';
import type { Crash } from '../../extension/worlds/simulated.ts';
import { type Claims, overlap } from './claims.ts';
import type { Cluster, Spectator } from './cluster.ts';
import type { Host } from './host.ts';

/** How often the dear ones look, virtual milliseconds. */
const LOOK_MS = 100;
/** Files are read at every tenth look, and whenever their node dies. */
const FILES_EVERY = 10;
const NODES_CONF = '/data/nodes.conf';

/** What a node was seen to be. */
interface Seen {
  id: string;
  currentEpoch: number;
  lastVote: number;
  configEpoch: number;
  slotCount: number;
}

export class Checkers implements Spectator {
  /** How many times something was compared with what it must be. */
  checks = 0;
  /** Config epochs that two primaries had at the same time for a while. */
  collisions = 0;
  /** The longest that a replaced primary went on serving, virtual milliseconds. */
  longestStale = 0;
  readonly #cluster: Cluster;
  readonly #seen = new Map<Host, Seen>();
  /** By node id, over all its lives: what it told others must not be taken back. */
  readonly #promised = new Map<string, { vote: number; config: number }>();
  /** `voter epoch` -> for whom. */
  readonly #votes = new Map<string, string>();
  /** `candidate epoch` -> how many votes. */
  readonly #ballots = new Map<string, number>();
  /** Epochs in which somebody voted who had been replaced. */
  readonly #outdated = new Set<number>();
  /** Epochs won by election, and by whom. */
  readonly #won = new Map<number, string>();
  readonly #claims: Claims;
  readonly #staleSince = new Map<Host, number>();
  /** nodes.conf as it was last read. */
  readonly #files = new Map<Host, Uint8Array>();
  #lookAt = 0;
  #looks = 0;

  constructor(cluster: Cluster, claims: Claims) {
    this.#cluster = cluster;
    this.#claims = claims;
    cluster.spectators.push(this);
    cluster.simulation.afterEach = () => this.#afterEach();
  }

  #afterEach(): void {
    const { hosts, simulation } = this.#cluster;
    for (const host of hosts) if (host.view !== undefined) this.#watch(host, host.view);
    if (simulation.nowMs < this.#lookAt) return;
    this.#lookAt = simulation.nowMs + LOOK_MS;
    const alsoFiles = ++this.#looks % FILES_EVERY === 0;
    for (const host of hosts) {
      if (!host.ready) continue;
      this.#checkSlotTable(host);
      this.#checkStale(host);
      if (alsoFiles) this.#checkFile(host);
    }
  }

  #watch(host: Host, view: View): void {
    const { self } = view;
    let seen = this.#seen.get(host);
    if (seen === undefined || seen.id !== self.id) {
      seen = { id: self.id, currentEpoch: 0, lastVote: 0, configEpoch: -1, slotCount: -1 };
      this.#seen.set(host, seen);
    }
    this.checks += 3;
    if (view.currentEpoch !== seen.currentEpoch || view.lastVoteEpoch !== seen.lastVote)
      this.#epochs(host, seen);
    const slotCount = self.isPrimary ? self.slots.count : 0;
    if (self.configEpoch === seen.configEpoch && slotCount === seen.slotCount) return;
    seen.configEpoch = self.configEpoch;
    seen.slotCount = slotCount;
    if (slotCount > 0) this.#claimed(host);
  }

  /** Nobody's epochs go back: the current one within a life, votes and own epochs over all of them. */
  #epochs(host: Host, seen: Seen): void {
    const { currentEpoch, lastVoteEpoch, self } = host.cluster.view;
    const promised = this.#promiseOf(self.id);
    must(
      currentEpoch >= seen.currentEpoch,
      () => `${host.name}: currentEpoch went from ${seen.currentEpoch} back to ${currentEpoch}`,
    );
    must(lastVoteEpoch >= promised.vote, () => `${host.name} forgot its vote of epoch ${promised.vote}`);
    must(
      currentEpoch >= lastVoteEpoch,
      () => `${host.name} voted in epoch ${lastVoteEpoch}, which is to come`,
    );
    seen.currentEpoch = currentEpoch;
    seen.lastVote = lastVoteEpoch;
    promised.vote = lastVoteEpoch;
  }

  #promiseOf(id: string): { vote: number; config: number } {
    let promised = this.#promised.get(id);
    if (promised === undefined) {
      promised = { vote: 0, config: 0 };
      this.#promised.set(id, promised);
    }
    return promised;
  }

  #claimed(host: Host): void {
    const { self, currentEpoch } = host.cluster.view;
    const { configEpoch } = self;
    const promised = this.#promiseOf(self.id);
    must(
      configEpoch >= promised.config,
      () => `${host.name}: configEpoch went from ${promised.config} back to ${configEpoch}`,
    );
    must(currentEpoch >= configEpoch, () => `${host.name}: configEpoch ${configEpoch} is to come`);
    promised.config = configEpoch;
    // A collision: epochs taken without votes (TAKEOVER, the end of an import) may be equal until the nodes meet. That
    // is Redis' own rule; won ones never are.
    const winner = this.#won.get(configEpoch);
    for (const rival of this.#claims.claim(host, configEpoch, self.slots)) {
      this.collisions++;
      must(
        winner === undefined || this.#claims.tookWithoutVotes(configEpoch),
        () =>
          `${host.name} and ${rival} claim the same slots by epoch ${configEpoch}, which was won by election`,
      );
    }
  }

  #wasElected({ cluster }: Host): boolean {
    return !this.#claims.tookWithoutVotes(cluster.view.self.configEpoch);
  }

  event(host: Host, event: NodeEvent): void {
    if (event.type !== 'election') {
      if (event.type === 'log' && /^Bug in |CRITICAL/.test(event.text))
        throw new Error(`${host.name}: ${event.text}`);
      return;
    }
    this.checks++;
    const { step, epoch, peerId = host.id } = event;
    if (step === 'voted' || step === 'requested') {
      // A candidate counts on its own vote, once it has slots, as on any other's.
      const ballot = `${host.id} ${epoch}`;
      const before = this.#votes.get(ballot);
      must(
        before === undefined || before === peerId,
        () => `${host.name} votes for ${peerId} in epoch ${epoch} after ${before}`,
      );
      this.#votes.set(ballot, peerId);
      if (step === 'voted') this.#voted(host, peerId, epoch);
    } else if (step === 'won') {
      this.#hasMajority(host, epoch);
      const before = this.#won.get(epoch);
      must(
        before === undefined || this.#outdated.has(epoch),
        () => `${host.name} wins epoch ${epoch}, which ${before} has won`,
      );
      this.#won.set(epoch, host.name);
      this.#claims.elected(host, epoch);
    }
  }

  #voted(voter: Host, candidate: string, epoch: number): void {
    const { self } = voter.cluster.view;
    const candidacy = `${candidate} ${epoch}`;
    must(self.isPrimary && self.slots.count > 0, () => `${voter.name} votes, and has no slots`);
    // A primary that was replaced and has not heard of it votes on, by Redis' own rules: two majorities may differ then.
    if (this.#claims.replacersOf(voter).length > 0) this.#outdated.add(epoch);
    this.#ballots.set(candidacy, (this.#ballots.get(candidacy) ?? 0) + 1);
  }

  /** Of the primaries with slots that the winner knows. */
  #hasMajority(winner: Host, epoch: number): void {
    const voters = winner.cluster.view.nodes.all.filter(
      ({ isPrimary, slots }) => isPrimary && slots.count > 0,
    );
    const votes = this.#ballots.get(`${winner.id} ${epoch}`) ?? 0;
    must(
      votes > voters.length / 2,
      () => `${winner.name} wins epoch ${epoch} with ${votes} of ${voters.length} votes`,
    );
  }

  started(host: Host): void {
    this.#seen.delete(host);
    this.#staleSince.delete(host);
  }

  killing(host: Host, kind: Crash): void {
    this.#checkFile(host);
    if (kind === 'disk') this.#claims.withdraw(host);
  }

  /** Whatever moment a node dies at, it finds a file it understands. */
  #checkFile(host: Host): void {
    const bytes = host.node?.world.disk.read(NODES_CONF);
    if (bytes === undefined || bytes.length === 0) return;
    const before = this.#files.get(host);
    if (before !== undefined && Buffer.compare(before, bytes) === 0) return;
    this.#files.set(host, bytes);
    this.checks++;
    const stored = parseNodesConf(bytes);
    must(stored !== undefined, () => `${host.name}: nodes.conf is empty`);
  }

  /** What a node counts is what it has: slots, replicas. */
  #checkSlotTable({ name, cluster }: Host): void {
    const { nodes, slots, self } = cluster.view;
    let count = 0;
    this.checks++;
    for (const peer of nodes.all) {
      count += peer.slots.count;
      must(
        peer.isPrimary || peer.slots.count === 0 || peer.isReplica,
        () => `${name}: ${peer.id} has no role but slots`,
      );
      must(
        peer.primary === undefined || peer.primary.replicas.includes(peer),
        () => `${name}: ${peer.id} is no replica of its primary`,
      );
    }
    must(
      count === slots.assigned && count <= SLOT_COUNT,
      () => `${name}: ${count} slots owned, ${slots.assigned} assigned`,
    );
    must(self.isPrimary || self.slots.count === 0, () => `${name}: a replica with slots`);
  }

  /**
   * A primary that was replaced stops serving: when it hears of it, or when it has not heard from a majority for a node
   * timeout. The ping that goes unanswered may be due only half a timeout later. Whoever took over without votes may be
   * the one who is parted from the majority: then both go on until they meet.
   */
  #checkStale(host: Host): void {
    const { simulation, nodeTimeout, whole } = this.#cluster;
    this.checks++;
    const isReplaced =
      !host.paused &&
      host.cluster.stateOk &&
      this.#claims
        .replacersOf(host)
        .some(
          (other) => areMembers(host, other) && isRival(host, other) && (whole || this.#wasElected(other)),
        );
    if (!isReplaced) {
      this.#staleSince.delete(host);
      return;
    }
    const since = this.#staleSince.get(host);
    if (since === undefined) {
      this.#staleSince.set(host, simulation.nowMs);
      return;
    }
    const stale = simulation.nowMs - since;
    this.longestStale = Math.max(this.longestStale, stale);
    must(
      stale <= 2 * nodeTimeout + 1000,
      () => `${host.name} has been serving replaced slots for ${Math.round(stale)} ms`,
    );
  }
}

/** The other one stands by its claim: to some of the slots that the host has. */
function isRival(host: Host, other: Host): boolean {
  const [ours, theirs] = [host.cluster.view.self, other.cluster.view.self];
  return theirs.isPrimary && overlap(ours.slots.bytes, theirs.slots.bytes);
}

/** They run, and know each other. */
function areMembers(a: Host, b: Host): boolean {
  if (!a.ready || !b.ready) return false;
  return a.cluster.view.nodes.get(b.id) !== undefined && b.cluster.view.nodes.get(a.id) !== undefined;
}

function must(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Error(otherwise());
}
