/** Slot map and timeline: a key is found, a failover and a net split are told, in a dark theme as well. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

export const settings = { 'workbench.colorTheme': 'Default Dark Modern' };

export default async function board(workbench: Workbench): Promise<void> {
  const { page, basePort: base } = workbench;
  const view = workbench.webview();
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Show Slot Map and Timeline');
  await view.getByText('Nothing has happened yet').waitFor();
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.happened(/ready after \d+ ms \(a new cluster\)/).waitFor({ timeout: 30_000 });
  assert.deepEqual(await view.locator('#band .stretch').allTextContents(), ['Shard 1', 'Shard 2', 'Shard 3']);
  await view.getByText(`127.0.0.1:${base} · 0-5460 · 0 keys`).waitFor();

  // By keyboard: the field is reached and read like any other.
  await view.getByLabel('Key').fill('{user:1}.name');
  await view.getByText(new RegExp(`slot 10778 of 127\\.0\\.0\\.1:${base + 1} · hash tag user:1`)).waitFor();
  await view.getByLabel('Gossip').check();
  await workbench.happened(/in the last second \d+ PING and \d+ PONG/).waitFor();
  await view.getByLabel('Gossip').uncheck();

  await workbench.contextMenu(workbench.nodeRow(base), 'Kill Node');
  await workbench.happened(/has failed: most primaries agree/).waitFor({ timeout: 30_000 });
  await workbench.happened(/won the election of epoch 7/).waitFor({ timeout: 30_000 });
  await workbench.happened(/owns slots 0-5460 since epoch 7/).waitFor();
  await workbench.picture('board-failover');

  // Room for the whole story.
  await workbench.command('View: Toggle Maximized Panel');
  await workbench.contextMenu(workbench.nodeRow(base + 1), 'Show How a Net Split Loses Writes');
  await workbench.treeRow('Cluster: network split').waitFor();
  await workbench.treeRow(/primary · cut off/).waitFor();
  await workbench.status('Redis: network split').waitFor();
  await workbench.happened('acknowledges a write, though it is cut off').waitFor();
  await workbench.happened(/takes no more: CLUSTERDOWN/).waitFor({ timeout: 30_000 });
  await workbench.picture('board-split');
  await workbench
    .happened(/(\d+) of \1 writes it had acknowledged are lost; the 20 of/)
    .waitFor({ timeout: 30_000 });
  await workbench.toast(new RegExp(`(\\d+) of \\1 writes that ${base + 1} acknowledged are lost`)).waitFor();
  await workbench.happened('the network is whole again').waitFor();
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.picture('split');
  await workbench.command('View: Toggle Maximized Panel');

  await workbench.command('Redis Cluster Lab: Split the Network…');
  await workbench.pick(`127.0.0.1:${base + 5}`);
  await page.keyboard.press('Enter');
  await workbench.treeRow(/replica · cut off/).waitFor();
  await workbench.picture('split-by-hand');
  await workbench.command('Redis Cluster Lab: Heal the Network');
  await workbench.treeRow('Cluster: network split').waitFor({ state: 'detached' });
  await workbench.command('Redis Cluster Lab: Delay the Network…');
  await workbench.pick(`127.0.0.1:${base + 5}`);
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget input.input').fill('120');
  await page.keyboard.press('Enter');
  await workbench.treeRow(/replica · .* · 120 ms slower/).waitFor();

  // Lanes leave the words less room than a node's ID takes: it is broken, and no line is cut.
  await page.setViewportSize({ width: 1010, height: 850 });
  await expectNothingCut(view.locator('#scroller'));
  await view.getByRole('columnheader', { name: String(base + 5) }).waitFor();

  // Where there is no room for lanes the words alone tell.
  await view.getByRole('columnheader', { name: String(base + 5) }).waitFor();
  await page.setViewportSize({ width: 760, height: 850 });
  await view.getByRole('columnheader', { name: String(base + 5) }).waitFor({ state: 'hidden' });
  await expectInSight(view.locator('#scroller'), workbench.happened('120 ms slower each way'));
  await workbench.picture('board-narrow');
  await view.getByRole('button', { name: 'Clear' }).click();
  await view.locator('#rows tr').first().waitFor({ state: 'detached' });
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();

  // Of a window that is loaded anew the board gets its words after the first news.
  await page.setViewportSize({ width: 1360, height: 850 });
  await page.reload();
  await workbench.ready();
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench
    .happened(/ready after \d+ ms \(the cluster of the last time\)/)
    .waitFor({ timeout: 30_000 });
  await view.getByRole('columnheader', { name: 'What happened' }).waitFor();
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}

/** Nothing lies beside what is shown. */
async function expectNothingCut(scroller: Locator): Promise<void> {
  const beside = () => scroller.evaluate((element) => element.scrollWidth - element.clientWidth);
  const deadline = performance.now() + 5000;
  while ((await beside()) > 0)
    assert.ok(performance.now() < deadline, `${await beside()} pixels are cut off`);
}

/** The newest line stays in sight whatever room there is. */
async function expectInSight(scroller: Locator, line: Locator): Promise<void> {
  await line.waitFor();
  const bottom = async (of: Locator) => {
    const box = await of.boundingBox();
    assert.ok(box);
    return box.y + box.height;
  };
  assert.ok((await bottom(line)) <= (await bottom(scroller)) + 1);
}
