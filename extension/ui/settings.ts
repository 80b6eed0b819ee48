/** The extension's settings, read where they are needed: a change counts from the next start or key on. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ServerSettings } from '../../language-server/protocol.ts';
import type { LabOptions } from '../lab/protocol.ts';

export const SECTION = 'redisClusterLab';

export type RunIn = 'worker' | 'extensionHost';

function configuration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION);
}

/** Where the lab lives unless a setting says otherwise: storage of the extension's own, the same in every window. */
export function labOptions(storage: vscode.Uri): LabOptions {
  const settings = configuration();
  return {
    basePort: settings.get('lab.basePort', 7000),
    nodes: settings.get('lab.nodes', 6),
    replicasPerPrimary: settings.get('lab.replicas', 1),
    folder: labFolder(settings.get('lab.folder', ''), storage),
    host: '127.0.0.1',
    locale: vscode.env.language,
    directives: {
      'cluster-node-timeout': String(settings.get('lab.nodeTimeout', 2000)),
      ...settings.get<Record<string, string>>('lab.directives', {}),
    },
  };
}

/** A relative folder, and `${workspaceFolder}`, start from the first workspace folder. */
function labFolder(setting: string, storage: vscode.Uri): string {
  const workspace = vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === 'file')?.uri
    .fsPath;
  const fallback = vscode.Uri.joinPath(storage, 'lab').fsPath;
  if (setting.trim() === '') return fallback;
  if (workspace === undefined) return path.isAbsolute(setting) ? setting : fallback;
  return path.resolve(workspace, setting.trim().replaceAll(/\$\{workspaceFolder\}/g, workspace));
}

export function runIn(): RunIn {
  return configuration().get<RunIn>('lab.runIn', 'worker');
}

export async function setBasePort(port: number): Promise<void> {
  await configuration().update('lab.basePort', port, vscode.ConfigurationTarget.Global);
}

export function followsRedirects(): boolean {
  return configuration().get('console.followRedirects', true);
}

export async function setFollowRedirects(follow: boolean): Promise<void> {
  await configuration().update('console.followRedirects', follow, vscode.ConfigurationTarget.Global);
}

export function printsUtf8(): boolean {
  return configuration().get('console.printUtf8', false);
}

export function historySize(): number {
  return configuration().get('console.historySize', 500);
}

/** What the language server wants to know. */
export function serverSettings(): ServerSettings {
  const settings = configuration();
  return {
    target: settings.get<ServerSettings['target']>('conf.target', 'auto'),
    crossFileRules: settings.get('conf.crossFileRules', true),
    deployments: settings.get<string[]>('conf.deployments', []),
    keyHoversInCode: settings.get('conf.keyHoversInCode', true),
  };
}
