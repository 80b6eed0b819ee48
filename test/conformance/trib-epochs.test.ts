/**
 * One change right after another. Who gets a slot gives itself the next config epoch that it knows of: when it has not
 * heard of the last one yet, two claims have the same, and the older may win.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import { parseClusterNodes } from '../../extension/trib/cluster-nodes.ts';
import { type Access, type Dial, dialer } from '../../extension/trib/connection.ts';
import { wordsFor } from '../trib/checking-client.ts';
import { trib } from '../trib/transcripts.ts';
import { until } from '../until.ts';
import { RespClient } from './redis-server.ts';

const BASE = 22_270;
/** Given away by the first primary, one after the other: the lowest go first. */
const [FIRST, SECOND] = [0, 1];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a change right after another', () => {
  const lab = new InThreadLab();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'trib-epochs-'));
  const clients: RespClient[] = [];
  const call = async (i: number, ...argv: readonly (string | number)[]) => {
    const client = clients[i];
    assert.ok(client);
    return client.call(...argv);
  };
  const info = async (i: number) => {
    const text = await call(i, 'CLUSTER', 'INFO');
    return { text, epoch: Number(/cluster_current_epoch:(\d+)/.exec(text)?.[1]) };
  };
  const haveHeard = async () =>
    new Set(await Promise.all(range(6).map(async (i) => (await info(i)).epoch))).size === 1;

  before(async () => {
    await lab.start({
      ...{ basePort: BASE, nodes: 6, replicasPerPrimary: 1, host: '127.0.0.1', folder },
      directives: { 'cluster-node-timeout': '15000' },
    });
    for (const i of range(6)) clients.push(await RespClient.connect(BASE + i));
  });
  after(async () => {
    for (const client of clients) client.close();
    await lab.dispose();
    rmSync(folder, { recursive: true });
  });

  /** Heals the network when redis-trib looks at that node once more because it was not content. */
  const healsForPatience = (port: number): ((access: Access) => Dial) => {
    let looks = 0;
    return (access) => async (address) => {
      const connection = await dialer(access)(address);
      if (address.port !== port) return connection;
      return {
        ...connection,
        call: async (...words) => {
          if (words.join(' ') === 'CLUSTER INFO' && ++looks === 2) await lab.disturb({ type: 'heal' });
          return connection.call(...words);
        },
      };
    };
  };

  it('waits until its target has heard of the last epoch, so that its claim is a higher one', async () => {
    const [giver, other, target] = await Promise.all([0, 1, 2].map((i) => call(i, 'CLUSTER', 'MYID')));
    assert.ok(giver && other && target);
    const seed = `127.0.0.1:${BASE}`;
    const reshard = (from: string) => [
      'reshard',
      '--from',
      from,
      '--to',
      target,
      '--slots',
      '1',
      '--yes',
      seed,
    ];
    // The target has the highest epoch: it needs no new one, as far as it knows.
    const before = await trib(reshard(giver));
    assert.equal(before.status, 0, before.text);
    assert.equal(await call(2, 'CLUSTER', 'COUNTKEYSINSLOT', FIRST), '0');
    const { epoch } = await info(2);

    await lab.disturb({ type: 'partition', ports: [BASE + 2] });
    await call(1, 'CLUSTER', 'SETSLOT', SECOND, 'IMPORTING', giver);
    await call(0, 'CLUSTER', 'SETSLOT', SECOND, 'MIGRATING', other);
    for (const i of [1, 0, 2]) await call(i, 'CLUSTER', 'SETSLOT', SECOND, 'NODE', other);
    assert.deepEqual([(await info(1)).epoch, (await info(2)).epoch], [epoch + 1, epoch]);

    const told = await trib(reshard(other), { dialWith: healsForPatience(BASE + 2) });
    assert.equal(told.status, 0, told.text);
    const key = `{${wordsFor([SECOND]).get(SECOND)}}key`;
    assert.equal(await call(2, 'SET', key, 'value'), 'OK');
    await lab.disturb({ type: 'heal' });
    await until(haveHeard, 'all have heard of the last epoch');
    assert.equal(await call(2, 'GET', key), 'value');
    const nodes = parseClusterNodes(await call(0, 'CLUSTER', 'NODES'));
    const primaries = nodes.filter(({ flags }) => flags.has('master'));
    assert.equal(new Set(primaries.map(({ configEpoch }) => configEpoch)).size, 3);
    assert.equal(primaries.find(({ id }) => id === target)?.configEpoch, epoch + 2);
    const checked = await trib(['check', seed]);
    assert.equal(checked.status, 0, checked.text);
  });

  it('does not begin at all when a node never hears of it', async () => {
    await lab.disturb({ type: 'partition', ports: [BASE + 2] });
    await call(1, 'CLUSTER', 'BUMPEPOCH');
    const [other, target] = await Promise.all([1, 2].map((i) => call(i, 'CLUSTER', 'MYID')));
    assert.ok(other && target);
    const words = ['--from', other, '--to', target, '--slots', '1', '--yes', `127.0.0.1:${BASE}`];
    for (const told of await Promise.all([
      trib(['reshard', ...words]),
      trib(['rebalance', ...words.slice(-1)]),
    ])) {
      assert.equal(told.status, 1);
      assert.match(
        told.text,
        /Not all nodes have heard of the last change \(epochs \d+, \d+\): check the cluster bus/,
      );
    }
    await lab.disturb({ type: 'heal' });
  });
});
