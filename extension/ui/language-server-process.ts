/**
 * The language server as VS Code's client library runs it. The library is large: nothing imports this file until there is
 * a file to read.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import {
  COMMANDS_LANGUAGE,
  CONF_LANGUAGE,
  type InitializationOptions,
  NODES_LANGUAGE,
} from '../../language-server/protocol.ts';
import { SECTION, serverSettings } from './settings.ts';

/** Languages whose string literals may be keys. */
const CODE_LANGUAGES = ['javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'python'];
const LANGUAGES = [CONF_LANGUAGE, COMMANDS_LANGUAGE, NODES_LANGUAGE, ...CODE_LANGUAGES];

export async function startLanguageServer(context: vscode.ExtensionContext): Promise<LanguageClient> {
  const module = path.join(context.extensionPath, 'dist', 'language-server.cjs');
  const options: InitializationOptions = {
    locale: vscode.env.language,
    settings: serverSettings(),
    docsUri: `${vscode.Uri.joinPath(context.extensionUri, 'language-server', 'docs').toString()}/`,
  };
  const client = new LanguageClient(
    `${SECTION}.conf`,
    'Redis Configuration',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    {
      documentSelector: LANGUAGES.map((language) => ({ language })),
      initializationOptions: options,
      // Rules across files see the ones that nobody has open.
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/{redis,valkey}*.conf') },
    },
  );
  await client.start();
  return client;
}
