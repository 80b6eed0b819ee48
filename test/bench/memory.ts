/** Resident bytes per key with a million small keys, ours and redis-server's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { redisCli, residentBytes, type Server, startNode } from './servers.ts';

const KEYS = 1_000_000;
const BATCH = 10_000;

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
  await fill(server.port);
  const found = Number(redisCli(server.port, 'DBSIZE'));
  if (found !== KEYS) throw new Error(`${server.kind} holds ${found} keys instead of ${KEYS}`);
  return (residentBytes(server.pid) - before) / KEYS;
}

async function fill(port: number): Promise<void> {
  const pipe = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let i = 0; i < KEYS; i += BATCH) {
    let batch = '';
    for (let k = i; k < i + BATCH; k++) {
      const key = `key:${String(k).padStart(7, '0')}`;
      batch += `*3\r\n$3\r\nSET\r\n$11\r\n${key}\r\n$16\r\n0123456789abcdef\r\n`;
    }
    if (!pipe.stdin.write(batch)) await once(pipe.stdin, 'drain');
  }
  pipe.stdin.end();
  await once(pipe, 'exit');
}
