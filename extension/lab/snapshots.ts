/** The lab as one picture: what every node tells of itself, put together. */
import type { NodeStatus } from '../node/observer.ts';
import { countSlots } from '../redis/slots.ts';
import type { LabOptions, LabSnapshot, LabState, Message, NodeSnapshot, ProcessState } from './protocol.ts';

/** What the lab knows of one node. */
export interface NodeView {
  readonly port: number;
  readonly busPort: number;
  readonly state: ProcessState;
  readonly error: Message | undefined;
  /** Of now while it runs, else the last one before it stopped. */
  readonly status: NodeStatus | undefined;
  readonly cutOff: boolean;
  readonly delayMs: number;
}

export interface LabView {
  readonly state: LabState;
  readonly options: LabOptions;
  readonly startedInMs: number | undefined;
  readonly error: Message | undefined;
  readonly nodes: readonly NodeView[];
}

export function snapshotOf(lab: LabView): LabSnapshot {
  const running = lab.nodes.filter(({ state, status }) => state === 'running' && status !== undefined);
  const members = running.filter((node) => !isOutside(node, running));
  const states = members.map(({ status }) => status?.clusterOk === true);
  const nodes = lab.nodes.map((node) => nodeSnapshot(node, running, lab));
  return {
    state: lab.state,
    options: lab.options,
    clusterState: states.length === 0 ? 'unknown' : states.every((ok) => ok) ? 'ok' : 'fail',
    slotsCovered: covered(nodes),
    currentEpoch: Math.max(0, ...running.map(({ status }) => status?.currentEpoch ?? 0)),
    startedInMs: lab.startedInMs,
    error: lab.error,
    nodes,
  };
}

function nodeSnapshot(node: NodeView, running: readonly NodeView[], lab: LabView): NodeSnapshot {
  const { status } = node;
  const isReplica = status?.role === 'replica';
  return {
    port: node.port,
    busPort: node.busPort,
    host: lab.options.host,
    id: status?.id,
    process: node.state,
    error: node.error,
    role: status?.role ?? 'primary',
    primaryId: status?.primaryId,
    health: healthOf(node, running),
    clusterOk: node.state === 'running' && status?.clusterOk === true,
    outside: isOutside(node, running),
    slots: status?.slots ?? [],
    keys: status?.keys ?? 0,
    usedBytes: status?.usedBytes ?? 0,
    clients: node.state === 'running' ? (status?.clients ?? 0) : 0,
    commandsProcessed: status?.commandsProcessed ?? 0,
    replicationOffset: status?.replicationOffset ?? 0,
    lagBytes: isReplica ? lagOf(status, running) : undefined,
    primaryLinkUp: isReplica ? node.state === 'running' && status.primaryLinkUp === true : undefined,
    configEpoch: status?.configEpoch ?? 0,
    cutOff: node.cutOff,
    delayMs: node.delayMs,
  };
}

/** It knows nobody, which is different when nobody knows anybody. */
function isOutside({ state, status }: NodeView, running: readonly NodeView[]): boolean {
  const knowsNobody = state === 'running' && status?.peers.length === 0 && status.slots.length === 0;
  return knowsNobody && running.some((other) => (other.status?.peers.length ?? 0) > 0);
}

/** The view of most of the others that run. A tie goes to the worse one. */
function healthOf({ port, status }: NodeView, running: readonly NodeView[]): NodeSnapshot['health'] {
  const votes = { ok: 0, pfail: 0, fail: 0 };
  for (const other of running) {
    if (other.port === port) continue;
    const state = other.status?.peers.find(({ id }) => id === status?.id)?.state;
    if (state !== undefined && state !== 'handshake') votes[state]++;
  }
  const most = Math.max(votes.ok, votes.pfail, votes.fail);
  if (most === 0) return 'unknown';
  if (votes.fail === most) return 'fail';
  return votes.pfail === most ? 'pfail' : 'ok';
}

function lagOf(status: NodeStatus, running: readonly NodeView[]): number | undefined {
  const primary = running.find((other) => other.status?.id === status.primaryId)?.status;
  // The two were asked one after the other: the replica may seem ahead.
  return primary && Math.max(0, primary.replicationOffset - status.replicationOffset);
}

function covered(nodes: readonly NodeSnapshot[]): number {
  const alive = nodes.filter((node) => node.process === 'running' && node.role === 'primary');
  return countSlots(alive.flatMap(({ slots }) => slots));
}

/** Before anything was started. */
export function stoppedSnapshot(): LabSnapshot {
  const options: LabOptions = {
    basePort: 7000,
    nodes: 6,
    replicasPerPrimary: 1,
    folder: '',
    host: '127.0.0.1',
    directives: {},
  };
  return snapshotOf({ state: 'stopped', options, startedInMs: undefined, error: undefined, nodes: [] });
}
