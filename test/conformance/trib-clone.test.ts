/** The shape of a real cluster in a lab: what redis-trib does there is what it would do to the real one. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import { cloneOf } from '../../extension/trib/clone.ts';
import { dialer } from '../../extension/trib/connection.ts';
import { trib } from '../trib/transcripts.ts';
import { needsRedisServer } from './redis-server.ts';
import { run, TribCluster } from './trib-cluster.ts';

const BASE = 22_220;
const COPY = 22_240;
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
const quiet = { line: () => {}, progress: () => {}, ask: async () => '', cancelled: false };

/** A lab of copies of the cluster's nodes, and one empty node more. */
async function copyOf(cluster: TribCluster): Promise<{ lab: InThreadLab; seed: string; folder: string }> {
  const clone = await cloneOf([{ host: '127.0.0.1', port: cluster.base }], dialer(), quiet);
  const places = clone.ids.map((_, i) => ({ host: '127.0.0.1', port: COPY + i }));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'trib-clone-'));
  for (const [i, text] of clone.files(places).entries()) {
    mkdirSync(path.join(folder, String(COPY + i)));
    writeFileSync(path.join(folder, String(COPY + i), `nodes-${COPY + i}.conf`), text);
  }
  const lab = new InThreadLab();
  const directives = {
    'cluster-node-timeout': '2000',
    save: '""',
    ...(clone.uncovered > 0 && { 'cluster-require-full-coverage': 'no' }),
  };
  await lab.start({
    ...{ basePort: COPY, nodes: places.length + 1, replicasPerPrimary: 0, host: '127.0.0.1' },
    ...{ folder, directives, asFound: true },
  });
  await clone.fill(places, dialer());
  return { lab, seed: `127.0.0.1:${COPY}`, folder };
}

/** Who has which slots, and who follows whom, by id. */
async function shape(seed: string): Promise<unknown> {
  const { nodes } = JSON.parse((await trib(['check', '--json', seed])).text);
  return nodes
    .map(({ id, primaryId, slots }: { id: string; primaryId: string; slots: unknown }) => ({
      id,
      primaryId,
      slots,
    }))
    .sort((a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id));
}

async function keysIn(port: number, slot: number): Promise<string> {
  return (
    await run('redis-cli', ['-p', String(port), 'CLUSTER', 'COUNTKEYSINSLOT', String(slot)])
  ).text.trim();
}

describe('the copy of a cluster in a lab', needsRedisServer, () => {
  const cluster = new TribCluster('redis-servers', BASE);
  let copy: Awaited<ReturnType<typeof copyOf>>;
  before(async () => {
    await cluster.start();
    const addresses = range(0, 6).map((i) => cluster.address(i));
    const created = await trib(['create', '--replicas', '1', '--yes', ...addresses]);
    assert.equal(created.status, 0, created.text);
    await cluster.put(0, 7, ['a', 'b', 'c']);
    await cluster.put(2, 16_383, ['d']);
    copy = await copyOf(cluster);
  });
  after(async () => {
    await copy.lab.dispose();
    rmSync(copy.folder, { recursive: true });
    await cluster.stop();
  });

  it('has the ids, roles and slots, and as many keys in each slot', async () => {
    assert.deepEqual(await shape(copy.seed), await shape(cluster.seed));
    assert.equal(await keysIn(COPY, 7), '3');
    assert.equal(await keysIn(COPY + 2, 16_383), '1');
    const { code, text } = await run('redis-cli', ['--cluster', 'check', copy.seed]);
    assert.equal(code, 0, text);
  });

  it('comes to the same by the same command, word by word', async () => {
    const words = ['--from', await cluster.id(0), '--to', await cluster.id(1), '--slots', '20', '--yes'];
    const rehearsed = await trib(['reshard', ...words, copy.seed]);
    assert.equal(rehearsed.status, 0, rehearsed.text);
    const done = await trib(['reshard', ...words, cluster.seed]);
    const moves = (text: string) => text.match(/Moving slot \d+ from [0-9a-f]{40}$/gm);
    assert.deepEqual(moves(rehearsed.text), moves(done.text));
    assert.deepEqual(await shape(copy.seed), await shape(cluster.seed));
    assert.equal(await keysIn(COPY + 1, 7), '3');
  });

  it('takes the empty node in, which nobody made a member before', async () => {
    const added = await trib(['add-node', `127.0.0.1:${COPY + 6}`, copy.seed]);
    assert.equal(added.status, 0, added.text);
    const info = await trib(['info', copy.seed]);
    assert.match(info.text, /in 4 masters/);
    assert.match((await trib(['info', cluster.seed])).text, /in 3 masters/);
  });

  it('is broken where the cluster is: fix is tried on it first', async () => {
    await copy.lab.dispose();
    rmSync(copy.folder, { recursive: true });
    await cluster.call(0, 'CLUSTER', 'SETSLOT', 100, 'MIGRATING', await cluster.id(1));
    await cluster.putAstray(1, 101, ['stray']);
    for (const i of [0, 1, 2]) await cluster.call(i, 'CLUSTER', 'DELSLOTS', 102);
    copy = await copyOf(cluster);
    const checked = await trib(['check', '--search-multiple-owners', copy.seed]);
    assert.match(checked.text, /The following slots are open: 100\n/);
    assert.match(checked.text, /Slot 101 has 2 owners/);
    assert.match(checked.text, /Not all 16384 slots are covered/);
    const fixed = await trib(['fix', '--yes', '--search-multiple-owners', copy.seed]);
    assert.equal(fixed.status, 0, fixed.text);
    const holders = await Promise.all([0, 1, 2].map((i) => keysIn(COPY + i, 101)));
    // The first primary's copy stands second now: places go by slots, and it gave its lowest ones away.
    assert.deepEqual(holders, ['0', '1', '0']);
  });
});
