/** A cluster as redis-trib sees it: every node it can reach, each asked for itself. */
import { formatRange, rangesOf, SLOT_COUNT } from '../redis/slots.ts';
import { type NodeLine, parseClusterNodes } from './cluster-nodes.ts';
import {
  addressText,
  type Dial,
  messageOf,
  type NodeAddress,
  type NodeConnection,
  textOf,
} from './connection.ts';
import { type Transcript, TribError } from './transcript.ts';

/** How often nodes are asked again while redis-trib waits for them to agree. */
const AGREEMENT_POLL_MS = 100;
/** A cluster that has not agreed by then will not by itself: some node can't reach another. */
/** Several rounds of gossip; a disagreement that lasts longer is a real one. */
const SETTLE_LIMIT_MS = 5000;
const AGREEMENT_LIMIT_MS = 60_000;

export class ClusterNode {
  readonly address: NodeAddress;
  readonly connection: NodeConnection;
  id = '';
  isReplica = false;
  primaryId: string | undefined;
  slots = new Set<number>();
  migrating = new Map<number, string>();
  importing = new Map<number, string>();
  /** How the node sees the others. */
  friends: readonly NodeLine[] = [];

  constructor(connection: NodeConnection) {
    this.connection = connection;
    this.address = connection.address;
  }

  get name(): string {
    return addressText(this.address);
  }

  cluster(...args: readonly (string | number)[]) {
    return this.connection.call('CLUSTER', ...args);
  }

  /** Asks the node anew who it is, what it owns and whom it knows. */
  async load(): Promise<void> {
    const lines = parseClusterNodes(textOf(await this.cluster('NODES')));
    const myself = lines.find(({ flags }) => flags.has('myself'));
    if (!myself) throw new TribError(`[ERR] Unable to load info for node ${this.name}`);
    this.id = myself.id;
    this.isReplica = myself.flags.has('slave') || myself.flags.has('replica');
    this.primaryId = myself.primaryId;
    this.slots = new Set(myself.slots.flatMap(([first, last]) => sequence(first, last)));
    this.migrating = new Map(myself.migrating);
    this.importing = new Map(myself.importing);
    this.friends = lines.filter((line) => line !== myself);
  }

  async assertCluster(): Promise<void> {
    const info = textOf(await this.connection.call('INFO', 'cluster'));
    if (!/^cluster_enabled:1/m.test(info)) {
      throw new TribError(`[ERR] Node ${this.name} is not configured as a cluster node.`);
    }
  }

  async assertEmpty(): Promise<void> {
    const keys = Number(await this.connection.call('DBSIZE'));
    if (this.friends.length > 0 || this.slots.size > 0 || keys > 0) {
      throw new TribError(
        `[ERR] Node ${this.name} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or contains some key in database 0.`,
      );
    }
  }

  /** What this node believes of the cluster: who owns which slots. Equal texts, equal beliefs. */
  async signature(): Promise<string> {
    const lines = parseClusterNodes(textOf(await this.cluster('NODES')));
    return lines
      .filter(({ slots, flags }) => slots.length > 0 && !flags.has('slave'))
      .map(({ id, slots }) => `${id}:${slots.map(formatRange).join(',')}`)
      .sort()
      .join('|');
  }

  /** The ids this node knows and talks to, itself included. */
  async knows(): Promise<Set<string>> {
    const lines = parseClusterNodes(textOf(await this.cluster('NODES')));
    return new Set(lines.filter(({ flags }) => !flags.has('handshake')).map(({ id }) => id));
  }

  /** The two or three lines of check and create about a node. */
  describe(replicas: number): string[] {
    const ranges = rangesOf([...this.slots].sort((a, b) => a - b)).map(formatRange);
    const role = this.isReplica ? 'slave' : 'master';
    return [
      `${this.isReplica ? 'S' : 'M'}: ${this.id} ${this.name}`,
      `   slots:${ranges.join(',')} (${this.slots.size} slots) ${role}`,
      ...(replicas > 0 ? [`   ${replicas} additional replica(s)`] : []),
      ...(this.primaryId ? [`   replicates ${this.primaryId}`] : []),
    ];
  }
}

export class ClusterView {
  readonly nodes: ClusterNode[] = [];
  readonly dial: Dial;

  constructor(dial: Dial) {
    this.dial = dial;
  }

  get primaries(): ClusterNode[] {
    return this.nodes.filter(({ isReplica }) => !isReplica);
  }

