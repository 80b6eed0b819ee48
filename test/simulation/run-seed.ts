/** One run: a cluster is made, clients work on it, everything goes wrong, and in the end all must be well again. */
import { messageOf } from '../../extension/redis/caught.ts';
import { Checkers } from './checkers.ts';
import { Claims } from './claims.ts';
import { Client } from './client.ts';
import { Cluster } from './cluster.ts';
import { Disturber } from './faults.ts';
import { Ledger } from './ledger.ts';
import { Operator } from './operator.ts';
import { Recovery } from './recovery.ts';
import { run } from './script.ts';
import { Workload } from './workload.ts';

export interface SeedOptions {
  readonly nodes: number;
  /** How many faults, one after the other and overlapping. */
  readonly faults: number;
}

export interface SeedResult {
  readonly seed: number;
  readonly virtualMs: number;
  readonly faults: number;
  readonly faultKinds: ReadonlyMap<string, number>;
  readonly checks: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly confirmed: number;
  readonly collisions: number;
  readonly longestStaleMs: number;
  readonly recoveryMs: number;
}

/** What was broken, and how it came to that. */
export class Broken extends Error {
  readonly timeline: string;

  constructor(seed: number, cause: unknown, timeline: string) {
    super(`seed ${seed}: ${messageOf(cause)}`, { cause });
    this.name = 'Broken';
    this.timeline = timeline;
  }
}

const CLIENTS = 4;
/** After these a shard may be without anybody who has a right to it. */
const IDENTITY_FAULTS = ['lostDisk', 'forget', 'resetNode', 'takeover', 'reshard'];
/** By seed. Redis' default, 15 s, costs most virtual time and breaks least. */
const TIMEOUTS_MS = [1000, 2000, 5000, 2000, 1000];
const DEFAULT_TIMEOUT_EVERY = 50;
const DEFAULT_TIMEOUT_MS = 15_000;
/** Every so many seeds nodes keep an append-only file and answer when it is on the disk; else nothing is kept. */
const DURABLE_EVERY = 4;

export function runSeed(seed: number, options: SeedOptions): SeedResult {
  const nodeTimeout =
    seed % DEFAULT_TIMEOUT_EVERY === 0 ? DEFAULT_TIMEOUT_MS : TIMEOUTS_MS[seed % TIMEOUTS_MS.length];
  const durable = seed % DURABLE_EVERY === 1;
  const conf = [
    `repl-diskless-sync-delay ${seed % 3 === 0 ? 5 : 0}`,
    `repl-diskless-sync ${seed % 4 === 0 ? 'no' : 'yes'}`,
    ...(durable ? ['appendonly yes', 'appendfsync always'] : []),
  ];
  const cluster = new Cluster({ seed, nodes: options.nodes, nodeTimeout, conf });
  try {
    return perform(cluster, durable, options);
  } catch (error) {
    throw new Broken(seed, error, `${cluster.timeline}\n\n${cluster.portrait}`);
  }
}

function perform(cluster: Cluster, durable: boolean, { faults }: SeedOptions): SeedResult {
  const { simulation, nodeTimeout } = cluster;
  const claims = new Claims();
  // First the ledger: it looks at claims as they were before an event.
  const ledger = new Ledger(cluster, claims, durable);
  const checkers = new Checkers(cluster, claims);
  cluster.create();
  const workload = new Workload(cluster, ledger);
  let working = true;
  for (let at = 1; at <= CLIENTS; at++) {
    run(workload.work(new Client(cluster, `10.128.0.${at}`)), () => !working);
  }
  cluster.pass(1000);
  const operator = new Operator(cluster, ledger);
  const disturber = new Disturber(cluster, operator);
  for (let count = 0; count < faults; count++) {
    disturber.inject();
    cluster.pass(simulation.random.below(1.5 * nodeTimeout));
  }
  disturber.peace();
  const recovery = new Recovery(cluster, operator, ledger);
  const recoveryMs = recovery.await();
  if (recovery.forced > 0 && !IDENTITY_FAULTS.some((kind) => disturber.counts.has(kind))) {
    throw new Error('an operator had to give slots away, though every node came back');
  }
  working = false;
  recovery.verify();
  return {
    seed: simulation.seed,
    virtualMs: simulation.nowMs,
    faults: disturber.injected,
    faultKinds: disturber.counts,
    checks: checkers.checks,
    operations: workload.operations,
    acknowledged: ledger.acknowledged,
    confirmed: ledger.confirmed,
    collisions: checkers.collisions,
    longestStaleMs: checkers.longestStale,
    recoveryMs,
  };
}
