/** The tree of the activity bar: the lab and the clusters elsewhere, in VS Code's items. */
import * as vscode from 'vscode';
import { changedItems, TreeModel, type TreeNode } from '../lab/tree-model.ts';
import type { Clusters } from './clusters.ts';
import type { LabController } from './lab-controller.ts';
import { remoteTree } from './remote-tree.ts';

export const VIEW = 'redisClusterLab.cluster';

export class ClusterTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #model = new TreeModel(vscode.l10n.t);
  readonly #changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #subscriptions: vscode.Disposable;
  readonly #lab: LabController;
  readonly #clusters: Clusters;
  #roots: readonly TreeNode[] = [];
  /**
   * The object VS Code was given for each id. It recognises elements by identity when told to refresh one, so an item
   * keeps its object and the object looks up its newest face.
   */
  readonly #handles = new Map<string, TreeNode>();
  readonly #newest = new Map<string, TreeNode>();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(lab: LabController, clusters: Clusters) {
    this.#lab = lab;
    this.#clusters = clusters;
    this.#adopt(this.#build());
    this.#view = vscode.window.createTreeView(VIEW, {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#subscriptions = vscode.Disposable.from(
      lab.onDidChange(() => this.#update(this.#build())),
      clusters.onDidChange(() => this.#update(this.#build())),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #build(): readonly TreeNode[] {
    const lab = this.#model.build(this.#lab.snapshot);
    const clusters = this.#clusters.all;
    // With nothing at all the view's welcome stands there.
    if (clusters.length === 0) return lab;
    const remote = clusters.map(({ profile, picture }) => remoteTree(profile, picture, vscode.l10n.t));
    return [...(lab.length > 0 ? lab : [stoppedLab()]), ...remote];
  }

  #update(roots: readonly TreeNode[]): void {
    const changed = changedItems(this.#roots, roots);
    this.#adopt(roots);
    if (changed === 'all') {
      this.#changed.fire(undefined);
      return;
    }
    for (const id of changed) this.#changed.fire(this.#handles.get(id));
  }

  #adopt(roots: readonly TreeNode[]): void {
    this.#roots = roots;
    this.#newest.clear();
    const visit = (node: TreeNode): void => {
      this.#newest.set(node.id, node);
      if (!this.#handles.has(node.id)) this.#handles.set(node.id, node);
      node.children.forEach(visit);
    };
    roots.forEach(visit);
    for (const id of this.#handles.keys()) if (!this.#newest.has(id)) this.#handles.delete(id);
  }

  getChildren(element?: TreeNode): TreeNode[] {
    const children = element ? this.#latest(element).children : this.#roots;
    return children.map((child) => this.#handles.get(child.id) ?? child);
  }

  getTreeItem(element: TreeNode): vscode.TreeItem {
    const node = this.#latest(element);
    const item = new vscode.TreeItem(node.label, collapsibleState(node));
    item.id = node.id;
    item.description = node.description;
    item.tooltip = new vscode.MarkdownString(node.tooltip, true);
    item.contextValue = node.context;
    item.iconPath = new vscode.ThemeIcon(
      node.icon.id,
      node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color),
    );
    // Screen readers get the state in words too; the icon alone says nothing to them.
    if (node.context.startsWith('remote;off;'))
      item.command = { command: 'redisClusterLab.cluster.reconnect', title: '', arguments: [element] };
    item.accessibilityInformation = { label: [node.label, node.description].filter(Boolean).join(', ') };
    return item;
  }

  #latest(element: TreeNode): TreeNode {
    return this.#newest.get(element.id) ?? element;
  }
}

function stoppedLab(): TreeNode {
  return {
    id: 'lab',
    label: vscode.l10n.t('Lab: stopped'),
    description: '',
    tooltip: vscode.l10n.t('Redis Cluster Lab is not running'),
    icon: { id: 'circle-slash', color: 'disabledForeground' },
    context: 'lab;stopped',
    expanded: false,
    children: [],
  };
}

function collapsibleState(node: TreeNode): vscode.TreeItemCollapsibleState {
  if (node.children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return node.expanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}
