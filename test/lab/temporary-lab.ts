/** Labs for tests: in a folder that goes away, on ports that are free. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probePorts } from '../../extension/lab/ports.ts';
import type { LabOptions, LabSnapshot, NodeSnapshot } from '../../extension/lab/protocol.ts';

/**
 * The first base tried. Test files run beside each other, in processes of their own: two that looked at the same moment
 * would find the same base free. Processes that run at the same time have numbers close to each other.
 */
const FIRST_BASE = 11_000 + 100 * (process.pid % 90);

/** Options on a free base, in a new folder. `directives` beside a short node timeout. */
export async function temporaryOptions(more: Partial<LabOptions> = {}): Promise<LabOptions> {
  const nodes = more.nodes ?? 6;
  const probe = await probePorts({ host: '127.0.0.1', basePort: FIRST_BASE, nodes });
  return {
    basePort: probe.free ? FIRST_BASE : (probe.suggestion ?? FIRST_BASE),
    nodes,
    replicasPerPrimary: 1,
    folder: mkdtempSync(join(tmpdir(), 'lab-test-')),
    host: '127.0.0.1',
    directives: { 'cluster-node-timeout': '1000' },
    ...more,
  };
}

export function removeFolder({ folder }: Pick<LabOptions, 'folder'>): void {
  rmSync(folder, { recursive: true, force: true });
}

export function redisCli(port: number, ...args: string[]): string {
  return execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).trim();
}

interface Told {
  readonly snapshot: LabSnapshot;
  onSnapshot(listener: (snapshot: LabSnapshot) => void): () => void;
}

/** Resolves when the lab tells what is waited for; rejects after `limitMs`. */
export function told(
  lab: Told,
  isSo: (snapshot: LabSnapshot) => boolean,
  limitMs = 20_000,
): Promise<LabSnapshot> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`not within ${limitMs} ms: ${isSo}\n${JSON.stringify(lab.snapshot, undefined, 1)}`));
    }, limitMs);
    const look = (snapshot: LabSnapshot) => {
      if (!isSo(snapshot)) return;
      clearTimeout(timer);
      stop();
      resolve(snapshot);
    };
    const stop = lab.onSnapshot(look);
    look(lab.snapshot);
  });
}

export function nodeOf(snapshot: LabSnapshot, port: number): NodeSnapshot {
  const node = snapshot.nodes.find((one) => one.port === port);
  if (node === undefined) throw new Error(`no node on ${port}`);
  return node;
}
