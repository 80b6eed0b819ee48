/** A cluster elsewhere, of real redis-servers where there are some: connected, looked at, changed, remembered. */
import assert from 'node:assert/strict';
import { needsRedisServer } from '../conformance/redis-server.ts';
import { TribCluster } from '../conformance/trib-cluster.ts';
import { trib } from '../trib/transcripts.ts';
import type { Workbench } from './workbench.ts';

const PASSWORD = 'secret';

async function startCluster(base: number): Promise<TribCluster> {
  const cluster = new TribCluster('skip' in needsRedisServer ? 'nodes of ours' : 'redis-servers', base);
  await cluster.start();
  const addresses = [0, 1, 2, 3, 4, 5].map((i) => cluster.address(i));
  const created = await trib(['create', '--replicas', '1', '--yes', ...addresses]);
  assert.equal(created.status, 0, created.text);
  await cluster.put(0, 5, ['a', 'b', 'c']);
  for (let i = 0; i < 6; i++) {
    await cluster.call(i, 'CONFIG', 'SET', 'masterauth', PASSWORD);
    await cluster.call(i, 'CONFIG', 'SET', 'requirepass', PASSWORD);
  }
  return cluster;
}

export default async function remote(workbench: Workbench): Promise<void> {
  const cluster = await startCluster(workbench.basePort);
  try {
    await connect(workbench, cluster);
    await lookOnly(workbench, cluster);
    await change(workbench, cluster);
    await remember(workbench);
    await remove(workbench);
  } finally {
    await cluster.stop();
  }
}

/** A wrong password is told as what it is; the form comes back with what was given. */
async function connect(workbench: Workbench, cluster: TribCluster): Promise<void> {
  const { page } = workbench;
  await workbench.view('Redis Cluster Lab');
  await page.locator('.welcome-view-content').getByRole('button', { name: 'Connect to Cluster…' }).click();
  await workbench.answer('Addresses of one or more', `127.0.0.1:1 ${cluster.address(4)}`);
  await workbench.answer('A name for this cluster', 'staging');
  await workbench.tick('What does it take to reach', ['Password']);
  await workbench.answer('User name', '');
  await workbench.answer('Password; it is kept', 'wrong');
  const refused = /No connection to staging: .*ECONNREFUSED 127\.0\.0\.1:1 .*WRONGPASS/;
  await workbench.toast(refused).waitFor();
  await workbench.picture('remote-refused');
  await workbench.reply(refused, 'Change the Connection…');
  for (const question of ['Addresses of one or more', 'A name for this cluster'])
    await workbench.confirm(question);
  await workbench.tick('What does it take to reach');
  await workbench.confirm('User name');
  await workbench.answer('Password; it is kept', PASSWORD);
  await workbench.treeRow(/^staging.*ok · read-only · 16384\/16384 slots/).waitFor();
  await workbench.treeRow(/^Lab: stopped/).waitFor();
  await workbench.treeRow(/^Shard 3.*10923-16383/).waitFor();
  await workbench.treeRow(new RegExp(`${cluster.address(0)}.*primary · 3 keys`)).waitFor();
  await workbench.treeRow(new RegExp(`${cluster.address(5)}.*replica · in sync`)).waitFor();
  await workbench.picture('remote-connected');
}

/** The console follows redirections with the password, and sends nothing that changes anything; hovers know the owner. */
async function lookOnly(workbench: Workbench, cluster: TribCluster): Promise<void> {
  const { page } = workbench;
  await workbench.contextMenu(workbench.treeRow(cluster.address(1)), 'Open Console');
  await workbench.terminalShows(new RegExp(`${cluster.address(1)}> *$`, 'm'));
  await page.locator('.terminal-wrapper.active .xterm').click();
  await workbench.type('GET hello');
  await workbench.terminalShows(/-> Redirected to slot \[866\] located at [\d.:]+\s+\(nil\)/);
  await workbench.type('SET hello world');
  await workbench.terminalShows(/\(error\) “staging” is read-only here/);
  await workbench.type('CLUSTER INFO');
  await workbench.terminalShows(/cluster_known_nodes:6/);
  await workbench.picture('remote-console');
  assert.equal(await cluster.call(0, 'EXISTS', 'hello'), '0');
  await workbench.open('commands.redis');
  const key = page.locator('.view-line span', { hasText: 'hello' }).first();
  await workbench.hover(key, /On 127\.0\.0\.1:\d+ \(staging, slots \d+-\d+\)/);
}

/** Allowed first, planned, rehearsed in a lab, approved, done: and the tree says so at once. */
async function change(workbench: Workbench, cluster: TribCluster): Promise<void> {
  await workbench.contextMenu(workbench.treeRow(cluster.address(1)), 'Reshard…');
  await workbench.tick('From which primaries?', [cluster.address(0)], [cluster.address(2)]);
  await workbench.answer('How many slots?', '20');
  const refused = workbench.modal('“staging” is read-only');
  await refused.getByRole('button', { name: 'Allow Changes' }).click();
  const question = workbench.modal('Reshard: change “staging”?');
  const move = `${cluster.address(0)} → ${cluster.address(1)}: 20 slots with 3 keys`;
  await question.getByText(move).waitFor();
  await workbench.output(/>\sCLUSTER\sSETSLOT\s15\sNODE/).waitFor();
  await workbench.picture('remote-plan');
  await question.getByRole('button', { name: 'Rehearse on a Lab' }).click();
  const again = question.filter({ hasText: /Rehearsed on a lab, it worked: done after [\d.]+ s/ });
  await again.waitFor({ timeout: 30_000 });
  await workbench.output('Rehearsed on a lab, it worked').waitFor();
  await workbench.picture('remote-rehearsed');
  assert.equal(await cluster.call(1, 'CLUSTER', 'COUNTKEYSINSLOT', 5), '0', 'a rehearsal changes nothing');
  await again.getByRole('button', { name: 'Apply' }).click();
  await workbench.toast('Reshard on staging: done. 20 slots with 3 keys moved.').waitFor();
  await workbench.treeRow(/staging.*changes allowed/).waitFor();
  await workbench.treeRow(/^Shard 2.*0-19, 5461-10922/).waitFor();
  await workbench.picture('remote-resharded');
}

/** Another window knows the cluster, and leaves it alone until it is told to connect. */
async function remember(workbench: Workbench): Promise<void> {
  const other = await workbench.anotherWindow();
  await other.view('Redis Cluster Lab');
  await other.treeRow(/staging.*not connected · changes allowed/).click();
  // Where the editor has no keychain, its secrets are one window's.
  const toast = other.toast(/No connection to staging: .*NOAUTH/);
  await toast
    .or(other.treeRow(/staging.*ok · changes allowed/))
    .first()
    .waitFor();
  await other.page.close();
}

async function remove(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.contextMenu(workbench.treeRow(/^staging/), 'Disconnect');
  const row = workbench.treeRow(/staging.*not connected/);
  await row.waitFor();
  await row.click();
  await workbench.treeRow(/staging.*ok · changes allowed/).waitFor();
  await workbench.contextMenu(workbench.treeRow(/^staging/), 'Remove from the List…');
  await workbench.modal('Remove “staging” from the list?').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No cluster is running.').waitFor();
}
