/**
 * A change tried out first: the cluster's shape in a lab of its own on free ports, redis-trib's command there, and what
 * came of it. The cluster itself is only asked.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { probePorts } from '../lab/ports.ts';
import { WorkerLab } from '../lab/worker-lab.ts';
import type { CloneOfCluster } from '../trib/clone.ts';
import type { NodeAddress } from '../trib/connection.ts';
import { loadTrib } from './clusters.ts';
import { seedOf, type Target } from './targets.ts';
import { commandLine, type TribRequest } from './trib-requests.ts';
import type { Outcome, TribRunner } from './trib-runner.ts';

const t = vscode.l10n.t;

const HOST = '127.0.0.1';
/** Where free ports are looked for: not where the lab usually is. */
const FIRST_BASE = 7500;
/** As the lab's own: who rehearses wants to see it soon. */
const NODE_TIMEOUT_MS = 2000;

/** The outcome in words: for the question that follows. */
export async function rehearse(
  request: TribRequest,
  target: Target | undefined,
  runner: TribRunner,
  worker: string,
): Promise<string> {
  const clone = target && (await look(target));
  const count = (clone?.ids.length ?? 0) + request.newcomers.length;
  const probe = await probePorts({ host: HOST, basePort: FIRST_BASE, nodes: count });
  const base = probe.free ? FIRST_BASE : probe.suggestion;
  if (base === undefined)
    throw new Error(t('Ports are taken: {0}. No free range was found.', probe.taken.join(', ')));
  const places = Array.from({ length: count }, (_, at) => ({ host: HOST, port: base + at }));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'redis-cluster-lab-rehearsal-'));
  const lab = new WorkerLab(worker);
  try {
    runner.note(t('Rehearsal on a lab at {0}:{1}-{2}', HOST, base, base + count - 1));
    if (clone) describe(clone, runner);
    await progress(t('Preparing the rehearsal'), async () => {
      writeNodesFiles(folder, clone?.files(places) ?? [], base);
      await lab.start({
        ...{ basePort: base, nodes: count, replicasPerPrimary: 0, host: HOST, folder, asFound: true },
        directives: {
          'cluster-node-timeout': String(NODE_TIMEOUT_MS),
          save: '""',
          // A copy with holes must serve the rest, as redis-trib is to mend it.
          ...((clone?.uncovered ?? 0) > 0 && { 'cluster-require-full-coverage': 'no' }),
        },
      });
      const { dialer } = await loadTrib();
      await clone?.fill(places, dialer());
    });
    return tell(await perform(request, clone, places, runner));
  } finally {
    await lab.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function look(target: Target): Promise<CloneOfCluster> {
  const { cloneOf, dialer, parseAddress } = await loadTrib();
  const silent = { line: () => {}, progress: () => {}, ask: async () => '', cancelled: false };
  const access = await target.access();
  return progress(t('Looking at {0}', target.name), () =>
    cloneOf([parseAddress(seedOf(target))], dialer(access), silent),
  );
}

function progress<T>(title: string, work: () => Promise<T>): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  return Promise.resolve(vscode.window.withProgress({ location, title }, work));
}

function describe({ ids, keys, leftOut }: CloneOfCluster, runner: TribRunner): void {
  runner.note(
    t('{0} nodes with the same ids and slots, and {1} keys for {2}', ids.length, keys.copied, keys.original),
  );
  if (leftOut.length > 0) runner.note(t('Without {0}, which cannot be reached', leftOut.join(', ')));
}

function writeNodesFiles(folder: string, files: readonly string[], base: number): void {
  for (const [at, text] of files.entries()) {
    const port = String(base + at);
    mkdirSync(path.join(folder, port));
    writeFileSync(path.join(folder, port, `nodes-${port}.conf`), text);
  }
}

/** The command, and the check of redis-trib after it. */
async function perform(
  request: TribRequest,
  clone: CloneOfCluster | undefined,
  places: readonly NodeAddress[],
  runner: TribRunner,
): Promise<{ readonly outcome: Outcome; readonly check: Outcome; readonly seconds: number }> {
  const addresses = places.map(({ host, port }) => `${host}:${port}`);
  const ids = clone?.ids ?? [];
  const seed = addresses[ids.findIndex((id) => id !== request.avoids)] ?? addresses[0] ?? '';
  const words = request.words(seed, addresses.slice(ids.length));
  const run = (argv: readonly string[]) =>
    runner.run({ argv, access: {}, title: t('Rehearsal: {0}', request.title) });
  runner.note(`$ ${commandLine(request, words)}`);
  const startedAt = performance.now();
  const outcome = await run([request.subcommand, ...words]);
  const seconds = (performance.now() - startedAt) / 1000;
  const check = await run(['check', seed]);
  return { outcome, check, seconds };
}

function tell({ outcome, check, seconds }: Awaited<ReturnType<typeof perform>>): string {
  if (!outcome.ok) return t('Rehearsed on a lab, it failed: {0}', outcome.verdict);
  const took = seconds.toFixed(1);
  return check.ok
    ? t('Rehearsed on a lab, it worked: done after {0} s, and the check found nothing wrong.', took)
    : t('Rehearsed on a lab, it was done after {0} s, but the check said: {1}', took, check.verdict);
}
