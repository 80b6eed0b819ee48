/**
 * A thousand slots with a hundred thousand keys moved from one real redis-server to another while a client writes and
 * checks: `redis-cluster-lab trib reshard` and `redis-cli --cluster reshard` in turn, there and back.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CheckingClient } from '../trib/checking-client.ts';
import { until } from '../until.ts';
import { cli, median, redisCli, type Server, startNode } from './servers.ts';

const BASE = 19300;
const SLOTS = 1000;
const KEYS_PER_SLOT = 100;
const ROUNDS = 3;

type Tool = 'ours' | 'redis-cli';

export async function reshard(): Promise<void> {
  console.log(
    `\nreshard: ${SLOTS} slots, ${SLOTS * KEYS_PER_SLOT} keys, under a writing and checking client`,
  );
  const servers = await Promise.all([0, 1, 2].map((i) => startNode('redis', BASE + i)));
  const client = await join(servers);
  const seconds: Record<Tool, number[]> = { ours: [], 'redis-cli': [] };
  try {
    await client.load(
      Array.from({ length: SLOTS }, (_, slot) => slot),
      KEYS_PER_SLOT,
    );
    client.start(4, 2);
    let [from, to] = [BASE, BASE + 1];
    for (let round = 0; round < ROUNDS; round++) {
      for (const tool of ['ours', 'redis-cli'] as const) {
        seconds[tool].push(await move(tool, from, to));
        [from, to] = [to, from];
      }
    }
    await client.stop();
    const lost = await client.lost();
    print(seconds, client, lost);
  } finally {
    await client.stop();
    client.close();
    for (const server of servers) await server.stop();
  }
}

async function join(servers: readonly Server[]): Promise<CheckingClient> {
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  const creation = spawn('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], {
    stdio: 'ignore',
  });
  await once(creation, 'exit');
  const serves = ({ port }: Server) => redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok');
  await until(() => servers.every(serves), 'cluster_state:ok');
  return new CheckingClient(BASE);
}

/** Seconds by the clock, from start to end of the process. */
async function move(tool: Tool, from: number, to: number): Promise<number> {
  const [source, target] = [from, to].map((port) => redisCli(port, 'CLUSTER', 'MYID'));
  // The slots in question are the lowest of whoever has them, so they are the ones that move.
  const options = [
    '--cluster-from',
    source,
    '--cluster-to',
    target,
    '--cluster-slots',
    String(SLOTS),
    '--cluster-yes',
  ];
  const [program, ...args] =
    tool === 'ours' ? [process.execPath, cli, 'trib', 'reshard'] : ['redis-cli', '--cluster', 'reshard'];
  const startedAt = performance.now();
  const child = spawn(program, [...args, `127.0.0.1:${BASE + 2}`, ...options], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${tool} ended with ${code}`);
  const taken = (performance.now() - startedAt) / 1000;
  const left = redisCli(from, 'CLUSTER', 'COUNTKEYSINSLOT', '0');
  if (left !== '0') throw new Error(`${tool} left ${left} keys of slot 0 behind`);
  return taken;
}

function print(
  seconds: Readonly<Record<Tool, readonly number[]>>,
  client: CheckingClient,
  lost: readonly string[],
): void {
  const rounds = (tool: Tool) => seconds[tool].map((taken) => taken.toFixed(2)).join(', ');
  const [ours, theirs] = [median(seconds.ours), median(seconds['redis-cli'])];
  console.log(
    `ours        ${ours.toFixed(2).padStart(6)} s   ${((SLOTS * KEYS_PER_SLOT) / ours).toFixed(0)} keys/s   (${rounds('ours')})`,
  );
  console.log(
    `redis-cli   ${theirs.toFixed(2).padStart(6)} s   ${(theirs / ours).toFixed(2)} times as long   (${rounds('redis-cli')})`,
  );
  console.log(
    `the client: ${client.operations} operations, ${client.surprises.length} surprises, ${lost.length} keys lost`,
  );
  for (const surprise of client.surprises.slice(0, 5)) console.log(`  ${surprise}`);
}
