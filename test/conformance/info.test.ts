/**
 * INFO has redis-server's sections and fields, in its order: of a primary and a replica, in a cluster and outside, with and
 * without an append-only file, and while what some fields are there for goes on. And MEMORY STATS has its fields.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

type Server = OurServer | RedisServer;
type Pair = readonly [ours: OurServer, theirs: RedisServer];

/** Fields of 7.2 that a node of ours does not tell, because nothing that could be said there would be true of it. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['atomicvar_api', 'how variables are shared between threads: a node lives in one, and has none'],
]);

/** What 7.0 does not have yet. */
const ADDED_IN_7_2: ReadonlySet<string> = new Set([
  'listener0',
  'total_blocking_keys',
  'total_blocking_keys_on_nokey',
  'eventloop_cycles',
  'eventloop_duration_sum',
  'eventloop_duration_cmd_sum',
  'instantaneous_eventloop_cycles_per_sec',
  'instantaneous_eventloop_duration_usec',
  'acl_access_denied_auth',
  'acl_access_denied_cmd',
  'acl_access_denied_key',
  'acl_access_denied_channel',
  '# Debug',
  'eventloop_duration_aof_sum',
  'eventloop_duration_cron_sum',
  'eventloop_duration_max',
  'eventloop_cmd_per_cycle_max',
  // 7.0 does not measure a WAIT that waited.
  'latency_percentiles_usec_wait',
]);

/** One line a command, in the order of a hash table whose seed is drawn at each start. */
const WITHOUT_ORDER: ReadonlySet<string> = new Set(['Commandstats', 'Latencystats']);

