/** Two windows on one folder: each gets a lab, the second on other ports; neither disturbs the other. */
import type { Workbench } from './workbench.ts';

export default async function twoWindows(first: Workbench): Promise<void> {
  await first.view('Redis Cluster Lab');
  await first.command('Redis Cluster Lab: Start Lab');
  await first.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });

  const second = await first.anotherWindow();
  await second.view('Redis Cluster Lab');
  await second.status('Redis: stopped').waitFor();
  await second.command('Redis Cluster Lab: Start Lab');
  const toast = second.toast('All are taken, perhaps by a lab in another window.');
  await toast.waitFor();
  await second.picture('two-windows');
  await toast.getByRole('button', { name: /^Use \d+$/ }).click();
  await second.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  await second.command('Redis Cluster Lab: Stop Lab');
  await second.status('Redis: stopped').waitFor();
  await first.status(/Redis: cluster ok 6\/6/).waitFor();
  await first.command('Redis Cluster Lab: Stop Lab');
  await first.status('Redis: stopped').waitFor();
}
