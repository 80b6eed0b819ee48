/** Where the extension is put together. */
import * as vscode from 'vscode';
import type { Api } from './ui/api.ts';
import { Board } from './ui/board-view.ts';
import { ClusterTree } from './ui/cluster-tree.ts';
import { Clusters } from './ui/clusters.ts';
import { registerCommands } from './ui/commands.ts';
import { registerConfCommands } from './ui/conf-commands.ts';
import { Consoles } from './ui/console-terminal.ts';
import { LabController } from './ui/lab-controller.ts';
import { Language } from './ui/language-client.ts';
import { createLanguageStatus } from './ui/language-status.ts';
import { registerRunCommands } from './ui/run-commands.ts';
import { createStatusBar } from './ui/status-bar.ts';
import { Targets } from './ui/targets.ts';
import { watchVirtualWorkspace } from './ui/virtual-workspace.ts';

/** What has to end before the extension host does. */
let closing: readonly { close(): Promise<void> }[] = [];

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('Redis Cluster Lab', { log: true });
  const lab = new LabController(context, log);
  const clusters = new Clusters(context);
  const targets = new Targets(lab, clusters);
  const language = new Language(context, lab, clusters, log);
  closing = [lab, language];
  const consoles = new Consoles(context.globalState);
  context.subscriptions.push(
    log,
    lab,
    clusters,
    language,
    new ClusterTree(lab, clusters),
    new Board(lab, context.extensionUri),
    createStatusBar(lab),
    registerCommands({ lab, clusters, targets, consoles, context, log }),
    registerConfCommands(context, lab, log),
    registerRunCommands(targets, consoles),
    createLanguageStatus(() => language.client),
    watchVirtualWorkspace(),
  );
  return { lab };
}

export async function deactivate(): Promise<void> {
  await Promise.all(closing.map((part) => part.close()));
}
