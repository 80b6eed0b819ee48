/**
 * A full sync: from CLUSTER REPLICATE on an empty node to a link that is up and all keys there. Ours
 * from ours, redis-server from redis-server, and the mixed pairs, in turn.
 */
import { RespClient } from '../conformance/redis-server.ts';
import { until } from '../until.ts';
import { fill, type Kind, median, redisCli, type Server, startNode } from './servers.ts';

const PORT = 19500;
const SIZES = [100_000, 1_000_000];
const ROUNDS = 5;
const POLL_MS = 1;
/** No snapshot of its own accord shall run into the measurement. */
const LINES = ['save ""'];

/** Whom of either kind a replica of either kind follows: primary, then replica. */
const PAIRS: readonly (readonly [Kind, Kind])[] = [
  ['ours', 'ours'],
  ['redis', 'redis'],
  ['ours', 'redis'],
  ['redis', 'ours'],
];
const NAMES: Readonly<Record<Kind, string>> = { ours: 'ours', redis: 'redis-server' };

export async function fullSync(): Promise<void> {
  console.log('\nfull sync: CLUSTER REPLICATE to a link that is up, all keys there (medians of 5)');
  for (const keys of SIZES) {
    const primaries = {
      ours: await startPrimary('ours', PORT, keys),
      redis: await startPrimary('redis', PORT + 1, keys),
    };
    try {
      const times = PAIRS.map((): number[] => []);
      for (let round = 0; round < ROUNDS; round++) {
        for (const [at, [primary, replica]] of PAIRS.entries())
          times[at].push(await sync(primaries[primary], replica, keys));
      }
      print(keys, times.map(median));
    } finally {
      for (const server of Object.values(primaries)) await server.stop();
    }
  }
}

async function startPrimary(kind: Kind, port: number, keys: number): Promise<Server> {
  const server = await startNode(kind, port, { lines: LINES });
  redisCli(port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(() => redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok'), 'cluster_state:ok');
  await fill(port, keys);
  return server;
}

/** Milliseconds that a fresh replica takes. */
async function sync(primary: Server, kind: Kind, keys: number): Promise<number> {
  const replica = await startNode(kind, PORT + 2, { lines: LINES });
  try {
    redisCli(replica.port, 'CLUSTER', 'MEET', '127.0.0.1', String(primary.port));
    const id = redisCli(primary.port, 'CLUSTER', 'MYID');
    await until(() => knows(replica, id), 'the replica knows its primary');
    const client = await RespClient.connect(replica.port);
    const startedAt = performance.now();
    const answer = await client.call('CLUSTER', 'REPLICATE', id);
    if (answer !== 'OK') throw new Error(answer);
    while (!(await isInSync(client, keys))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const taken = performance.now() - startedAt;
    client.close();
    return taken;
  } finally {
    const id = redisCli(replica.port, 'CLUSTER', 'MYID');
    await replica.stop();
    redisCli(primary.port, 'CLUSTER', 'FORGET', id);
  }
}

function knows(replica: Server, id: string): boolean {
  const rows = redisCli(replica.port, 'CLUSTER', 'NODES').split('\n');
  return rows.some((row) => row.startsWith(id) && row.includes('connected 0-16383'));
}

async function isInSync(client: RespClient, keys: number): Promise<boolean> {
  const info = await client.call('INFO', 'replication');
  return info.includes('master_link_status:up') && (await client.call('DBSIZE')) === String(keys);
}

function print(keys: number, medians: readonly number[]): void {
  const [ours, theirs] = medians;
  console.log(`${keys} keys`);
  for (const [at, [primary, replica]] of PAIRS.entries()) {
    const name = `  ${NAMES[replica]} from ${NAMES[primary]}`.padEnd(34);
    console.log(`${name} ${medians[at].toFixed(0).padStart(6)} ms`);
  }
  console.log(`  ratio ours / redis-server ${(ours / theirs).toFixed(2)}`);
}
