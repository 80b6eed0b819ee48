/**
 * What people do with a cluster, done to one of three nodes of ours and three redis-servers, all with an append-only file:
 * made and resharded by redis-cli while clients write, primaries of either kind killed, everything killed and started again.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { messageOf } from '../../extension/redis/caught.ts';
import { until } from '../until.ts';
import { type Client, inParallel, lostOf, openIoredis, writeUntilConfirmed } from './confirmed-writes.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

type Server = OurServer | RedisServer;

const BASE = 21_500;
const DIRECTIVES = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  appendonly: 'yes',
  appendfsync: 'always',
  'repl-diskless-sync-delay': '0',
};
/** Three primaries, then the replica of each: every shard has one of either kind. */
const IS_OURS = [true, false, true, false, true, false];

const SLOTS = 200;
const KEYS_OF_A_FAULT = 2000;
const BATCH = 20;
const WRITERS = 8;

const servers: Server[] = [];
const folders = new Set<string>();

async function start(at: number, folder?: string): Promise<Server> {
  const port = BASE + at;
  const lines = Object.entries(DIRECTIVES).map(([name, value]) => `${name} ${value}`);
  const options = Object.entries(DIRECTIVES).flatMap(([name, value]) => [`--${name}`, value]);
  let server: Server;
  if (IS_OURS[at]) {
    server = await (folder ? OurServer.startIn(folder, port, ...lines) : OurServer.start(port, ...lines));
  } else {
    server = await (folder
      ? RedisServer.startIn(folder, port, ...options)
      : RedisServer.start(port, ...options));
  }
  folders.add(server.folder);
  servers[at] = server;
  return server;
}

function redisCli(...args: readonly (string | number)[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('redis-cli', args.map(String), { timeout: 120_000 }, (error, out, problem) =>
      resolve(`${out}${problem}${error?.code ?? ''}`),
    );
  });
}

async function clusterInfo(at: number): Promise<string> {
  return (await servers[at]?.call('CLUSTER', 'INFO')) ?? '';
}

async function allAreOk(): Promise<boolean> {
  const infos = await Promise.all(servers.map((server) => server.call('CLUSTER', 'INFO')));
  const links = await Promise.all(servers.map((server) => server.call('INFO', 'replication')));
  return (
    infos.every((info) => info.includes('cluster_state:ok')) &&
    links.every((info) => !info.includes('master_link_status:down'))
  );
}

/** redis-cli's own check, which its add-node and reshard also open with and give up on. */
async function checkIsContent(): Promise<boolean> {
  const said = await redisCli('--cluster', 'check', `127.0.0.1:${BASE}`);
  return (
    /All nodes agree about slots configuration/.test(said) &&
    /All 16384 slots covered/.test(said) &&
    !/\[ERR\]|\[WARNING\]/.test(said)
  );
}

const isPrimary = async (server: Server): Promise<boolean> =>
  (await server.call('ROLE')).startsWith('master');

/** Writes and reads on until `done`; what a client of the field is told goes into the list. */
async function keepBusy(client: Client, name: string, done: Promise<unknown>): Promise<string[]> {
  const complaints: string[] = [];
  let going = true;
  void done.finally(() => {
    going = false;
  });
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let i = 0; going && complaints.length === 0; i++) {
        const key = `${name}:${writer}:${i}`;
        try {
          await client.write(key);
          const earlier = `${name}:${writer}:${i >> 1}`;
          if ((await client.read(earlier)) !== earlier) complaints.push(`${earlier} was lost`);
        } catch (error) {
          complaints.push(`${key}: ${messageOf(error)}`);
        }
      }
    }),
  );
  return complaints;
}

