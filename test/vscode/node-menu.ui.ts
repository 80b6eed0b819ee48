/** The context menu of a node: what it offers is done, and the tree says so. */
import type { Workbench } from './workbench.ts';

export default async function nodeMenu(workbench: Workbench): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  const port = workbench.basePort + 5;
  const row = workbench.nodeRow(port);
  const says = (text: RegExp) => workbench.nodeRow(port, text.source);

  await workbench.contextMenu(row, 'Pause Node');
  await says(/replica · paused/).waitFor();
  await says(/replica · paused \(FAIL\)/).waitFor({ timeout: 30_000 });
  await workbench.contextMenu(row, 'Resume Node');
  await says(/replica · in sync/).waitFor({ timeout: 30_000 });
  await workbench.contextMenu(row, 'Shut Down Node');
  await says(/replica · stopped/).waitFor();
  await workbench.contextMenu(row, 'Start Node');
  await says(/replica · in sync/).waitFor({ timeout: 30_000 });
  await workbench.contextMenu(row, 'Restart Node');
  await workbench.command('Redis Cluster Lab: Show Log');
  await workbench.page.locator('.part.panel .view-line', { hasText: 'is restarted' }).first().waitFor();
  await says(/replica · in sync/).waitFor({ timeout: 30_000 });
  await workbench.contextMenu(row, 'Fail Over to This Replica');
  await says(/primary · 0 keys/).waitFor({ timeout: 30_000 });
  await workbench.picture('node-menu');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
