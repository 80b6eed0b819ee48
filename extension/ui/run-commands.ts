/** Runs lines of a `.redis` file in a console: one command, a transaction, or what is selected. */
import * as vscode from 'vscode';
import { RUN_COMMANDS_COMMAND } from '../../language-server/protocol.ts';
import type { Consoles } from './console-terminal.ts';
import { offerStart } from './not-running.ts';
import { seedNodeOf, type Targets } from './targets.ts';

const t = vscode.l10n.t;

export function registerRunCommands(targets: Targets, consoles: Consoles): vscode.Disposable {
  /** One console for all of them, until it is closed. Where several clusters are at hand its opening asks which. */
  let terminal: vscode.Terminal | undefined;
  const run = async (given?: unknown): Promise<void> => {
    const lines = isLines(given) ? given : selectedLines(vscode.window.activeTextEditor);
    if (lines.length === 0) return;
    if (terminal === undefined && targets.all.length === 0) {
      void offerStart();
      return;
    }
    terminal ??= await openConsole(targets, consoles);
    terminal?.show(true);
    for (const line of lines) terminal?.sendText(line);
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(RUN_COMMANDS_COMMAND, run),
    vscode.window.onDidCloseTerminal((closed) => {
      if (closed === terminal) terminal = undefined;
    }),
  );
}

async function openConsole(targets: Targets, consoles: Consoles): Promise<vscode.Terminal | undefined> {
  const target = await targets.choose(undefined, t('Run commands on which cluster?'));
  return target && consoles.open(await target.consoleOn(seedNodeOf(target)));
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
