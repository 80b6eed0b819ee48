/** What each test gets for itself: ports, folders that go when it ends, a copy of the sample workspace. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onCleanup } from './cleanup.ts';
import type { Settings } from './server.ts';

/** Far from a lab that the user of this machine may have at 7000. Pictures for the README are taken with 7000. */
const FIRST_BASE_PORT = Number(process.env['LAB_BASE_PORT'] ?? 21_700);
/** Room for the nodes of one lab. */
const PORTS_EACH = 20;

let labs = 0;

/** The first port of a lab that nobody else has. */
export function nextBasePort(): number {
  return FIRST_BASE_PORT + PORTS_EACH * labs++;
}

export function labSettings(basePort: number): Settings {
  return {
    'redisClusterLab.lab.basePort': basePort,
    // Text that a test can read, where a canvas could only be looked at.
    'terminal.integrated.gpuAcceleration': 'off',
  };
}

export function scratchFolder(purpose: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `redis-cluster-lab-${purpose}-`));
  onCleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

export const sampleWorkspace = path.join(import.meta.dirname, 'workspace');

/** A copy that a test may change. */
export function workspaceCopy(): string {
  const folder = path.join(scratchFolder('workspace'), 'cluster');
  cpSync(sampleWorkspace, folder, { recursive: true });
  return folder;
}
