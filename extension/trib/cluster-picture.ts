/** What a cluster looks like from outside: plain data, put together from what each node says of itself. */
import { SLOT_COUNT, type SlotRange } from '../redis/slots.ts';
import type { NodeLine } from './cluster-nodes.ts';
import { addressText, type NodeAddress } from './connection.ts';

export interface PicturedNode {
  readonly id: string;
  readonly address: NodeAddress;
  readonly role: 'primary' | 'replica';
  readonly primaryId: string | undefined;
  /** How most of the others see it. */
  readonly health: 'ok' | 'pfail' | 'fail';
  /** Why it could not be asked, in the words of whoever refused; undefined when it answered. */
  readonly unreachable: string | undefined;
  readonly clusterOk: boolean;
  readonly slots: readonly SlotRange[];
  /** Slots that it is giving away or taking in. */
  readonly openSlots: readonly number[];
  readonly keys: number;
  readonly usedBytes: number;
  readonly clients: number;
  readonly configEpoch: number;
  readonly replicationOffset: number;
  /** On a replica: bytes behind its primary; undefined when one of the two was not asked. */
  readonly lagBytes: number | undefined;
  readonly primaryLinkUp: boolean | undefined;
  /** `redis 7.2.4`, `valkey 8.0.1`. */
  readonly version: string;
}

export interface ClusterPicture {
  readonly state: 'connecting' | 'connected' | 'lost';
  /** Of `lost`: what each node said that was tried. */
  readonly cause: string | undefined;
  /** ok only when all nodes that answered say so. */
  readonly clusterState: 'ok' | 'fail' | 'unknown';
  readonly slotsCovered: number;
  readonly currentEpoch: number;
  readonly nodes: readonly PicturedNode[];
}

export const NOTHING_YET: ClusterPicture = {
  state: 'connecting',
  cause: undefined,
  clusterState: 'unknown',
  slotsCovered: 0,
  currentEpoch: 0,
  nodes: [],
};

/** What one node answered, or why it did not. */
export interface Told {
  readonly address: NodeAddress;
  /** Its own CLUSTER NODES. */
  readonly lines: readonly NodeLine[];
  readonly info: ReadonlyMap<string, string>;
  readonly clusterInfo: ReadonlyMap<string, string>;
}

/** `name:value` lines, as INFO and CLUSTER INFO have them. */
export function fieldsOf(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );
}

/** `refusals` by node id: why a node that others know could not be asked. */
export function pictureOf(told: readonly Told[], refusals: ReadonlyMap<string, string>): ClusterPicture {
  const nodes = [
    ...told.map((one) => nodeOf(one, told)),
    ...[...refusals].flatMap(([id, reason]) => absentNode(id, reason, told)),
  ];
  const owned = new Set<number>();
  for (const { role, slots, health, unreachable } of nodes) {
    if (role !== 'primary' || health === 'fail' || unreachable !== undefined) continue;
    for (const [first, last] of slots) for (let slot = first; slot <= last; slot++) owned.add(slot);
  }
  const states = told.map(({ clusterInfo }) => clusterInfo.get('cluster_state') === 'ok');
  return {
    state: 'connected',
    cause: undefined,
    clusterState: states.every((ok) => ok) ? 'ok' : 'fail',
    slotsCovered: Math.min(owned.size, SLOT_COUNT),
    currentEpoch: Math.max(
      0,
      ...told.map(({ clusterInfo }) => Number(clusterInfo.get('cluster_current_epoch') ?? 0)),
    ),
    nodes: nodes.sort(byAddress),
  };
}

function myself({ lines }: Told): NodeLine | undefined {
  return lines.find(({ flags }) => flags.has('myself'));
}

function isReplica({ flags }: NodeLine): boolean {
  return flags.has('slave') || flags.has('replica');
}

function nodeOf(one: Told, told: readonly Told[]): PicturedNode {
  const { address, info, clusterInfo } = one;
  const line = myself(one);
  const number = (name: string) => Number(info.get(name) ?? 0);
  const replica = line !== undefined && isReplica(line);
  const primary = told.find((other) => myself(other)?.id === line?.primaryId);
  const offset = number(replica ? 'slave_repl_offset' : 'master_repl_offset');
  const server = info.get('server_name') ?? 'redis';
  return {
    id: line?.id ?? '',
    address: announced(line?.id, told) ?? address,
    role: replica ? 'replica' : 'primary',
    primaryId: line?.primaryId,
    health: healthOf(line?.id ?? '', told),
    unreachable: undefined,
    clusterOk: clusterInfo.get('cluster_state') === 'ok',
    slots: line?.slots ?? [],
    openSlots: line ? [...line.migrating.keys(), ...line.importing.keys()] : [],
    keys: Number(/^keys=(\d+)/.exec(info.get('db0') ?? '')?.[1] ?? 0),
    usedBytes: number('used_memory'),
    clients: number('connected_clients'),
    configEpoch: line?.configEpoch ?? 0,
    replicationOffset: offset,
    lagBytes:
      replica && primary
        ? // The two were asked one after the other: the replica may seem ahead.
          Math.max(0, Number(primary.info.get('master_repl_offset') ?? 0) - offset)
        : undefined,
    primaryLinkUp: replica ? info.get('master_link_status') === 'up' : undefined,
    version: `${server} ${info.get(`${server}_version`) ?? info.get('redis_version') ?? ''}`.trim(),
  };
}

/** Where others find it; we may have come another way. */
function announced(id: string | undefined, told: readonly Told[]): NodeAddress | undefined {
  const lines = told.flatMap(({ lines: known }) => known);
  return lines.find((line) => line.id === id && !line.flags.has('myself') && line.address.host)?.address;
}

/** As the others know it. */
function absentNode(id: string, reason: string, told: readonly Told[]): PicturedNode[] {
  const line = told.flatMap(({ lines }) => lines).find((one) => one.id === id);
  if (line === undefined) return [];
  return [
    {
      id,
      address: line.address,
      role: isReplica(line) ? 'replica' : 'primary',
      primaryId: line.primaryId,
      health: healthOf(id, told),
      unreachable: reason,
      clusterOk: false,
      slots: line.slots,
      openSlots: [],
      keys: 0,
      usedBytes: 0,
      clients: 0,
      configEpoch: line.configEpoch,
      replicationOffset: 0,
      lagBytes: undefined,
      primaryLinkUp: isReplica(line) ? false : undefined,
      version: '',
    },
  ];
}

/** The view of most of the others. A tie goes to the worse one. */
function healthOf(id: string, told: readonly Told[]): PicturedNode['health'] {
  const votes = { ok: 0, pfail: 0, fail: 0 };
  for (const other of told) {
    const line = other.lines.find((one) => one.id === id);
    if (line === undefined || line.flags.has('myself')) continue;
    votes[line.flags.has('fail') ? 'fail' : line.flags.has('fail?') ? 'pfail' : 'ok']++;
  }
  if (votes.fail > 0 && votes.fail >= Math.max(votes.ok, votes.pfail)) return 'fail';
  return votes.pfail > 0 && votes.pfail >= votes.ok ? 'pfail' : 'ok';
}

function byAddress(a: PicturedNode, b: PicturedNode): number {
  const [one, other] = [addressText(a.address), addressText(b.address)];
  return one.localeCompare(other, 'en', { numeric: true });
}
