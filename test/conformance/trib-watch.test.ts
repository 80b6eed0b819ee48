/** A cluster seen from outside: what its nodes are, what becomes of them, and why one can't be reached. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ClusterPicture } from '../../extension/trib/cluster-picture.ts';
import { ClusterWatch } from '../../extension/trib/cluster-watch.ts';
import { dialer } from '../../extension/trib/connection.ts';
import { trib } from '../trib/transcripts.ts';
import { until } from '../until.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';
import { TribCluster } from './trib-cluster.ts';

const BASE = 22_200;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a watched cluster', needsRedisServer, () => {
  const cluster = new TribCluster('a mix of both', BASE);
  const pictures: ClusterPicture[] = [];
  const seeds = [
    { host: '127.0.0.1', port: 1 },
    { host: '127.0.0.1', port: BASE + 4 },
  ];
  const watch = new ClusterWatch(seeds, dialer(), (picture) => pictures.push(picture));
  const node = (i: number) => watch.picture.nodes.find(({ address }) => address.port === BASE + i);
  before(async () => {
    await cluster.start();
    const created = await trib([
      'create',
      '--replicas',
      '1',
      '--yes',
      ...range(6).map((i) => cluster.address(i)),
    ]);
    assert.equal(created.status, 0, created.text);
  });
  after(async () => {
    watch.stop();
    await cluster.stop();
  });

  it('is found through the one seed of two that answers', async () => {
    await watch.start();
    const { state, clusterState, slotsCovered, nodes } = watch.picture;
    assert.deepEqual([state, clusterState, slotsCovered], ['connected', 'ok', 16384]);
    assert.deepEqual(
      nodes.map(({ address, role }) => `${address.port - BASE} ${role}`),
      ['0 primary', '1 primary', '2 primary', '3 replica', '4 replica', '5 replica'],
    );
    assert.deepEqual(node(0)?.slots, [[0, 5460]]);
    assert.equal(node(3)?.primaryId, node(0)?.id);
    assert.match(node(1)?.version ?? '', /^redis 7\.\d+\.\d+$/);
  });

  it('tells of keys, replicas that follow, and slots that are open', async () => {
    await cluster.put(0, 7, ['a', 'b']);
    await cluster.call(0, 'CLUSTER', 'SETSLOT', 8, 'MIGRATING', await cluster.id(1));
    await until(async () => {
      await watch.refresh();
      return node(0)?.keys === 2 && node(3)?.keys === 2 && node(3)?.lagBytes === 0;
    }, 'keys and lag are told');
    assert.equal(node(3)?.primaryLinkUp, true);
    assert.deepEqual(node(0)?.openSlots, [8]);
    await cluster.call(0, 'CLUSTER', 'SETSLOT', 8, 'STABLE');
  });

  it('comes back when its connections are cut', async () => {
    let cut = 0;
    for (let i = 0; i < 6; i++) {
      const own = await cluster.call(i, 'CLIENT', 'ID');
      const clients = await cluster.call(i, 'CLIENT', 'LIST', 'TYPE', 'NORMAL');
      const others = [...clients.matchAll(/^id=(\d+)/gm)].map(([, id = '']) => id).filter((id) => id !== own);
      for (const id of others) await cluster.call(i, 'CLIENT', 'KILL', 'ID', id);
      cut += others.length;
    }
    assert.ok(cut >= 6);
    await watch.refresh();
    assert.deepEqual([watch.picture.state, watch.picture.clusterState], ['connected', 'ok']);
    assert.ok(watch.picture.nodes.every(({ unreachable }) => unreachable === undefined));
  });

  it('sees a failover, and a node that is gone, by itself', async () => {
    await cluster.server(4).stop();
    await cluster.server(0).stop();
    await until(
      async () => node(3)?.role === 'primary' && node(0)?.health === 'fail',
      'the successor is told',
    );
    assert.match(node(0)?.unreachable ?? '', /connect ECONNREFUSED 127\.0\.0\.1:22200/);
    await until(async () => watch.picture.clusterState === 'ok', 'the cluster serves');
    assert.equal(watch.picture.slotsCovered, 16384);
    assert.ok(pictures.length > 2);
  });

  it('is lost with its cause when nobody is left', async () => {
    for (const i of [1, 2, 3, 5]) await cluster.server(i).stop();
    await until(async () => watch.picture.state === 'lost', 'lost');
    assert.match(watch.picture.cause ?? '', /ECONNREFUSED 127\.0\.0\.1:22201/);
    assert.match(watch.picture.cause ?? '', /ECONNREFUSED 127\.0\.0\.1:1$/m);
    assert.equal(watch.picture.nodes.length, 6, 'what it was stays to be seen');
  });
});

describe('a cluster that can not be watched says why:', needsRedisServer, () => {
  const cause = async (credentials: { username?: string; password?: string }): Promise<string> => {
    const watch = new ClusterWatch([{ host: '127.0.0.1', port: BASE + 8 }], dialer({ credentials }));
    let text = '';
    await watch.start().catch((error: Error) => {
      text = error.message;
    });
    watch.stop();
    return text;
  };

  it('no password, a wrong one, no such user, no cluster', async () => {
    const server = await RedisServer.start(BASE + 8);
    assert.match(await cause({}), /cluster support disabled/);
    await server.call('CONFIG', 'SET', 'requirepass', 'secret');
    assert.match(await cause({}), /NOAUTH/);
    assert.match(await cause({ password: 'wrong' }), /WRONGPASS/);
    assert.match(await cause({ username: 'nobody', password: 'secret' }), /WRONGPASS/);
    assert.match(await cause({ password: 'secret' }), /cluster support disabled/);
    await server.stop();
  });
});
