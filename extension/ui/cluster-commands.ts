/** Connecting to clusters elsewhere, and what can be done with one as a whole. */
import * as vscode from 'vscode';
import type { TreeNode } from '../lab/tree-model.ts';
import { VIEW } from './cluster-tree.ts';
import type { Clusters, RemoteCluster } from './clusters.ts';
import { askConnection, type Connection } from './connect-form.ts';
import { messageOf } from './localized.ts';
import { tribWords } from './trib-words.ts';

const t = vscode.l10n.t;

export function registerClusterCommands(
  clusters: Clusters,
  telling: (work: () => Promise<unknown>) => Promise<void>,
): vscode.Disposable {
  const onOne =
    (work: (cluster: RemoteCluster) => Promise<unknown>, fits = (_: RemoteCluster) => true) =>
    async (row?: TreeNode) => {
      const cluster = await choose(clusters, row, fits);
      if (cluster !== undefined) await work(cluster);
    };
  const isOff = ({ picture }: RemoteCluster): boolean => picture === undefined;
  const register = (name: string, work: (row?: TreeNode) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(`redisClusterLab.cluster.${name}`, (row?: TreeNode) =>
      telling(() => work(row)),
    );
  const allow = (allowed: boolean) =>
    onOne(
      ({ profile }) => clusters.allowChanges(profile.id, allowed),
      ({ profile }) => profile.allowsChanges !== allowed,
    );
  return vscode.Disposable.from(
    register('connect', () => connectTo(clusters, undefined)),
    register(
      'reconnect',
      onOne((cluster) => reconnect(clusters, cluster), isOff),
    ),
    register(
      'disconnect',
      onOne(
        async ({ profile }) => clusters.disconnect(profile.id),
        (one) => !isOff(one),
      ),
    ),
    register(
      'edit',
      onOne((cluster) => edit(clusters, cluster)),
    ),
    register(
      'remove',
      onOne((cluster) => remove(clusters, cluster)),
    ),
    register('allowChanges', allow(true)),
    register('forbidChanges', allow(false)),
  );
}

/** The one of the row, or the one that is picked of those that fit. */
async function choose(
  clusters: Clusters,
  row: TreeNode | undefined,
  fits: (cluster: RemoteCluster) => boolean,
): Promise<RemoteCluster | undefined> {
  if (row?.remote !== undefined) return clusters.byId(row.remote.cluster);
  const fitting = clusters.all.filter(fits);
  if (fitting.length === 0) throw new Error(t('No connected cluster is in a state for this.'));
  const items = fitting.map((cluster) => ({
    label: cluster.profile.name,
    description: cluster.profile.seeds.join(', '),
    cluster,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Which cluster?') }))?.cluster;
}

/** Asks, tries, and asks again with what was given until it works or somebody gives up. */
async function connectTo(clusters: Clusters, given: Connection | undefined): Promise<void> {
  const connection = await askConnection(given);
  if (connection === undefined) return;
  try {
    await connecting(connection.profile.name, () => clusters.add(connection.profile, connection.password));
    await vscode.commands.executeCommand(`${VIEW}.focus`);
  } catch (error) {
    if (await wantsToChange(connection.profile.name, error)) await connectTo(clusters, connection);
  }
}

async function reconnect(clusters: Clusters, { profile }: RemoteCluster): Promise<void> {
  try {
    await connecting(profile.name, () => clusters.connect(profile.id));
  } catch (error) {
    if (await wantsToChange(profile.name, error))
      await connectTo(clusters, { profile, password: await clusters.password(profile.id) });
  }
}

async function edit(clusters: Clusters, { profile }: RemoteCluster): Promise<void> {
  await connectTo(clusters, { profile, password: await clusters.password(profile.id) });
}

function connecting(name: string, work: () => Promise<void>): Promise<void> {
  const location = vscode.ProgressLocation.Notification;
  return Promise.resolve(vscode.window.withProgress({ location, title: t('Connecting to {0}', name) }, work));
}

/** Every node that was tried has a line of its own in the message. */
async function wantsToChange(name: string, error: unknown): Promise<boolean> {
  const change = t('Change the Connection…');
  const causes = messageOf(error)
    .split('\n')
    .map((cause) => tribWords(cause, t))
    .join(' · ');
  const message = t('No connection to {0}: {1}', name, causes);
  return (await vscode.window.showErrorMessage(message, change)) === change;
}

async function remove(clusters: Clusters, { profile }: RemoteCluster): Promise<void> {
  const yes = t('Remove');
  const answer = await vscode.window.showWarningMessage(
    t('Remove “{0}” from the list?', profile.name),
    {
      modal: true,
      detail: t('Its address and password are forgotten. Nothing happens to the cluster itself.'),
    },
    yes,
  );
  if (answer === yes) await clusters.remove(profile.id);
}
