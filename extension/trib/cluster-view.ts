/** A cluster as redis-trib sees it: every node it can reach. */
import { SLOT_COUNT } from '../redis/slots.ts';
import { ClusterNode, sequence } from './cluster-node.ts';
import type { NodeLine } from './cluster-nodes.ts';
import { type Dial, type NodeAddress, textOf } from './connection.ts';
import { errorLine } from './node-error.ts';
import { type Transcript, TribError } from './transcript.ts';

/** How often nodes are asked again while redis-trib waits for them to agree. */
const AGREEMENT_POLL_MS = 100;
/** Several rounds of gossip; a disagreement that lasts longer is a real one. */
const SETTLE_LIMIT_MS = 5000;
/** A cluster that has not agreed by then will not by itself: some node can't reach another. */
const AGREEMENT_LIMIT_MS = 60_000;

/** One node does not know another. */
export interface Forgotten {
  readonly by: ClusterNode;
  readonly whom: ClusterNode;
}

export class ClusterView {
  readonly nodes: ClusterNode[] = [];
  readonly dial: Dial;
  /** Nodes which others know and we could not ask. */
  readonly unreachable: NodeLine[] = [];

  constructor(dial: Dial) {
    this.dial = dial;
  }

  get primaries(): ClusterNode[] {
    return this.nodes.filter(({ isReplica }) => !isReplica);
  }

  /** Primaries with slots: they may be serving them, though we can't reach them. */
  get unreachablePrimaries(): NodeLine[] {
    return this.unreachable.filter(({ flags, slots }) => flags.has('master') && slots.length > 0);
  }

  /**
   * Starts from any node of the cluster and reaches all others that it knows, or that somebody knows whom it knows:
   * the one that was asked may have forgotten somebody.
   */
  static async from(address: NodeAddress, dial: Dial, transcript: Transcript): Promise<ClusterView> {
    const view = new ClusterView(dial);
    try {
      const seed = await view.add(address);
      await seed.assertCluster();
      await seed.load();
      const seen = new Set([seed.id]);
      for (let told = seed.friends; told.length > 0; ) {
        const strangers = new Map(told.filter(({ id }) => !seen.has(id)).map((line) => [line.id, line]));
        for (const id of strangers.keys()) seen.add(id);
        const reached = await Promise.all(
          [...strangers.values()].map((line) => view.reach(line, transcript)),
        );
        const nodes = reached.filter((node) => node !== undefined);
        view.nodes.push(...nodes);
        told = nodes.flatMap(({ friends }) => friends);
      }
    } catch (error) {
      view.close();
      throw error;
    }
    for (const { name, primaryId } of view.nodes) {
      if (primaryId && !view.byId(primaryId)) {
        transcript.line(`*** WARNING: ${name} claims to be slave of unknown node ID ${primaryId}.`);
      }
    }
    return view;
  }

  private async reach(line: NodeLine, transcript: Transcript): Promise<ClusterNode | undefined> {
    if (line.flags.has('handshake')) return undefined;
    if (line.flags.has('noaddr') || line.flags.has('fail')) {
      this.unreachable.push(line);
      return undefined;
    }
    let node: ClusterNode | undefined;
    try {
      node = new ClusterNode(await this.dial(line.address));
      await node.load();
      return node;
    } catch (error) {
      transcript.line(errorLine(error));
      node?.connection.close();
      this.unreachable.push(line);
      return undefined;
    }
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

  /** Slots which more than one primary says to own. */
  contestedSlots(): number[] {
    const owners = new Map<number, number>();
    for (const { slots } of this.primaries)
      for (const slot of slots) owners.set(slot, (owners.get(slot) ?? 0) + 1);
    return [...owners].filter(([, count]) => count > 1).map(([slot]) => slot);
  }

  /** Who has forgotten whom; as of the last `load`. */
  forgotten(): Forgotten[] {
    return this.nodes.flatMap((by) => {
      const known = new Set(by.friends.filter(({ flags }) => !flags.has('handshake')).map(({ id }) => id));
      return this.nodes.filter((whom) => whom !== by && !known.has(whom.id)).map((whom) => ({ by, whom }));
    });
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
   * Gossip takes a moment to carry the last change to everybody, and a primary that has just joined refuses keys for two
   * seconds: what plans on the cluster's shape waits for that, and then looks again. A cluster that does not settle is left
   * to the check to complain about.
   */
  async settle(): Promise<void> {
    const settled = async () => (await this.agrees()) && (await this.allKnowAll()) && (await this.allServe());
    for (let waited = 0; waited < SETTLE_LIMIT_MS && !(await settled()); waited += AGREEMENT_POLL_MS) {
      await pause();
    }
    await this.reload();
  }

  /** Every node says cluster_state:ok, so that the next command of any client is served, and all are at one epoch. */
  async allServe(): Promise<boolean> {
    const infos = await this.clusterInfos();
    return epochsOf(infos).size === 1 && infos.every((info) => info.includes('cluster_state:ok'));
  }

  /**
   * Who becomes the owner of a slot gives itself the next epoch that it knows of. A node that has not heard of the last one
   * would claim the slot with the same: of two such claims the older may win, and what was written meanwhile is lost.
   */
  async assertOneEpoch(): Promise<void> {
    const epochs = epochsOf(await this.clusterInfos());
    if (epochs.size === 1) return;
    throw new TribError(
      `*** Not all nodes have heard of the last change (epochs ${[...epochs].join(', ')}): check the cluster bus, and try again.`,
    );
  }

  private clusterInfos(): Promise<string[]> {
    return Promise.all(this.nodes.map(async (node) => textOf(await node.cluster('INFO'))));
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
      await pause();
    }
    transcript.progress('\n');
  }

  close(): void {
    for (const { connection } of this.nodes) connection.close();
  }
}

function epochsOf(infos: readonly string[]): Set<string | undefined> {
  return new Set(infos.map((info) => /^cluster_current_epoch:(\d+)/m.exec(info)?.[1]));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, AGREEMENT_POLL_MS));
}
