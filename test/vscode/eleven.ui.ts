/** redis-trib's eleven, and backup, each used on the lab from the palette or the tree. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { OurServer } from '../conformance/our-server.ts';
import { RespClient } from '../conformance/redis-server.ts';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

export default async function eleven(workbench: Workbench): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  await look(workbench);
  await callAll(workbench);
  await moveSlots(workbench);
  await changeMembers(workbench);
  await fix(workbench);
  await data(workbench);
  await create(workbench);
}

const on = (workbench: Workbench, entry: string) =>
  workbench.contextMenu(workbench.treeRow('Cluster: ok'), entry);
const apply = (workbench: Workbench, question: string) =>
  workbench.modal(question).getByRole('button', { name: 'Apply' }).click();

async function look(workbench: Workbench): Promise<void> {
  await on(workbench, 'Check Cluster…');
  await workbench.choose('How thoroughly?', 'Check every slot of every node');
  await workbench.read('Check Cluster on the lab: done. No multiple owners found.');
  await workbench.output(/\[OK\]\sAll\s16384\sslots\scovered/).waitFor();
  await on(workbench, 'Cluster Info');
  await workbench.read('Cluster Info on the lab: done. 0 keys in 3 masters.');
  await workbench.picture('eleven-info');
}

async function callAll(workbench: Workbench): Promise<void> {
  await on(workbench, 'Set Node Timeout…');
  await workbench.draft('cluster-node-timeout of all nodes', '99');
  await workbench.answer('A whole number from 100 to', '5000');
  await apply(workbench, 'Set Node Timeout: change “the lab”?');
  await workbench.read('Set Node Timeout on the lab: done.');
  await on(workbench, 'Call on Every Node…');
  await workbench.answer('A command, sent to each node', 'CONFIG GET cluster-node-timeout');
  await workbench.choose('On which nodes?', 'Replicas only');
  await workbench
    .modal('Call on Every Node: change')
    .getByText('> CONFIG GET cluster-node-timeout')
    .waitFor();
  await apply(workbench, 'Call on Every Node: change “the lab”?');
  await workbench.output('5000').waitFor();
}

async function moveSlots(workbench: Workbench): Promise<void> {
  const [giver, taker] = [0, 1].map((i) => `127.0.0.1:${workbench.basePort + i}`);
  assert.ok(giver && taker);
  await workbench.contextMenu(workbench.nodeRow(workbench.basePort + 1), 'Reshard…');
  await workbench.tick('From which primaries?', [giver]);
  await workbench.answer('How many slots?', '400');
  await workbench.modal('Reshard: change “the lab”?').getByText(`${giver} → ${taker}: 200 slots`).waitFor();
  await apply(workbench, 'Reshard: change “the lab”?');
  await workbench.read('Reshard on the lab: done. 400 slots with 0 keys moved.');
  await workbench.treeRow(/^Shard 1.*200-5460/).waitFor();
  await on(workbench, 'Rebalance…');
  await workbench.tick('Every primary gets its share', ['Give primaries different weights']);
  await workbench.confirm('Weight of each primary');
  await workbench.answer('Per cent that a primary', '1');
  await apply(workbench, 'Rebalance: change “the lab”?');
  await workbench.read('Rebalance on the lab: done.');
  await workbench.treeRow(/^Shard 1.*0-5461/).waitFor();
  await workbench.picture('eleven-rebalanced');
}

/** A replica leaves the cluster, empty, and comes back. */
async function changeMembers(workbench: Workbench): Promise<void> {
  const port = workbench.basePort + 5;
  await workbench.contextMenu(workbench.nodeRow(port), 'Remove Node…');
  await workbench.choose('What becomes of it?', 'Reset');
  await apply(workbench, 'Remove Node: change “the lab”?');
  await workbench.read('Remove Node on the lab: done.');
  await workbench.treeRow(/^Outside the cluster/).waitFor();
  await on(workbench, 'Add Node…');
  await workbench.answer('Address of the new node', `127.0.0.1:${port}`);
  await workbench.choose('What does it become?', 'of the primary with the fewest');
  await apply(workbench, 'Add Node: change “the lab”?');
  await workbench.read('Add Node on the lab: done. New node added correctly.');
  await workbench.nodeRow(port, 'replica · in sync').waitFor();
}

