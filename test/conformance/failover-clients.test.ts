/**
 * Two clients of the field write on while a primary is killed and comes back. What a WAIT on the writing connection
 * confirmed must be there in the end.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import type { LabOptions } from '../../extension/lab/protocol.ts';
import { WorkerLab } from '../../extension/lab/worker-lab.ts';
import { nodeOf, removeFolder, temporaryOptions, told } from '../lab/temporary-lab.ts';

const KEYS = 10_000;
/** Keys of one batch share a slot, so that one WAIT on one connection speaks for all of them. */
const BATCH = 20;
const WRITERS = 12;
/** The primary dies when this many keys are written, and comes back when its replica has been elected. */
const KILL_AFTER = 3000;
const LIMIT_MS = 60_000;

interface Client {
  /** Sets each key to its own name, then WAITs for one replica, all on one connection; the number of replicas that have it. */
  writeAndWait(keys: readonly string[]): Promise<number>;
  read(key: string): Promise<string | null>;
  close(): Promise<void>;
}

const lab = new WorkerLab();
let options: LabOptions;

before(async () => {
  options = await temporaryOptions();
  await lab.start(options);
});
after(async () => {
  await lab.dispose();
  removeFolder(options);
});

test('ioredis', { timeout: 2 * LIMIT_MS }, () => writeThroughFailover('ioredis', openIoredis));
test('node-redis', { timeout: 2 * LIMIT_MS }, () => writeThroughFailover('node-redis', openNodeRedis));

async function writeThroughFailover(name: string, open: () => Promise<Client>): Promise<void> {
  const victim = lab.snapshot.nodes.find(({ role }) => role === 'primary');
  assert.ok(victim);
  const client = await open();
  try {
    const confirmed = await writeAll(client, name, victim.port);
    const settled = await told(lab, (snapshot) => nodeOf(snapshot, victim.port).primaryLinkUp === true);
    assert.equal(nodeOf(settled, victim.port).role, 'replica');
    // Every batch is written until it is confirmed: nothing may be left out.
    assert.equal(confirmed.length, KEYS);
    const lost: string[] = [];
    await inParallel(confirmed, 100, async (key) => {
      if ((await client.read(key)) !== key) lost.push(key);
    });
    assert.deepEqual(lost, []);
  } finally {
    await client.close();
  }
}

async function writeAll(client: Client, name: string, victim: number): Promise<string[]> {
  const batches = Array.from({ length: KEYS / BATCH }, (_, i) =>
    Array.from({ length: BATCH }, (_, j) => `{${name}:${i}}:${j}`),
  );
  const confirmed: string[] = [];
  let fault: Promise<void> | undefined;
  await inParallel(batches, WRITERS, async (keys) => {
    await writeUntilConfirmed(client, keys);
    confirmed.push(...keys);
    if (confirmed.length >= KILL_AFTER) fault ??= killAndBringBack(victim);
  });
  await fault;
  return confirmed;
}

async function writeUntilConfirmed(client: Client, keys: readonly string[]): Promise<void> {
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

async function killAndBringBack(port: number): Promise<void> {
  const id = nodeOf(lab.snapshot, port).id;
  const heir = lab.snapshot.nodes.find(({ primaryId }) => primaryId === id);
  assert.ok(heir);
  await lab.act(port, 'kill');
  await told(lab, (snapshot) => nodeOf(snapshot, heir.port).role === 'primary');
  await lab.act(port, 'start');
}

async function inParallel<T>(
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

async function openIoredis(): Promise<Client> {
  const nodes = lab.snapshot.nodes.map(({ host, port }) => ({ host, port }));
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
      for (const [error] of results) if (error !== null) throw error;
      return Number(results.at(-1)?.[1]);
    },
    read: (key) => cluster.get(key),
    close: async () => cluster.disconnect(),
  };
}

async function openNodeRedis(): Promise<Client> {
  const cluster = createCluster({
    rootNodes: lab.snapshot.nodes.map(({ host, port }) => ({ socket: { host, port } })),
  });
  // Lost connections are what this test is about; the commands on them reject by themselves.
  cluster.on('error', () => {});
  await cluster.connect();
  return {
    writeAndWait: async (keys) => {
      const pipeline = cluster.multi();
      for (const key of keys) pipeline.set(key, key);
      pipeline.sendCommand(['WAIT', '1', '500']);
      try {
        const results = await pipeline.execAsPipeline();
        return Number(results.at(-1));
      } catch (error) {
        // Its pipelines don't follow MOVED, its single commands do, and learn from it.
        await cluster.get(keys[0] ?? '');
        throw error;
      }
    },
    read: (key) => cluster.get(key),
    close: async () => cluster.destroy(),
  };
}
