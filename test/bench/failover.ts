/**
 * From `kill -9` of a primary to the next write that its shard accepts: six nodes of ours and six redis-servers side by
 * side, three primaries with a replica each, at the node timeouts people set. Both clusters fail over at the same time,
 * for what takes so long is waiting, which costs no CPU.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { RespClient } from '../conformance/redis-server.ts';
import { until } from '../until.ts';
import { type Kind, median, redisCli, type Server, startNode } from './servers.ts';

const BASES: Readonly<Record<Kind, number>> = { ours: 19400, redis: 19410 };
const NODES = 6;
const TIMEOUTS = [1000, 2000, 5000];
/**
 * A key of each shard: their primaries die in turn, for nobody votes twice within two node timeouts about the same failed
 * primary.
 */
const KEYS = ['hello', 'foo', 'c'];
const ROUNDS = 2 * KEYS.length;
const POLL_MS = 2;

/** The servers of one cluster, by port. */
type Cluster = Map<number, Server>;

export async function failover(): Promise<void> {
  console.log('\nfailover: kill -9 of a primary to the next accepted write (medians and extremes)');
  console.log('cluster-node-timeout   ours      (from - to)         redis-server (from - to)     ratio');
  const ours = await join('ours');
  const redis = await join('redis');
  try {
    for (const timeout of TIMEOUTS) {
      const [our, their] = await Promise.all([ours, redis].map((cluster) => rounds(cluster, timeout)));
      print(timeout, our, their);
    }
  } finally {
    for (const server of [...ours.values(), ...redis.values()]) await server.stop();
  }
}

async function join(kind: Kind): Promise<Cluster> {
  const ports = Array.from({ length: NODES }, (_, i) => BASES[kind] + i);
  const servers = await Promise.all(ports.map((port) => startNode(kind, port)));
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const words = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'];
  await once(spawn('redis-cli', words, { stdio: 'ignore' }), 'exit');
  const cluster = new Map(servers.map((server) => [server.port, server]));
  await settled(cluster);
  return cluster;
}

/** Every node says ok, knows every replica as one, and is in sync. */
async function settled(cluster: Cluster): Promise<void> {
  const isSettled = (port: number) => {
    const nodes = redisCli(port, 'CLUSTER', 'NODES');
    return (
      redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok') &&
      !/fail|disconnected/.test(nodes) &&
      nodes.match(/\bslave\b/g)?.length === NODES / 2 &&
      !redisCli(port, 'INFO', 'replication').includes('master_link_status:down')
    );
  };
  await until(() => [...cluster.keys()].every(isSettled), 'a cluster that is whole');
}

async function rounds(cluster: Cluster, timeout: number): Promise<number[]> {
  for (const port of cluster.keys()) redisCli(port, 'CONFIG', 'SET', 'cluster-node-timeout', String(timeout));
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    seconds.push(await failOver(cluster, KEYS[round % KEYS.length]));
  return seconds;
}

/** Seconds; afterwards the killed node is back, as a replica. */
async function failOver(cluster: Cluster, key: string): Promise<number> {
  const [primary, heir] = shardOf(cluster, key);
  const client = await RespClient.connect(heir.port);
  const startedAt = performance.now();
  const gone = primary.kill();
  while ((await client.reply('SET', key, 'value')).type === 'error')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const seconds = (performance.now() - startedAt) / 1000;
  client.close();
  await gone;
  const lines = [
    `cluster-node-timeout ${redisCli(heir.port, 'CONFIG', 'GET', 'cluster-node-timeout').split('\n')[1]}`,
  ];
  const { kind, port, folder } = primary;
  cluster.set(port, await startNode(kind, port, { folder, lines }));
  await settled(cluster);
  return seconds;
}

/** The primary that owns the key's slot, and its replica. */
function shardOf(cluster: Cluster, key: string): [Server, Server] {
  const [, member] = [...cluster.values()];
  const slot = Number(redisCli(member.port, 'CLUSTER', 'KEYSLOT', key));
  const rows = redisCli(member.port, 'CLUSTER', 'NODES')
    .split('\n')
    .map((line) => line.split(' '));
  const owns = (range: string) => {
    const [first, last = first] = range.split('-').map(Number);
    return slot >= first && slot <= last;
  };
  const primary = rows.find((row) => row.slice(8).some(owns));
  const replica = rows.find((row) => row[3] === primary?.[0]);
  const [dies, inherits] = [primary, replica].map((row) =>
    cluster.get(Number(/:(\d+)@/.exec(row?.[1] ?? '')?.[1])),
  );
  if (dies === undefined || inherits === undefined) throw new Error('the shard is not whole');
  return [dies, inherits];
}

function print(timeout: number, ours: readonly number[], redis: readonly number[]): void {
  const extremes = (seconds: readonly number[]) =>
    `(${Math.min(...seconds).toFixed(2)} - ${Math.max(...seconds).toFixed(2)})`;
  const columns = [
    String(timeout).padStart(20),
    `${median(ours).toFixed(2)} s`.padStart(9),
    extremes(ours).padEnd(20),
    `${median(redis).toFixed(2)} s`.padStart(8),
    extremes(redis).padEnd(18),
    (median(ours) / median(redis)).toFixed(2).padStart(6),
  ];
  console.log(columns.join(' '));
}
