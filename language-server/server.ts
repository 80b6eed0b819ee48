/** The service on a connection: documents in, diagnostics and answers out. */

import {
  type Connection,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { FIX_ALL } from './features/code-actions.ts';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from './features/semantic-tokens.ts';
import {
  CONF_LANGUAGE,
  type InitializationOptions,
  type ServerSettings,
  SLOT_MAP_NOTIFICATION,
  type SlotMapParams,
  TARGET_REQUEST,
  type TargetAnswer,
  type TargetParams,
} from './protocol.ts';
import { closedConf, LanguageService, type ServiceOptions } from './service.ts';

/** What the server needs of the machine it runs on. */
export interface Runtime extends Pick<ServiceOptions, 'findKeys' | 'readInclude' | 'exists'> {
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
    this.answerQuestions();
    documents.listen(connection);
    connection.listen();
  }

  private answerQuestions(): void {
    const { connection } = this;
    const on = this.answering;
    connection.onHover(on((document, { position }) => this.service.hover(document, position)));
    connection.onCompletion(on((document, { position }) => this.service.complete(document, position)));
    connection.onSignatureHelp(on((document, { position }) => this.service.signature(document, position)));
    connection.onCodeAction(
      on((document, { context }) => this.service.codeActions(document, context.diagnostics, context.only)),
    );
    connection.onDocumentFormatting(on((document) => this.service.format(document)));
    connection.onDocumentSymbol(on((document) => this.service.symbols(document)));
    connection.onFoldingRanges(on((document) => this.service.folds(document)));
    connection.onDocumentLinks(on((document) => this.service.links(document, this.siblings(document))));
    connection.onCodeLens(on((document) => this.service.lenses(document, this.setUpOf(document))));
    connection.onPrepareRename(
      on((document, { position }) => this.service.prepareRename(document, position)),
    );
    connection.onRenameRequest(
      on((document, { position, newName }) =>
        this.service.rename(document, position, newName, this.setUpOf(document)),
      ),
    );
    connection.languages.semanticTokens.on(({ textDocument }) => {
      const document = this.documents.get(textDocument.uri);
      return { data: document ? this.service.semanticTokens(document) : [] };
    });
    connection.onRequest(TARGET_REQUEST, ({ uri }: TargetParams): TargetAnswer | null => {
      const document = this.documents.get(uri);
      return document ? this.service.target(document) : null;
    });
  }

  /** Answers for documents that are open; null for others. */
  private readonly answering =
    <Params extends { readonly textDocument: { readonly uri: string } }, Answer>(
      answer: (document: TextDocument, params: Params) => Answer | undefined,
    ) =>
    (params: Params): Answer | null => {
      const document = this.documents.get(params.textDocument.uri);
      return (document && answer(document, params)) ?? null;
    };

  private initialize(options: InitializationOptions | undefined): InitializeResult {
    const { findKeys, readInclude, exists } = this.runtime;
    this.service = new LanguageService({
      ...options,
      findKeys,
      ...(readInclude && { readInclude }),
      ...(exists && { exists }),
    });
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        hoverProvider: true,
        completionProvider: { triggerCharacters: [' ', '-'] },
        codeActionProvider: { codeActionKinds: ['quickfix', FIX_ALL] },
        signatureHelpProvider: { triggerCharacters: [' '] },
        documentFormattingProvider: true,
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        documentLinkProvider: {},
        codeLensProvider: {},
        renameProvider: { prepareProvider: true },
        semanticTokensProvider: {
          legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
          full: true,
        },
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

  /** What rules across files read. Open files as they are being edited, the others as they lie on disk. */
  private setUpOf({ uri, languageId }: TextDocument): TextDocument[] {
    return languageId === CONF_LANGUAGE && this.service.crossFileRules ? this.siblings({ uri }) : [];
  }

  private siblings({ uri }: Pick<TextDocument, 'uri'>): TextDocument[] {
    return this.runtime.siblingsOf(uri).flatMap((sibling) => {
      const open = this.documents.get(sibling);
      if (open) return [open];
      const text = this.runtime.readFile(sibling);
      return text === undefined ? [] : [closedConf(sibling, text)];
    });
  }
}
