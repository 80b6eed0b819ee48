/** Commands on conf files: start one node, start a lab from several, write the six of a new cluster. */
import path from 'node:path';
import * as vscode from 'vscode';
import { CONF_LANGUAGE, START_LAB_COMMAND, START_NODE_COMMAND } from '../../language-server/protocol.ts';
import { labOfFiles, namesWithoutEffectIn, ownStartOf } from '../lab/conf-set.ts';
import { toldBy } from '../lab/message.ts';
import type { LabController } from './lab-controller.ts';
import { startedInLab } from './lab-files.ts';
import { messageOf, openAt } from './localized.ts';
import { SECTION } from './settings.ts';

const t = vscode.l10n.t;
const CREATE_COMMAND = 'redisClusterLab.conf.createSix';
/** There is a conf file in this window. Where there is none, folders have no entry of ours in their menus. */
const SEEN_CONTEXT = 'redisClusterLab.confFilesSeen';

/** Lenses give the text of a URI, the explorer gives URIs; the palette gives nothing, and the open file is meant. */
type Where = string | vscode.Uri | undefined;

export function registerConfCommands(
  context: vscode.ExtensionContext,
  lab: LabController,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const telling = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      const { place } = toldBy(error);
      const open = t('Open File');
      // The command has ended; only the message waits for its reader.
      void vscode.window
        .showErrorMessage(messageOf(error), ...(place ? [open] : []))
        .then((answer) => (place && answer === open ? openAt(place) : undefined));
    }
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(START_NODE_COMMAND, (where: Where) =>
      telling(whenTrusted(() => startNode(context, lab, where))),
    ),
    vscode.commands.registerCommand(
      START_LAB_COMMAND,
      (where: Where | readonly string[], selected?: readonly vscode.Uri[]) =>
        telling(whenTrusted(() => startLab(lab, selected ?? (Array.isArray(where) ? where : [])))),
    ),
    vscode.commands.registerCommand(CREATE_COMMAND, () => telling(createSix())),
    lookForConfFiles(),
  );
}

function lookForConfFiles(): vscode.Disposable {
  const seen = () => void vscode.commands.executeCommand('setContext', SEEN_CONTEXT, true);
  const meet = ({ languageId }: vscode.TextDocument) => {
    if (languageId === CONF_LANGUAGE) seen();
  };
  const search = async () => {
    const found = await vscode.workspace.findFiles(
      '**/{redis,redis-*,valkey,valkey-*}.conf',
      '**/node_modules/**',
      1,
    );
    if (found.length > 0) seen();
  };
  void search();
  vscode.workspace.textDocuments.forEach(meet);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(meet),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void search()),
  );
}

/** Menus are off without trust; a lens, which asks nobody, says why. */
async function whenTrusted(work: () => Promise<void>): Promise<void> {
  if (vscode.workspace.isTrusted) return work();
  const manage = t('Manage Workspace Trust');
  const why = t(
    'A configuration file says which files its node reads and writes: none is started before this workspace is trusted.',
  );
  // The command has ended; only the message waits for its reader.
  void vscode.window.showWarningMessage(why, manage).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
  });
}

function uriOf(where: Where): vscode.Uri | undefined {
  if (typeof where === 'string') return vscode.Uri.parse(where);
  return where ?? vscode.window.activeTextEditor?.document.uri;
}

/**
 * In the lab, where it is one of its nodes; else a process of its own in a terminal, where Ctrl+C ends it. As a task: of a terminal that closes with its process nobody
 * could read why the node did not start.
 */
async function startNode(context: vscode.ExtensionContext, lab: LabController, where: Where): Promise<void> {
  const uri = uriOf(where);
  if (uri?.scheme !== 'file') throw new Error(t('A node starts from a configuration file on disk.'));
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty) await document.save();
  if (await startedInLab(lab, uri)) return;
  const program = path.join(context.extensionPath, 'dist', 'cli.cjs');
  const { folder, logFile, goesIntoBackground } = ownStartOf(uri.fsPath, document.getText());
  // In the background nobody could end it from its terminal.
  const args = [program, 'node', uri.fsPath, ...(goesIntoBackground ? ['--daemonize', 'no'] : [])];
  // The editor's own runtime is a Node when told so.
  const env = { ELECTRON_RUN_AS_NODE: '1' };
  const name = path.basename(uri.fsPath);
  const task = new vscode.Task(
    { type: SECTION, file: uri.fsPath },
    vscode.TaskScope.Workspace,
    name,
    t('Redis node'),
    new vscode.ProcessExecution(process.execPath, args, { cwd: folder, env }),
  );
  task.presentationOptions = { echo: false, focus: true, panel: vscode.TaskPanelKind.Dedicated };
  await vscode.tasks.executeTask(task);
  if (logFile === '') return;
  const open = t('Open Log');
  // The command has ended; only the message waits for its reader.
  void vscode.window
    .showInformationMessage(t('{0} writes its log to {1}.', name, logFile), open)
    .then((answer) => {
      if (answer === open) void vscode.window.showTextDocument(vscode.Uri.file(logFile));
    });
}

