/** A folder whose authors are not trusted: its settings for the lab count for nothing, all else works. */
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
    'redisClusterLab.lab.folder': 'taken-over',
    'redisClusterLab.lab.directives': { dbfilename: 'theirs.rdb' },
    'redisClusterLab.lab.nodeTimeout': 700,
  };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(wanted));
  return folder;
}

export default async function untrusted(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.status('Restricted Mode').waitFor();
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow(`127.0.0.1:${basePort}`).waitFor({ timeout: 30_000 });
  await workbench.treeRow('Cluster: ok').waitFor();
  assert.equal(existsSync(path.join(folder, 'taken-over')), false);
  await workbench.open('7000/redis-7000.conf');
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('cluster-enbled yes\n');
  await page.locator('.squiggly-error').first().waitFor();
  await workbench.picture('untrusted');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
