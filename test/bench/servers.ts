/** The two contenders as processes: Debian's redis-server and our shipped bundle, both in cluster mode. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from '../until.ts';
import { filling, smallKey, smallSet } from './fill.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const cli = path.join(root, 'dist/cli.cjs');

export type Kind = 'ours' | 'redis';

export interface Server {
  readonly kind: Kind;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** SIGKILL, sent before it returns; resolves when the process is gone. Its files stay. */
  kill(): Promise<void>;
  /** Resolves when the process is gone, and its ports free: freeing a million keys takes a moment. */
  stop(): Promise<void>;
}

interface Start {
  /** More lines of its conf file; its settings are Redis' defaults otherwise. */
  readonly lines?: readonly string[];
  /** Where a node that was killed left its files; a new folder of its own by default. */
  readonly folder?: string;
}

/** One node in cluster mode. */
export async function startNode(kind: Kind, port: number, start: Start = {}): Promise<Server> {
  const folder = start.folder ?? mkdtempSync(path.join(os.tmpdir(), `bench-${kind}-`));
  const conf = path.join(folder, 'redis.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    'cluster-enabled yes',
    'repl-diskless-sync-delay 0',
    `dir ${folder}`,
    ...(start.lines ?? []),
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  const child =
    kind === 'redis'
      ? spawn('redis-server', [conf], { stdio: 'ignore' })
      : spawn(process.execPath, [cli, 'node', conf], { stdio: 'ignore' });
  await until(() => redisCli(port, 'PING') === 'PONG', `${kind} on port ${port}`);
  return {
    kind,
    port,
    pid: child.pid ?? 0,
    folder,
    kill: () => killChild(child),
    stop: async () => {
      await killChild(child);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function killChild(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  if (child.kill('SIGKILL')) await gone;
}

export function redisCli(port: number, ...args: readonly string[]): string {
  const { stdout } = spawnSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' });
  return stdout.trim();
}

/** Keys `key:0000000` and on, each with a value of 16 bytes. */
export async function fill(port: number, keys: number): Promise<void> {
  await filling(port, keys, (i) => smallSet(smallKey(i)));
  const found = Number(redisCli(port, 'DBSIZE'));
  if (found !== keys) throw new Error(`port ${port} holds ${found} keys instead of ${keys}`);
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

/**
 * CPU seconds a process has used so far, user and system, all threads, and those of its children that have ended:
 * redis-server saves in a child, we do it in between. Of threads Linux tells nanoseconds (proc(5): schedstat), of children
 * clock ticks of 10 ms.
 */
export function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const children = fields.slice(13, 15).map((ticks) => Number(ticks) * 1e7);
  return [...threads, ...children].reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e9;
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
