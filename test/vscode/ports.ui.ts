/** A port that is taken: another base is offered, and taken up. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { Workbench } from './workbench.ts';

export default async function ports(workbench: Workbench): Promise<void> {
  const base = workbench.basePort;
  const intruder = net.createServer().listen(base + 2, '127.0.0.1');
  await once(intruder, 'listening');
  try {
    await workbench.command('Redis Cluster Lab: Start Lab');
    const toast = workbench.toast(`Taken: ${base + 2}.`);
    await toast.waitFor();
    await workbench.picture('port-taken');
    await toast.getByRole('button', { name: /^Use \d+$/ }).click();
    await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
    await workbench.view('Redis Cluster Lab');
    await workbench.treeRow(/Shard 1/).waitFor();
    await workbench.nodeRow(base).waitFor({ state: 'detached' });
    // The same again, without a question.
    await workbench.command('Redis Cluster Lab: Restart Lab');
    await workbench.status('Redis: starting').waitFor();
    await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
    assert.equal(await toast.count(), 0);
    await workbench.command('Redis Cluster Lab: Stop Lab');
    await workbench.status('Redis: stopped').waitFor();
  } finally {
    intruder.close();
  }
}
