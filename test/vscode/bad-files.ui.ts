/**
 * A nodes.conf that is none: the lab says so, leaves it as it is, shows where it lies, and starts once it is gone. A line
 * of a conf file that no server takes is opened, and what is saved while a node runs counts once it is restarted.
 */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../until.ts';
import { replyTo } from './new-cluster.ts';
import { workspaceCopy } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

let file = '';

export function workspace(basePort: number): string {
  const folder = workspaceCopy();
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  const settings = { 'redisClusterLab.lab.folder': 'files-of-the-lab' };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  const node = path.join(folder, 'files-of-the-lab', String(basePort + 2));
  mkdirSync(node, { recursive: true });
  file = path.join(node, `nodes-${basePort + 2}.conf`);
  writeFileSync(file, 'no such thing\n');
  return folder;
}

export default async function badFiles(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  const toast = workbench.toast('Unrecoverable error: corrupted cluster config file "no such thing".');
  await toast.waitFor({ timeout: 30_000 });
  await workbench.status('Redis: failed').waitFor();
  await workbench.treeRow('Cluster: failed to run').waitFor();
  await workbench.nodeRow(basePort + 2, 'failed').waitFor();
  // Nobody killed the others.
  await workbench.nodeRow(basePort, 'stopped').waitFor();
  await workbench.picture('bad-files');
  await toast.getByRole('button', { name: 'Show Lab Folder' }).click();
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'files-of-the-lab' }).waitFor();
  assert.equal(readFileSync(file, 'utf8'), 'no such thing\n');

  const conf = path.join(path.dirname(file), `redis-${basePort + 2}.conf`);
  const whole = readFileSync(conf, 'utf8');
  appendFileSync(conf, 'appendonly maybe\n');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.reply("'appendonly maybe': argument must be", 'Open File');
  await page.locator('.tab.active', { hasText: path.basename(conf) }).waitFor();
  await workbench.status(`Ln ${whole.split('\n').length}, Col 1`).waitFor();
  await workbench.picture('bad-line');
  writeFileSync(conf, whole);

  rmSync(file);
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });

  // A file that is saved while its node runs counts once the node is restarted.
  await page.keyboard.press('Control+1');
  await workbench.bottom();
  await page.keyboard.insertText('maxmemory 5mb\n');
  await page.keyboard.press('Control+S');
  await workbench.reply(`${basePort + 2} goes on as it was started`, 'Restart Node');
  await until(
    async () => (await replyTo('CONFIG GET maxmemory', basePort + 2)).includes('5242880'),
    'the node runs with what was saved',
  );
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });

  // It is not stopped for a file that it could not start from again.
  appendFileSync(conf, 'appendonly maybe\n');
  await workbench.command('Redis Cluster Lab: Restart Lab');
  await workbench.reply("'appendonly maybe': argument must be", 'Open File');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor();
  assert.equal((await replyTo('CONFIG GET maxmemory', basePort + 2)).includes('5242880'), true);
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
