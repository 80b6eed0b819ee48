/** The language server, started when there is something for it to read, and told where the lab's slots are. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  BYTE_ORDER_MARKS_NOTIFICATION,
  type ByteOrderMark,
  COMMANDS_LANGUAGE,
  CONF_LANGUAGE,
  NODES_LANGUAGE,
  SLOT_MAP_NOTIFICATION,
  type SlotMap,
} from '../../language-server/protocol.ts';
import type { LabSnapshot } from '../lab/protocol.ts';
import type { Clusters, RemoteCluster } from './clusters.ts';
import type { LabController } from './lab-controller.ts';
import { isAlive } from './lab-files.ts';
import { SECTION, serverSettings } from './settings.ts';

/** Encodings that VS Code writes with a mark in front, which it leaves out of the text. */
const MARKED_ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['utf8bom', 'UTF-8 with BOM'],
  ['utf16le', 'UTF-16 LE'],
  ['utf16be', 'UTF-16 BE'],
]);

const OWN_LANGUAGES: ReadonlySet<string> = new Set([CONF_LANGUAGE, COMMANDS_LANGUAGE, NODES_LANGUAGE]);

export class Language implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #lab: LabController;
  readonly #clusters: Clusters;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: vscode.Disposable;
  #client: Promise<LanguageClient | undefined> | undefined;
  /** The slot maps and the byte order marks sent last, as JSON: only changes are sent. */
  #sent = '[]';
  #sentMarks = '[]';
  /** What the lab runs, as lenses tell it. */
  #running = '';

  constructor(
    context: vscode.ExtensionContext,
    lab: LabController,
    clusters: Clusters,
    log: vscode.LogOutputChannel,
  ) {
    this.#context = context;
    this.#lab = lab;
    this.#clusters = clusters;
    this.#log = log;
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.#meet(document)),
      // Of another encoding as well.
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#meet(document)),
      vscode.workspace.onDidChangeConfiguration((change) => this.#configure(change)),
      vscode.workspace.onDidSaveTextDocument((document) => void this.#tellSaved(document)),
      lab.onDidChange(() => {
        this.#follow();
        void this.#refreshLenses();
      }),
      clusters.onDidChange(() => this.#follow()),
    );
    for (const document of vscode.workspace.textDocuments) this.#meet(document);
  }

  /** Undefined while there is nothing to read. */
  get client(): Promise<LanguageClient | undefined> {
    return Promise.resolve(this.#client);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async close(): Promise<void> {
    const client = await this.#client;
    if (client?.isRunning()) await client.stop();
  }

  #meet(document: vscode.TextDocument): void {
    if (OWN_LANGUAGES.has(document.languageId)) this.#start();
    if (document.languageId === CONF_LANGUAGE) void this.#sendByteOrderMarks();
  }

  #follow(): void {
    // With a cluster at hand, key literals in code have an owner worth telling.
    if (this.#slotMaps().length > 0) this.#start();
    if (this.#client) void this.#sendSlotMaps();
  }

  #slotMaps(): SlotMap[] {
    const { snapshot } = this.#lab;
    return [
      ...(snapshot.state === 'ready' ? [labMap(snapshot)] : []),
      ...this.#clusters.all.flatMap(remoteMap),
    ];
  }

  #start(): void {
    if (this.#client) return;
    this.#client = this.#launch();
    void this.#sendSlotMaps();
  }

  async #launch(): Promise<LanguageClient | undefined> {
    try {
      const { startLanguageServer } = await import('./language-server-process.ts');
      return await startLanguageServer(this.#context, this.#lab);
    } catch (error) {
      this.#log.error(`language server: ${error}`);
      return undefined;
    }
  }

  async #sendSlotMaps(): Promise<void> {
    const client = await this.#client;
    const maps = this.#slotMaps();
    const text = JSON.stringify(maps);
    if (text === this.#sent || !client?.isRunning()) return;
    this.#sent = text;
    await client.sendNotification(SLOT_MAP_NOTIFICATION, maps);
  }

  async #tellSaved(document: vscode.TextDocument): Promise<void> {
    const client = await this.#client;
    if (!client?.isRunning()) return;
    const { tellSaved } = await import('./language-server-process.ts');
    await tellSaved(client, document);
  }

  async #refreshLenses(): Promise<void> {
    const { folder, snapshot } = this.#lab;
    const running = [folder, snapshot.state, ...snapshot.nodes.map(isAlive)].join();
    if (running === this.#running) return;
    this.#running = running;
    const client = await this.#client;
    if (!client?.isRunning()) return;
    const { refreshLenses } = await import('./language-server-process.ts');
    refreshLenses(client);
  }

  async #sendByteOrderMarks(): Promise<void> {
    const client = await this.#client;
    const marks = vscode.workspace.textDocuments.flatMap(({ uri, languageId, encoding }): ByteOrderMark[] => {
      const name = languageId === CONF_LANGUAGE ? MARKED_ENCODINGS.get(encoding) : undefined;
      return name === undefined ? [] : [{ uri: uri.toString(), encoding: name }];
    });
    const text = JSON.stringify(marks);
    if (text === this.#sentMarks || !client?.isRunning()) return;
    this.#sentMarks = text;
    await client.sendNotification(BYTE_ORDER_MARKS_NOTIFICATION, marks);
  }

  async #configure(change: vscode.ConfigurationChangeEvent): Promise<void> {
    const client = await this.#client;
    if (!client?.isRunning() || !change.affectsConfiguration(`${SECTION}.conf`)) return;
    await client.sendNotification('workspace/didChangeConfiguration', { settings: serverSettings() });
  }
}

/** Slots that nobody serves are in no range. */
function labMap({ nodes }: LabSnapshot): SlotMap {
  const primaries = nodes.filter((node) => node.role === 'primary');
  return {
    source: 'lab',
    ranges: primaries.flatMap(({ host, port, slots }) =>
      slots.map(([first, last]) => [first, last, `${host}:${port}`] as const),
    ),
  };
}

function remoteMap({ profile, picture }: RemoteCluster): SlotMap[] {
  if (picture?.state !== 'connected') return [];
  const owners = picture.nodes.filter(
    ({ role, unreachable }) => role === 'primary' && unreachable === undefined,
  );
  return [
    {
      source: profile.name,
      ranges: owners.flatMap(({ address: { host, port }, slots }) =>
        slots.map(([first, last]) => [first, last, `${host}:${port}`] as const),
      ),
    },
  ];
}
