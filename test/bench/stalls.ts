/**
 * How long a client waits at worst for a PING while the node fills and saves: ours and redis-server, both in cluster mode.
 * On a busy machine the scheduler adds to both.
 */
import { Worker } from 'node:worker_threads';
import { filling } from './fill.ts';
import { redisCli, type Server, startNode, until } from './servers.ts';

const KEYS = 5_000_000;
const TAGGED = 1_000_000;
/** Written again while an image is written. */
const REWRITTEN = 500_000;

interface Work {
  readonly name: string;
  run(port: number): Promise<void>;
}

const works: readonly Work[] = [
  { name: `fill ${KEYS} keys`, run: (port) => filling(port, KEYS, ordinaryKey) },
  { name: `fill ${TAGGED} keys of one hash tag`, run: (port) => filling(port, TAGGED, taggedKey) },
  { name: 'BGSAVE while writing', run: (port) => saving(port, 'BGSAVE', 'rdb_bgsave_in_progress:1') },
  {
    name: 'BGREWRITEAOF while writing',
    run: (port) => saving(port, 'BGREWRITEAOF', 'aof_rewrite_in_progress:1'),
  },
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
  for (const [name, [ours, redis]] of waits) {
    console.log(
      `${name.padEnd(40)} ours ${ours.toFixed(1).padStart(7)}   redis-server ${redis.toFixed(1).padStart(7)}`,
    );
  }
}

async function measure(server: Server, waits: ReadonlyMap<string, number[]>): Promise<void> {
  redisCli(server.port, 'CONFIG', 'SET', 'save', '');
  redisCli(server.port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(
    () => redisCli(server.port, 'CLUSTER', 'INFO').includes('cluster_state:ok'),
    'cluster_state:ok',
  );
  const shared = new SharedArrayBuffer(4);
  const worst = new Int32Array(shared);
  const pinger = new Worker(new URL('./pinger.ts', import.meta.url), {
    workerData: { port: server.port, shared },
  });
  try {
    for (const work of works) {
      Atomics.store(worst, 0, 0);
      await work.run(server.port);
      waits.get(work.name)?.push(Atomics.load(worst, 0) / 1000);
    }
  } finally {
    await pinger.terminate();
  }
}

/** Asks for an image, and writes keys at random until it is whole. */
async function saving(port: number, command: string, running: string): Promise<void> {
  redisCli(port, command);
  do await filling(port, REWRITTEN, (i) => ordinaryKey((i * 7919) % KEYS));
  while (redisCli(port, 'INFO', 'persistence').includes(running));
}

function ordinaryKey(i: number): string {
  return `key:${String(i).padStart(7, '0')}`;
}

function taggedKey(i: number): string {
  return `{t}:${String(i).padStart(7, '0')}`;
}
