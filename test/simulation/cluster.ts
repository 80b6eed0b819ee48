/**
 * The stage: whole nodes on hosts of a simulated network, and the words scenarios are told in.
 *
 *     const cluster = Cluster.of({ seed: 42, nodes: 6 });
 *     cluster.kill(cluster.ownerOf(0));
 *     cluster.until(() => cluster.settled, 10_000);
 */
import { flagWords } from '../../extension/node/cluster/nodes-text.ts';
import type { NodeEvent } from '../../extension/node/observer.ts';
import { evenShare } from '../../extension/redis/slots.ts';
import { type Crash, Simulation } from '../../extension/worlds/simulated.ts';
import type { Conditions } from '../../extension/worlds/simulated-network.ts';
import { Host, type HostWatcher, PORT } from './host.ts';
import { run, type Script } from './script.ts';
import { itemsOf, type Reply, Session } from './session.ts';
import { Timeline } from './timeline.ts';

export interface ClusterOptions {
  readonly seed: number;
  /** Hosts, each with one node. */
  readonly nodes: number;
  /** How many of them are primaries; half of them, but three at least, by default. */
  readonly primaries?: number;
  /** Milliseconds; 2000 by default. */
  readonly nodeTimeout?: number;
  /** More lines for the conf file of every node. */
  readonly conf?: readonly string[];
  readonly conditions?: Partial<Conditions>;
}

/** Hears what happens on the stage. */
export interface Spectator {
  event?(host: Host, event: NodeEvent): void;
  started?(host: Host): void;
  /** The process is about to be killed. */
  killing?(host: Host, kind: Crash): void;
}

/** Commands of an operator are answered within this, or the operator goes on without. */
const OPERATOR_PATIENCE_MS = 2000;
export const OPERATOR_IP = '10.255.0.1';
/** How often `until` looks, virtual milliseconds. */
const LOOK_MS = 20;

export class Cluster implements HostWatcher {
  readonly simulation: Simulation;
  readonly nodeTimeout: number;
  readonly hosts: readonly Host[];
  readonly primaryCount: number;
  readonly timeline = new Timeline();
  readonly spectators: Spectator[] = [];
  /** No link is cut. */
  whole = true;
  /** How often a clock was set. */
  clocksSet = 0;
  /** Clients' machines: they are parted from nodes like nodes from each other. */
  readonly clientIps: string[] = [];
  readonly #sessions = new Map<string, Session>();

  constructor({ seed, nodes, nodeTimeout = 2000, conf = [], conditions, ...rest }: ClusterOptions) {
    this.simulation = new Simulation(seed, conditions);
    this.nodeTimeout = nodeTimeout;
    this.primaryCount = rest.primaries ?? Math.max(3, Math.floor(nodes / 2));
    const lines = [
      `port ${PORT}`,
      'cluster-enabled yes',
      `cluster-node-timeout ${nodeTimeout}`,
      // In here nobody is on the same machine.
      'protected-mode no',
      'save ""',
      ...conf,
    ];
    this.hosts = Array.from({ length: nodes }, (_, at) => new Host(this.simulation, at + 1, lines, this));
  }

  /** Created as redis-cli creates one, and agreed. */
  static of(options: ClusterOptions): Cluster {
    const cluster = new Cluster(options);
    cluster.create();
    return cluster;
  }

