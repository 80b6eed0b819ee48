/**
 * How long a client waits at worst for a PING while the node fills, saves, expires and evicts: ours and redis-server, both
 * in cluster mode. On a busy machine the scheduler adds to both.
 */
import { Worker } from 'node:worker_threads';
import { until } from '../until.ts';
import { filling, smallKey, smallSet } from './fill.ts';
import { redisCli, type Server, startNode } from './servers.ts';

const KEYS = 5_000_000;
const MILLION = 1_000_000;
/** Written again while an image is written. */
const REWRITTEN = 500_000;
/** Keys that expire do so this long after the first was set. */
const EXPIRE_AFTER_MS = 60_000;

interface Work {
  readonly name: string;
  run(port: number): Promise<void>;
}

const works: readonly Work[] = [
  { name: `fill ${KEYS} keys`, run: (port) => filling(port, KEYS, (i) => smallSet(smallKey(i))) },
  { name: `fill ${MILLION} keys of one hash tag`, run: (port) => filling(port, MILLION, tagged) },
  { name: 'BGSAVE while writing', run: (port) => saving(port, 'BGSAVE', 'rdb_bgsave_in_progress:1') },
  {
    name: 'BGREWRITEAOF while writing',
    run: (port) => saving(port, 'BGREWRITEAOF', 'aof_rewrite_in_progress:1'),
  },
  {
    name: `add ${MILLION} members to a set`,
    run: (port) => filling(port, MILLION, (i) => ['SADD', 's', `m${i}`]),
  },
  { name: 'UNLINK it', run: async (port) => void redisCli(port, 'UNLINK', 's') },
  { name: `${MILLION} keys expire at once`, run: expiring },
  { name: `evict ${KEYS / 5} keys`, run: evicting },
];

export async function stalls(): Promise<void> {
  console.log('\nlongest wait for a PING asked every millisecond, ms');
  const waits = new Map<string, number[]>(works.map(({ name }) => [name, []]));
  for (const kind of ['ours', 'redis'] as const) {
    const server = await startNode(kind, 19140);
    try {
      await measure(server, waits);
    } finally {
      await server.stop();
    }
  }
  for (const [name, [ours = 0, redis = 0]] of waits) {
    const figures = `ours ${ours.toFixed(1).padStart(7)}   redis-server ${redis.toFixed(1).padStart(7)}`;
    console.log(`${name.padEnd(40)} ${figures}`);
  }
}

async function measure(server: Server, waits: ReadonlyMap<string, number[]>): Promise<void> {
  const { port } = server;
  redisCli(port, 'CONFIG', 'SET', 'save', '');
  redisCli(port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(() => redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok'), 'cluster_state:ok');
  const shared = new SharedArrayBuffer(4);
  const worst = new Int32Array(shared);
  const pinger = new Worker(new URL('./pinger.ts', import.meta.url), { workerData: { port, shared } });
  try {
    for (const work of works) {
      Atomics.store(worst, 0, 0);
      await work.run(port);
      waits.get(work.name)?.push(Atomics.load(worst, 0) / 1000);
    }
  } finally {
    await pinger.terminate();
  }
}

function tagged(i: number): readonly string[] {
  return smallSet(`{t}:${String(i).padStart(7, '0')}`);
}

/** Asks for an image, and writes keys here and there until it is whole. */
async function saving(port: number, command: string, running: string): Promise<void> {
  redisCli(port, command);
  do await filling(port, REWRITTEN, (i) => smallSet(smallKey((i * 7919) % KEYS)));
  while (redisCli(port, 'INFO', 'persistence').includes(running));
}

async function expiring(port: number): Promise<void> {
  const before = size(port);
  const at = String(Date.now() + EXPIRE_AFTER_MS);
  await filling(port, MILLION, (i) => [...smallSet(`x${smallKey(i)}`), 'PXAT', at]);
  while (size(port) > before) await pause();
}

/** What is used becomes the limit, less a fifth of it. */
async function evicting(port: number): Promise<void> {
  const used = Number(/used_memory:(\d+)/.exec(redisCli(port, 'INFO', 'memory'))?.[1]);
  const left = Math.floor(used * 0.8);
  redisCli(port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', String(left));
  for (let before = -1, now = 0; now !== before; now = size(port)) {
    before = now;
    await pause();
  }
}

function size(port: number): number {
  return Number(redisCli(port, 'DBSIZE'));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
