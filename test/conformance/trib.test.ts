/**
 * redis-trib's subcommands against the lab, against real redis-servers, against our nodes and against a mix, one story
 * for all; redis-cli has the last word.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Access, type Dial, dialer } from '../../extension/trib/connection.ts';
import { SeededRandom } from '../../extension/worlds/seeded-random.ts';
import { CheckingClient } from '../trib/checking-client.ts';
import { trib } from '../trib/transcripts.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';
import { type Kind, run, TribCluster } from './trib-cluster.ts';
import { tellFix } from './trib-fix.ts';

const KINDS: readonly (readonly [Kind, number])[] = [
  ['redis-servers', 22_100],
  ['nodes of ours', 22_110],
  ['a mix of both', 22_120],
  ['the lab', 22_130],
];
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** A reshard of 220 slots sends some 260 commands until it begins to move, and 1,400 in all even if there are no keys. */
const MOMENTS = [250, 1350] as const;
const KILLS = 6;

/** redis-trib as it is when somebody kills it: after so many commands it sends no more. */
function killedAfter(commands: number): (access: Access) => Dial {
  let left = commands;
  return (access) => async (address) => {
    const connection = await dialer(access)(address);
    return {
      ...connection,
      call: (...words) => (left-- > 0 ? connection.call(...words) : Promise.reject(new Error('killed'))),
    };
  };
}

/** The lab comes as a cluster, whose six nodes are nobody's again for the story that all kinds share. */
function tellLab(cluster: TribCluster): void {
  it('check, info and redis-cli find nothing wrong with a lab that has just started', async () => {
    const checked = await trib(['check', '--search-multiple-owners', cluster.seed]);
    assert.equal(checked.status, 0, checked.text);
    const info = await trib(['info', cluster.seed]);
    for (const slots of [5461, 5462, 5461])
      assert.match(info.text, new RegExp(`-> 0 keys \\| ${slots} slots \\| 1 slaves\\.`));
    await cluster.redisCliAgrees();
  });

  it('call takes the cluster apart, which the lab sees', async () => {
    const told = await trib(['call', '--yes', cluster.seed, 'CLUSTER', 'RESET', 'HARD']);
    assert.equal(told.text.match(/^[\d.:]+: OK$/gm)?.length, 6, told.text);
    await cluster.labShows(({ slotsCovered, nodes }) => {
      return slotsCovered === 0 && nodes.every(({ role }) => role === 'primary');
    });
  });
}

