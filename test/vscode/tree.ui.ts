/** The view: from nothing running to a failover. */
import assert from 'node:assert/strict';
import type { Workbench } from './workbench.ts';

export default async function tree(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.view('Redis Cluster Lab');
  await page.getByText('No cluster is running.').waitFor();
  await workbench.status('Redis: stopped').waitFor();
  await workbench.picture('tree-welcome');

  await page.locator('.welcome-view-content').getByRole('button', { name: 'Start Lab' }).click();
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor();
  const rows = await page.locator('.pane-body .monaco-list-row').allInnerTexts();
  const text = rows.join('\n').replace(/\s+/g, ' ');
  for (const expected of [
    '16384/16384 slots',
    'Shard 1',
    '0-5460',
    'Shard 3',
    '10923-16383',
    'primary · 0 keys',
  ])
    assert.ok(text.includes(expected), `${expected} in ${text}`);
  assert.equal(text.match(/replica · in sync/g)?.length, 3, text);

  const primary = workbench.treeRow(/primary · 0 keys/);
  await primary.click();
  await workbench.treeRow(/^Slots/).waitFor();
  assert.equal(await primary.getAttribute('aria-expanded'), 'true');
  await workbench.hover(primary.locator('.label-name'), 'Config epoch');
  await workbench.picture('tree-running');

  const [killed, successor] = [workbench.basePort, workbench.basePort + 3];
  await workbench.contextMenu(workbench.nodeRow(killed), 'Kill Node');
  await workbench.nodeRow(killed, 'primary · killed').waitFor();
  await workbench.nodeRow(successor, 'primary · 0 keys').waitFor({ timeout: 30_000 });
  await workbench.nodeRow(killed, 'killed \\(FAIL\\)').waitFor();
  await workbench.treeRow('Cluster: ok').waitFor();
  assert.equal(await page.locator('.pane-body .monaco-list-row', { hasText: /^Shard/ }).count(), 3);
  await workbench.status(/Redis: cluster ok 5\/6/).waitFor();
  await workbench.command('Redis Cluster Lab: Show Slot Map and Timeline');
  await workbench.happened('owns slots 0-5460 since epoch 7').waitFor();
  await workbench.picture('tree-failover');

  const row = workbench.nodeRow(killed);
  await row.hover();
  await row.getByRole('button', { name: 'Start Node' }).click();
  await workbench.nodeRow(killed, 'replica · in sync').waitFor({ timeout: 30_000 });
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await page.getByText('No cluster is running.').waitFor();
}
