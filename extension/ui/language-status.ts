/** Which server the open conf file is judged by: told beside the language's name, and chosen there. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { CONF_LANGUAGE, TARGET_REQUEST, type TargetAnswer } from '../../language-server/protocol.ts';
import { TARGETS } from '../redis/config/directive.ts';
import { SECTION } from './settings.ts';

const t = vscode.l10n.t;
const SELECT_COMMAND = 'redisClusterLab.conf.selectTarget';

export function createLanguageStatus(client: () => Promise<LanguageClient | undefined>): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem(`${SECTION}.conf.target`, {
    language: CONF_LANGUAGE,
  });
  item.name = t('Target server');
  item.command = { command: SELECT_COMMAND, title: t('Change') };
  const refresh = async (): Promise<void> => {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== CONF_LANGUAGE) return;
    const running = await client();
    if (!running?.isRunning()) return;
    const answer = await running.sendRequest<TargetAnswer | null>(TARGET_REQUEST, {
      uri: document.uri.toString(),
    });
    if (answer === null) return;
    item.text = nameOf(answer.target);
    item.detail = reasonOf(answer);
  };
  return vscode.Disposable.from(
    item,
    vscode.window.onDidChangeActiveTextEditor(refresh),
    // The server answers when it has read the change: both go the same way.
    vscode.workspace.onDidChangeTextDocument(refresh),
    vscode.workspace.onDidOpenTextDocument(refresh),
    vscode.workspace.onDidChangeConfiguration(refresh),
    vscode.commands.registerCommand(SELECT_COMMAND, selectTarget),
  );
}

/** `Redis 7.2` for `redis-7.2`. */
function nameOf(target: string): string {
  return target.replace(/^redis-/, 'Redis ').replace(/^valkey-/, 'Valkey ');
}

function reasonOf({ decidedBy }: TargetAnswer): string {
  switch (decidedBy) {
    case 'modeline':
      return t('named by a line of the file');
    case 'setting':
      return t('chosen by the setting');
    case 'file':
      return t('the newest that has the directives of the file');
  }
}

async function selectTarget(): Promise<void> {
  const automatic = {
    label: t('Automatic'),
    description: t('the newest that has the directives of the file'),
    target: 'auto',
  };
  const versions = [...TARGETS].reverse().map((target) => ({ label: nameOf(target), target }));
  const picked = await vscode.window.showQuickPick([automatic, ...versions], {
    placeHolder: t('Which server are configuration files written for?'),
  });
  const inWorkspace = vscode.workspace.workspaceFolders !== undefined;
  const scope = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  if (picked) await vscode.workspace.getConfiguration(SECTION).update('conf.target', picked.target, scope);
}
