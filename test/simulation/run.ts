/**
 * `npm run simulate -- --seeds 1000 --nodes 6`: random runs of whole clusters under faults, one seed after the other.
 *
 *     --seeds N    how many (200)             --first N    the first one (1)
 *     --nodes N    hosts of a cluster (6)     --faults N   injected in each run (30)
 *     --jobs N     threads (all)              --seed N     one run, and its timeline
 *     --scale      no faults: how long N nodes take to become a cluster, and what their bus costs
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { SeedOptions, SeedResult } from './run-seed.ts';
import { measureScale } from './scale.ts';
import { type Outcome, runShare, type Share } from './share.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string', default: '6' },
    faults: { type: 'string', default: '30' },
    jobs: { type: 'string', default: String(os.availableParallelism()) },
    scale: { type: 'boolean', default: false },
  },
});
/** A line of progress comes so often. */
const PROGRESS_SEEDS = 500;
const options: SeedOptions = { nodes: Number(values.nodes), faults: Number(values.faults) };

if (values.scale) console.log(measureScale(options.nodes));
else if (values.seed !== undefined) process.exitCode = replay(Number(values.seed)) ? 0 : 1;
else
  process.exitCode = (await runAll(Number(values.first), Number(values.seeds), Number(values.jobs))) ? 0 : 1;

function replay(seed: number): boolean {
  const outcome = runShare({ ...options, first: seed, end: seed + 1, step: 1 }).next().value;
  if (outcome === undefined || 'result' in outcome) console.log(outcome?.result);
  else console.log(`${outcome.timeline}\n\n${outcome.message}`);
  return outcome !== undefined && 'result' in outcome;
}

/** The timeline of the first one that broke; of the others the command that replays them. */
async function runAll(first: number, seeds: number, jobs: number): Promise<boolean> {
  const startedAt = performance.now();
  const results: SeedResult[] = [];
  const broken: number[] = [];
  const heard = (outcome: Outcome): void => {
    const done = results.length + broken.length + 1;
    if (done % PROGRESS_SEEDS === 0 && done < seeds) console.log(`${done} of ${seeds} seeds`);
    if ('result' in outcome) {
      results.push(outcome.result);
      return;
    }
    if (broken.length === 0) console.log(outcome.timeline);
    broken.push(outcome.seed);
    console.log(outcome.message);
    console.log(
      `replay: npm run simulate -- --seed ${outcome.seed} --nodes ${options.nodes} --faults ${options.faults}\n`,
    );
  };
  await Promise.all(
    Array.from({ length: jobs }, (_, job) =>
      work({ ...options, first: first + job, end: first + seeds, step: jobs }, heard),
    ),
  );
  report(results, broken, (performance.now() - startedAt) / 1000);
  return broken.length === 0;
}

/** A share of the seeds in a thread of its own. */
function work(share: Share, heard: (outcome: Outcome) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.on('message', heard);
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

function report(results: readonly SeedResult[], broken: readonly number[], seconds: number): void {
  const sum = (of: (result: SeedResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const most = (of: (result: SeedResult) => number) =>
    results.reduce((max, result) => Math.max(max, of(result)), 0);
  const count = (number: number) => Math.round(number).toLocaleString('en');
  const kinds = new Map<string, number>();
  for (const { faultKinds } of results)
    for (const [kind, times] of faultKinds) kinds.set(kind, (kinds.get(kind) ?? 0) + times);
  const rate = (results.length + broken.length) / seconds;
  console.log(
    `${results.length} seeds held, ${broken.length} broke${broken.length > 0 ? `: ${broken.join(' ')}` : ''}`,
  );
  console.log(
    `${rate.toFixed(1)} seeds a second, ${(sum((r) => r.virtualMs) / 3_600_000).toFixed(1)} virtual hours`,
  );
  console.log(
    `${count(sum((r) => r.faults))} faults: ${[...kinds]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, times]) => `${kind} ${times}`)
      .join(', ')}`,
  );
  console.log(
    `${count(sum((r) => r.checks))} checks, ${count(sum((r) => r.operations))} client operations, ` +
      `${count(sum((r) => r.acknowledged))} writes acknowledged, ${count(sum((r) => r.confirmed))} of them confirmed by all replicas`,
  );
  console.log(
    `back in order after ${count(most((r) => r.recoveryMs))} ms at most, a replaced primary served for ` +
      `${count(most((r) => r.longestStaleMs))} ms at most, ${count(sum((r) => r.collisions))} epochs collided and were told apart`,
  );
}