  /** Starts from any node of the cluster and reaches all others it knows to be alive. */
  static async from(address: NodeAddress, dial: Dial, transcript: Transcript): Promise<ClusterView> {
    const view = new ClusterView(dial);
    const seed = await view.add(address);
    await seed.assertCluster();
    await seed.load();
    for (const friend of seed.friends) {
      if (['noaddr', 'fail', 'handshake'].some((flag) => friend.flags.has(flag)) || !friend.linkUp) continue;
      try {
        await (await view.add(friend.address)).load();
      } catch (error) {
        transcript.line(messageOf(error));
      }
    }
    for (const { name, primaryId } of view.nodes) {
      if (primaryId && !view.byId(primaryId)) {
        transcript.line(`*** WARNING: ${name} claims to be slave of unknown node ID ${primaryId}.`);
      }
    }
    return view;
  }

  async add(address: NodeAddress): Promise<ClusterNode> {
    const node = new ClusterNode(await this.dial(address));
    this.nodes.push(node);
    return node;
  }

  byId(id: string): ClusterNode | undefined {
    return this.nodes.find((node) => node.id === id.toLowerCase());
  }

  /** By the first characters of an id, when they fit one node only. */
  byAbbreviation(prefix: string): ClusterNode | undefined {
    const fitting = this.nodes.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  replicasOf(primary: ClusterNode): ClusterNode[] {
    return this.nodes.filter(({ primaryId }) => primaryId === primary.id);
  }

  primaryWithFewestReplicas(): ClusterNode | undefined {
    const count = (node: ClusterNode) => this.replicasOf(node).length;
    return this.primaries.toSorted((a, b) => count(a) - count(b))[0];
  }

  ownersOf(slot: number): ClusterNode[] {
    return this.primaries.filter(({ slots }) => slots.has(slot));
  }

  uncoveredSlots(): number[] {
    const covered = new Set(this.nodes.flatMap(({ slots }) => [...slots]));
    return sequence(0, SLOT_COUNT - 1).filter((slot) => !covered.has(slot));
  }

  openSlots(): number[] {
    const open = this.nodes.flatMap(({ migrating, importing }) => [...migrating.keys(), ...importing.keys()]);
    return [...new Set(open)].sort((a, b) => a - b);
  }

  async reload(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.load()));
  }

  async agrees(): Promise<boolean> {
    const signatures = await Promise.all(this.nodes.map((node) => node.signature()));
    return new Set(signatures).size === 1;
  }

  /** Every node knows every other by its true id. */
  async allKnowAll(): Promise<boolean> {
    const known = await Promise.all(this.nodes.map((node) => node.knows()));
    return known.every((ids) => this.nodes.every(({ id }) => ids.has(id)));
  }

  /**
   * Gossip takes a moment to carry the last change to everybody: what plans on the cluster's shape waits for that, and
   * then looks again. A cluster that does not settle is left to the check to complain about.
   */
  async settle(): Promise<void> {
    for (let waited = 0; waited < SETTLE_LIMIT_MS && !(await this.agrees()); waited += AGREEMENT_POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, AGREEMENT_POLL_MS));
    }
    await this.reload();
  }

  /** Every node says cluster_state:ok, so that the next command of any client is served. */
  async allServe(): Promise<boolean> {
    const infos = await Promise.all(this.nodes.map((node) => node.cluster('INFO')));
    return infos.every((info) => textOf(info).includes('cluster_state:ok'));
  }

  /** Waits until all nodes know each other, agree about the slots and are `ready`, with redis-trib's dots. */
  async waitToJoin(transcript: Transcript, ready = async () => true): Promise<void> {
    transcript.progress('Waiting for the cluster to join');
    const rounds = AGREEMENT_LIMIT_MS / AGREEMENT_POLL_MS;
    for (let round = 1; !((await this.allKnowAll()) && (await this.agrees()) && (await ready())); round++) {
      if (round > rounds) {
        transcript.progress('\n');
        throw new TribError('[ERR] The nodes do not agree after a minute: check the cluster bus ports');
      }
      // One dot a second, as by hand.
      if (round % (1000 / AGREEMENT_POLL_MS) === 0) transcript.progress('.');
      await new Promise((resolve) => setTimeout(resolve, AGREEMENT_POLL_MS));
    }
    transcript.progress('\n');
  }

  close(): void {
    for (const { connection } of this.nodes) connection.close();
  }
}

export function sequence(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