async function fix(workbench: Workbench): Promise<void> {
  const owner = await RespClient.connect(workbench.basePort);
  const other = await RespClient.connect(workbench.basePort + 1);
  await owner.call('CLUSTER', 'SETSLOT', 5000, 'MIGRATING', await other.call('CLUSTER', 'MYID'));
  for (const client of [owner, other]) client.close();
  await workbench.command('Redis Cluster Lab: Check Cluster…');
  await workbench.choose('How thoroughly?', 'agreement, open slots, coverage');
  await workbench.read('Check Cluster on the lab: failed. The following slots are open: 5000');
  await workbench.output(/The\sfollowing\sslots\sare\sopen:\s5000/).waitFor();
  await workbench.command('Redis Cluster Lab: Fix Cluster…');
  await workbench.tick('Open and uncovered slots are fixed');
  await workbench.modal('Fix Cluster: change “the lab”?').getByText('SETSLOT 5000 STABLE').waitFor();
  await apply(workbench, 'Fix Cluster: change “the lab”?');
  await workbench.read('Fix Cluster on the lab: done.');
}

async function data(workbench: Workbench): Promise<void> {
  const plain = await OurServer.start(workbench.basePort + 9);
  for (const key of ['one', 'two', 'three']) await plain.call('SET', key, key);
  await workbench.command('Redis Cluster Lab: Import Keys…');
  await workbench.answer('Address of the server whose keys', `127.0.0.1:${plain.port}`);
  await workbench.confirm('Its password');
  await workbench.tick('What about keys that are there', ['Copy']);
  await apply(workbench, 'Import Keys: change “the lab”?');
  await workbench.read('Import Keys on the lab: done. 3 keys imported.');
  await plain.stop();
  await on(workbench, 'Cluster Info');
  await workbench.read('Cluster Info on the lab: done. 3 keys in 3 masters.');
  const folder = scratchFolder('backup');
  await workbench.command('Redis Cluster Lab: Back Up Cluster…');
  const dialog = workbench.page.locator('.quick-input-widget');
  const input = dialog.locator('input.input');
  const rows = dialog.locator('.monaco-list-row');
  // It shows where it stands. What is typed while it still writes that is taken for more of it.
  await rows.nth(1).waitFor();
  do await input.fill(`${folder}/`);
  while ((await input.inputValue()) !== `${folder}/`);
  // It has gone there: an empty folder has a way back only.
  await rows.nth(1).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Back Up Here' }).click();
  await workbench.read('Back Up Cluster on the lab: done. Backup created into');
  assert.equal(readdirSync(folder).filter((file) => file.endsWith('.rdb')).length, 3);
}

/** Three nodes that are nobody's become a cluster, which stands in the tree then. */
async function create(workbench: Workbench): Promise<void> {
  const nodes = await Promise.all(
    [10, 11, 12].map((i) => OurServer.start(workbench.basePort + i, 'cluster-enabled yes')),
  );
  await workbench.command('Redis Cluster Lab: Create Cluster…');
  await workbench.answer('Addresses of empty nodes', nodes.map(({ port }) => `127.0.0.1:${port}`).join(' '));
  await workbench.answer('Replicas for each primary', '0');
  await workbench.tick('What does it take to reach');
  await workbench.modal('Create Cluster of').getByText('ADDSLOTSRANGE 0 5460').waitFor();
  await workbench.modal('Create Cluster of').getByRole('button', { name: 'Rehearse on a Lab' }).click();
  await workbench.modal('Rehearsed on a lab, it worked').waitFor();
  await workbench.picture('eleven-create');
  await apply(workbench, 'Create Cluster of');
  const address = `127.0.0.1:${workbench.basePort + 10}`;
  await workbench.read(`Create Cluster on ${address}: done. All 16384 slots covered.`);
  await workbench.treeRow(new RegExp(`${address}.*ok · read-only · 16384/16384 slots`)).waitFor();
  await workbench.picture('eleven-created');
  for (const node of nodes) await node.stop();
  await workbench.treeRow(new RegExp(`${address}.*connection lost`)).waitFor();
}
