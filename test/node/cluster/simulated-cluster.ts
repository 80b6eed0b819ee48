/**
 * Cluster nodes over a simulated network, each with a host of a few lines in place of a whole node. Replication is
 * a number: a replica has what its primary had when they were last linked.
 */
import assert from 'node:assert/strict';
import { ClusterNode } from '../../../extension/node/cluster/cluster.ts';
import type { ClusterHost, Settings } from '../../../extension/node/cluster/contract.ts';
import type { Body, Header } from '../../../extension/node/cluster/message.ts';
import { encodeMessage } from '../../../extension/node/cluster/message-codec.ts';
import type { NodeEvent } from '../../../extension/node/observer.ts';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { keySlotOf, SLOT_COUNT, type SlotRange } from '../../../extension/redis/slots.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import type { Address, World } from '../../../extension/redis/world.ts';
import { type Crash, Simulation } from '../../../extension/worlds/simulated.ts';
import type { Conditions } from '../../../extension/worlds/simulated-network.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  port: '7000',
  'tls-port': '0',
  'tls-cluster': 'no',
  'tls-replication': 'no',
  'cluster-port': '0',
  'cluster-node-timeout': '15000',
  'cluster-replica-validity-factor': '10',
  'cluster-migration-barrier': '1',
  'cluster-allow-replica-migration': 'yes',
  'cluster-require-full-coverage': 'yes',
  'cluster-replica-no-failover': 'no',
  'cluster-allow-reads-when-down': 'no',
  'cluster-allow-pubsubshard-when-down': 'yes',
  'cluster-link-sendbuf-limit': '0',
  'cluster-preferred-endpoint-type': 'ip',
  'cluster-ping-interval': '0',
  'cluster-announce-ip': '',
  'cluster-announce-port': '0',
  'cluster-announce-tls-port': '0',
  'cluster-announce-bus-port': '0',
  'cluster-announce-hostname': '',
  'cluster-announce-human-nodename': '',
  'repl-ping-replica-period': '10',
  'bind-source-addr': '',
};

class TestSettings implements Settings {
  readonly values: Record<string, string>;

  constructor(changes: Readonly<Record<string, string>>) {
    this.values = { ...DEFAULTS, ...changes };
  }
  text(name: string): string {
    const value = this.values[name];
    assert.notEqual(value, undefined, `no setting ${name}`);
    return value;
  }
  number(name: string): number {
    return Number(this.text(name));
  }
  flag(name: string): boolean {
    return this.text(name) === 'yes';
  }
}

export class Member implements ClusterHost {
  readonly ip: string;
  readonly world: World;
  readonly settings: TestSettings;
  readonly keyspace: Keyspace;
  readonly node: ClusterNode;
  readonly configPath = '/nodes.conf';
  readonly listenHosts: readonly string[];
  observesBus = false;
  readonly logs: string[] = [];
  readonly events: NodeEvent[] = [];
  readonly delivered: string[] = [];
  readonly lost: number[] = [];
  fatalText: string | undefined;
  running = true;
  offset = 0;
  following: Address | undefined;
  writesPausedUntil: number | undefined;
  readonly #cluster: TestCluster;
  #lastHeardPrimary = -Infinity;

  constructor(cluster: TestCluster, ip: string, settings: TestSettings, loading = false) {
    this.#cluster = cluster;
    this.ip = ip;
    this.listenHosts = [ip];
    this.world = cluster.simulation.world(ip);
    this.settings = settings;
    this.keyspace = new Keyspace(0, { now: () => this.world.clock.wallMs() });
    this.node = new ClusterNode(this);
    this.node.start((error) => assert.equal(error, undefined));
    if (!loading) this.node.dataLoaded();
  }

  /** As a command does it: the turn ends when it is done. */
  run<T>(command: (node: ClusterNode) => T): T {
    try {
      return command(this.node);
    } finally {
      this.node.beforeSleep();
    }
  }

  /** CONFIG SET. */
  configure(changes: Readonly<Record<string, string>>): void {
    Object.assign(this.settings.values, changes);
    this.run((node) => node.configure());
  }

