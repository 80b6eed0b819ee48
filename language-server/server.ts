/** The service on a connection: documents in, diagnostics and answers out. */

import {
  type Connection,
  type Diagnostic,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { ConfIndex } from './conf-index.ts';
import { FIX_ALL } from './features/code-actions.ts';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from './features/semantic-tokens.ts';
import { isConfName, pathOfUri } from './paths.ts';
import {
  BYTE_ORDER_MARKS_NOTIFICATION,
  type ByteOrderMarksParams,
  CONF_LANGUAGE,
  type InitializationOptions,
  type ServerSettings,
  SLOT_MAP_NOTIFICATION,
  type SlotMapParams,
  TARGET_REQUEST,
  type TargetAnswer,
  type TargetParams,
} from './protocol.ts';
import { LanguageService, type ServiceOptions } from './service.ts';

/** What the server needs of the machine it runs on. */
export interface Runtime extends Pick<ServiceOptions, 'findKeys' | 'readInclude' | 'exists'> {
  /** Calls `action` once, after so many milliseconds; the result calls it off. */
  after(milliseconds: number, action: () => void): () => void;
  /** The URIs of the conf files that lie around `uri`, where it is no part of the workspace. */
  siblingsOf(uri: string): readonly string[];
  /** Tells the conf files under folders, some at a time, so that questions are answered in between. */
  findConfFiles?(folders: readonly string[], found: (uris: readonly string[]) => void): Promise<void>;
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
  private readonly index = new ConfIndex();
  /** Files, and deployments by their names, that are looked at when it gets quiet. */
  private readonly waiting = new Map<string, () => void>();
  /** Files that nobody has open, and that findings were sent for. */
  private readonly marked = new Set<string>();
  private folders: readonly string[] = [];
  private service: LanguageService;

  constructor(connection: Connection, runtime: Runtime) {
    this.connection = connection;
    this.runtime = runtime;
    this.service = new LanguageService(runtime);
  }

  listen(): void {
    const { connection, documents } = this;
    connection.onInitialize(({ initializationOptions, workspaceFolders }) => {
      this.folders = (workspaceFolders ?? []).map(({ uri }) => uri);
      return this.initialize(initializationOptions);
    });
    connection.onInitialized(() => {
      const search = (folders: readonly string[]): void => {
        this.search(folders).catch((error) => connection.console.error(String(error)));
      };
      search(this.folders);
      connection.workspace.onDidChangeWorkspaceFolders(({ added }) => search(added.map(({ uri }) => uri)));
    });
    connection.onDidChangeConfiguration(({ settings }) => this.configure(settings));
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.fileChanged(uri);
    });
    connection.onNotification(BYTE_ORDER_MARKS_NOTIFICATION, (marks: ByteOrderMarksParams) => {
      this.service.setByteOrderMarks(marks);
      for (const document of documents.all()) this.scheduleFor(document);
    });
    connection.onNotification(SLOT_MAP_NOTIFICATION, (maps: SlotMapParams) => this.service.setSlotMaps(maps));
    documents.onDidOpen(({ document }) => this.meet(document));
    documents.onDidChangeContent(({ document }) => this.scheduleFor(document));
    documents.onDidClose(({ document }) => this.closed(document));
    this.answerQuestions();
    documents.listen(connection);
    connection.listen();
  }

  private answerQuestions(): void {
    const { connection } = this;
    const on = this.answering;
    connection.onHover(on((document, { position }) => this.service.hover(document, position)));
    connection.onCompletion(
      on((document, { position }) => this.service.complete(document, position, this.setUpOf(document))),
    );
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
    const { findKeys, readFile, readInclude, exists } = this.runtime;
    this.service = new LanguageService({
      ...options,
      findKeys,
      readFile,
      ...(readInclude && { readInclude }),
      ...(exists && { exists }),
    });
    this.index.configure(this.service.deployments);
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
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
    this.index.configure(this.service.deployments);
    this.checkAll();
  }

  /** Reads the conf files of the workspace in the background, and then compares them. */
  private async search(folders: readonly string[]): Promise<void> {
    const met = new Set<string>();
    await this.runtime.findConfFiles?.(folders, (uris) => {
      for (const uri of uris) {
        this.read(uri);
        met.add(this.index.deploymentOf(uri));
      }
    });
    this.checkInTurn([...met]);
  }

  /** One deployment after the other: whoever asks something has to wait for one of them at most. */
  private checkInTurn([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    this.check(first);
    this.runtime.after(0, () => this.checkInTurn(others));
  }

  private read(uri: string): void {
    const text = this.runtime.readFile(uri);
    if (text !== undefined) {
      this.index.set(uri, text);
      return;
    }
    this.index.delete(uri);
    this.service.forget(uri);
    if (this.marked.delete(uri)) void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** A conf file, or one that a conf file may include or read users from. */
  private fileChanged(uri: string): void {
    for (const reader of this.service.changed(uri)) this.schedule(this.index.deploymentOf(reader));
    if (!isConfName(pathOfUri(uri))) return;
    this.read(uri);
    this.schedule(this.index.deploymentOf(uri));
  }

  private checkAll(): void {
    const open = new Set(this.documents.all().map((document) => this.scheduleFor(document)));
    this.checkInTurn([...this.index.names()].filter((name) => !open.has(name)));
  }

  /** A file that is no part of the workspace brings those around it along. */
  private meet(document: TextDocument): void {
    const { uri, languageId } = document;
    if (languageId !== CONF_LANGUAGE) return;
    if (!this.index.has(uri)) {
      for (const sibling of this.runtime.siblingsOf(uri)) if (!this.index.has(sibling)) this.read(sibling);
      this.index.set(uri, document.getText());
    }
    this.marked.delete(uri);
  }

  /** Returns what will be looked at: the document, or the deployment it is a part of. */
  private scheduleFor({ uri, languageId }: TextDocument): string {
    const what = languageId === CONF_LANGUAGE ? this.index.deploymentOf(uri) : uri;
    this.schedule(what);
    return what;
  }

  private closed({ uri, languageId }: TextDocument): void {
    this.waiting.get(uri)?.();
    this.waiting.delete(uri);
    this.service.forget(uri);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
    if (languageId !== CONF_LANGUAGE) return;
    // As it lies on disk, without what was not saved. Of another name it was a conf file because somebody said so.
    if (isConfName(pathOfUri(uri))) this.read(uri);
    else this.index.delete(uri);
    this.schedule(this.index.deploymentOf(uri));
  }

  /** `what` is the URI of a file, or the name of a deployment. */
  private schedule(what: string): void {
    this.waiting.get(what)?.();
    const cancel = this.runtime.after(QUIET_MS, () => {
      this.waiting.delete(what);
      this.check(what);
    });
    this.waiting.set(what, cancel);
  }

  private check(what: string): void {
    const document = this.documents.get(what);
    if (document !== undefined && document.languageId !== CONF_LANGUAGE)
      this.send(document, this.service.report(document));
    const members = this.documentsOf(what);
    const across = this.service.compare(members);
    // Files of one folder may as well be variants of one server: of those nobody is told who has not opened them.
    const together = this.index.isNamed(what) || members.some((text) => this.service.isClusterNode(text));
    for (const text of members) {
      const { uri } = text;
      if (this.documents.get(uri)) this.send(text, this.service.report(text, across.get(uri)));
      else this.mark(text, together ? this.service.reportAcross(text, across.get(uri)) : []);
    }
    const turned = this.service.takeTurned();
    for (const { uri, languageId } of this.documents.all())
      if (languageId === CONF_LANGUAGE && turned(uri)) this.schedule(this.index.deploymentOf(uri));
  }

  private send({ uri, version }: TextDocument, diagnostics: Diagnostic[]): void {
    void this.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  /** What nobody has open is only spoken of while there is something to say. */
  private mark({ uri }: TextDocument, diagnostics: Diagnostic[]): void {
    if (diagnostics.length > 0) this.marked.add(uri);
    else if (!this.marked.delete(uri)) return;
    void this.connection.sendDiagnostics({ uri, diagnostics });
  }

  /** The files of one deployment: open ones as they are being edited, the others as they lie on disk. */
  private documentsOf(deployment: string): TextDocument[] {
    const { documents, index } = this;
    const uris = index.members(deployment, (uri) => documents.get(uri) !== undefined);
    return uris.flatMap((uri) => documents.get(uri) ?? index.get(uri) ?? []);
  }

  /** What rules across files read. */
  private setUpOf(text: TextDocument): TextDocument[] {
    return text.languageId === CONF_LANGUAGE && this.service.crossFileRules ? this.siblings(text) : [];
  }

  private siblings({ uri, languageId }: TextDocument): TextDocument[] {
    if (languageId === CONF_LANGUAGE) return this.documentsOf(this.index.deploymentOf(uri));
    return this.runtime.siblingsOf(uri).flatMap((sibling) => {
      if (!this.index.has(sibling)) this.read(sibling);
      return this.documents.get(sibling) ?? this.index.get(sibling) ?? [];
    });
  }
}
