/** Every command of the palette and the menus. Failures end as one message, with the log one click away. */
import * as vscode from 'vscode';
import { confFileOf } from '../lab/conf-files.ts';
import { toldBy } from '../lab/message.ts';
import type { NodeAction, NodeSnapshot, ProcessState } from '../lab/protocol.ts';
import type { TreeNode } from '../lab/tree-model.ts';
import { BOARD } from './board-view.ts';
import { registerClusterCommands } from './cluster-commands.ts';
import type { Clusters } from './clusters.ts';
import type { Consoles } from './console-terminal.ts';
import { healNetwork, showNetSplit, slowNetwork, splitNetwork } from './fault-commands.ts';
import type { LabController } from './lab-controller.ts';
import { messageOf, openAt } from './localized.ts';
import { NotRunning, offerStart } from './not-running.ts';
import { offerRestart } from './saved-conf.ts';
import { followsRedirects, setFollowRedirects } from './settings.ts';
import { addressOf, type Target, type TargetNode, type Targets } from './targets.ts';
import { registerTribCommands } from './trib-commands.ts';

const t = vscode.l10n.t;

/** In which states of its process a node can be told to do it. */
const ACTIONS: readonly (readonly [action: NodeAction, states: readonly ProcessState[]])[] = [
  ['start', ['killed', 'stopped', 'failed']],
  ['shutdown', ['running']],
  ['kill', ['running', 'paused', 'starting']],
  ['restart', ['running', 'paused']],
  ['pause', ['running']],
  ['resume', ['paused']],
  ['failover', ['running']],
];

export interface CommandsOptions {
  readonly lab: LabController;
  readonly clusters: Clusters;
  readonly targets: Targets;
  readonly consoles: Consoles;
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
}

export function registerCommands(options: CommandsOptions): vscode.Disposable {
  const { lab, clusters, targets, consoles, context, log } = options;
  const telling = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // The command has ended; only the message waits for its reader.
      void tellFailure(error, lab, log);
    }
  };
  const register = (
    name: string,
    run: (node?: TreeNode, ...more: TreeNode[]) => unknown,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(`redisClusterLab.${name}`, (node?: TreeNode, all?: TreeNode[]) => {
      // A tree gives the row that was clicked, and all that are selected if it is one of them.
      const rows = all?.some(({ id }) => id === node?.id) ? all : [node];
      return telling(async () => run(...rows));
    });
  const actions = ACTIONS.map(([action, states]) =>
    register(`node.${action}`, (...rows) => actOnAll(lab, rows, action, states)),
  );
  return vscode.Disposable.from(
    register('startLab', () => lab.start()),
    register('stopLab', () => lab.stop()),
    register('restartLab', () => lab.restart()),
    ...actions,
    registerClusterCommands(clusters, telling),
    registerTribCommands({ clusters, targets, context, telling }),
    register('node.copyAddress', (node) => copyAddress(targets, node)),
    register('node.openConsole', (node) => openConsole(targets, consoles, node)),
    register('node.openConf', (node) => openConf(lab, node)),
    register('showFolder', () => showFolder(lab)),
    register('network.split', (...rows) => splitNetwork(lab, portsOf(rows))),
    register('network.delay', (...rows) => slowNetwork(lab, portsOf(rows))),
    register('network.heal', () => healNetwork(lab)),
    register('network.demonstrate', (node) => showNetSplit(lab, node?.port)),
    register('showTimeline', () => vscode.commands.executeCommand(`${BOARD}.focus`)),
    register('showLog', () => log.show()),
    register('toggleRedirects', () => toggleRedirects()),
    vscode.workspace.onWillSaveTextDocument((save) => void telling(() => offerRestart(lab, save))),
  );
}

async function tellFailure(error: unknown, lab: LabController, log: vscode.LogOutputChannel): Promise<void> {
  if (error instanceof NotRunning) return offerStart();
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const showLog = t('Show Log');
  const showFiles = t('Show Lab Folder');
  const { place } = toldBy(error);
  const openFile = t('Open File');
  // What keeps a lab from starting is most often in one of its files.
  const more = place ? [openFile] : lab.snapshot.state === 'failed' ? [showFiles] : [];
  const answer = await vscode.window.showErrorMessage(messageOf(error), ...more, showLog);
  if (answer === showLog) log.show();
  if (place && answer === openFile) await openAt(place);
  if (answer === showFiles) await vscode.commands.executeCommand('redisClusterLab.showFolder');
}

