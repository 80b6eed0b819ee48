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
  await page.locator('.getting-started-step', { hasText: 'Move slots' }).click();
  await workbench.webview().getByText('IMPORTING').first().waitFor();
  await workbench.picture('walkthrough-reshard');
}