  get id(): string {
    return this.node.myId;
  }

  get slots(): readonly SlotRange[] {
    return this.node.view.self.slots.ranges();
  }

  /** The primary it replicates from, if that one runs and can be reached. */
  get #source(): Member | undefined {
    const source = this.#cluster.members.find(({ ip }) => ip === this.following?.host);
    return source?.running && !this.#cluster.isCut(this.ip, source.ip) ? source : undefined;
  }

  /** What the replication link would have brought by now. */
  replicate(): void {
    const source = this.#source;
    if (source === undefined) return;
    this.offset = source.offset;
    this.#lastHeardPrimary = this.world.clock.monotonicMs();
  }

  log(_level: string, text: string): void {
    this.logs.push(text);
  }
  observe(event: NodeEvent): void {
    this.events.push(event);
  }
  replicationOffset(): number {
    return this.offset;
  }
  primarySilenceMs(): number {
    return this.primaryLinkUp() ? 0 : this.world.clock.monotonicMs() - this.#lastHeardPrimary;
  }
  primaryLinkUp(): boolean {
    return this.#source !== undefined;
  }
  replicateFrom(address: Address): void {
    this.following = address;
    this.replicate();
  }
  promote(): void {
    this.following = undefined;
  }
  pauseWrites(endsAtMs: number): void {
    this.writesPausedUntil = endsAtMs;
  }
  unpauseWrites(): void {
    this.writesPausedUntil = undefined;
  }
  deliver(channel: Uint8Array, message: Uint8Array, sharded: boolean): void {
    const text = `${Buffer.from(channel)}: ${Buffer.from(message)}`;
    this.delivered.push(sharded ? `${text} (sharded)` : text);
  }
  slotsLost(slots: readonly number[]): void {
    this.lost.push(...slots);
  }
  dropSlot(slot: number): void {
    for (const key of this.keyspace.keysInSlot(slot, Number.POSITIVE_INFINITY))
      this.keyspace.removeKey(bytesOf(key));
  }
  finishDropping(): void {}
  dropAllKeys(): void {
    this.keyspace.clear();
  }
  fatal(text: string): void {
    this.fatalText = text;
    this.running = false;
  }
}

export class TestCluster {
  readonly simulation: Simulation;
  members: Member[] = [];
  readonly #settings: Readonly<Record<string, string>>;
  #cuts: (readonly [string, string])[] = [];

  constructor(
    seed: number,
    settings: Readonly<Record<string, string>> = {},
    conditions?: Partial<Conditions>,
  ) {
    this.simulation = new Simulation(seed, conditions);
    this.#settings = settings;
    this.simulation.afterEach = () => {
      for (const member of this.members) if (member.running) member.replicate();
    };
  }

