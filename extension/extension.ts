/** Where the extension is put together. */
import * as vscode from 'vscode';
import type { Api } from './ui/api.ts';
import { Board } from './ui/board-view.ts';
import { ClusterTree } from './ui/cluster-tree.ts';
import { registerCommands } from './ui/commands.ts';
import { registerConfCommands } from './ui/conf-commands.ts';
import { Consoles } from './ui/console-terminal.ts';
import { LabController } from './ui/lab-controller.ts';
import { Language } from './ui/language-client.ts';
import { createLanguageStatus } from './ui/language-status.ts';
import { registerRunCommands } from './ui/run-commands.ts';
import { createStatusBar } from './ui/status-bar.ts';

/** What has to end before the extension host does. */
let closing: readonly { close(): Promise<void> }[] = [];

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('Redis Cluster Lab', { log: true });
  const lab = new LabController(context, log);
  const language = new Language(context, lab, log);
  closing = [lab, language];
  const consoles = new Consoles(context.globalState);
  context.subscriptions.push(
    log,
    lab,
    language,
    new ClusterTree(lab),
    new Board(lab, context.extensionUri),
    createStatusBar(lab),
    registerCommands(lab, consoles, log),
    registerConfCommands(context, lab, log),
    registerRunCommands(lab, consoles),
    createLanguageStatus(() => language.client),
  );
  return { lab };
}

export async function deactivate(): Promise<void> {
  await Promise.all(closing.map((part) => part.close()));
}
