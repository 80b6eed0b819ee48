/** The board in the panel: a map of the slots, and the timeline with a lane for each node. */
import * as vscode from 'vscode';
import type { Entry, FromBoard, Lane, Shard, Texts, ToBoard } from '../../media/board/messages.ts';
import type { NodeSnapshot, TimelineEntry } from '../lab/protocol.ts';
import { TreeModel } from '../lab/tree-model.ts';
import { hashTag, keySlotOfText } from '../redis/slots.ts';
import { boardHtml } from './board-html.ts';
import type { LabController } from './lab-controller.ts';
import { localized } from './localized.ts';

export const BOARD = 'redisClusterLab.board';
/** What a board that is opened later still gets to see. */
const MOST_ENTRIES = 1000;

interface Told {
  readonly entry: TimelineEntry;
  /** How each node was when it was told. */
  readonly lanes: ReadonlyMap<number, Lane>;
}

const t = vscode.l10n.t;

export class Board implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #lab: LabController;
  readonly #root: vscode.Uri;
  readonly #subscriptions: vscode.Disposable;
  /** Which nodes are a shard, and in which order: as in the tree. */
  readonly #model = new TreeModel(t);
  #told: Told[] = [];
  /** Of the nodes that have a lane, in their order. */
  #ports: readonly number[] = [];
  #view: vscode.WebviewView | undefined;

  constructor(lab: LabController, extension: vscode.Uri) {
    this.#lab = lab;
    this.#root = vscode.Uri.joinPath(extension, 'dist');
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.registerWebviewViewProvider(BOARD, this),
      lab.onDidChange(() => this.#sendCluster()),
      lab.onDidTell((entries) => this.#add(entries)),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [this.#root] };
    webview.onDidReceiveMessage((message: FromBoard) => this.#hear(message));
    view.onDidDispose(() => {
      this.#view = undefined;
      void this.#lab.watchGossip(false);
    });
    // A page that is hidden is gone; the next one asks anew for what it wants.
    view.onDidChangeVisibility(() => {
      if (!view.visible) void this.#lab.watchGossip(false);
    });
    const file = (name: string) => vscode.Uri.joinPath(this.#root, name);
    webview.html = boardHtml(webview, file('board.js'), file('board.css'), vscode.env.language);
  }

  #hear(message: FromBoard): void {
    switch (message.type) {
      case 'ready':
        this.#send({ type: 'texts', texts: boardTexts() });
        this.#sendCluster();
        this.#sendAll();
        return;
      case 'locate':
        this.#send({ type: 'located', ...this.#locate(message.key) });
        return;
      case 'gossip':
        void this.#lab.watchGossip(message.wanted);
        return;
      case 'clear':
        this.#told = [];
        this.#sendAll();
    }
  }

  #send(message: ToBoard): void {
    void this.#view?.webview.postMessage(message);
  }

  #sendCluster(): void {
    const { nodes } = this.#lab.snapshot;
    // Also without a view: it learns here which nodes belong together, as long as both are alive to tell.
    const [cluster] = this.#model.build(this.#lab.snapshot);
    const rows = (cluster?.children ?? []).filter(({ context }) => context === 'shard');
    const shards = rows.map((shard): Shard => {
      const ports = shard.children.map(({ port }) => port);
      return shardOf(
        shard.label,
        nodes.filter(({ port }) => ports.includes(port)),
      );
    });
    const ports = nodes.map(({ port }) => port);
    // A lab that is gone leaves its lanes until another one needs them.
    const others = ports.length > 0 && ports.join() !== this.#ports.join();
    if (others) this.#ports = ports;
    this.#send({ type: 'cluster', shards, nodes: this.#ports.map(String) });
    if (others) this.#sendAll();
  }

  #add(entries: readonly TimelineEntry[]): void {
    const { nodes } = this.#lab.snapshot;
    const lanes = new Map(nodes.map((node) => [node.port, laneOf(node)]));
    const told = entries.map((entry) => ({ entry, lanes }));
    this.#told = [...this.#told, ...told].slice(-MOST_ENTRIES);
    this.#send({ type: 'entries', entries: told.map((one) => this.#entryOf(one)), anew: false });
  }

  #entryOf({ entry, lanes }: Told): Entry {
    const { at, kind, port } = entry;
    const node = port === undefined ? -1 : this.#ports.indexOf(port);
    return {
      at,
      node: node < 0 ? undefined : node,
      kind,
      kindName: kindName(kind),
      text: localized(entry),
      lanes: this.#ports.map((one) => lanes.get(one) ?? 'up'),
    };
  }

  #sendAll(): void {
    this.#send({ type: 'entries', entries: this.#told.map((told) => this.#entryOf(told)), anew: true });
  }

  #locate(key: string): { slot: number | undefined; text: string } {
    if (key === '') return { slot: undefined, text: '' };
    const slot = keySlotOfText(key);
    const tag = hashTag(key);
    const owner = ownerOf(slot, this.#lab.snapshot.nodes);
    const place = owner === undefined ? t('slot {0}, nobody’s', slot) : t('slot {0} of {1}', slot, owner);
    return { slot, text: tag === undefined ? place : `${place} · ${t('hash tag {0}', tag)}` };
  }
}

function shardOf(name: string, nodes: readonly NodeSnapshot[]): Shard {
  const claims = nodes.filter(({ role, slots }) => role === 'primary' && slots.length > 0);
  const owner = claims.toSorted((a, b) => b.configEpoch - a.configEpoch)[0];
  const served = owner?.process === 'running' && owner.health !== 'fail';
  const ranges = owner?.slots.map(([first, last]) => (first === last ? first : `${first}-${last}`)) ?? [];
  const detail =
    owner === undefined
      ? t('no slots')
      : [
          `${owner.host}:${owner.port}`,
          ranges.length > 4 ? `${ranges.slice(0, 4).join(', ')}, +${ranges.length - 4}` : ranges.join(', '),
          owner.keys === 1 ? t('1 key') : t('{0} keys', owner.keys),
        ].join(' · ');
  return {
    name,
    detail,
    served,
    claims: claims.map(({ configEpoch, slots }) => ({ epoch: configEpoch, ranges: slots })),
  };
}

function ownerOf(slot: number, nodes: readonly NodeSnapshot[]): string | undefined {
  const claims = nodes.filter(
    ({ role, slots }) => role === 'primary' && slots.some(([first, last]) => first <= slot && slot <= last),
  );
  const owner = claims.toSorted((a, b) => b.configEpoch - a.configEpoch)[0];
  return owner && `${owner.host}:${owner.port}`;
}

function laneOf({ process, cutOff }: NodeSnapshot): Lane {
  if (process !== 'running') return 'down';
  return cutOff ? 'cut' : 'up';
}

function kindName(kind: TimelineEntry['kind']): string {
  const names: Readonly<Record<TimelineEntry['kind'], string>> = {
    lab: t('lab'),
    fault: t('fault'),
    failure: t('failure'),
    election: t('election'),
    role: t('role'),
    slots: t('slots'),
    sync: t('sync'),
    state: t('state'),
    client: t('client'),
    gossip: t('gossip'),
    log: t('log'),
  };
  return names[kind];
}

function boardTexts(): Texts {
  return {
    slotMap: t('Slot map'),
    timeline: t('Timeline'),
    key: t('Key'),
    keyHint: t('Where is this key?'),
    logs: t('Node logs'),
    gossip: t('Gossip'),
    clear: t('Clear'),
    nothing: t('Nothing has happened yet: start the lab to see whose the slots are, and what its nodes do.'),
    unserved: t('not served'),
    time: t('Time'),
    what: t('What happened'),
  };
}
