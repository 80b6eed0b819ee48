/** A node with an RDB file, before and after it ends. */
import type { Simulation } from '../../../extension/worlds/simulated.ts';
import { SmallNode } from '../replication/small-node.ts';

export const HOST = '10.0.0.1';
export const FILE = './dump.rdb';

export function node(simulation: Simulation, settings: Readonly<Record<string, string>> = {}): SmallNode {
  const started = new SmallNode(simulation.world(HOST), 6379, settings, HOST);
  started.start();
  return started;
}

/** The node after it was killed, or lost its power, and was started again. */
export function restart(
  simulation: Simulation,
  old: SmallNode,
  kind: 'process' | 'power' = 'process',
): SmallNode {
  old.stop();
  simulation.crash(HOST, kind);
  const again = node(simulation);
  simulation.runFor(10);
  return again;
}

export const LARGE = 'x'.repeat(3000);
