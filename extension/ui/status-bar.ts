/** The lab's state in the status bar; a click shows the tree. */
import * as vscode from 'vscode';
import type { LabSnapshot } from '../lab/protocol.ts';
import { VIEW } from './cluster-tree.ts';
import type { LabController } from './lab-controller.ts';
import { localized } from './localized.ts';

export function createStatusBar(lab: LabController): vscode.Disposable {
  // Low priority: to the right of what belongs to the file being edited.
  const item = vscode.window.createStatusBarItem('redisClusterLab.state', vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t('Redis Cluster Lab');
  item.command = `${VIEW}.focus`;
  const show = (snapshot: LabSnapshot): void => {
    const face = faceOf(snapshot);
    item.text = face.text;
    item.tooltip = face.tooltip;
    item.backgroundColor = face.alarm ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.show();
  };
  show(lab.snapshot);
  return vscode.Disposable.from(item, lab.onDidChange(show));
}

interface Face {
  readonly text: string;
  readonly tooltip: string;
  readonly alarm: boolean;
}

function faceOf(snapshot: LabSnapshot): Face {
  const t = vscode.l10n.t;
  const { basePort, nodes, host } = snapshot.options;
  const ports = `${host}:${basePort}-${basePort + nodes - 1}`;
  switch (snapshot.state) {
    case 'stopped':
      return {
        text: `$(database) ${t('Redis: stopped')}`,
        tooltip: t('Redis Cluster Lab is not running'),
        alarm: false,
      };
    case 'starting':
      return {
        text: `$(loading~spin) ${t('Redis: starting')}`,
        tooltip: t('Starting on {0}', ports),
        alarm: false,
      };
    case 'stopping':
      return { text: `$(loading~spin) ${t('Redis: stopping')}`, tooltip: t('Stopping'), alarm: false };
    case 'failed':
      return {
        text: `$(error) ${t('Redis: failed')}`,
        tooltip: snapshot.error === undefined ? t('The lab failed') : localized(snapshot.error),
        alarm: true,
      };
    case 'ready': {
      const running = snapshot.nodes.filter((node) => node.process === 'running').length;
      const fails = snapshot.clusterState === 'fail';
      if (snapshot.nodes.some((node) => node.cutOff))
        return {
          text: `$(debug-disconnect) ${t('Redis: network split')} ${running}/${snapshot.nodes.length}`,
          tooltip: t('Some nodes are cut off from the others'),
          alarm: true,
        };
      const state = fails ? t('Redis: cluster fail') : t('Redis: cluster {0}', snapshot.clusterState);
      return {
        text: `${fails ? '$(error)' : '$(database)'} ${state} ${running}/${snapshot.nodes.length}`,
        tooltip: t('{0} of {1} nodes running on {2}', running, snapshot.nodes.length, ports),
        alarm: fails,
      };
    }
  }
}
