/** The packaged extension, installed as by a user: what it needs is in the package, and its page is whole. */
import assert from 'node:assert/strict';
import type { Workbench } from './workbench.ts';

export default async function installed(workbench: Workbench): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor();
  await workbench.open('7000/redis-7000.conf');
  await workbench.page.locator('.editor-actions').first().waitFor();
  await workbench.picture('installed');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();

  await workbench.view('Extensions');
  await workbench.page.locator('.extension-list-item', { hasText: 'Redis Cluster Lab' }).first().click();
  const page = workbench.webview();
  await page.getByText('A real Redis Cluster inside VS Code').waitFor();
  // Pictures of the repository are not there, and how to build it is not what a user asks.
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.getByText('npm ci').count(), 0);
  await workbench.picture('installed-page');
}
