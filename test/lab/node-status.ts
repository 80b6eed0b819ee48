/** Statuses of nodes as a cluster of three primaries and their replicas would tell them. */
import type { NodeView } from '../../extension/lab/snapshots.ts';
import type { NodeRole, NodeStatus } from '../../extension/node/observer.ts';

export interface Told {
  readonly port: number;
  readonly role?: NodeRole;
  readonly primaryPort?: number;
  readonly slots?: readonly (readonly [number, number])[];
}

export const idOf = (port: number) => String(port).padStart(40, '0');

export const SIX: readonly Told[] = [
  { port: 7000, slots: [[0, 5460]] },
  { port: 7001, slots: [[5461, 10922]] },
  { port: 7002, slots: [[10923, 16383]] },
  { port: 7003, role: 'replica', primaryPort: 7000 },
  { port: 7004, role: 'replica', primaryPort: 7001 },
  { port: 7005, role: 'replica', primaryPort: 7002 },
];

/** Everybody runs and sees everybody; `changes` by port. */
export function views(
  changes: Readonly<Record<number, Partial<NodeStatus>>> = {},
  states: Readonly<Record<number, NodeView['state']>> = {},
): NodeView[] {
  return SIX.map((told) => ({
    port: told.port,
    busPort: told.port + 10_000,
    state: states[told.port] ?? 'running',
    error: undefined,
    cutOff: false,
    delayMs: 0,
    status: { ...statusOf(told), ...changes[told.port] },
  }));
}

function statusOf({ port, role = 'primary', primaryPort, slots = [] }: Told): NodeStatus {
  return {
    id: idOf(port),
    role,
    primaryId: primaryPort === undefined ? undefined : idOf(primaryPort),
    clusterOk: true,
    configEpoch: port - 6999,
    currentEpoch: 6,
    slots,
    keys: 10,
    usedBytes: 1000,
    replicationOffset: 100,
    primaryLinkUp: role === 'replica' ? true : undefined,
    clients: 1,
    commandsProcessed: 5,
    peers: SIX.filter((other) => other.port !== port).map((other) => peer(other.port, other.role)),
  };
}

export function peer(
  port: number,
  role: NodeRole = 'primary',
  state: NodeStatus['peers'][number]['state'] = 'ok',
): NodeStatus['peers'][number] {
  return { id: idOf(port), host: '127.0.0.1', port, role, state, linkUp: true };
}