/** The node a menu was opened on, or the one picked from those that fit. */
async function chooseNode(
  lab: LabController,
  node: TreeNode | undefined,
  fits: (node: NodeSnapshot) => boolean,
): Promise<NodeSnapshot | undefined> {
  const { nodes } = lab.snapshot;
  if (node?.port !== undefined) return nodes.find(({ port }) => port === node.port);
  const fitting = nodes.filter(fits);
  if (fitting.length === 0)
    throw nodes.length === 0 ? new NotRunning() : new Error(t('No node is in a state for this.'));
  const picked = await vscode.window.showQuickPick(
    fitting.map((choice) => ({
      label: `${choice.host}:${choice.port}`,
      description: choice.role === 'primary' ? t('primary') : t('replica'),
      choice,
    })),
    { placeHolder: t('Which node?') },
  );
  return picked?.choice;
}

function portsOf(rows: readonly (TreeNode | undefined)[]): number[] {
  return rows.flatMap((row) => (row?.port === undefined ? [] : [row.port]));
}

/** On every selected node that is in a state for it. */
async function actOnAll(
  lab: LabController,
  rows: readonly (TreeNode | undefined)[],
  action: NodeAction,
  states: readonly ProcessState[],
): Promise<void> {
  if (rows.length < 2) return actOn(lab, rows[0], action, states);
  const ports = portsOf(rows);
  const able = lab.snapshot.nodes.filter(
    ({ port, process }) => ports.includes(port) && states.includes(process),
  );
  await Promise.all(able.map(({ port }) => lab.act(port, action)));
}

async function actOn(
  lab: LabController,
  node: TreeNode | undefined,
  action: NodeAction,
  states: readonly ProcessState[],
): Promise<void> {
  const fits = (candidate: NodeSnapshot): boolean =>
    states.includes(candidate.process) && (action !== 'failover' || candidate.role === 'replica');
  const chosen = await chooseNode(lab, node, fits);
  if (chosen) await lab.act(chosen.port, action);
}

/** The node a menu was opened on, or the one picked from those of the lab and of connected clusters. */
async function choosePlace(
  targets: Targets,
  row: TreeNode | undefined,
  fits: (node: TargetNode) => boolean,
): Promise<{ readonly target: Target; readonly node: TargetNode } | undefined> {
  const places = targets.all.flatMap((target) => target.nodes.map((node) => ({ target, node })));
  if (row !== undefined) {
    return places.find(({ target, node }) =>
      row.remote === undefined
        ? target.cluster === undefined && node.port === row.port
        : target.cluster === row.remote.cluster && node.id === row.remote.node,
    );
  }
  const fitting = places.filter(({ node }) => fits(node));
  if (fitting.length === 0)
    throw places.length === 0 ? new NotRunning() : new Error(t('No node is in a state for this.'));
  const items = fitting.map((place) => ({
    label: addressOf(place.node),
    description: [
      place.node.role === 'primary' ? t('primary') : t('replica'),
      ...(place.target.cluster === undefined ? [] : [place.target.name]),
    ].join(' · '),
    place,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Which node?') }))?.place;
}

async function copyAddress(targets: Targets, row: TreeNode | undefined): Promise<void> {
  const chosen = await choosePlace(targets, row, () => true);
  if (!chosen) return;
  const address = addressOf(chosen.node);
  await vscode.env.clipboard.writeText(address);
  vscode.window.setStatusBarMessage(t('Copied {0}', address), 3000);
}

async function openConsole(targets: Targets, consoles: Consoles, row: TreeNode | undefined): Promise<void> {
  const chosen = await choosePlace(targets, row, ({ reachable }) => reachable);
  if (chosen) consoles.open(await chosen.target.consoleOn(chosen.node));
}

async function openConf(lab: LabController, node: TreeNode | undefined): Promise<void> {
  const chosen = await chooseNode(lab, node, () => true);
  if (!chosen) return;
  await vscode.window.showTextDocument(vscode.Uri.file(confFileOf(lab.folder, chosen.port)));
}

/** In the explorer when the workspace holds it, else in the system's file manager, else in a window of its own. */
async function showFolder(lab: LabController): Promise<void> {
  const folder = vscode.Uri.file(lab.folder);
  await vscode.workspace.fs.createDirectory(folder);
  const local = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  if (vscode.workspace.getWorkspaceFolder(folder))
    await vscode.commands.executeCommand('revealInExplorer', folder);
  else if (local) await vscode.commands.executeCommand('revealFileInOS', folder);
  else await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}

async function toggleRedirects(): Promise<void> {
  const follow = !followsRedirects();
  await setFollowRedirects(follow);
  const message = follow
    ? t('The console follows redirections, as redis-cli -c.')
    : t('The console shows MOVED and ASK errors, as redis-cli without -c.');
  vscode.window.setStatusBarMessage(message, 5000);
}