const OURS = 22_800;
const REAL = 22_810;
const started: Server[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

/** Ours and the real one, started alike. */
async function pair(number: number, options: Readonly<Record<string, string>> = {}): Promise<Pair> {
  const lines = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const starts = [
    OurServer.start(OURS + number, ...lines),
    RedisServer.start(REAL + number, ...words),
  ] as const;
  // When one does not start the other one is not to keep its port.
  for (const start of await Promise.allSettled(starts))
    if (start.status === 'fulfilled') started.push(start.value);
  return Promise.all(starts);
}

/** Section titles, each with its fields below. */
function fieldsOf(text: string): string[] {
  const sections = text
    .split(/^(?=# )/m)
    .filter(Boolean)
    .map((section) => section.split('\r\n').filter(Boolean));
  return sections.flatMap(([title = '', ...lines]) => {
    const names = lines.map((line) => line.slice(0, line.indexOf(':')));
    return [title, ...(WITHOUT_ORDER.has(title.slice(2)) ? names.sort() : names)];
  });
}

async function isOlder(server: Server): Promise<boolean> {
  return (await server.call('INFO', 'server')).includes('redis_version:7.0.');
}

/** What the two say has the same fields, but for those that only one of them can have. */
function same([mine = '', real = '']: readonly string[], realIsOlder: boolean, what: string): void {
  const left = realIsOlder ? [...LEFT_OUT.keys(), ...ADDED_IN_7_2] : [...LEFT_OUT.keys()];
  const but = (text: string) => fieldsOf(text).filter((name) => !left.includes(name));
  assert.deepEqual(but(mine), but(real), what);
  // Whoever comes to tell one of them is to say so here.
  for (const name of LEFT_OUT.keys()) assert.ok(!fieldsOf(mine).includes(name), name);
}

async function compare([ours, theirs]: Pair, ...sections: string[]): Promise<void> {
  const texts = await Promise.all([ours, theirs].map((server) => server.call('INFO', ...sections)));
  same(texts, await isOlder(theirs), sections.join(' '));
}

/** What INFO is asked for, one request a line. */
const REQUESTS = `
server
clients
memory
persistence
stats
replication
cpu
modules
module_list
commandstats
errorstats
latencystats
cluster
keyspace
debug
nosuch
default
all
everything
server cpu
keyspace cpu server
default commandstats debug`
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

async function follow(replica: Server, primary: Server): Promise<void> {
  if ((await replica.call('INFO', 'cluster')).includes('cluster_enabled:1')) {
    await primary.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await replica.call('CLUSTER', 'MEET', '127.0.0.1', primary.port);
    const id = await primary.call('CLUSTER', 'MYID');
    await until(async () => (await replica.call('CLUSTER', 'NODES')).includes(id));
    await replica.call('CLUSTER', 'REPLICATE', id);
    await until(async () => (await primary.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  } else {
    await replica.call('REPLICAOF', '127.0.0.1', primary.port);
  }
  await until(async () => (await replica.call('INFO', 'replication')).includes('link_status:up'));
  await until(async () => (await primary.call('INFO', 'replication')).includes('state=online'));
}

describe('INFO has the fields of redis-server in its order', needsRedisServer, () => {
  for (const cluster of ['no', 'yes']) {
    for (const appendonly of ['no', 'yes']) {
      it(`cluster-enabled ${cluster}, appendonly ${appendonly}`, async () => {
        const options = { 'cluster-enabled': cluster, appendonly, 'repl-diskless-sync-delay': '0' };
        const primaries = await pair(0, options);
        const replicas = await pair(1, options);
        await Promise.all([follow(replicas[0], primaries[0]), follow(replicas[1], primaries[1])]);
        for (const server of primaries) {
          await server.call('SET', 'k', 'v');
          await server.call('SET', 'expires', 'v', 'EX', 1000);
          // In this order: a later code comes before an earlier one.
          await assert.rejects(server.call('XGROUP', 'CREATE', 'k', 'g', '$'));
          await assert.rejects(server.call('NOSUCH'));
        }
        for (const server of primaries) await server.call('WAIT', 1, 0);
        for (const sections of REQUESTS) await compare(primaries, ...sections);
        await compare(primaries);
        for (const name of ['persistence', 'stats', 'replication', 'keyspace']) await compare(replicas, name);
      });
    }
  }

  it('with min-replicas-to-write', async () => {
    const primaries = await pair(0, { 'min-replicas-to-write': '1' });
    await compare(primaries, 'replication');
  });

  it('while a replica takes its data in, and while it loads it', async () => {
    // Keys rest on both sides, and the one that loads looks up after each: both states last for a second or so.
    const primaries = await pair(0, { 'rdb-key-save-delay': '2000', 'repl-diskless-sync-delay': '0' });
    const replicas = await pair(1, {
      'key-load-delay': '2000',
      'loading-process-events-interval-bytes': '1024',
    });
    const texts: string[][] = [];
    for (const [i, replica] of replicas.entries()) {
      const primary = primaries[i] ?? primaries[0];
      for (let n = 0; n < 500; n++) await primary.call('SET', n, 'v'.repeat(4000));
      await replica.call('REPLICAOF', '127.0.0.1', primary.port);
      texts.push([
        await whileSaying(replica, 'replication', 'master_sync_in_progress:1'),
        await whileSaying(replica, 'persistence', 'loading:1'),
      ]);
    }
    for (const i of [0, 1])
      same(
        texts.map((of) => of[i] ?? ''),
        await isOlder(primaries[1]),
        `of ${i}`,
      );
  });
});

/** The section as it is while it says so. */
async function whileSaying(server: Server, section: string, what: string): Promise<string> {
  let text = '';
  await until(async () => {
    text = await server.call('INFO', section);
    return text.includes(`\n${what}\r`);
  });
  return text;
}

describe('MEMORY STATS', needsRedisServer, () => {
  it('has the fields of redis-server in its order, in both protocols', async () => {
    const both = await pair(0);
    const [mine, real] = await Promise.all(
      both.map(async (server) => {
        await server.call('SET', 'k', 'v');
        await server.call('SELECT', 3);
        await server.call('SET', 'expires', 'v', 'EX', 1000);
        const older = await server.call('MEMORY', 'STATS');
        await server.call('HELLO', 3);
        return [older, await server.call('MEMORY', 'STATS')].map((text) =>
          text.replace(/-?\d+(\.\d+)?$/gm, 'n'),
        );
      }),
    );
    assert.deepEqual(mine, real);
  });
});