  /** Returns how many milliseconds it took. */
  create(limitMs = 30_000): number {
    for (const host of this.hosts) host.start();
    this.until(() => this.hosts.every(({ ready }) => ready), 5000);
    run(this.#join());
    this.until(() => this.settled, limitMs);
    this.tell('the cluster is made');
    return this.simulation.nowMs;
  }

  *#join(): Script {
    const { hosts, primaryCount } = this;
    const [first, ...others] = hosts;
    for (const [at, host] of hosts.entries()) {
      if (at < primaryCount)
        yield* this.ask(host, 'CLUSTER', 'ADDSLOTSRANGE', ...evenShare(at, primaryCount));
      yield* this.ask(host, 'CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    }
    for (const other of others) yield* this.ask(other, 'CLUSTER', 'MEET', first.ip, PORT);
    for (const [at, replica] of hosts.slice(primaryCount).entries()) {
      const primary = hosts[at % primaryCount];
      for (;;) {
        const reply = yield* this.ask(replica, 'CLUSTER', 'REPLICATE', primary.id);
        // Until gossip has told it who that is.
        if (reply.type !== 'error') break;
      }
    }
  }

  // What an operator does.

  /** Sends a command as an operator would, over the network; `lost` when no answer comes in time. */
  *ask(host: Host, ...argv: readonly (string | number)[]): Script<Reply> {
    let session = this.#sessions.get(host.name);
    if (session === undefined || session.closed) {
      session = new Session(this.simulation, OPERATOR_IP, { host: host.ip, port: PORT });
      this.#sessions.set(host.name, session);
    }
    const reply = yield* session.call(OPERATOR_PATIENCE_MS, ...argv);
    this.timeline.add(this.simulation.nowMs, host.name, `${argv.join(' ')} -> ${answerOf(reply)}`);
    return reply;
  }

  /** Sends a command and does not wait; the answer stands in the timeline. */
  command(host: Host, ...argv: readonly (string | number)[]): void {
    run(ignoring(this.ask(host, ...argv)));
  }

  // What goes wrong.

  kill(host: Host, kind: Crash = 'process'): void {
    if (!host.running) return;
    for (const spectator of this.spectators) spectator.killing?.(host, kind);
    this.tell(`${host.name} dies (${kind})`);
    this.simulation.crash(host.ip, kind);
    host.forgetProcess();
  }

  restart(host: Host): void {
    if (host.running) return;
    this.tell(`${host.name} starts`);
    host.start();
  }

  pause(host: Host): void {
    if (!host.running || host.paused) return;
    this.tell(`${host.name} stands still`);
    host.paused = true;
    this.simulation.pause(host.ip);
  }

  resume(host: Host): void {
    if (!host.paused) return;
    this.tell(`${host.name} goes on`);
    host.paused = false;
    this.simulation.resume(host.ip);
  }

  /** The wall clock of a host jumps. */
  setClock(host: Host, jumpMs: number): void {
    this.tell(`the clock of ${host.name} jumps by ${jumpMs} ms`);
    this.clocksSet++;
    this.simulation.jumpClock(host.ip, jumpMs);
  }

  /** Nothing passes between `some` and all others, or between `some` and `others` only. */
  partition(some: readonly Host[], others = this.hosts.filter((host) => !some.includes(host))): void {
    this.tell(`${namesOf(some)} are parted from ${namesOf(others)}`);
    this.whole = false;
    this.simulation.partition(ipsOf(some), ipsOf(others));
  }

  /** Nothing passes from `from` to `to`; the other way it does. */
  cut(from: readonly Host[], to: readonly Host[]): void {
    this.tell(`nothing passes from ${namesOf(from)} to ${namesOf(to)}`);
    this.whole = false;
    this.simulation.cut(ipsOf(from), ipsOf(to));
  }

  /** All links work again. */
  heal(): void {
    this.tell('the network heals');
    this.whole = true;
    this.simulation.heal();
  }

  // Time.

  pass(ms: number): void {
    this.simulation.runFor(ms);
  }

  /** Returns how many milliseconds it took; throws when `condition` does not come true within `limitMs`. */
  until(condition: () => boolean, limitMs: number): number {
    const start = this.simulation.nowMs;
    while (!condition()) {
      if (this.simulation.nowMs - start > limitMs) {
        throw new Error(`not within ${limitMs} ms: ${condition.toString().replace(/^\(\) => /, '')}`);
      }
      this.simulation.runFor(LOOK_MS);
    }
    return this.simulation.nowMs - start;
  }

  // What is so, whatever the nodes believe.

  get running(): Host[] {
    return this.hosts.filter(({ running }) => running);
  }

  hostOf(id: string | undefined): Host | undefined {
    return this.running.find((host) => host.id === id);
  }

  get primaries(): Host[] {
    return this.running.filter((host) => host.isPrimary && host.cluster.view.self.slots.count > 0);
  }

  replicasOf(primary: Host): Host[] {
    return this.running.filter((host) => host.primaryId === primary.id);
  }

  /** The running node that claims the slot by the highest config epoch. */
  claimant(slot: number): Host | undefined {
    let best: Host | undefined;
    for (const host of this.running) {
      const { self } = host.cluster.view;
      if (!self.isPrimary || !self.slots.has(slot)) continue;
      if (best === undefined || self.configEpoch > best.cluster.view.self.configEpoch) best = host;
    }
    return best;
  }

  /** The same where there must be one. */
  ownerOf(slot: number): Host {
    const owner = this.claimant(slot);
    if (owner === undefined) throw new Error(`nobody owns slot ${slot}`);
    return owner;
  }

  /** Why the cluster is not settled; undefined when it is: everybody runs, agrees, says ok and has its data. */
  get unrest(): string | undefined {
    const [first, ...others] = this.hosts;
    for (const host of this.hosts) {
      if (!host.ready || host.paused) return `${host.name} does not run`;
      if (!host.cluster.view.ok) return `${host.name} says fail`;
      const unwell = unwellPeer(host, this.hosts.length);
      if (unwell !== undefined) return `${host.name}: ${unwell}`;
      const { node } = host;
      if (node?.replication.role === 'replica' && !node.replication.linkUp)
        return `${host.name} is not linked`;
    }
    const agreed = pictureOf(first);
    const dissenter = others.find((host) => pictureOf(host) !== agreed);
    return dissenter && `${dissenter.name} sees the cluster otherwise than ${first.name}`;
  }

  /** Every node in a line or two, as it sees itself and the others: where a story that went wrong ended. */
  get portrait(): string {
    const lines = this.hosts.map((host) => {
      if (!host.ready) return `${host.name} does not run`;
      const { self, ok, currentEpoch, nodes } = host.cluster.view;
      const role = self.isPrimary ? 'primary' : `replica of ${self.primary?.id}`;
      const peers = nodes.all
        .filter((peer) => !peer.isMyself)
        .map((peer) => {
          const primary = peer.isPrimary ? `${peer.slots.count} slots` : `of ${peer.primary?.id}`;
          return `${peer.id} ${flagWords(peer.flags)} epoch ${peer.configEpoch} ${primary}`;
        });
      return [
        `${host.name}${host.paused ? ' (stands still)' : ''}: ${role}, epoch ${self.configEpoch} of ${currentEpoch}, ` +
          `${self.slots.count} slots, ${ok ? 'ok' : 'fail'}, ${host.node?.replication.linkState ?? 'no link'}`,
        ...peers.map((peer) => `    ${peer}`),
      ].join('\n');
    });
    return this.timeline.named(lines.join('\n'));
  }

  get settled(): boolean {
    return this.unrest === undefined;
  }

  // HostWatcher.

  started(host: Host): void {
    for (const spectator of this.spectators) spectator.started?.(host);
  }

  event(host: Host, event: NodeEvent): void {
    if (event.type === 'started' && event.id !== undefined) this.timeline.names.set(event.id, host.name);
    this.timeline.add(this.simulation.nowMs, host.name, event);
    for (const spectator of this.spectators) spectator.event?.(host, event);
  }

  died(host: Host, why: string): void {
    throw new Error(`${host.name} ended by itself: ${why}`);
  }

  tell(text: string): void {
    this.timeline.add(this.simulation.nowMs, '', text);
  }
}

function* ignoring(script: Script<unknown>): Script {
  yield* script;
}

function answerOf(reply: Reply): string {
  if (reply.type === 'array' || reply.type === 'set') return itemsOf(reply).join(' ') || 'nothing';
  return 'value' in reply ? String(reply.value) : reply.type;
}

function ipsOf(hosts: readonly Host[]): string[] {
  return hosts.map(({ ip }) => ip);
}

function namesOf(hosts: readonly Host[]): string {
  return hosts.map(({ name }) => name).join(' ');
}

/** Something about a host's view of the others that does not last in a healthy cluster. */
function unwellPeer(host: Host, size: number): string | undefined {
  const { nodes } = host.cluster.view;
  if (nodes.size !== size) return `knows ${nodes.size} of ${size} nodes`;
  for (const peer of nodes.all) {
    if (peer.failed || peer.possiblyFailed) return `holds ${peer.id} for failed`;
    if (peer.inHandshake || !peer.hasAddress) return `has not met ${peer.id}`;
  }
  return undefined;
}

/** The cluster as one node sees it: roles, primaries, slots and epochs. */
function pictureOf({ cluster }: Host): string {
  return cluster.view.nodes.all
    .map(({ id, isPrimary, configEpoch, primary, slots }) =>
      isPrimary ? `${id} ${configEpoch} ${slots.ranges().join(' ')}` : `${id} of ${primary?.id}`,
    )
    .sort()
    .join('\n');
}
