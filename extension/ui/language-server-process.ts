/**
 * The language server as VS Code's client library runs it. The library is large: nothing imports this file until there is
 * a file to read.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  CodeLensRequest,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type FileEvent,
  LanguageClient,
  TransportKind,
} from 'vscode-languageclient/node';
import {
  COMMANDS_LANGUAGE,
  CONF_LANGUAGE,
  type InitializationOptions,
  NODES_LANGUAGE,
} from '../../language-server/protocol.ts';
import type { LabController } from './lab-controller.ts';
import { lensesInLab } from './lab-files.ts';
import { SECTION, serverSettings } from './settings.ts';

/** Languages whose string literals may be keys. */
const CODE_LANGUAGES = ['javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'python'];
const LANGUAGES = [CONF_LANGUAGE, COMMANDS_LANGUAGE, NODES_LANGUAGE, ...CODE_LANGUAGES];

const WATCHED = '**/*.{conf,acl}';

export async function startLanguageServer(
  context: vscode.ExtensionContext,
  lab: LabController,
): Promise<LanguageClient> {
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
      middleware: {
        provideCodeLenses: async (document, token, next) => {
          const lenses = await next(document, token);
          return lenses && lensesInLab(lab, lenses);
        },
      },
      // Rules across files see the ones that nobody has open, and what they read: files they include, files of users.
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher(WATCHED) },
    },
  );
  await client.start();
  return client;
}

/** Lenses tell what the lab runs: they are asked for anew. */
export function refreshLenses(client: LanguageClient): void {
  for (const document of vscode.workspace.textDocuments) {
    if (document.languageId !== CONF_LANGUAGE) continue;
    client.getFeature(CodeLensRequest.method).getProvider(document)?.onDidChangeCodeLensEmitter.fire();
  }
}

/** A file of any name, which a conf file may include, was saved in this window. */
export async function tellSaved(
  client: LanguageClient,
  { uri, fileName }: vscode.TextDocument,
): Promise<void> {
  if (/\.(conf|acl)$/.test(fileName) || uri.scheme !== 'file') return;
  const changes: FileEvent[] = [{ uri: uri.toString(), type: FileChangeType.Changed }];
  await client.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
}
