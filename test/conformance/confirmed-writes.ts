/** Writes that a replica has confirmed, by clients of the field: what may not get lost, whatever dies. */
import { Cluster } from 'ioredis';

export const LIMIT_MS = 60_000;

export interface Client {
  /** Sets each key to its own name, then WAITs for one replica, all on one connection; the number of replicas that have it. */
  writeAndWait(keys: readonly string[]): Promise<number>;
  /** Sets the key to its own name. */
  write(key: string): Promise<void>;
  read(key: string): Promise<string | null>;
  close(): Promise<void>;
}

export async function openIoredis(seeds: readonly { host: string; port: number }[]): Promise<Client> {
  const nodes = seeds.map(({ host, port }) => ({ host, port }));
  const cluster = new Cluster(nodes, {
    redisOptions: { maxRetriesPerRequest: 1 },
    slotsRefreshTimeout: 2000,
  });
  await new Promise((resolve) => cluster.once('ready', resolve));
  return {
    writeAndWait: async (keys) => {
      const pipeline = cluster.pipeline();
      for (const key of keys) pipeline.set(key, key);
      pipeline.call('WAIT', '1', '500');
      const results = (await pipeline.exec()) ?? [];
      const error = results.find(([problem]) => problem !== null)?.[0];
      if (error) {
        // A pipeline with WAIT, which no MOVED answers, doesn't follow; a single command does, and learns from it.
        await cluster.get(keys[0] ?? '');
        throw error;
      }
      return Number(results.at(-1)?.[1]);
    },
    write: async (key) => {
      await cluster.set(key, key);
    },
    read: (key) => cluster.get(key),
    close: async () => cluster.disconnect(),
  };
}

export async function writeUntilConfirmed(client: Client, keys: readonly string[]): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  let reason: unknown;
  while (performance.now() < deadline) {
    try {
      if ((await client.writeAndWait(keys)) >= 1) return;
    } catch (error) {
      // The failover is under way: MOVED, CLUSTERDOWN, a closed connection.
      reason = error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`${keys[0]} was not written within ${LIMIT_MS} ms`, { cause: reason });
}

export async function inParallel<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

/** Which of these keys do not hold their own name any more. */
export async function lostOf(client: Client, keys: readonly string[]): Promise<string[]> {
  const lost: string[] = [];
  await inParallel(keys, 100, async (key) => {
    if ((await client.read(key)) !== key) lost.push(key);
  });
  return lost;
}
