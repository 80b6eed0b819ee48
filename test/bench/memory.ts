/** Resident bytes per key with a million small keys, ours and redis-server's. */
import { fill, redisCli, residentBytes, type Server, startNode } from './servers.ts';

const KEYS = 1_000_000;

export async function memory(): Promise<void> {
  console.log(`\nmemory, ${KEYS} keys of 11 bytes with values of 16 bytes`);
  const perKey: number[] = [];
  for (const kind of ['ours', 'redis'] as const) {
    const server = await startNode(kind, 19130);
    try {
      perKey.push(await bytesPerKey(server));
    } finally {
      await server.stop();
    }
  }
  const [ours, redis] = perKey;
  console.log(
    `bytes per key: ours ${ours.toFixed(0)}, redis-server ${redis.toFixed(0)}, ratio ${(ours / redis).toFixed(2)}`,
  );
}

async function bytesPerKey(server: Server): Promise<number> {
  redisCli(server.port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!redisCli(server.port, 'CLUSTER', 'INFO').includes('cluster_state:ok'));
  const before = residentBytes(server.pid);
  await fill(server.port, KEYS);
  return (residentBytes(server.pid) - before) / KEYS;
}
