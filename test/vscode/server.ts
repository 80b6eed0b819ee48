/** VS Code's server as a process: started with a profile of its own, ended with everything it started. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onCleanup } from './cleanup.ts';
import { serverNode, vscodeFolder } from './runtime.ts';

export type Settings = Readonly<Record<string, unknown>>;

/** Nothing that phones out, moves, or covers what is tested. */
export const QUIET_SETTINGS: Settings = {
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'workbench.editor.useModal': 'off',
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.enabled': false,
  'window.confirmBeforeClose': 'never',
};

export interface ServerOptions {
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  /** A packaged extension to install, as a user would. */
  readonly vsix?: string | undefined;
  /** 0: any free one. */
  readonly port?: number;
  /** Where profile and storage live; a folder that goes with the run unless it is named. */
  readonly profile?: string;
  readonly onLine?: (line: string) => void;
}

export interface Server {
  readonly port: number;
  readonly origin: string;
  /** The remote's name in vscode-remote: URIs. */
  readonly authority: string;
  readonly profile: string;
  /** Resolves with the line that told of the extension host's end. */
  readonly extensionHostDeath: Promise<string>;
  configure(settings: Settings): void;
  stop(): void;
}

const START_TIMEOUT_MS = 60_000;

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const profile = options.profile ?? mkdtempSync(path.join(os.tmpdir(), 'redis-cluster-lab-vscode-'));
  if (options.profile === undefined)
    onCleanup(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const configure = (settings: Settings): void => {
    mkdirSync(path.join(profile, 'data/User'), { recursive: true });
    const file = path.join(profile, 'data/User/settings.json');
    writeFileSync(file, JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2));
  };
  // A profile that is kept is its user's from the second time on.
  if (!existsSync(path.join(profile, 'data/User/settings.json'))) configure(options.settings ?? {});
  if (options.vsix !== undefined) installExtension(options.vsix, profile);
  const child = launch(options, profile);
  const stop = (): void => endTree(child);
  onCleanup(stop);
  const { port, extensionHostDeath } = await listenTo(child, options.onLine);
  return {
    port,
    origin: `http://localhost:${port}`,
    authority: `localhost:${port}`,
    profile,
    extensionHostDeath,
    configure,
    stop,
  };
}

const serverMain = path.join(vscodeFolder, 'out/server-main.js');

function installExtension(vsix: string, profile: string): void {
  const args = [serverMain, '--install-extension', vsix, '--force', '--server-data-dir', profile];
  const { status, stdout, stderr } = spawnSync(serverNode(), args, { encoding: 'utf8', cwd: vscodeFolder });
  const installed = readFileSync(path.join(profile, 'extensions/extensions.json'), 'utf8');
  if (status !== 0 || installed === '[]') throw new Error(`installing ${vsix} failed:\n${stdout}${stderr}`);
}

function launch(options: ServerOptions, profile: string): ChildProcess {
  const args = [
    serverMain,
    ...['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--without-connection-token'],
    ...['--accept-server-license-terms', '--disable-telemetry'],
    ...['--server-data-dir', profile],
  ];
  // Sockets, and whatever the extension puts into the temporary folder, go when the profile goes.
  const places = process.platform === 'linux' ? { TMPDIR: profile, XDG_RUNTIME_DIR: profile } : {};
  return spawn(serverNode(), args, {
    cwd: vscodeFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, to be ended as a whole.
    detached: process.platform !== 'win32',
    env: { ...process.env, ...options.env, ...places, EXTENSIONS_GALLERY: '{}' },
  });
}

function endTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}

function listenTo(
  child: ChildProcess,
  onLine: ((line: string) => void) | undefined,
): Promise<Pick<Server, 'port' | 'extensionHostDeath'>> {
  const recent: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${what}:\n${recent.slice(-15).join('\n')}`));
    const timer = setTimeout(() => fail("VS Code's server did not start"), START_TIMEOUT_MS);
    let tellDeath: (line: string) => void = () => undefined;
    const extensionHostDeath = new Promise<string>((tell) => {
      tellDeath = tell;
    });
    const read = (line: string): void => {
      recent.push(line);
      onLine?.(line);
      const port = /agent listening on (\d+)/.exec(line)?.[1];
      if (port !== undefined) {
        clearTimeout(timer);
        resolve({ port: Number(port), extensionHostDeath });
      }
      if (/Extension Host Process exited with code/.test(line)) tellDeath(line);
    };
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => String(data).split('\n').filter(Boolean).forEach(read));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`VS Code's server exited with ${code}`);
    });
  });
}
