/** A workspace that is on no disk: configuration files are understood, the lab says why it can't be started. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

/** An extension with a file system of one file, as one for a repository somewhere else would bring. */
const FILE_SYSTEM = `
const vscode = require('vscode');
const text = Buffer.from('cluster-enbled yes\\n');
const events = new vscode.EventEmitter();
const stat = (uri) => {
  if (uri.path === '/') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  if (uri.path === '/redis.conf') return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: text.length };
  throw vscode.FileSystemError.FileNotFound(uri);
};
exports.activate = (context) => context.subscriptions.push(vscode.workspace.registerFileSystemProvider('nowhere', {
  onDidChangeFile: events.event,
  watch: () => ({ dispose() {} }),
  stat,
  readDirectory: () => [['redis.conf', vscode.FileType.File]],
  readFile: (uri) => (stat(uri), text),
  writeFile() {}, createDirectory() {}, delete() {}, rename() {},
}));
`;

export function otherExtensions(): readonly string[] {
  const folder = scratchFolder('nowhere');
  const manifest = {
    name: 'nowhere',
    publisher: 'test',
    version: '1.0.0',
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: ['*'],
    capabilities: { virtualWorkspaces: true },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'main.js'), FILE_SYSTEM);
  return [folder];
}

export function workspace(): string {
  const file = path.join(scratchFolder('workspace'), 'nowhere.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ uri: 'nowhere:/', name: 'nowhere' }] }));
  return file;
}

export default async function virtual(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.view('Redis Cluster Lab');
  await workbench.reloadUntil(page.getByText('In a virtual workspace only the language features'));
  assert.equal(await page.locator('.welcome-view-content').getByRole('button').count(), 0);
  await workbench.view('Explorer');
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'redis.conf' }).dblclick();
  await page.locator('.squiggly-error').first().waitFor({ timeout: 20_000 });
  await workbench.picture('virtual');
}