/** From the files given, or those in the folders given; with none or one, from all that lie beside it. */
async function startLab(lab: LabController, given: readonly (string | vscode.Uri)[]): Promise<void> {
  const places = given.map((uri) => (typeof uri === 'string' ? vscode.Uri.parse(uri) : uri));
  const uris = places.length > 1 ? await allIn(places) : await around(uriOf(places[0]));
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty && uris.some((uri) => uri.toString() === document.uri.toString()))
      await document.save();
  }
  const files = uris.map(({ fsPath }) => fsPath);
  await lab.startFrom(labOfFiles(files));
  const idle = namesWithoutEffectIn(files);
  if (idle.length === 0) return;
  // The command has ended; only the message waits for its reader.
  void vscode.window.showInformationMessage(
    t('The lab follows these files, but for directives that have no effect in it: {0}', idle.join(', ')),
  );
}

async function allIn(places: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const found = await Promise.all(
    places.map(async (uri) =>
      (await isFolder(uri)) ? filesIn(uri, '{redis-*.conf,*/redis-*.conf}') : [uri],
    ),
  );
  // A folder may be given beside one that it holds.
  return [...new Map(found.flat().map((uri) => [uri.toString(), uri])).values()];
}

async function around(uri: vscode.Uri | undefined): Promise<vscode.Uri[]> {
  if (uri === undefined) return [];
  const folder = (await isFolder(uri)) ? uri : vscode.Uri.joinPath(uri, '..');
  // The others lie beside a folder such as 7000, and below what holds them.
  const isOne = (await filesIn(folder, 'redis-*.conf')).length > 0;
  return filesIn(isOne ? vscode.Uri.joinPath(folder, '..') : folder, '*/redis-*.conf');
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.Directory) !== 0;
}

/** Those of them that are named after their folders, as 7000/redis-7000.conf. */
async function filesIn(folder: vscode.Uri, pattern: string): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, pattern));
  return found.filter(
    ({ fsPath }) => path.basename(fsPath) === `redis-${path.basename(path.dirname(fsPath))}.conf`,
  );
}

const MAX_BASE_PORT = 55_530;

/** Asks for what differs from cluster to cluster, writes the files, and offers to start them. */
async function createSix(): Promise<void> {
  const form = await askForm();
  if (form === undefined) return;
  const { writeConfFiles } = await import('../lab/index.ts');
  const ports = Array.from({ length: 6 }, (_, at) => form.basePort + at);
  const folder = form.folder.fsPath;
  const written = writeConfFiles(
    {
      folder,
      basePort: form.basePort,
      nodes: 6,
      replicasPerPrimary: 1,
      host: form.host,
      directives: form.directives,
      locale: vscode.env.language,
    },
    ports,
  );
  const first = vscode.Uri.joinPath(form.folder, String(form.basePort), `redis-${form.basePort}.conf`);
  await vscode.window.showTextDocument(first);
  const start = t('Start Lab from These Files');
  const told =
    written.length === 6
      ? t('Six configuration files were written.')
      : t('{0} configuration files were written; those that were there stay as they are.', written.length);
  void vscode.window.showInformationMessage(told, start).then((answer) => {
    if (answer === start)
      void vscode.commands.executeCommand(
        START_LAB_COMMAND,
        ports.map((port) => vscode.Uri.joinPath(form.folder, String(port), `redis-${port}.conf`).toString()),
      );
  });
}

interface Form {
  readonly folder: vscode.Uri;
  readonly basePort: number;
  readonly host: string;
  readonly directives: Readonly<Record<string, string>>;
}

/** Undefined when it was left on the way. */
async function askForm(): Promise<Form | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: t('Write Files Here'),
      ...(vscode.workspace.workspaceFolders?.[0] && { defaultUri: vscode.workspace.workspaceFolders[0].uri }),
    })) ?? [];
  if (folder === undefined) return undefined;
  const basePort = await ask(t('First port; the other five follow'), '7000', numberFrom(1, MAX_BASE_PORT));
  if (basePort === undefined) return undefined;
  const host = await ask(t('Address to listen on'), '127.0.0.1', {
    isGood: (text) => /^[\w.:-]+$/.test(text),
    refusal: t('An IP address or the name of a host.'),
  });
  if (host === undefined) return undefined;
  const timeout = await ask(
    t('Milliseconds until a silent node counts as failed'),
    '5000',
    numberFrom(0, 2 ** 31 - 1),
  );
  if (timeout === undefined) return undefined;
  const password = await ask(t('Password of all nodes; empty for none'), '', {
    isGood: (text) => !/["\\\s]/.test(text),
    refusal: t('A password without blanks, quotes and backslashes.'),
  });
  if (password === undefined) return undefined;
  const appendOnly = await vscode.window.showQuickPick(['yes', 'no'], {
    placeHolder: t('Keep an append-only file?'),
  });
  if (appendOnly === undefined) return undefined;
  return {
    folder,
    basePort: Number(basePort),
    host,
    directives: {
      'cluster-node-timeout': timeout,
      appendonly: appendOnly,
      ...(password !== '' && { requirepass: password, masterauth: password }),
    },
  };
}

/** Which answers are good, and what is said of others: the prompt makes room for it. */
interface Demand {
  readonly isGood: (text: string) => boolean;
  readonly refusal: string;
}

function ask(prompt: string, value: string, { isGood, refusal }: Demand): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: t('Create Six-Node Configuration'),
    prompt,
    value,
    ignoreFocusOut: true,
    validateInput: (text) => (isGood(text.trim()) ? undefined : refusal),
  });
}

function numberFrom(least: number, most: number): Demand {
  return {
    isGood: (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
    refusal: t('A number from {0} to {1}.', least, most),
  };
}
