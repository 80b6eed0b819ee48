/** Who becomes what in a lab, decided before anything starts. */
import { BUS_PORT_OFFSET, MAX_PORT, MAX_PORT_WITH_BUS } from '../redis/config/ports.ts';
import { evenShare, type SlotRange } from '../redis/slots.ts';
import { LabError } from './message.ts';
import type { LabOptions } from './protocol.ts';

/** Redis Cluster needs three primaries so that a majority outlives one. */
const MIN_PRIMARIES = 3;
/** A full mesh of two links a pair: 100 nodes are 9,900 connections, and no lesson needs more. */
const MAX_NODES = 100;

export interface PlannedNode {
  readonly port: number;
  readonly busPort: number;
  /** What it gets when the cluster is made anew; undefined for a replica. */
  readonly slots: SlotRange | undefined;
  /** Whom it replicates when the cluster is made anew; undefined for a primary. */
  readonly primaryPort: number | undefined;
}

/** The first nodes become primaries, the others replicate them in turn: 7003 7000, 7004 7001, 7005 7002, 7006 7000. */
export function planNodes(
  options: Pick<LabOptions, 'basePort' | 'nodes' | 'replicasPerPrimary' | 'asFound'>,
): PlannedNode[] {
  checkPlan(options);
  const { basePort, nodes, replicasPerPrimary, asFound } = options;
  if (asFound) return Array.from({ length: nodes }, (_, i) => alone(basePort + i));
  const primaries = Math.floor(nodes / (replicasPerPrimary + 1));
  return Array.from({ length: nodes }, (_, i) => {
    const port = basePort + i;
    const isPrimary = i < primaries;
    return {
      port,
      busPort: port + BUS_PORT_OFFSET,
      slots: isPrimary ? evenShare(i, primaries) : undefined,
      primaryPort: isPrimary ? undefined : basePort + ((i - primaries) % primaries),
    };
  });
}

function alone(port: number): PlannedNode {
  return { port, busPort: port + BUS_PORT_OFFSET, slots: undefined, primaryPort: undefined };
}

function checkPlan({
  basePort,
  nodes,
  replicasPerPrimary,
  asFound = false,
}: Pick<LabOptions, 'basePort' | 'nodes' | 'replicasPerPrimary' | 'asFound'>): void {
  if (!isCount(nodes, 1) || nodes > MAX_NODES)
    throw new LabError('A lab has 3 to {0} nodes, not {1}.', MAX_NODES, nodes);
  if (!isCount(replicasPerPrimary, 0)) throw new LabError('{0} replicas are impossible.', replicasPerPrimary);
  if (!asFound && Math.floor(nodes / (replicasPerPrimary + 1)) < MIN_PRIMARIES) {
    throw new LabError(
      'Redis Cluster requires at least {0} primaries. This is not possible with {1} nodes and {2} replicas per primary: at least {3} nodes are required.',
      MIN_PRIMARIES,
      nodes,
      replicasPerPrimary,
      MIN_PRIMARIES * (replicasPerPrimary + 1),
    );
  }
  checkPorts(basePort, nodes);
}

/** Throws a LabError when the ports, or those of the cluster bus, would be none. */
export function checkPorts(basePort: number, nodes: number): void {
  if (!isCount(basePort, 1) || basePort > MAX_PORT) throw new LabError('{0} is no port.', basePort);
  const last = basePort + nodes - 1;
  if (last > MAX_PORT_WITH_BUS) {
    // Redis' own words, which name the wrong end when several nodes are asked for.
    throw new LabError(
      'Redis port number too high ({0}). Cluster communication port is 10,000 port numbers higher than your Redis port. Your Redis port number must be 55535 or less.',
      last,
    );
  }
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}
