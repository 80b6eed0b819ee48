/** A conf file that is saved while its node runs: the node goes on as it was started, and who saved is told so. */
import * as vscode from 'vscode';
import type { LabController } from './lab-controller.ts';
import { nodeOfFile } from './lab-files.ts';

const t = vscode.l10n.t;

/** Ports of the nodes that somebody is being asked about. */
const asked = new Set<number>();

export async function offerRestart(
  lab: LabController,
  { document, reason }: vscode.TextDocumentWillSaveEvent,
): Promise<void> {
  // What saves by itself would ask with every pause in the typing.
  if (reason !== vscode.TextDocumentSaveReason.Manual || !document.isDirty) return;
  const node = nodeOfFile(lab, document.uri.toString());
  if (node?.process !== 'running' || lab.snapshot.state !== 'ready' || asked.has(node.port)) return;
  const { port } = node;
  asked.add(port);
  try {
    const restart = t('Restart Node');
    const message = t('{0} goes on as it was started: what was saved counts once it is restarted.', port);
    if ((await vscode.window.showInformationMessage(message, restart)) === restart)
      await lab.act(port, 'restart');
  } finally {
    asked.delete(port);
  }
}
