/** One node of a cluster, asked for itself: who it is, what it owns, whom it knows. */
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { formatRange, rangesOf, type SlotRange } from '../redis/slots.ts';
import { type NodeLine, parseClusterNodes } from './cluster-nodes.ts';
import {
  type Answer,
  type Argument,
  addressText,
  ipOf,
  type NodeAddress,
  type NodeConnection,
  textOf,
} from './connection.ts';
import { type Report, TribError } from './transcript.ts';

export class ClusterNode {
  readonly address: NodeAddress;
  readonly connection: NodeConnection;
  id = '';
  isReplica = false;
  primaryId: string | undefined;
  configEpoch = 0;
  slots = new Set<number>();
  migrating = new Map<number, string>();
  importing = new Map<number, string>();
  /** How the node sees the others. */
  friends: readonly NodeLine[] = [];
  /** How it sees itself: the address it announces. */
  self: NodeLine | undefined;

  constructor(connection: NodeConnection) {
    this.connection = connection;
    this.address = connection.address;
  }

  get name(): string {
    return addressText(this.address);
  }

  cluster(...args: readonly Argument[]): Promise<Answer> {
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
    this.configEpoch = myself.configEpoch;
    this.slots = slotsOf(myself);
    this.migrating = new Map(myself.migrating);
    this.importing = new Map(myself.importing);
    this.friends = lines.filter((line) => line !== myself);
    this.self = myself;
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

  /** Whether the server takes CLUSTER ADDSLOTSRANGE, which came with 7.0. */
  async knowsRanges(): Promise<boolean> {
    const info = textOf(await this.connection.call('INFO', 'server'));
    return Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? 0) >= 7;
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

  /** Slots which this node believes to be another's. */
  foreignSlots(): Set<number> {
    return new Set(this.friends.flatMap((line) => [...slotsOf(line)]));
  }

  /**
   * Where other nodes find this one: as they see it, else as it announces itself, else as we were told to dial it,
   * which may be a way that only we can go.
   */
  async meetingPoint(others: readonly ClusterNode[]): Promise<readonly (string | number)[]> {
    const seen = others
      .flatMap(({ friends }) => friends)
      .find(({ id, address }) => id === this.id && address.host);
    const line = seen ?? (this.self?.address.host ? this.self : undefined);
    const host = await ipOf(line?.address.host || this.address.host);
    const port = line?.address.port ?? this.address.port;
    const busPort = line?.busPort ?? this.self?.busPort;
    // Servers before 4.0 take no bus port.
    const told = busPort === undefined || busPort === port + BUS_PORT_OFFSET ? [] : [busPort];
    return [host, port, ...told];
  }

  /** The two or three lines of check and create about a node. */
  describe(replicas: number): string[] {
    const role = this.isReplica ? 'slave' : 'master';
    return [
      `${this.isReplica ? 'S' : 'M'}: ${this.id} ${this.name}`,
      `   slots:${this.ranges().map(formatRange).join(',')} (${this.slots.size} slots) ${role}`,
      ...(replicas > 0 ? [`   ${replicas} additional replica(s)`] : []),
      ...(this.primaryId ? [`   replicates ${this.primaryId}`] : []),
    ];
  }

  ranges(): SlotRange[] {
    return rangesOf([...this.slots].sort((a, b) => a - b));
  }

  report(): Report {
    return {
      id: this.id,
      host: this.address.host,
      port: this.address.port,
      role: this.isReplica ? 'replica' : 'primary',
      primaryId: this.primaryId ?? null,
      configEpoch: this.configEpoch,
      slots: this.ranges(),
      slotCount: this.slots.size,
      migrating: Object.fromEntries(this.migrating),
      importing: Object.fromEntries(this.importing),
    };
  }
}

export function slotsOf({ slots }: NodeLine): Set<number> {
  return new Set(slots.flatMap(([first, last]) => sequence(first, last)));
}

export function sequence(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
