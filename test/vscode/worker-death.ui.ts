/** A lab whose thread dies: it is said, the extension host lives, and the lab can be started again. */
import { appendFileSync, cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './compile.ts';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

/** Time to get ready in, before the thread dies. */
const LIFE_MS = 8000;

/** The extension, with a worker that does its work and then fails. */
export function extensionFolder(): string {
  const folder = path.join(scratchFolder('extension'), 'extension');
  mkdirSync(folder);
  for (const part of [
    'package.json',
    'package.nls.json',
    'dist',
    'media',
    'extension/l10n',
    'language-server',
  ])
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  const death = `setTimeout(() => { throw new Error('out of luck'); }, ${LIFE_MS});`;
  appendFileSync(path.join(folder, 'dist/lab-worker.cjs'), `\n${death}\n`);
  return folder;
}

export default async function workerDeath(workbench: Workbench): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: LIFE_MS });
  const toast = workbench.toast(/Redis Cluster Lab stopped working: .*out of luck/);
  await toast.waitFor({ timeout: 2 * LIFE_MS });
  await workbench.status('Redis: failed').waitFor();
  await workbench.treeRow('Cluster: failed to run').waitFor();
  await workbench.picture('worker-death');
  await toast.getByRole('button', { name: 'Start Again' }).click();
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: LIFE_MS });
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
