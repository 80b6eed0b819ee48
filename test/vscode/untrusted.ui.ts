/** A folder whose authors are not trusted: its settings and files start nothing, all else works; until it is trusted. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { workspaceCopy } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

export const settings = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

let folder = '';

export function workspace(basePort: number): string {
  folder = workspaceCopy();
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  const wanted = {
    'redisClusterLab.lab.basePort': basePort + 10,
    'redisClusterLab.lab.nodes': 3,
    'redisClusterLab.lab.replicas': 0,
    'redisClusterLab.lab.folder': 'taken-over',
    'redisClusterLab.lab.directives': { dbfilename: 'theirs.rdb' },
  };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(wanted));
  return folder;
}

export default async function untrusted(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.status('Restricted Mode').waitFor();
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.nodeRow(basePort).waitFor({ timeout: 30_000 });
  await workbench.treeRow('Cluster: ok').waitFor();
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor();
  assert.equal(existsSync(path.join(folder, 'taken-over')), false);

  await workbench.open('7001/redis-7001.conf');
  await workbench.bottom();
  await page.keyboard.insertText('cluster-enbled yes\n');
  await page.locator('.squiggly-error').first().waitFor();
  await workbench.picture('untrusted');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();

  const refusal = workbench.toast('none is started before this workspace is trusted');
  await workbench.open('7000/redis-7000.conf');
  await workbench.lens('Start this node', refusal);
  await refusal.locator('.codicon-notifications-clear').click();
  await refusal.waitFor({ state: 'detached' });
  await workbench.lens('Start lab from these 6 files', refusal);
  await workbench.picture('untrusted-refusal');
  await refusal.getByRole('button', { name: 'Manage Workspace Trust' }).click();
  assert.equal(existsSync(path.join(folder, '7000/nodes-7000.conf')), false);
  assert.equal(await page.locator('.terminal-wrapper').count(), 0);

  await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
  await workbench.status('Restricted Mode').waitFor({ state: 'detached' });
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.nodeRow(basePort + 10).waitFor({ timeout: 30_000 });
  await workbench.status(/Redis: cluster ok 3\/3/).waitFor();
  assert.ok(existsSync(path.join(folder, 'taken-over')));
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
