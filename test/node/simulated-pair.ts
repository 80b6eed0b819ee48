/** Two whole nodes, one the replica of the other, and a client of each. */
import assert from 'node:assert/strict';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { PORT, SimulatedNode, type TestClient } from './simulated-node.ts';

export const PRIMARY = '10.0.0.1';
export const REPLICA = '10.0.0.2';
/** Full syncs begin at once, though other replicas might come. */
export const AT_ONCE = 'repl-diskless-sync-delay 0';

export interface Pair {
  readonly simulation: Simulation;
  readonly primary: SimulatedNode;
  readonly replica: SimulatedNode;
  /** Clients of each. */
  readonly p: TestClient;
  readonly r: TestClient;
}

export function pair(seed: number, ...lines: string[]): Pair {
  const simulation = new Simulation(seed);
  const primary = SimulatedNode.started([AT_ONCE, ...lines], { simulation, host: PRIMARY });
  const replica = SimulatedNode.started([AT_ONCE, ...lines], { simulation, host: REPLICA });
  const r = replica.client();
  assert.equal(r.call('REPLICAOF', PRIMARY, PORT), 'OK');
  simulation.runUntil(() => replica.node.replication.linkUp, 2000);
  simulation.runUntil(() => primary.node.replication.replicas()[0]?.state === 'online', 2000);
  return { simulation, primary, replica, p: primary.client(), r };
}