function tellCreate(cluster: TribCluster, addresses: readonly string[]): void {
  it('create refuses five nodes, a plain server, and a no', async () => {
    const five = await trib(['create', '--replicas', '1', ...addresses.slice(0, 5)]);
    assert.equal(five.status, 1);
    assert.match(five.text, /\*\*\* At least 6 nodes are required\./);
    const plain = await RedisServer.start(cluster.plain);
    const refused = await trib(['create', cluster.seed, `127.0.0.1:${cluster.plain}`]);
    await plain.stop();
    assert.match(refused.text, /is not configured as a cluster node\./);
    const declined = await trib(['create', '--replicas', '1', ...addresses], { answers: ['no'] });
    assert.equal(declined.status, 1);
    const twice = await trib(['create', cluster.address(0), cluster.address(1), cluster.address(0)]);
    assert.match(twice.text, /is given twice/);
    const shown = await trib(['create', '--cluster-replicas', '1', '--dry-run', ...addresses]);
    assert.match(shown.text, /> CLUSTER ADDSLOTSRANGE 0 5460\n[\s\S]*> CLUSTER REPLICATE [0-9a-f]{40}\n$/);
    assert.match(await cluster.call(0, 'CLUSTER', 'INFO'), /cluster_slots_assigned:0/);
  });

  it('create does the eleven steps of the tutorial, in its words', async () => {
    const { status, text } = await trib(['create', '--replicas', '1', ...addresses], { answers: ['yes'] });
    assert.equal(status, 0, text);
    const at = (i: number) => cluster.address(i);
    const ids = await Promise.all(range(0, 6).map((i) => cluster.id(i)));
    const golden = [
      '>>> Creating cluster',
      '>>> Performing hash slots allocation on 6 nodes...',
      'Using 3 masters:',
      ...[0, 1, 2].map(at),
      ...[0, 1, 2].map((i) => `Adding replica ${at(i + 3)} to ${at(i)}`),
      `M: ${ids[0]} ${at(0)}`,
      '   slots:0-5460 (5461 slots) master',
      `M: ${ids[1]} ${at(1)}`,
      '   slots:5461-10922 (5462 slots) master',
      `M: ${ids[2]} ${at(2)}`,
      '   slots:10923-16383 (5461 slots) master',
      ...[0, 1, 2].flatMap((i) => [
        `S: ${ids[i + 3]} ${at(i + 3)}`,
        '   slots: (0 slots) slave',
        `   replicates ${ids[i]}`,
      ]),
      "Can I set the above configuration? (type 'yes' to accept): yes",
      '>>> Nodes configuration updated',
      '>>> Assign a different config epoch to each node',
      '>>> Sending CLUSTER MEET messages to join the cluster',
      'Waiting for the cluster to join',
    ];
    assert.equal(text.slice(0, golden.join('\n').length), golden.join('\n'));
    assert.match(text, /\n>>> Performing Cluster Check \(using node [\d.:]+\)\n/);
    const end = [
      '[OK] All nodes agree about slots configuration.',
      '>>> Check for open slots...',
      '>>> Check slots coverage...',
      '[OK] All 16384 slots covered.\n',
    ].join('\n');
    assert.equal(text.slice(-end.length), end);
    await cluster.redisCliAgrees();
    if (cluster.kind === 'the lab')
      await cluster.labShows(
        ({ clusterState, slotsCovered }) => clusterState === 'ok' && slotsCovered === 16384,
      );
  });

  it('create refuses nodes which belong to a cluster', async () => {
    const { status, text } = await trib(['create', ...addresses]);
    assert.equal(status, 1);
    assert.match(text, /is not empty\. Either the node already knows other nodes/);
  });
}

