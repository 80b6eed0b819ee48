/** What the lab says, in the display language. */
import * as vscode from 'vscode';
import { localize, toldBy } from '../lab/message.ts';
import type { Message } from '../lab/protocol.ts';

export function localized(message: Message): string {
  return localize(message, vscode.l10n.t);
}

export function messageOf(error: unknown): string {
  return localized(toldBy(error));
}