describe('three nodes of ours and three redis-servers', needsRedisServer, () => {
  let client: Client;
  const confirmed: string[] = [];

  before(async () => {
    await Promise.all(IS_OURS.map((_, at) => start(at)));
  });

  after(async () => {
    await client?.close();
    for (const server of servers) await server.kill();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('are made a cluster by redis-cli', async () => {
    const [first, ...others] = servers.map(({ port }) => `127.0.0.1:${port}`);
    // Where all are on one host its create would pair primaries and replicas by chance.
    const said = await redisCli('--cluster', 'create', first ?? '', ...others.slice(0, 2), '--cluster-yes');
    assert.match(said, /All 16384 slots covered/);
    await until(async () => (await clusterInfo(0)).includes('cluster_state:ok'), 'ok');
    await until(checkIsContent, 'check is content');
    for (const shard of [0, 1, 2]) {
      const id = await servers[shard]?.call('CLUSTER', 'MYID');
      const added = await redisCli(
        ...['--cluster', 'add-node', `127.0.0.1:${BASE + 3 + shard}`, first],
        ...['--cluster-slave', '--cluster-master-id', id ?? ''],
      );
      assert.match(added, /New node added correctly/);
      await until(async () => {
        const infos = await Promise.all(servers.slice(0, 4 + shard).map((_, at) => clusterInfo(at)));
        return infos.every((info) => info.includes(`cluster_known_nodes:${4 + shard}`));
      }, 'all know it');
      await until(checkIsContent, 'check is content');
    }
    await until(allAreOk, 'ok');
    client = await openIoredis(servers.map(({ port }) => ({ host: '127.0.0.1', port })));
  });

  for (const [from, to, how] of [
    [0, 1, 'ours to a redis-server'],
    [1, 0, 'a redis-server to ours'],
  ] as const) {
    it(`are resharded, from ${how}, and no client notices`, async () => {
      const [fromId, toId] = await Promise.all([from, to].map((at) => servers[at]?.call('CLUSTER', 'MYID')));
      const reshard = redisCli(
        ...['--cluster', 'reshard', `127.0.0.1:${BASE}`, '--cluster-yes', '--cluster-slots', SLOTS],
        ...['--cluster-from', fromId ?? '', '--cluster-to', toId ?? ''],
      );
      assert.deepEqual(await keepBusy(client, `reshard-${from}`, reshard), []);
      assert.doesNotMatch(await reshard, /ERR|\*\*\*/);
      await until(checkIsContent, 'check is content');
    });
  }

  for (const victim of [0, 1]) {
    const kind = IS_OURS[victim] ? 'node of ours' : 'redis-server';
    it(`elect the other kind when a ${kind} dies, and lose nothing that was confirmed`, async () => {
      const heir = servers[3 + victim];
      const dead = servers[victim];
      assert.ok(heir && dead);
      const batches = Array.from({ length: KEYS_OF_A_FAULT / BATCH }, (_, i) =>
        Array.from({ length: BATCH }, (_, j) => `{fault-${victim}:${i}}:${j}`),
      );
      let fault: Promise<void> | undefined;
      let written = 0;
      await inParallel(batches, WRITERS, async (keys) => {
        await writeUntilConfirmed(client, keys);
        confirmed.push(...keys);
        written += keys.length;
        if (written >= KEYS_OF_A_FAULT / 4) fault ??= die();
      });
      async function die(): Promise<void> {
        await dead?.kill();
        await until(() => isPrimary(heir), 'the heir is elected');
        await start(victim, dead?.folder);
      }
      await fault;
      await until(async () => !(await isPrimary(servers[victim] ?? heir)), 'it follows');
      await until(allAreOk, 'ok');
      assert.deepEqual(await lostOf(client, confirmed), []);
    });
  }

  it('come back from their files when all of them are killed', async () => {
    await client.close();
    const killed = [...servers];
    await Promise.all(killed.map((server) => server.kill()));
    await Promise.all(killed.map(({ folder }, at) => start(at, folder)));
    await until(allAreOk, 'ok');
    await until(checkIsContent, 'check is content');
    client = await openIoredis(servers.map(({ port }) => ({ host: '127.0.0.1', port })));
    assert.deepEqual(await lostOf(client, confirmed), []);
  });
});
