/**
 * From the command to cluster_state:ok on six nodes with replicas linked: the lab in the caller's thread, in a worker,
 * and by the shell's clock as a command; beside it six redis-servers joined by `redis-cli --cluster create`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LabOptions } from '../../extension/lab/protocol.ts';
import { until } from '../until.ts';
import { cli, median, redisCli, root, startNode } from './servers.ts';

const PORT = 19200;
const ROUNDS = 9;
/** `create` looks once a second whether the nodes know each other: 2.1 s, or 3.1, or more. */
const REDIS_ROUNDS = 3;

const LAB_SETTINGS = ['cluster-node-timeout 2000', 'repl-diskless-sync-delay 0'];
const REDIS_DEFAULTS = ['cluster-node-timeout 15000', 'repl-diskless-sync-delay 5'];

export async function start(): Promise<void> {
  console.log('\nstart: from nothing to cluster_state:ok on six nodes, replicas linked (medians)');
  const inThread = await rounds(() => library('InThreadLab'));
  const inWorker = await rounds(() => library('WorkerLab'));
  const command = await rounds(asCommand);
  const alike = await rounds(() => sixRedisServers(LAB_SETTINGS), REDIS_ROUNDS);
  const byDefault = await rounds(() => sixRedisServers(REDIS_DEFAULTS), REDIS_ROUNDS);
  console.log(`lab in the caller's thread  ${inThread.toFixed(0).padStart(6)} ms`);
  console.log(`lab in a worker             ${inWorker.toFixed(0).padStart(6)} ms`);
  console.log(`as a command, shell's clock ${command.toFixed(0).padStart(6)} ms`);
  const times = (redis: number) =>
    `${redis.toFixed(0).padStart(6)} ms   ${(redis / command).toFixed(1)} times as long`;
  console.log(`six redis-servers + create  ${times(alike)}, with the lab's settings`);
  console.log(
    `                            ${times(byDefault)}, with Redis' own: replicas are served after 5 s`,
  );
}

async function rounds(once: () => Promise<number>, count = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await once());
  return median(times);
}

/** A fresh process imports the shipped library and starts a lab; it tells how long `start` took by its own clock. */
async function library(kind: 'InThreadLab' | 'WorkerLab'): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-lab-'));
  const options = {
    basePort: PORT,
    nodes: 6,
    replicasPerPrimary: 1,
    host: '127.0.0.1',
    directives: {},
    folder,
  } satisfies LabOptions;
  const script = `
    const { ${kind} } = await import(${JSON.stringify(pathToFileURL(path.join(root, 'dist/index.mjs')).href)});
    const startedAt = performance.now();
    const lab = new ${kind}();
    await lab.start(${JSON.stringify(options)});
    console.log(performance.now() - startedAt);
    await lab.dispose();
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  return Number(output.trim().split('\n').at(-1));
}

/** A shell begins a process sooner than this one, which is much larger, could. */
const BY_THE_SHELL = `
  begun=$EPOCHREALTIME
  exec 3< <(exec "$@")
  read -r line <&3
  ready=$EPOCHREALTIME
  redis-cli -p ${PORT} CLUSTER INFO
  kill $!
  wait $!
  echo "$begun $ready"`;

async function asCommand(): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-lab-'));
  const command = [process.execPath, cli, 'lab', '--port', String(PORT), '--dir', folder];
  const env = { ...process.env, LC_ALL: 'C' };
  const told = execFileSync('bash', ['-c', BY_THE_SHELL, 'bash', ...command], { env, encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  reportBus(told);
  const [begun = 0, ready = 0] = told.trimEnd().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return (ready - begun) * 1000;
}

let reported = false;

/** Shows once that the joining was real: what the first node has sent and received over the bus. */
function reportBus(info: string): void {
  if (reported) return;
  reported = true;
  const lines = info.split(/\r?\n/);
  const counters = lines.filter((line) =>
    /^cluster_stats_messages_(ping|pong|meet)_(sent|received)/.test(line),
  );
  console.log(
    `bus of the first node: ${counters.map((line) => line.replace('cluster_stats_messages_', '')).join(' ')}`,
  );
}

async function sixRedisServers(lines: readonly string[]): Promise<number> {
  const ports = [0, 1, 2, 3, 4, 5].map((i) => 19210 + i);
  const startedAt = performance.now();
  const servers = await Promise.all(ports.map((port) => startNode('redis', port, { lines })));
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  execFileSync(
    'redis-cli',
    ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'],
    { stdio: 'ignore' },
  );
  const ready = (port: number) =>
    redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok') &&
    !redisCli(port, 'INFO', 'replication').includes('master_link_status:down');
  await until(() => ports.every(ready), 'six redis-servers');
  const took = performance.now() - startedAt;
  for (const server of servers) await server.stop();
  return took;
}
