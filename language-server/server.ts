/** The service on a connection: documents in, diagnostics and answers out. */

import {
  type Connection,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  CONF_LANGUAGE,
  type InitializationOptions,
  type ServerSettings,
  SLOT_MAP_NOTIFICATION,
  type SlotMapParams,
} from './protocol.ts';
import { closedConf, LanguageService, type ServiceOptions } from './service.ts';

/** What the server needs of the machine it runs on. */
export interface Runtime extends Pick<ServiceOptions, 'findKeys' | 'readInclude'> {
  /** Calls `action` once, after so many milliseconds; the result calls it off. */
  after(milliseconds: number, action: () => void): () => void;
  /** The URIs of the conf files that may belong to the same set-up as `uri`. */
  siblingsOf(uri: string): readonly string[];
  /** Undefined: it cannot be read. */
  readFile(uri: string): string | undefined;
}

/** Long enough that fast typing does not check every letter, short enough to seem at once. */
const QUIET_MS = 200;

export function startServer(connection: Connection, runtime: Runtime): void {
  new Server(connection, runtime).listen();
}

class Server {
  private readonly connection: Connection;
  private readonly runtime: Runtime;
  private readonly documents = new TextDocuments(TextDocument);
  private readonly waiting = new Map<string, () => void>();
  private service: LanguageService;

  constructor(connection: Connection, runtime: Runtime) {
    this.connection = connection;
    this.runtime = runtime;
    this.service = new LanguageService(runtime);
  }

  listen(): void {
    const { connection, documents } = this;
    connection.onInitialize(({ initializationOptions }) => this.initialize(initializationOptions));
    connection.onDidChangeConfiguration(({ settings }) => this.configure(settings));
    connection.onDidChangeWatchedFiles(() => this.checkAll());
    connection.onNotification(SLOT_MAP_NOTIFICATION, (map: SlotMapParams) => this.service.setSlotMap(map));
    documents.onDidChangeContent(({ document }) => this.changed(document));
    documents.onDidClose(({ document }) => this.closed(document));
    connection.onHover(({ textDocument, position }) => {
      const document = documents.get(textDocument.uri);
      return document && this.service.hover(document, position);
    });
    connection.onCompletion(({ textDocument, position }) => {
      const document = documents.get(textDocument.uri);
      return document && this.service.complete(document, position);
    });
    connection.onCodeAction(({ textDocument, context }) => {
      const document = documents.get(textDocument.uri);
      return document && this.service.codeActions(document, context.diagnostics);
    });
    documents.listen(connection);
    connection.listen();
  }

  private initialize(options: InitializationOptions | undefined): InitializeResult {
    const { findKeys, readInclude } = this.runtime;
    this.service = new LanguageService({ ...options, findKeys, ...(readInclude && { readInclude }) });
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        hoverProvider: true,
        completionProvider: { triggerCharacters: [' ', '-'] },
        codeActionProvider: { codeActionKinds: ['quickfix'] },
      },
    };
  }

  private configure(settings: Partial<ServerSettings> | null): void {
    this.service.configure(settings ?? {});
    this.checkAll();
  }

  private checkAll(): void {
    for (const document of this.documents.all()) this.schedule(document.uri);
  }

  private changed(document: TextDocument): void {
    this.schedule(document.uri);
    if (document.languageId !== CONF_LANGUAGE) return;
    for (const uri of this.runtime.siblingsOf(document.uri)) {
      if (uri !== document.uri && this.documents.get(uri)) this.schedule(uri);
    }
  }

  private closed({ uri }: TextDocument): void {
    this.waiting.get(uri)?.();
    this.waiting.delete(uri);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private schedule(uri: string): void {
    this.waiting.get(uri)?.();
    const cancel = this.runtime.after(QUIET_MS, () => {
      this.waiting.delete(uri);
      this.check(uri);
    });
    this.waiting.set(uri, cancel);
  }

  private check(uri: string): void {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const { version } = document;
    const diagnostics = this.service.diagnose(document, this.setUpOf(document));
    void this.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  /** Open files as they are being edited, the others as they lie on disk. */
  private setUpOf({ uri, languageId }: TextDocument): TextDocument[] {
    if (languageId !== CONF_LANGUAGE || !this.service.crossFileRules) return [];
    return this.runtime.siblingsOf(uri).flatMap((sibling) => {
      const open = this.documents.get(sibling);
      if (open) return [open];
      const text = this.runtime.readFile(sibling);
      return text === undefined ? [] : [closedConf(sibling, text)];
    });
  }
}
