/**
 * One cluster of our nodes and redis-servers: they join, replicate from each other, vote for each other and take each
 * other's place. Times are Redis' own, with a node timeout of two seconds.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

type Server = OurServer | RedisServer;

const BASE = 21_470;
const TIMEOUT = 2000;

function redisCli(...args: readonly (string | number)[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('redis-cli', args.map(String), { timeout: 60_000 }, (error, out, problem) =>
      resolve(`${out}${problem}${error?.code ?? ''}`),
    );
  });
}

const idOf = (server: Server): Promise<string> => server.call('CLUSTER', 'MYID');

async function roleOf(server: Server): Promise<string> {
  return (await server.call('ROLE')).split('\n')[0];
}

async function isOk(server: Server): Promise<boolean> {
  return (await server.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
}

/** Our node with the options a redis-server gets on its command line. */
function ours(port: number): Promise<OurServer> {
  return OurServer.start(port, 'cluster-enabled yes', `cluster-node-timeout ${TIMEOUT}`);
}

function theirs(port: number): Promise<RedisServer> {
  const options = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    TIMEOUT,
    '--repl-diskless-sync-delay',
    0,
  ];
  return RedisServer.start(port, ...options);
}

describe('a cluster of our nodes and redis-servers', needsRedisServer, () => {
  /** Primary and replica of each shard: ours with theirs, theirs with ours, ours with theirs. */
  let shards: { primary: Server; replica: Server; slots: [number, number]; key: string }[] = [];
  let all: Server[] = [];
  const started = new Set<Server>();

  before(async () => {
    const starts = [ours, theirs, theirs, ours, ours, theirs].map((start, at) => start(BASE + at));
    for (const server of await Promise.all(starts)) started.add(server);
    all = [...started];
    shards = [
      { primary: all[0], replica: all[1], slots: [0, 5460], key: 'hello' },
      { primary: all[2], replica: all[3], slots: [5461, 10922], key: 'c' },
      { primary: all[4], replica: all[5], slots: [10923, 16383], key: 'foo' },
    ];
  });

  after(async () => {
    for (const server of started) await server.stop();
  });

  it('join, and agree', async () => {
    for (const [at, server] of all.entries()) await server.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    for (const { primary, slots } of shards) await primary.call('CLUSTER', 'ADDSLOTSRANGE', ...slots);
    // A redis-server meets one of ours, and the other way round.
    const [first, second, , , , last] = all;
    for (const server of all.slice(1, 4)) await first.call('CLUSTER', 'MEET', '127.0.0.1', server.port);
    await second.call('CLUSTER', 'MEET', '127.0.0.1', all[4].port);
    await last.call('CLUSTER', 'MEET', '127.0.0.1', second.port);
    for (const { primary, replica } of shards) {
      const id = await idOf(primary);
      await until(async () => {
        const known = await Promise.all(all.map((server) => server.call('CLUSTER', 'NODES')));
        return known.every((text) => text.trim().split('\n').length === 6 && !text.includes('handshake'));
      }, 'everybody knows everybody');
      await replica.call('CLUSTER', 'REPLICATE', id);
    }
    await until(async () => (await Promise.all(all.map(isOk))).every(Boolean), 'ok everywhere');
  });

  async function checksFindNothing(): Promise<boolean> {
    const answers = await Promise.all(
      all.map(({ port }) => redisCli('--cluster', 'check', `127.0.0.1:${port}`)),
    );
    return answers.every(
      (text) =>
        /All nodes agree about slots configuration/.test(text) && /All 16384 slots covered/.test(text),
    );
  }

  it('satisfy redis-cli', async () => {
    await until(checksFindNothing, 'check finds nothing');
    assert.match(await redisCli('--cluster', 'info', `127.0.0.1:${BASE}`), /3 masters/);
  });

  it('replicate from each other', async () => {
    for (const { primary, replica, key } of shards) {
      await until(
        async () => (await replica.call('INFO', 'replication')).includes('master_link_status:up'),
        'linked',
      );
      assert.equal(await primary.call('SET', key, `value of ${key}`), 'OK');
      assert.equal(await primary.call('WAIT', 1, 5000), '1');
      await replica.call('READONLY');
      assert.equal(await replica.call('GET', key), `value of ${key}`);
    }
  });

  it('send clients to each other', async () => {
    for (const { primary, replica, slots, key } of shards) {
      for (const other of all) {
        if (other === primary || other === replica) continue;
        const slot = Number(await other.call('CLUSTER', 'KEYSLOT', key));
        assert.ok(slot >= slots[0] && slot <= slots[1]);
        await assert.rejects(
          other.call('GET', key),
          new RegExp(`^Error: MOVED ${slot} 127.0.0.1:${primary.port}$`),
        );
      }
    }
  });

  it('pass on what is published', async () => {
    const [our, their] = all;
    for (const [from, to] of [
      [our, their],
      [their, our],
    ]) {
      const subscriber = await RawConnection.open(to.port);
      await subscriber.send('SUBSCRIBE', 'news');
      await from.call('PUBLISH', 'news', `from ${from.port}`);
      assert.match((await subscriber.next()).toString(), new RegExp(`message.*news.*from ${from.port}`, 's'));
      subscriber.close();
    }
  });

  it('vote for a redis-server when one of ours dies, and take orders from it', async () => {
    const [{ primary, replica, key }] = shards;
    assert.ok(primary instanceof OurServer && replica instanceof RedisServer);
    primary.kill();
    started.delete(primary);
    all = all.filter((server) => server !== primary);
    await until(async () => (await roleOf(replica)) === 'master', 'elected');
    await until(async () => (await Promise.all(all.map(isOk))).every(Boolean), 'ok');
    assert.equal(await replica.call('GET', key), `value of ${key}`);
    assert.equal(await replica.call('SET', key, 'newer'), 'OK');
    // It comes back from its nodes.conf, learns what happened, and follows.
    const back = await OurServer.startIn(
      primary.folder,
      primary.port,
      'cluster-enabled yes',
      `cluster-node-timeout ${TIMEOUT}`,
    );
    started.add(back);
    all.push(back);
    await until(async () => (await roleOf(back)) === 'slave', 'a replica');
    await back.call('READONLY');
    await until(async () => (await back.call('GET', key).catch(() => '')) === 'newer', 'in step');
  });

  it('elect one of ours when a redis-server dies', async () => {
    const [, { primary, replica, key }] = shards;
    assert.ok(primary instanceof RedisServer && replica instanceof OurServer);
    all = all.filter((server) => server !== primary);
    started.delete(primary);
    await primary.stop();
    await until(async () => (await roleOf(replica)) === 'master', 'elected');
    await until(async () => (await Promise.all(all.map(isOk))).every(Boolean), 'ok');
    assert.equal(await replica.call('GET', key), `value of ${key}`);
  });

  /** Both ways, with what `mode` adds to CLUSTER FAILOVER. */
  async function handOver(shard: (typeof shards)[number], ...mode: string[]): Promise<void> {
    const { primary, replica, key } = shard;
    const back = all.find((server) => server.port === primary.port) ?? primary;
    const [here, there] = (await roleOf(back)) === 'master' ? [back, replica] : [replica, back];
    for (const [from, to] of [
      [here, there],
      [there, here],
    ]) {
      await until(
        async () => (await to.call('INFO', 'replication')).includes('master_link_status:up'),
        'linked',
      );
      const value = `before ${to.port} ${mode}`;
      await from.call('SET', key, value);
      assert.equal(await from.call('WAIT', 1, 5000), '1');
      assert.equal(await to.call('CLUSTER', 'FAILOVER', ...mode), 'OK');
      await until(
        async () => (await roleOf(to)) === 'master' && (await roleOf(from)) === 'slave',
        'handed over',
      );
      assert.equal(await to.call('GET', key), value);
      // Primaries vote about one primary once in two node timeouts; a takeover asks nobody.
      if (!mode.includes('TAKEOVER')) await new Promise((resolve) => setTimeout(resolve, 2 * TIMEOUT));
    }
  }

  it('hand over to each other by CLUSTER FAILOVER, FORCE and TAKEOVER, there and back', async () => {
    // One at a time: two that ask for votes in the same epoch may both miss the majority, and ask again only later.
    await handOver(shards[2]);
    await handOver(shards[0], 'FORCE');
    await handOver(shards[2], 'TAKEOVER');
    await until(checksFindNothing, 'check finds nothing');
  });

  it('tell each other their hostnames, and clients where to go by them', async () => {
    const nameOf = ({ port }: Server) => `node-${port}.example.org`;
    for (const server of all) await server.call('CONFIG', 'SET', 'cluster-announce-hostname', nameOf(server));
    await until(async () => {
      const views = await Promise.all(all.map((server) => server.call('CLUSTER', 'NODES')));
      return views.every((view) => all.every((server) => view.includes(`,${nameOf(server)} `)));
    }, 'all know all names');
    const owner = shards[2].primary;
    for (const server of all) {
      await server.call('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname');
      if (server === owner || server === shards[2].replica) continue;
      await assert.rejects(
        server.call('GET', 'foo'),
        new RegExp(`^Error: MOVED 12182 ${nameOf(owner)}:${owner.port}$`),
      );
    }
    for (const server of all) {
      await server.call('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'ip');
      await server.call('CONFIG', 'SET', 'cluster-announce-hostname', '');
    }
    await until(async () => {
      const views = await Promise.all(all.map((server) => server.call('CLUSTER', 'NODES')));
      return views.every((view) => !view.includes('example.org'));
    }, 'names are gone again');
  });

  it('take a node that was reset for a new one', async () => {
    for (const { primary, replica } of [shards[0], shards[2]]) {
      const pair = all.filter(({ port }) => port === primary.port || port === replica.port);
      const roles = await Promise.all(pair.map(roleOf));
      const reset = pair[roles.indexOf('slave')];
      const kept = pair[roles.indexOf('master')];
      const old = await idOf(reset);
      assert.equal(await reset.call('CLUSTER', 'RESET', 'HARD'), 'OK');
      const id = await idOf(reset);
      assert.notEqual(id, old);
      assert.equal(await reset.call('DBSIZE'), '0');
      const others = all.filter((server) => server !== reset);
      for (const server of others) {
        // Since 7.2 a node that forgets tells the others, so it may have been done already.
        await server
          .call('CLUSTER', 'FORGET', old)
          .catch((error) => assert.match(String(error), /Unknown node/));
      }
      await kept.call('CLUSTER', 'MEET', '127.0.0.1', reset.port);
      await until(async () => {
        const views = await Promise.all(all.map((server) => server.call('CLUSTER', 'NODES')));
        return views.every((view) => view.includes(id) && !view.includes('handshake') && !view.includes(old));
      }, 'all know it');
      assert.equal(await reset.call('CLUSTER', 'REPLICATE', await idOf(kept)), 'OK');
      await until(
        async () => (await reset.call('INFO', 'replication')).includes('master_link_status:up'),
        'linked',
      );
      assert.equal(await reset.call('DBSIZE'), await kept.call('DBSIZE'));
    }
    await until(checksFindNothing, 'check finds nothing');
  });

  it('move slots to each other', async () => {
    const [from, to] = [shards[0].replica, shards[1].replica];
    // redis-cli looks before it moves anything, and gives up while gossip is on its way.
    await until(checksFindNothing, 'check finds nothing');
    for (let count = 0; count < 200; count++) await from.call('SET', `{hello}${count}`, count);
    const slot = Number(await from.call('CLUSTER', 'KEYSLOT', 'hello'));
    assert.equal(slot, 866);
    const answer = await redisCli(
      '--cluster',
      'reshard',
      `127.0.0.1:${to.port}`,
      '--cluster-from',
      await idOf(from),
      '--cluster-to',
      await idOf(to),
      '--cluster-slots',
      1000,
      '--cluster-yes',
    );
    assert.match(answer, /Moving slot 866 from/, answer);
    assert.equal(await to.call('GET', '{hello}150'), '150');
    await until(checksFindNothing, 'check finds nothing');
  });
});