  add(changes: Readonly<Record<string, string>> = {}): Member {
    const ip = `10.0.0.${this.members.length + 1}`;
    const member = new Member(this, ip, new TestSettings({ ...this.#settings, ...changes }));
    this.members.push(member);
    return member;
  }

  /** Primaries with equal shares of the slots, then replicas in turn: joined, agreed, ok. */
  static create(
    seed: number,
    primaries: number,
    replicas: number,
    settings: Readonly<Record<string, string>> = {},
    conditions?: Partial<Conditions>,
  ): TestCluster {
    const cluster = new TestCluster(seed, settings, conditions);
    for (let count = primaries + replicas; count > 0; count--) cluster.add();
    cluster.join(primaries);
    return cluster;
  }

  join(primaries: number): number {
    const [first, ...others] = this.members;
    this.members.forEach((member, at) => {
      member.run((node) => node.setConfigEpoch(at + 1));
    });
    for (let at = 0; at < primaries; at++)
      this.members[at].run((node) => node.slots.add([share(at, primaries)]));
    first.run((node) => {
      for (const { ip } of others) assert.ok(node.membership.meet(ip, 7000));
    });
    const { simulation, members } = this;
    const took = simulation.runUntil(
      () =>
        members.every(
          ({ node }) =>
            node.view.nodes.size === members.length && !node.view.nodes.all.some((peer) => peer.inHandshake),
        ),
      10_000,
    );
    members.slice(primaries).forEach((member, at) => {
      const primary = members[at % primaries];
      member.run((node) => node.replicate(peerOf(member, primary)));
    });
    return took + simulation.runUntil(() => this.settled(), 10_000);
  }

  get alive(): Member[] {
    return this.members.filter(({ running }) => running);
  }

  /** Every running node has the same owner for every slot, knows the same roles, and says ok. */
  settled(): boolean {
    return (
      new Set(this.alive.map((member) => member.node.stateOk && picture(member))).size === 1 &&
      this.alive[0].node.stateOk
    );
  }

  settle(limitMs: number): number {
    return this.simulation.runUntil(() => this.settled(), limitMs);
  }

  crash(member: Member, kind: Crash = 'process'): void {
    member.running = false;
    this.simulation.crash(member.ip, kind);
  }

  /** A new process on the same disk. `loading`: it has yet to read its data (`node.dataLoaded` ends that). */
  restart(member: Member, loading = false): Member {
    const again = new Member(this, member.ip, member.settings, loading);
    this.members[this.members.indexOf(member)] = again;
    return again;
  }

  partition(a: readonly Member[], b: readonly Member[]): void {
    for (const one of a) for (const other of b) this.#cuts.push([one.ip, other.ip], [other.ip, one.ip]);
    this.simulation.partition(ips(a), ips(b));
  }

  heal(): void {
    this.#cuts = [];
    this.simulation.heal();
  }

  isCut(a: string, b: string): boolean {
    return this.#cuts.some(([from, to]) => from === a && to === b);
  }
}

function ips(members: readonly Member[]): string[] {
  return members.map(({ ip }) => ip);
}

/** Slots of primary `at` of `count`, as redis-cli shares them out. */
export function share(at: number, count: number): SlotRange {
  const first = Math.round((SLOT_COUNT * at) / count);
  const last = Math.round((SLOT_COUNT * (at + 1)) / count);
  return [first, last - 1];
}

/** How `member` knows `other`. */
export function peerOf(member: Member, other: Member): NonNullable<ReturnType<ClusterNode['peer']>> {
  const peer = member.node.peer(other.id);
  assert.ok(peer, `${member.ip} does not know ${other.ip}`);
  return peer;
}

/** The cluster as one node sees it: roles, primaries, slots and epochs of all that are not failed. */
function picture({ node }: Member): string {
  return node.view.nodes.all
    .filter((peer) => !peer.failed)
    .map(
      (peer) =>
        `${peer.id} ${peer.isPrimary ? peer.configEpoch : `of ${peer.primary?.id}`} ${JSON.stringify(peer.slots.ranges())}`,
    )
    .sort()
    .join('\n');
}

/** Puts a key into the store of a member. */
export function put({ keyspace }: Member, key: string): number {
  keyspace.setStringBytes(bytesOf(key), bytesOf('value'));
  return keySlotOf(key);
}

/**
 * Sends `member` a message over a connection of its own, as `sender` would, but for these changes of the header. In the
 * name of one that is dead, too: then no other word of it comes in between.
 */
export function say(
  cluster: TestCluster,
  sender: Member,
  member: Member,
  body: Body,
  changes: Partial<Header> = {},
): void {
  const { self, representative, currentEpoch } = sender.node.view;
  const header: Header = {
    sender: self.id,
    currentEpoch,
    configEpoch: representative.configEpoch,
    replicationOffset: sender.offset,
    slots: representative.slots.bytes,
    primaryId: self.primary?.id,
    announcedIp: sender.ip,
    port: self.port,
    tlsPort: self.tlsPort,
    busPort: self.busPort,
    flags: self.flags,
    clusterOk: true,
    paused: false,
    forceAck: false,
    hasExtensions: false,
    ...changes,
  };
  const { network } = cluster.simulation.world(sender.running ? sender.ip : member.ip);
  const connection = network.connect(
    { host: member.ip, port: 17_000 },
    { connected: () => connection.write(encodeMessage(header, body)), data: () => {}, closed: () => {} },
  );
  cluster.simulation.runFor(50);
}
