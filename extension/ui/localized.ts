/** What the lab says, in the display language. */
import * as vscode from 'vscode';
import { localize, toldBy } from '../lab/message.ts';
import type { FilePlace, Message } from '../lab/protocol.ts';

export function localized(message: Message): string {
  return localize(message, vscode.l10n.t);
}

/** Shows the line that a message is about. */
export async function openAt({ file, line }: FilePlace): Promise<void> {
  const selection = new vscode.Range(line - 1, 0, line - 1, 0);
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection });
}

export function messageOf(error: unknown): string {
  return localized(toldBy(error));
}
