/** The two contenders as processes: Debian's redis-server and our shipped bundle, both in cluster mode. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const cli = path.join(root, 'dist/cli.cjs');

export type Kind = 'ours' | 'redis';

export interface Server {
  readonly kind: Kind;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process is gone, and its ports free: freeing a million keys takes a moment. */
  stop(): Promise<void>;
}

/** One node in cluster mode with otherwise default settings, in a folder of its own. */
export async function startNode(kind: Kind, port: number): Promise<Server> {
  const folder = mkdtempSync(path.join(os.tmpdir(), `bench-${kind}-`));
  const conf = path.join(folder, 'redis.conf');
  writeFileSync(
    conf,
    `port ${port}\nbind 127.0.0.1\ncluster-enabled yes\nrepl-diskless-sync-delay 0\ndir ${folder}\n`,
  );
  const child =
    kind === 'redis'
      ? spawn('redis-server', [conf], { stdio: 'ignore' })
      : spawn(process.execPath, [cli, 'node', conf], { stdio: 'ignore' });
  await until(() => redisCli(port, 'PING') === 'PONG', `${kind} on port ${port}`);
  return {
    kind,
    port,
    pid: child.pid ?? 0,
    stop: () => stopChild(child, folder),
  };
}

async function stopChild(child: ChildProcess, folder: string): Promise<void> {
  const gone = once(child, 'exit');
  if (child.kill('SIGKILL')) await gone;
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

export function redisCli(port: number, ...args: readonly string[]): string {
  const { stdout } = spawnSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' });
  return stdout.trim();
}

/** A primary with all slots and one replica in sync. */
export async function startPair(kind: Kind, port: number): Promise<{ primary: Server; replica: Server }> {
  const primary = await startNode(kind, port);
  const replica = await startNode(kind, port + 1);
  redisCli(port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  redisCli(port + 1, 'CLUSTER', 'MEET', '127.0.0.1', String(port));
  const id = redisCli(port, 'CLUSTER', 'MYID');
  await until(() => redisCli(port + 1, 'CLUSTER', 'REPLICATE', id) === 'OK', 'the replica knows its primary');
  await until(() => redisCli(port + 1, 'INFO', 'replication').includes('master_link_status:up'), 'the link');
  await until(() => redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok'), 'cluster_state:ok');
  return { primary, replica };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const limit = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** CPU seconds a process has used so far, user and system, all threads (Linux: clock ticks of 10 ms). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
