/** redis-trib's subcommands against real redis-servers; redis-cli has the last word. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { trib } from '../trib/transcripts.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const BASE = 22100;
const SEED = `127.0.0.1:${BASE}`;
const ports = [0, 1, 2, 3, 4, 5].map((i) => BASE + i);
const addresses = ports.map((port) => `127.0.0.1:${port}`);
const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', 5000, '--repl-diskless-sync-delay', 0];

/** The exit status and words of `redis-cli --cluster check`. */
function redisCliAgrees(): boolean {
  const { status, stdout } = spawnSync('redis-cli', ['--cluster', 'check', SEED], { encoding: 'utf8' });
  return status === 0 && /All 16384 slots covered/.test(stdout) && !/\[ERR\]|\[WARNING\]/.test(stdout);
}

describe('redis-trib on six redis-servers', needsRedisServer, () => {
  const servers: RedisServer[] = [];
  const server = (i: number): RedisServer => {
    const found = servers[i];
    assert.ok(found);
    return found;
  };
  const idOf = (i: number) => server(i).call('CLUSTER', 'MYID');

  before(async () => {
    for (const port of ports) servers.push(await RedisServer.start(port, ...options));
  });
  after(async () => {
    for (const running of servers) await running.stop();
  });

  it('create refuses five nodes, a plain server, and a no', async () => {
    const five = await trib(['create', '--replicas', '1', ...addresses.slice(0, 5)]);
    assert.equal(five.status, 1);
    assert.match(five.text, /\*\*\* At least 6 nodes are required\./);
    const plain = await RedisServer.start(BASE + 9);
    const refused = await trib(['create', addresses[0] ?? '', `127.0.0.1:${BASE + 9}`]);
    await plain.stop();
    assert.match(refused.text, /is not configured as a cluster node\./);
    const declined = await trib(['create', '--replicas', '1', ...addresses], ['no']);
    assert.equal(declined.status, 1);
    assert.match(await server(0).call('CLUSTER', 'INFO'), /cluster_slots_assigned:0/);
  });

  it('create does the eleven steps of the tutorial', async () => {
    const { status, text } = await trib(['create', '--replicas', '1', ...addresses], ['yes']);
    assert.equal(status, 0, text);
    assert.match(text, /Using 3 masters:\n127.0.0.1:22100\n127.0.0.1:22101\n127.0.0.1:22102\n/);
    assert.match(text, /Adding replica 127.0.0.1:22103 to 127.0.0.1:22100\n/);
    assert.match(text, /M: [0-9a-f]{40} 127.0.0.1:22101\n {3}slots:5461-10922 \(5462 slots\) master\n/);
    assert.match(text, />>> Nodes configuration updated\n>>> Assign a different config epoch to each node\n/);
    assert.match(text, /\[OK\] All 16384 slots covered\.\n$/);
    assert.ok(redisCliAgrees());
  });

  it('create refuses nodes which belong to a cluster', async () => {
    const { status, text } = await trib(['create', ...addresses]);
    assert.equal(status, 1);
    assert.match(text, /is not empty\. Either the node already knows other nodes/);
  });

  it('check and info tell the same from a replica', async () => {
    const { status, text } = await trib(['check', addresses[4] ?? '']);
    assert.equal(status, 0);
    assert.match(
      text,
      /S: [0-9a-f]{40} 127.0.0.1:22104\n {3}slots: \(0 slots\) slave\n {3}replicates [0-9a-f]{40}\n/,
    );
    const info = await trib(['info', addresses[4] ?? '']);
    assert.match(info.text, /-> 0 keys \| 5461 slots \| 1 slaves\.\n/);
    assert.match(info.text, /\[OK\] 0 keys in 3 masters\.\n0\.00 keys per slot on average\.\n/);
  });

  it('reshard moves slots and every key in them', async () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `key:${i}`);
    const input = keys.map((key) => `SET ${key} ${key}\n`).join('');
    spawnSync('redis-cli', ['-c', '-p', String(BASE)], { input });
    const { status, text } = await trib([
      'reshard',
      '--from',
      'all',
      '--to',
      await idOf(0),
      '--slots',
      '200',
      '--yes',
      SEED,
    ]);
    assert.equal(status, 0, text);
    assert.match(await server(0).call('CLUSTER', 'NODES'), /myself,master .* connected 0-5561 10923-11021/);
    const found = spawnSync('redis-cli', ['-c', '-p', String(BASE)], {
      input: keys.map((key) => `GET ${key}\n`).join(''),
      encoding: 'utf8',
    });
    const values = found.stdout
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('-> Redirected'));
    assert.deepEqual(values, keys);
    assert.ok(redisCliAgrees());
  });

  it('reshard asks for what it was not told, and shows its plan before it asks to go on', async () => {
    const answers = ['7', 'nonsense', await idOf(1), await idOf(1), await idOf(0), 'done', 'no'];
    const { status, text } = await trib(['reshard', SEED], answers);
    assert.equal(status, 1);
    assert.match(text, /\*\*\* The specified node is not known or not a master, please retry\./);
    assert.match(text, /It is not possible to use the target node as source node/);
    assert.match(text, /Ready to move 7 slots\.[\s\S]* {4}Moving slot 6 from [0-9a-f]{40}\n/);
  });

  it('add-node returns when all know the newcomer, so that rebalance works at once; del-node removes it', async () => {
    servers.push(await RedisServer.start(BASE + 6, ...options));
    const added = await trib(['add-node', `127.0.0.1:${BASE + 6}`, SEED]);
    assert.equal(added.status, 0, added.text);
    const balanced = await trib(['rebalance', '--use-empty-masters', SEED]);
    assert.equal(balanced.status, 0, balanced.text);
    const info = await trib(['info', SEED]);
    assert.equal(info.text.match(/\| 4096 slots \|/g)?.length, 4, info.text);
    const newcomer = await idOf(6);
    const full = await trib(['del-node', SEED, newcomer]);
    assert.match(full.text, /is not empty! Reshard data away and try again\./);
    await trib(['rebalance', '--weight', `${newcomer}=0`, '--use-empty-masters', SEED]);
    const removed = await trib(['del-node', SEED, newcomer]);
    assert.equal(removed.status, 0, removed.text);
    assert.ok(redisCliAgrees());
  });

  it('fix closes open slots and covers uncovered ones', async () => {
    await server(0).call('CLUSTER', 'SETSLOT', '50', 'MIGRATING', await idOf(1));
    await server(2).call('CLUSTER', 'SETSLOT', '70', 'IMPORTING', await idOf(0));
    await server(1).call('CLUSTER', 'DELSLOTS', '8000');
    const checked = await trib(['check', SEED]);
    assert.equal(checked.status, 1);
    assert.match(checked.text, /\[WARNING\] The following slots are open: 50,70/);
    assert.match(checked.text, /\[ERR\] Not all 16384 slots are covered by nodes\./);
    const { status, text } = await trib(['fix', '--yes', SEED]);
    assert.equal(status, 0, text);
    assert.ok(redisCliAgrees());
  });

  it('fix finishes a slot that was left between two nodes, keys on both', async () => {
    const open = 5798;
    const primaries = [server(0), server(1), server(2)];
    const owned = await Promise.all(primaries.map(({ client }) => client.reply('SET', '{name}', 'v')));
    const holder = server(owned.findIndex(({ type }) => type === 'simple'));
    const other = server(holder === server(0) ? 1 : 0);
    await holder.call('DEL', '{name}');
    assert.equal(await holder.call('CLUSTER', 'KEYSLOT', 'name'), String(open));
    for (let i = 0; i < 30; i++) await holder.call('SET', `{name}${i}`, 'v');
    await other.call('CLUSTER', 'SETSLOT', open, 'IMPORTING', await holder.call('CLUSTER', 'MYID'));
    await holder.call('CLUSTER', 'SETSLOT', open, 'MIGRATING', await other.call('CLUSTER', 'MYID'));
    const some = (await holder.call('CLUSTER', 'GETKEYSINSLOT', open, 10)).split('\n');
    await holder.call('MIGRATE', '127.0.0.1', other.port, '', 0, 5000, 'KEYS', ...some);
    const { status, text } = await trib(['fix', SEED]);
    assert.equal(status, 0, text);
    assert.equal(await other.call('CLUSTER', 'COUNTKEYSINSLOT', open), '30');
    assert.ok(redisCliAgrees());
  });

  it('import brings the keys of a plain server to their owners', async () => {
    const plain = await RedisServer.start(BASE + 8);
    for (let i = 0; i < 20; i++) await plain.call('SET', `import:${i}`, String(i));
    const { status, text } = await trib(['import', '--from', `127.0.0.1:${BASE + 8}`, SEED]);
    assert.equal(status, 0, text);
    assert.equal(await plain.call('DBSIZE'), '0');
    await plain.stop();
    const got = spawnSync('redis-cli', ['-c', '-p', String(BASE), 'GET', 'import:7'], { encoding: 'utf8' });
    assert.equal(got.stdout.trim(), '7');
  });

  it('call and set-timeout reach every node and say what each answered', async () => {
    const timeout = await trib(['set-timeout', SEED, '99']);
    assert.match(timeout.text, /less than 100 milliseconds is a bad idea/);
    const unsaved = await trib(['set-timeout', SEED, '7000']);
    assert.equal(unsaved.status, 1, 'a server without a conf file cannot keep it');
    assert.match(unsaved.text, /New node timeout set\. 0 OK, 6 ERR\./);
    const asked = await trib(['call', '--only-masters', SEED, 'config', 'get', 'cluster-node-timeout']);
    assert.equal(asked.text.match(/cluster-node-timeout\n7000/g)?.length, 3);
  });

  it('says which node it could not reach, and why', async () => {
    const { status, text } = await trib(['check', '127.0.0.1:1']);
    assert.equal(status, 1);
    assert.match(text, /\[ERR\] Sorry, can't connect to node 127\.0\.0\.1:1: connect ECONNREFUSED/);
  });
});