function tellCheck(cluster: TribCluster): void {
  it('check and info tell the same from a replica, in words and for machines', async () => {
    const replica = cluster.address(4);
    const ids = await Promise.all(range(0, 6).map((i) => cluster.id(i)));
    const shares = ['0-5460 (5461 slots)', '5461-10922 (5462 slots)', '10923-16383 (5461 slots)'];
    const keys = [
      ...shares.map((share, i) => {
        const count = /\((\d+) slots/.exec(share)?.[1];
        return `${cluster.address(i)} (${ids[i]?.slice(0, 8)}...) -> 0 keys | ${count} slots | 1 slaves.`;
      }),
      '[OK] 0 keys in 3 masters.',
      '0.00 keys per slot on average.',
    ];
    const nodes = shares.flatMap((share, i) => [
      `M: ${ids[i]} ${cluster.address(i)}`,
      `   slots:${share} master`,
      '   1 additional replica(s)',
      `S: ${ids[i + 3]} ${cluster.address(i + 3)}`,
      '   slots: (0 slots) slave',
      `   replicates ${ids[i]}`,
    ]);
    const verdict = [
      '[OK] All nodes agree about slots configuration.',
      '>>> Check for open slots...',
      '>>> Check slots coverage...',
      '[OK] All 16384 slots covered.',
    ];
    const heading = `>>> Performing Cluster Check (using node ${replica})`;
    // Nodes come in the order in which the one that was asked knows them.
    const sorted = (lines: readonly string[]) => lines.toSorted();
    const said = async (...argv: string[]) => (await trib(argv)).text.trimEnd().split('\n');
    assert.deepEqual(sorted(await said('check', replica)), sorted([...keys, heading, ...nodes, ...verdict]));
    const info = await said('info', '127.0.0.1', String(cluster.base + 4));
    assert.deepEqual(sorted(info), sorted(keys));
    assert.deepEqual(info.slice(-2), keys.slice(-2));
    const report = JSON.parse((await trib(['check', '--json', replica])).text);
    assert.equal(report.ok, true);
    assert.equal(report.nodes.length, 6);
    assert.deepEqual(report.openSlots, []);
    const failed = JSON.parse((await trib(['check', '--json', '127.0.0.1:1'])).text);
    assert.equal(failed.ok, false);
    assert.match(failed.error, /ECONNREFUSED/);
  });
}

function tellReshard(cluster: TribCluster): void {
  it('reshard moves slots and keys under a client which sees nothing of it', async () => {
    const client = new CheckingClient(cluster.base);
    await client.load([...range(0, 40), ...range(10_923, 40)], 20);
    client.start(3, 1);
    const words = ['--from', `${await cluster.id(0)},${await cluster.id(2)}`, '--to', await cluster.id(1)];
    const told = await trib(['reshard', ...words, '--slots', '60', '--yes', cluster.seed]);
    await client.stop();
    const lost = await client.lost();
    client.close();
    assert.equal(told.status, 0, told.text);
    assert.deepEqual(client.surprises, []);
    assert.deepEqual(lost, []);
    assert.match(told.text, /Moving slot 0 from [\d.:]+ to [\d.:]+: \.{20}\n/);
    assert.deepEqual(told.progress.at(-1)?.slots, { done: 60, total: 60 });
    const keys = told.progress.at(-1)?.keys;
    assert.ok(keys && keys.done > 1000 && keys.done === keys.total, JSON.stringify(keys));
    await cluster.redisCliAgrees();
  });

  it('reshard asks for what it was not told, and shows its plan before it asks to go on', async () => {
    const [here, there] = [await cluster.id(0), await cluster.id(1)];
    const { status, text } = await trib(['reshard', cluster.seed], {
      answers: ['7', 'nonsense', there, there, here, 'done', 'no'],
    });
    assert.equal(status, 1);
    assert.match(text, /\*\*\* The specified node is not known or not a master, please retry\./);
    assert.match(text, /It is not possible to use the target node as source node/);
    assert.match(text, /Ready to move 7 slots\.[\s\S]* {4}Moving slot \d+ from [0-9a-f]{40}\n/);
  });

  it('reshard takes each source once, however often it is named', async () => {
    const [here, there] = [await cluster.id(0), await cluster.id(1)];
    const words = ['reshard', '--from', `${here},${here}`, '--to', there, '--slots', '5', '--dry-run'];
    const { text } = await trib([...words, cluster.seed]);
    const slots = [...text.matchAll(/^ {4}Moving slot (\d+) from/gm)].map(([, slot]) => slot);
    assert.equal(new Set(slots).size, 5, text);
    assert.equal(slots.length, 5);
  });

  it('reshard stops between two slots when it is cancelled, and tells how to go on', async () => {
    const words = ['reshard', '--from', await cluster.id(1), '--to', await cluster.id(0), '--slots', '60'];
    const cancelWhen = ({ slots }: { slots: { done: number } }) => slots.done > 0;
    const { status, text } = await trib([...words, '--yes', cluster.seed], { cancelWhen });
    assert.equal(status, 1);
    const [, done = '', again = ''] =
      /Cancelled: (\d+) of 60 slots moved, none is left open\.\n\*\*\* To go on: (.*)\n/.exec(text) ?? [];
    assert.ok(Number(done) > 0 && Number(done) < 60, text);
    await cluster.redisCliAgrees();
    const rest = await trib([...again.split(' '), '--yes', cluster.seed]);
    assert.equal(rest.status, 0, rest.text);
    assert.deepEqual(rest.progress.at(-1)?.slots.total, 60 - Number(done));
    await cluster.redisCliAgrees();
  });

  it('reshard may be killed at any moment: fix finds every slot and every key', async () => {
    const client = new CheckingClient(cluster.base);
    await client.load(range(120, 200), 4);
    const words = ['--from', await cluster.id(0), '--to', await cluster.id(2), '--slots', '220', '--yes'];
    const seed = 7 + cluster.base;
    const random = new SeededRandom(seed);
    for (let kill = 0; kill < KILLS; kill++) {
      const commands = Math.floor(random.between(...MOMENTS));
      const told = await trib(['reshard', ...words, '--pipeline', '3', cluster.seed], {
        dialWith: killedAfter(commands),
      });
      const moment = `seed ${seed}, kill ${kill}, after ${commands} commands`;
      assert.equal(told.status, 1, `${moment}: it was through before`);
      const { status, text } = await trib(['fix', '--yes', cluster.seed]);
      assert.equal(status, 0, `${moment}: ${text}`);
      await cluster.redisCliAgrees();
    }
    assert.deepEqual(await client.lost(), [], `seed ${seed}`);
    client.close();
  });
}

function tellMembership(cluster: TribCluster): void {
  it('add-node returns when all know the newcomer, so that rebalance works at once; del-node removes it', async () => {
    const newcomer = cluster.servers.length;
    await cluster.startNode();
    const unknown = ['--slave', '--master-id', 'f'.repeat(40)];
    const refused = await trib(['add-node', cluster.address(newcomer), cluster.seed, ...unknown]);
    assert.match(refused.text, /\[ERR\] No such master ID f/);
    assert.match(await cluster.call(newcomer, 'CLUSTER', 'INFO'), /cluster_known_nodes:1\r?\n/);
    const added = await trib(['add-node', cluster.address(newcomer), cluster.seed]);
    assert.equal(added.status, 0, added.text);
    const heading = `>>> Adding node ${cluster.address(newcomer)} to cluster ${cluster.seed}\n`;
    assert.ok(added.text.startsWith(heading), added.text);
    assert.ok(added.text.endsWith('\n[OK] New node added correctly.\n'), added.text);
    const id = await cluster.id(newcomer);
    const simulated = await trib(['rebalance', '--use-empty-masters', '--simulate', cluster.seed]);
    const golden = [
      />>> Performing Cluster Check \(using node [\d.:]+\)/,
      /\[OK\] All nodes agree about slots configuration\./,
      />>> Check for open slots\.\.\./,
      />>> Check slots coverage\.\.\./,
      /\[OK\] All 16384 slots covered\./,
      />>> Rebalancing across 4 nodes\. Total weight = 4\.00/,
      /(Moving \d+ slots from [\d.:]+ to [\d.:]+\n#+\n){3}/,
    ];
    const words = golden.map(({ source }) => source).join('\\n');
    assert.match(simulated.text, new RegExp(`^${words}$`));
    const weights = ['--cluster-weight', `${id.slice(0, 12)}=0.1`, `${(await cluster.id(0)).slice(0, 12)}=1`];
    const balanced = await trib(['rebalance', '--cluster-use-empty-masters', ...weights, cluster.seed]);
    assert.equal(balanced.status, 0, balanced.text);
    const info = await trib(['info', cluster.seed]);
    assert.match(info.text, /\| 529 slots \| 0 slaves/);
    const full = await trib(['del-node', cluster.seed, id]);
    assert.match(full.text, /is not empty! Reshard data away and try again\./);
    const emptied = await trib(['rebalance', '--weight', `${id}=0`, '--threshold', '1', cluster.seed]);
    assert.equal(emptied.status, 0, emptied.text);
    const removed = await trib(['del-node', cluster.seed, id]);
    assert.equal(removed.status, 0, removed.text);
    assert.match(await cluster.call(newcomer, 'CLUSTER', 'INFO'), /cluster_known_nodes:1\r?\n/);
    await cluster.redisCliAgrees();
    const none = await trib(['rebalance', cluster.seed]);
    assert.match(none.text, /\*\*\* No rebalancing needed! All nodes are within the 2\.00% threshold\.\n$/);
  });

  it('add-node makes a replica of the primary with the fewest', async () => {
    const newcomer = cluster.servers.length - 1;
    const address = cluster.address(newcomer);
    const added = await trib(['add-node', '--json', '--slave', address, cluster.seed]);
    assert.equal(added.status, 0, added.text);
    const told = JSON.parse(added.text);
    assert.deepEqual([told.id, told.address], [await cluster.id(newcomer), address]);
    const followed = new RegExp(`myself,slave ${told.replicates} `);
    assert.match(await cluster.call(newcomer, 'CLUSTER', 'NODES'), followed);
    const removed = await trib(['del-node', cluster.seed, await cluster.id(newcomer)]);
    assert.equal(removed.status, 0, removed.text);
    await cluster.redisCliAgrees();
  });
}

function tellRest(cluster: TribCluster): void {
  it('import brings the keys of a plain server to their owners', async () => {
    const plain = await RedisServer.start(cluster.plain);
    await plain.call('CONFIG', 'SET', 'requirepass', 'secret');
    for (let i = 0; i < 20; i++) await plain.call('SET', `import:${i}`, String(i));
    const words = ['import', '--from', `127.0.0.1:${cluster.plain}`, '--from-pass', 'secret'];
    const copied = await trib([...words, '--copy', cluster.seed]);
    assert.equal(copied.status, 0, copied.text);
    assert.equal(await plain.call('DBSIZE'), '20');
    const busy = await trib([...words, cluster.seed]);
    assert.equal(busy.status, 1);
    assert.match(busy.text, /\[ERR\] Calling MIGRATE: .*BUSYKEY/);
    const { status, text } = await trib([...words, '--replace', cluster.seed]);
    assert.equal(status, 0, text);
    assert.equal(await plain.call('DBSIZE'), '0');
    await plain.stop();
    const got = await run('redis-cli', ['-c', '-p', String(cluster.base), 'GET', 'import:7']);
    assert.equal(got.text.trim(), '7');
  });

  it('call and set-timeout reach every node and say what each answered', async () => {
    const timeout = await trib(['set-timeout', cluster.seed, '99']);
    assert.match(timeout.text, /less than 100 milliseconds is a bad idea/);
    const set = await trib(['set-timeout', cluster.seed, '7000']);
    // A server without a conf file cannot keep it; a node of the lab has one.
    const kept = cluster.kind === 'the lab';
    assert.equal(set.status, kept ? 0 : 1, set.text);
    assert.ok(set.text.includes(`New node timeout set. ${kept ? '6 OK, 0 ERR' : '0 OK, 6 ERR'}.`), set.text);
    const asked = await trib([
      'call',
      '--only-masters',
      cluster.seed,
      'config',
      'get',
      'cluster-node-timeout',
    ]);
    assert.equal(asked.text.match(/cluster-node-timeout\n7000/g)?.length, 3);
    const replicas = await trib(['call', '--json', '--only-replicas', cluster.seed, 'ping']);
    assert.deepEqual(
      JSON.parse(replicas.text).replies.map(({ reply }: { reply: string }) => reply),
      ['PONG', 'PONG', 'PONG'],
    );
  });

  it('backup saves the image of every primary, which redis-check-rdb reads', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'trib-backup-'));
    const report = JSON.parse((await trib(['backup', '--json', cluster.seed, folder])).text);
    assert.equal(report.files.length, 3);
    for (const { file } of report.files) {
      const { text } = await run('redis-check-rdb', [file]);
      assert.match(text, /\\o\/ RDB looks OK! \\o\//);
    }
    assert.equal(JSON.parse(readFileSync(path.join(folder, 'nodes.json'), 'utf8')).length, 6);
    rmSync(folder, { recursive: true });
    const inFile = await trib([
      'backup',
      cluster.seed,
      path.join(import.meta.filename, 'below', 'a', 'file'),
    ]);
    assert.equal(inFile.status, 1);
    assert.match(inFile.text, /\[ERR\] ENOTDIR/);
  });

  it('backup says so where no folder can be made', { skip: !existsSync('/proc/self') }, async () => {
    const { status, text } = await trib(['backup', cluster.seed, '/proc/nowhere/backup']);
    assert.equal(status, 1);
    assert.match(text, /\[ERR\] ENOENT/);
  });
}

// Side by side: most of the time a cluster waits for its own gossip.
describe('redis-trib', { ...needsRedisServer, concurrency: KINDS.length }, () => {
  for (const [kind, base] of KINDS) {
    describe(`on ${kind}`, { concurrency: 1 }, () => {
      const cluster = new TribCluster(kind, base);
      before(async () => {
        await cluster.start();
      });
      after(() => cluster.stop());
      if (kind === 'the lab') tellLab(cluster);
      tellCreate(
        cluster,
        range(0, 6).map((i) => cluster.address(i)),
      );
      tellCheck(cluster);
      tellFix(cluster);
      tellReshard(cluster);
      tellMembership(cluster);
      tellRest(cluster);
    });
  }
});
