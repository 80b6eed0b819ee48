/** Runs lines of a `.redis` file in a console of the lab: one command, a transaction, or what is selected. */
import * as vscode from 'vscode';
import { RUN_COMMANDS_COMMAND } from '../../language-server/protocol.ts';
import type { Consoles } from './console-terminal.ts';
import type { LabController } from './lab-controller.ts';

const t = vscode.l10n.t;

export function registerRunCommands(lab: LabController, consoles: Consoles): vscode.Disposable {
  /** One console for all of them, until it is closed. */
  let terminal: vscode.Terminal | undefined;
  const run = (given?: unknown): void => {
    const lines = isLines(given) ? given : selectedLines(vscode.window.activeTextEditor);
    if (lines.length === 0) return;
    const node = lab.snapshot.nodes.find(({ process }) => process === 'running');
    if (node === undefined) {
      void offerStart();
      return;
    }
    terminal ??= consoles.open(node.host, node.port);
    terminal.show(true);
    for (const line of lines) terminal.sendText(line);
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(RUN_COMMANDS_COMMAND, run),
    vscode.window.onDidCloseTerminal((closed) => {
      if (closed === terminal) terminal = undefined;
    }),
  );
}

/** A lens sends its lines; a menu sends the file. */
function isLines(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((line) => typeof line === 'string');
}

/** The lines of the selection, or the one the cursor is on, without comments. */
function selectedLines(editor: vscode.TextEditor | undefined): string[] {
  if (editor === undefined) return [];
  const { start, end } = editor.selection;
  // A selection that ends at the start of a line does not mean that line.
  const last = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  const lines = Array.from({ length: last - start.line + 1 }, (_, at) =>
    editor.document.lineAt(start.line + at).text.trim(),
  );
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

async function offerStart(): Promise<void> {
  const start = t('Start Lab');
  const answer = await vscode.window.showInformationMessage(t('The lab is not running.'), start);
  if (answer === start) await vscode.commands.executeCommand('redisClusterLab.startLab');
}
