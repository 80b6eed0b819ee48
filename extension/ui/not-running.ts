/** What can't be done while no lab runs: whoever asks for it is offered one, which is more use to them than an error. */
import * as vscode from 'vscode';

const t = vscode.l10n.t;

export class NotRunning extends Error {
  constructor() {
    super(t('The lab is not running.'));
  }
}

export async function offerStart(): Promise<void> {
  const start = t('Start Lab');
  const answer = await vscode.window.showInformationMessage(t('The lab is not running.'), start);
  if (answer === start) await vscode.commands.executeCommand('redisClusterLab.startLab');
}
