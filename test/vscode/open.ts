/**
 * `npm start`: builds the extension and opens VS Code with it on a sample workspace of six conf files. VS Code is `code`
 * if that is installed, else a downloaded one, else the workbench served on localhost for the browser at hand.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { buildExtension, buildPackage, root } from './compile.ts';
import { desktopExecutable } from './desktop.ts';
import { installRuntime } from './runtime.ts';
import { sampleWorkspace } from './sandbox.ts';
import { startServer } from './server.ts';

/** A copy, kept from run to run: the nodes write their files into it. */
const workspace = path.join(root, 'out/cluster');

/** A window needs a screen, and VS Code wants no window of root's. */
function canOpenWindows(): boolean {
  if (process.platform !== 'linux') return true;
  const screen = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
  return screen !== undefined && process.getuid?.() !== 0;
}

function installedCode(): string | undefined {
  const find = process.platform === 'win32' ? 'where' : 'which';
  const { status, stdout } = spawnSync(find, ['code'], { encoding: 'utf8' });
  return status === 0 ? stdout.split(/\r?\n/)[0] : undefined;
}

async function openWindow(): Promise<boolean> {
  const program = installedCode() ?? (await desktopExecutable());
  if (program === undefined) return false;
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, workspace];
  console.log(`Opening ${program}`);
  const child = spawn(program, args, {
    stdio: 'ignore',
    detached: true,
    shell: process.platform === 'win32',
  });
  child.unref();
  return true;
}

async function serveWorkbench(): Promise<void> {
  installRuntime();
  // A page of one's own browser can't be told to load an extension from its sources, so it is packaged and installed.
  const profile = path.join(root, 'out/profile');
  const { origin } = await startServer({ vsix: buildPackage(), profile });
  console.log(`\nVS Code with Redis Cluster Lab:\n\n  ${origin}/?folder=${encodeURIComponent(workspace)}\n`);
  console.log('Open this address in a browser of this machine. Ctrl-C ends it.');
}

buildExtension();
if (!existsSync(workspace)) cpSync(sampleWorkspace, workspace, { recursive: true });
if (!canOpenWindows() || !(await openWindow())) await serveWorkbench();
