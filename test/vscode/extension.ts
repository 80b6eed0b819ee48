/** Our extension as VS Code sees it, for tests in the extension host. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { LabSnapshot } from '../../extension/lab/protocol.ts';
import type { Api } from '../../extension/ui/api.ts';

export function extension(): vscode.Extension<Api> {
  const found = vscode.extensions.getExtension<Api>('redis-cluster-lab.redis-cluster-lab');
  assert.ok(found, 'the extension is not installed');
  return found;
}

/** What the lab looks like as soon as it looks as wanted. */
export async function labWhen(
  what: string,
  wanted: (snapshot: LabSnapshot) => boolean,
  timeoutMs = 30_000,
): Promise<LabSnapshot> {
  const { lab } = await extension().activate();
  const deadline = performance.now() + timeoutMs;
  while (!wanted(lab.snapshot)) {
    assert.ok(
      performance.now() < deadline,
      `waited for ${what}: ${JSON.stringify(lab.snapshot, undefined, 1)}`,
    );
    await pause(20);
  }
  return lab.snapshot;
}
