/** The clusters that somebody connected to: remembered in every window, watched in this one while they are connected. */
import * as vscode from 'vscode';
import type { ClusterPicture } from '../trib/cluster-picture.ts';
import type { ClusterWatch } from '../trib/cluster-watch.ts';
import type { Access } from '../trib/connection.ts';
import type { ClusterProfile } from '../trib/profile.ts';

const PROFILES_KEY = 'clusters';
const CONNECTED_CONTEXT = 'redisClusterLab.connected';
const LISTED_CONTEXT = 'redisClusterLab.clustersListed';

export interface RemoteCluster {
  readonly profile: ClusterProfile;
  /** Undefined: not connected in this window. */
  readonly picture: ClusterPicture | undefined;
}

/** redis-trib and ioredis are loaded when they are first wanted: most windows never do. */
export function loadTrib(): Promise<typeof import('../trib/index.ts')> {
  return import('../trib/index.ts');
}

export class Clusters implements vscode.Disposable {
  readonly #state: vscode.Memento;
  readonly #secrets: vscode.SecretStorage;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  readonly #watches = new Map<string, ClusterWatch>();
  readonly #pictures = new Map<string, ClusterPicture>();
  #profiles: readonly ClusterProfile[];
  #anyConnected = false;

  readonly onDidChange = this.#changed.event;

  constructor(context: vscode.ExtensionContext) {
    this.#state = context.globalState;
    this.#secrets = context.secrets;
    this.#profiles = this.#stored();
    this.#tellListed();
    // What another window added or removed meanwhile.
    this.#subscription = vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) this.#reload();
    });
  }

  get all(): readonly RemoteCluster[] {
    return this.#profiles.map((profile) => ({ profile, picture: this.#pictures.get(profile.id) }));
  }

  byId(id: string): RemoteCluster | undefined {
    return this.all.find(({ profile }) => profile.id === id);
  }

  /** Connects, and remembers the cluster when that works. Rejects with what each of its nodes said. */
  async add(profile: ClusterProfile, password: string): Promise<void> {
    this.#unwatch(profile.id);
    await this.#watch(profile, password);
    await this.#secrets.store(secretOf(profile.id), password);
    await this.#store(profile.id, profile);
    this.#tell();
  }

  /** A cluster that is remembered. */
  async connect(id: string): Promise<void> {
    const cluster = this.byId(id);
    if (cluster === undefined || this.#watches.has(id)) return;
    await this.#watch(cluster.profile, await this.password(id));
  }

  disconnect(id: string): void {
    this.#unwatch(id);
    this.#tell();
  }

  async remove(id: string): Promise<void> {
    this.#unwatch(id);
    await this.#secrets.delete(secretOf(id));
    await this.#store(id, undefined);
    this.#tell();
  }

  async allowChanges(id: string, allowsChanges: boolean): Promise<void> {
    const profile = this.byId(id)?.profile;
    if (profile === undefined) return;
    await this.#store(id, { ...profile, allowsChanges });
    this.#tell();
  }

  async password(id: string): Promise<string> {
    return (await this.#secrets.get(secretOf(id))) ?? '';
  }

  async access({ profile }: RemoteCluster): Promise<Access> {
    const { accessOf } = await loadTrib();
    return accessOf(profile, await this.password(profile.id));
  }

  /** After a change: the tree shows it at once. */
  async refresh(id: string): Promise<void> {
    await this.#watches.get(id)?.refresh();
  }

  dispose(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #watch(profile: ClusterProfile, password: string): Promise<void> {
    const { ClusterWatch, accessOf, dialer, seedsOf } = await loadTrib();
    const watch = new ClusterWatch(seedsOf(profile), dialer(accessOf(profile, password)), (picture) => {
      if (this.#watches.get(profile.id) !== watch) return;
      this.#pictures.set(profile.id, picture);
      this.#tell();
    });
    this.#watches.set(profile.id, watch);
    this.#pictures.set(profile.id, watch.picture);
    this.#tell();
    try {
      await watch.start();
    } catch (error) {
      if (this.#watches.get(profile.id) === watch) this.disconnect(profile.id);
      throw error;
    }
  }

  #unwatch(id: string): void {
    this.#watches.get(id)?.stop();
    this.#watches.delete(id);
    this.#pictures.delete(id);
  }

  #stored(): readonly ClusterProfile[] {
    return this.#state.get<readonly ClusterProfile[]>(PROFILES_KEY, []);
  }

  #reload(): void {
    const stored = this.#stored();
    if (JSON.stringify(stored) === JSON.stringify(this.#profiles)) return;
    this.#profiles = stored;
    for (const id of this.#watches.keys()) if (this.byId(id) === undefined) this.#unwatch(id);
    this.#tell();
  }

  /** Into the newest list, which another window may have written; undefined takes it out. */
  async #store(id: string, profile: ClusterProfile | undefined): Promise<void> {
    const stored = this.#stored();
    const known = stored.some((one) => one.id === id);
    const kept = profile === undefined ? stored.filter((one) => one.id !== id) : stored;
    const added = profile !== undefined && !known ? [profile] : [];
    this.#profiles = [...kept.map((one) => (one.id === id && profile ? profile : one)), ...added];
    await this.#state.update(PROFILES_KEY, this.#profiles);
  }

  #tell(): void {
    const connected = [...this.#pictures.values()].some(({ state }) => state === 'connected');
    if (connected !== this.#anyConnected)
      void vscode.commands.executeCommand('setContext', CONNECTED_CONTEXT, connected);
    this.#anyConnected = connected;
    this.#tellListed();
    this.#changed.fire();
  }

  #tellListed(): void {
    void vscode.commands.executeCommand('setContext', LISTED_CONTEXT, this.#profiles.length > 0);
  }
}

function secretOf(id: string): string {
  return `cluster.${id}.password`;
}
