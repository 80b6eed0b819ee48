/** The walkthrough: every step has its page. */
import assert from 'node:assert/strict';
import type { Workbench } from './workbench.ts';

const STEPS = [
  ['Start six nodes', 'redis-trib create'],
  ['Look at the cluster', 'no central node'],
  ['Talk to it', 'CRC16'],
  ['Follow a key to its node', 'MOVED 866'],
  ['Kill a primary', 'Election'],
  ['Split the network', 'higher config epoch'],
  ['Move slots', 'IMPORTING'],
  ['Read the configuration', 'cluster-config-file'],
  ['Connect your program', 'ioredis'],
] as const;

export default async function walkthrough(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  // Without the side bar there is room for the pages beside the steps.
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.command('Welcome: Open Walkthrough');
  await workbench.pick('Redis Cluster, step by step');
  for (const [title, text] of STEPS) {
    await page.locator('.getting-started-step', { hasText: title }).click();
    await workbench.webview().getByText(text).first().waitFor();
  }
  assert.equal(await page.locator('.getting-started-step').count(), STEPS.length);
  await page.locator('.getting-started-step', { hasText: 'Start six nodes' }).click();
  await workbench.webview().getByText('redis-trib create').first().waitFor();
  await workbench.picture('walkthrough');
  await page.locator('.getting-started-step', { hasText: 'Kill a primary' }).click();
  await workbench.webview().getByText('Election').first().waitFor();
  await workbench.picture('walkthrough-failover');
  // Whoever goes ahead of the steps is led back to the first.
  await page.locator('.getting-started-step').getByRole('button', { name: 'Kill Node' }).click();
  await workbench.reply('The lab is not running.', 'Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
  await page.locator('.getting-started-step', { hasText: 'Move slots' }).click();
  await workbench.webview().getByText('IMPORTING').first().waitFor();
  await workbench.picture('walkthrough-reshard');
}
