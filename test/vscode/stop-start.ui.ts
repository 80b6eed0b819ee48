/** A lab that will never be ready, for half of its cluster is not there: it can be stopped while it starts. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { workspaceCopy } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

/** The first node remembers that it has half of the slots; of the other half nobody knows. */
export function workspace(basePort: number): string {
  const folder = workspaceCopy();
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  const settings = { 'redisClusterLab.lab.folder': 'half' };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  const node = path.join(folder, 'half', String(basePort));
  mkdirSync(node, { recursive: true });
  writeFileSync(
    path.join(node, `nodes-${basePort}.conf`),
    `${'a'.repeat(40)} 127.0.0.1:${basePort}@${basePort + 10_000} myself,master - 0 0 1 connected 0-8191\n` +
      'vars currentEpoch 1 lastVoteEpoch 0\n',
  );
  return folder;
}

export default async function stopStart(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: starting…').waitFor();
  await workbench.nodeRow(basePort, 'primary · 0 keys').waitFor({ timeout: 30_000 });
  await workbench.picture('stop-start');
  await page.locator('.pane-header, .composite.title').getByRole('button', { name: 'Stop Lab' }).click();
  await page.getByText('No cluster is running.').waitFor();
  await workbench.status('Redis: stopped').waitFor();
  assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 0);
}
