/** What redis-trib, consoles and command files can be pointed at: the lab, or a cluster that is connected. */
import * as vscode from 'vscode';
import { passwordOf } from '../lab/conf-set.ts';
import type { LabSnapshot } from '../lab/protocol.ts';
import type { TreeNode } from '../lab/tree-model.ts';
import { type Binary, binaryOfText } from '../redis/bytes.ts';
import { countSlots } from '../redis/slots.ts';
import type { Access } from '../trib/connection.ts';
import { type Clusters, loadTrib, type RemoteCluster } from './clusters.ts';
import type { ConsolePlace } from './console-terminal.ts';
import type { LabController } from './lab-controller.ts';

const t = vscode.l10n.t;

export interface TargetNode {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly role: 'primary' | 'replica';
  readonly slots: number;
  readonly reachable: boolean;
}

export interface Target {
  readonly name: string;
  /** Of the cluster's profile; undefined for the lab. */
  readonly cluster: string | undefined;
  readonly nodes: readonly TargetNode[];
  readonly allowsChanges: boolean;
  access(): Promise<Access>;
  /** A console on one of its nodes. */
  consoleOn(node: Pick<TargetNode, 'host' | 'port'>): Promise<ConsolePlace>;
  /** Has the tree show what was changed. */
  refresh(): Promise<void>;
}

export class Targets {
  readonly #lab: LabController;
  readonly #clusters: Clusters;

  constructor(lab: LabController, clusters: Clusters) {
    this.#lab = lab;
    this.#clusters = clusters;
  }

  get all(): readonly Target[] {
    const connected = this.#clusters.all.filter(({ picture }) => picture?.state === 'connected');
    const { snapshot } = this.#lab;
    return [
      ...(snapshot.state === 'ready' ? [labTarget(snapshot)] : []),
      ...connected.map((cluster) => this.#remote(cluster)),
    ];
  }

  /** The one that a row of the tree belongs to. */
  of(row: TreeNode | undefined): Target | undefined {
    if (row === undefined) return undefined;
    return this.all.find(({ cluster }) => cluster === row.remote?.cluster);
  }

  /** The one of the row, else the only one, else the one that is picked; undefined when it was left. */
  async choose(row: TreeNode | undefined, placeHolder: string): Promise<Target | undefined> {
    const { all } = this;
    const given = this.of(row);
    if (given !== undefined) return given;
    // Never another one than the one that was clicked.
    if (row !== undefined || all.length === 0)
      throw new Error(t('Nothing is connected: start the lab, or connect to a cluster first.'));
    if (all.length === 1) return all[0];
    const items = all.map((target) => ({
      label: target.name,
      description: t('{0} nodes', target.nodes.length),
      target,
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder }))?.target;
  }

  async #consoleOn(cluster: RemoteCluster, node: Pick<TargetNode, 'host' | 'port'>): Promise<ConsolePlace> {
    const { profile } = cluster;
    const access = await this.#clusters.access(cluster);
    const { openSocket } = await loadTrib();
    const login = loginOf(access);
    return {
      ...{ host: node.host, port: node.port, name: `${profile.name} ${addressOf(node)}` },
      openSocket: (host, port) => openSocket({ host, port }, access),
      ...(login && { login }),
      // As things stand when a command is given.
      refusal: () =>
        this.#clusters.byId(profile.id)?.profile.allowsChanges
          ? undefined
          : t(
              '“{0}” is read-only here: this command could change something. Allow changes in the tree first.',
              profile.name,
            ),
    };
  }

  #remote(cluster: RemoteCluster): Target {
    const { profile, picture } = cluster;
    return {
      name: profile.name,
      cluster: profile.id,
      allowsChanges: profile.allowsChanges,
      nodes: (picture?.nodes ?? []).map((node) => ({
        ...{ id: node.id, host: node.address.host, port: node.address.port, role: node.role },
        ...{
          slots: countSlots(node.slots),
          reachable: node.unreachable === undefined,
        },
      })),
      access: () => this.#clusters.access(cluster),
      consoleOn: (node) => this.#consoleOn(cluster, node),
      refresh: () => this.#clusters.refresh(profile.id),
    };
  }
}

/** What AUTH takes; undefined where none is needed. */
function loginOf({ credentials: { username, password } = {} }: Access): readonly Binary[] | undefined {
  if (password === undefined) return undefined;
  return ['AUTH', ...(username === undefined ? [] : [username]), password].map(binaryOfText);
}

function labTarget({ nodes, options }: LabSnapshot): Target {
  const access = async (): Promise<Access> => {
    const password = passwordOf(options);
    return { credentials: password === '' ? {} : { password } };
  };
  return {
    name: t('the lab'),
    cluster: undefined,
    allowsChanges: true,
    nodes: nodes.map((node) => ({
      ...{ id: node.id ?? '', host: node.host, port: node.port, role: node.role },
      ...{ slots: countSlots(node.slots), reachable: node.process === 'running' },
    })),
    access,
    consoleOn: async ({ host, port }) => {
      const login = loginOf(await access());
      return { host, port, name: String(port), ...(login && { login }) };
    },
    // The lab tells of every change by itself.
    refresh: async () => {},
  };
}

export function addressOf({ host, port }: Pick<TargetNode, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A node that answers, to begin with. */
export function seedNodeOf({ nodes }: Target, avoids?: string): TargetNode {
  const node = nodes.find(({ id, reachable }) => reachable && id !== avoids);
  if (node === undefined) throw new Error(t('No node of it can be reached.'));
  return node;
}

export function seedOf(target: Target, avoids?: string): string {
  return addressOf(seedNodeOf(target, avoids));
}
