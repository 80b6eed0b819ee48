/**
 * `npm run simulate`: random runs of whole clusters under faults, one seed after the other. `--help` tells the options.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../extension/redis/caught.ts';
import type { SeedOptions, SeedResult } from './run-seed.ts';
import { type Outcome, runShare, type Share } from './share.ts';

const HELP = `npm run simulate -- [options]

Whole clusters in virtual time, under faults drawn from a seed. A seed is the same run every time.

  --seeds N    how many (200)
  --first N    the first one (1)
  --nodes N    nodes of each cluster (6)
  --faults N   injected into each run (30)
  --jobs N     threads (${os.availableParallelism()}, as many as this machine has processors)
  --seed N     this one only
  --scale      no faults: how long N nodes take to become a cluster and to replace a primary, and what their bus costs

For each seed that breaks: what happened, what was broken, and the command that replays it. Exit code 1 if any did.
Ctrl-C ends a run early, with the figures so far.`;

/** What the command line asks for can't be. */
class Misuse extends Error {}

/** A line of progress comes so often, real milliseconds. */
const PROGRESS_MS = 30_000;

/** What a thousand nodes need; young generations of this size are collected seldom enough to cost little. */
const SCALE_HEAP = { maxOldGenerationSizeMb: 12 * 1024, maxYoungGenerationSizeMb: 192 };

const OPTIONS = {
  seeds: { type: 'string', default: '200' },
  first: { type: 'string', default: '1' },
  seed: { type: 'string' },
  nodes: { type: 'string', default: '6' },
  faults: { type: 'string', default: '30' },
  jobs: { type: 'string', default: String(os.availableParallelism()) },
  scale: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  console.error(`${error.message} See --help.`);
  process.exitCode = 2;
}

/** False when a seed broke. */
async function main(): Promise<boolean> {
  const values = readOptions();
  const options: SeedOptions = {
    nodes: wholeNumber('nodes', values.nodes, 3),
    faults: wholeNumber('faults', values.faults, 0),
  };
  const range = {
    first: wholeNumber('first', values.first, 0),
    seeds: wholeNumber('seeds', values.seeds, 1),
  };
  const jobs = wholeNumber('jobs', values.jobs, 1);
  if (values.help) console.log(HELP);
  else if (values.scale) await measureScale(options.nodes);
  else if (values.seed !== undefined) return replay(wholeNumber('seed', values.seed, 0), options);
  else return runAll(range, jobs, options);
  return true;
}

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new Misuse(messageOf(error));
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw new Misuse(`--${name} is a whole number, ${least} at least, not '${text}'.`);
}

/** In a thread of its own: the heap of the main thread ends at some 4 GB, a thousand nodes take more. */
async function measureScale(nodes: number): Promise<void> {
  const worker = new Worker(new URL('./scale-worker.ts', import.meta.url), {
    workerData: nodes,
    resourceLimits: SCALE_HEAP,
  });
  worker.on('message', (line: string) => console.log(line));
  await endOf(worker);
}

/** In this thread, so that a debugger can follow and errors tell where they were thrown. */
function replay(seed: number, options: SeedOptions): boolean {
  const startedAt = performance.now();
  const results: SeedResult[] = [];
  for (const outcome of runShare({ ...options, first: seed, end: seed + 1, step: 1 })) {
    if ('result' in outcome) results.push(outcome.result);
    else tellBroken(outcome, options);
  }
  if (results.length > 0) report(results, [], (performance.now() - startedAt) / 1000);
  return results.length > 0;
}

async function runAll(
  { first, seeds }: { readonly first: number; readonly seeds: number },
  jobs: number,
  options: SeedOptions,
): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const results: SeedResult[] = [];
  const broken: number[] = [];
  const progress = setInterval(
    () => console.log(progressOf(results.length, broken.length, seeds, seconds())),
    PROGRESS_MS,
  );
  const heard = (outcome: Outcome): void => {
    if ('result' in outcome) results.push(outcome.result);
    else {
      broken.push(outcome.seed);
      tellBroken(outcome, options);
    }
  };
  const workers = Array.from({ length: jobs }, (_, job) =>
    startWorker({ ...options, first: first + job, end: first + seeds, step: jobs }, heard),
  );
  const interrupted = () => void Promise.all(workers.map((worker) => worker.terminate()));
  process.once('SIGINT', interrupted);
  await Promise.all(workers.map(endOf));
  process.off('SIGINT', interrupted);
  clearInterval(progress);
  report(results, broken, seconds());
  return broken.length === 0;
}

/** The end of the story last: it is what one looks for. */
function tellBroken(
  { seed, timeline, message }: Extract<Outcome, { timeline: string }>,
  options: SeedOptions,
): void {
  console.log(`${timeline}\n\n${message}`);
  console.log(
    `replay: npm run simulate -- --seed ${seed} --nodes ${options.nodes} --faults ${options.faults}\n`,
  );
}

function progressOf(held: number, broke: number, of: number, seconds: number): string {
  const done = held + broke;
  const rate = done / seconds;
  const left = done === 0 ? '' : `, ${Math.ceil((of - done) / rate / 60)} min to go`;
  return `${done} of ${of} seeds, ${broke} broke, ${rate.toFixed(1)} a second${left}`;
}

/** A share of the seeds in a thread of its own. */
function startWorker(share: Share, heard: (outcome: Outcome) => void): Worker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
  worker.on('message', heard);
  return worker;
}

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
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
    `${results.length} of ${results.length + broken.length} seeds held, ${broken.length} broke${broken.length > 0 ? `: ${broken.join(' ')}` : ''}`,
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
