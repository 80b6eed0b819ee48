/**
 * Two clients of the field write on while a primary is killed and comes back. What a WAIT on the writing connection
 * confirmed must be there in the end.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createCluster } from 'redis';
import type { LabOptions } from '../../extension/lab/protocol.ts';
import { WorkerLab } from '../../extension/lab/worker-lab.ts';
import { nodeOf, removeFolder, temporaryOptions, told } from '../lab/temporary-lab.ts';
import {
  type Client,
  inParallel,
  LIMIT_MS,
  lostOf,
  openIoredis,
  writeUntilConfirmed,
} from './confirmed-writes.ts';

const KEYS = 10_000;
/** Keys of one batch share a slot, so that one WAIT on one connection speaks for all of them. */
const BATCH = 20;
const WRITERS = 12;
/** The primary dies when this many keys are written, and comes back when its replica has been elected. */
const KILL_AFTER = 3000;

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

test('ioredis', { timeout: 2 * LIMIT_MS }, () =>
  writeThroughFailover('ioredis', () => openIoredis(lab.snapshot.nodes)),
);
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
    assert.deepEqual(await lostOf(client, confirmed), []);
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

async function killAndBringBack(port: number): Promise<void> {
  const id = nodeOf(lab.snapshot, port).id;
  const heir = lab.snapshot.nodes.find(({ primaryId }) => primaryId === id);
  assert.ok(heir);
  await lab.act(port, 'kill');
  await told(lab, (snapshot) => nodeOf(snapshot, heir.port).role === 'primary');
  await lab.act(port, 'start');
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
    write: async (key) => {
      await cluster.set(key, key);
    },
    read: (key) => cluster.get(key),
    close: async () => cluster.destroy(),
  };
}
