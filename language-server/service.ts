/** The language service: everything the server can do, without a connection. One instance serves one client. */

import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  Position,
  Range,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfEntry } from '../extension/redis/config/parse-conf.ts';
import { type KeyFinder, keysOf, readCommand, slotOfWord } from './commands-document.ts';
import { codeActionsFor, FIX_ALL, fixAll } from './features/code-actions.ts';
import { lensesOf, partOf } from './features/code-lens.ts';
import { commandDiagnostics } from './features/command-diagnostics.ts';
import { commandHover, commandLenses, commandSignature, completeCommand } from './features/command-help.ts';
import { completeConf } from './features/completion.ts';
import { findAll, inOrder, toDiagnostics } from './features/diagnostics.ts';
import { formatConf } from './features/formatting.ts';
import { directiveHover } from './features/hover.ts';
import { keyHover, keyLiteralAt, speaksOfRedis } from './features/key-hover.ts';
import { type Exists, linksOf } from './features/links.ts';
import { nodesDiagnostics, nodesHover, nodesLinks, nodesSymbols } from './features/nodes-file.ts';
import { foldsOf, symbolsOf } from './features/outline.ts';
import { byteOrderMark } from './features/refusals.ts';
import { type RenameFile, renameableAt, renameEdits } from './features/rename.ts';
import { semanticTokens } from './features/semantic-tokens.ts';
import { signatureAt } from './features/signature.ts';
import type { Finding } from './finding.ts';
import { IncludeIndex, readsFileOf } from './include-index.ts';
import { LineMemory } from './line-memory.ts';
import { type Language, languageFor } from './localize.ts';
import { readNodes } from './nodes-document.ts';
import { type ConfDocument, ConfReader } from './parser.ts';
import {
  type ByteOrderMark,
  COMMANDS_LANGUAGE,
  CONF_LANGUAGE,
  type InitializationOptions,
  NODES_LANGUAGE,
  type ServerSettings,
  type SlotMap,
  type TargetAnswer,
} from './protocol.ts';
import { checkSetUp } from './rules/set-up.ts';
import { targetAskedFor } from './target.ts';

export interface ServiceOptions extends InitializationOptions {
  /** Which arguments of a command are keys. */
  readonly findKeys: KeyFinder;
  /** The text of a file that the conf file `uri` includes; undefined where it cannot be read. */
  readInclude?(uri: string, path: string): string | undefined;
  /** The text of a file that is no conf file, an ACL file for one; undefined where it cannot be read. */
  readFile?(uri: string): string | undefined;
  /** Whether a file is there; without it nothing is linked. */
  readonly exists?: Exists;
}

/** A larger file is no configuration: what lies beyond is left alone, and is said to be. */
const MOST_LINES = 50_000;

const DEFAULTS: ServerSettings = {
  target: 'auto',
  crossFileRules: true,
  deployments: [],
  keyHoversInCode: true,
};

interface ParsedFile {
  readonly text: TextDocument;
  /** Of the text, and the setting it was read under. */
  readonly version: string;
  readonly document: ConfDocument;
  readonly memory: LineMemory;
}

export class LanguageService {
  private readonly options: ServiceOptions;
  private readonly language: Language;
  /** The folder of the pages in that language. */
  private readonly docsUri: string | undefined;
  private readonly reader = new ConfReader();
  /** By URI. What weak keys lead to outlives many collections of young objects, and files are read with every pause. */
  private readonly parsed = new Map<string, ParsedFile>();
  private readonly includes = new IncludeIndex();
  private settings: ServerSettings;
  private slotMaps: readonly SlotMap[] = [];
  /** The encoding of what is saved with a byte order mark, by URI. */
  private byteOrderMarks: ReadonlyMap<string, string> = new Map();

  constructor(options: ServiceOptions) {
    this.options = options;
    this.language = languageFor(options.locale);
    this.docsUri = options.docsUri && options.docsUri + this.language.pages;
    this.settings = { ...DEFAULTS, ...options.settings };
  }

  configure(settings: Partial<ServerSettings>): void {
    this.settings = { ...this.settings, ...settings };
  }

  /** Nobody has the file open any more, or it is gone. */
  forget(uri: string): void {
    this.parsed.delete(uri);
    this.includes.delete(uri);
  }

  /** A file was written, came or went: whoever reads it will be read anew. The URIs of these. */
  changed(uri: string): readonly string[] {
    const readers = [...this.parsed.values()].filter(({ document }) => readsFileOf(document, uri));
    for (const { document } of readers) this.parsed.delete(document.uri);
    return readers.map(({ document }) => document.uri);
  }

  /** Says of which files it has turned out, since this was last asked, that they are parts of others, or are none. */
  takeTurned(): (uri: string) => boolean {
    return this.includes.takeChanged();
  }

  setSlotMaps(maps: readonly SlotMap[]): void {
    this.slotMaps = maps;
  }

  setByteOrderMarks(marks: readonly ByteOrderMark[]): void {
    this.byteOrderMarks = new Map(marks.map(({ uri, encoding }) => [uri, encoding]));
  }

  get crossFileRules(): boolean {
    return this.settings.crossFileRules;
  }

  get deployments(): readonly string[] {
    return this.settings.deployments;
  }

  /** `siblings` are the other files of the same set-up. */
  diagnose(text: TextDocument, siblings: readonly TextDocument[] = []): Diagnostic[] {
    const others = siblings.filter(({ uri }) => uri !== text.uri);
    const across = others.length > 0 ? this.compare([text, ...others]) : undefined;
    return this.report(text, across?.get(text.uri));
  }

  /** What a file says by itself, and `across`: what it does not say in company. */
  report(text: TextDocument, across: readonly Finding[] = []): Diagnostic[] {
    const { docsUri } = this;
    const { translate } = this.language;
    if (text.languageId === COMMANDS_LANGUAGE) {
      return commandDiagnostics(text.getText(), this.options.findKeys, translate, docsUri);
    }
    if (text.languageId === NODES_LANGUAGE)
      return nodesDiagnostics(readNodes(text.getText()), translate, docsUri);
    if (text.languageId !== CONF_LANGUAGE) return [];
    const document = this.parse(text);
    const memory = this.memoryOf(text);
    const found = findAll(document, translate, memory);
    const encoding = this.byteOrderMarks.get(text.uri);
    if (encoding !== undefined) found.push(byteOrderMark(document, encoding, translate));
    if (across.length > 0) found.push(...across);
    if (across.length > 0 || encoding !== undefined) found.sort(inOrder);
    return toDiagnostics(found, document, text, docsUri, memory);
  }

  /** Of a file that nobody looks at, only what concerns other files. */
  reportAcross(text: TextDocument, across: readonly Finding[] = []): Diagnostic[] {
    const document = this.parse(text);
    return toDiagnostics(across, document, text, this.docsUri, this.memoryOf(text));
  }

  isClusterNode(text: TextDocument): boolean {
    return isConf(text) && this.parse(text).settings.isOn('cluster-enabled');
  }

  /** The conf files of one set-up held against each other: the findings of each, by its URI. */
  compare(texts: readonly TextDocument[]): ReadonlyMap<string, readonly Finding[]> {
    if (!this.settings.crossFileRules) return new Map();
    // In the order of their names, so that of two files always the same one is in the way of the other.
    const all = texts.filter(isConf).map((text) => this.parse(text));
    const confs = all.filter(({ uri }) => this.includes.includersOf(uri).length === 0);
    return checkSetUp(
      confs.sort((a, b) => (a.uri < b.uri ? -1 : 1)),
      this.language.translate,
    );
  }

  hover(text: TextDocument, position: Position): Hover | undefined {
    if (text.languageId === CONF_LANGUAGE) return this.hoverConf(text, position);
    if (text.languageId === NODES_LANGUAGE) {
      return nodesHover(readNodes(text.getText()), position, this.language.translate);
    }
    const line = lineAt(text, position.line);
    return text.languageId === COMMANDS_LANGUAGE
      ? this.hoverCommand(line, position)
      : this.hoverCode(line, position, text);
  }

  /** `siblings` are the other files of the set-up. */
  complete(text: TextDocument, position: Position, siblings: readonly TextDocument[] = []): CompletionItem[] {
    const before = lineAt(text, position.line).slice(0, position.character);
    if (text.languageId === COMMANDS_LANGUAGE) {
      return completeCommand(before, position, text.getText(), this.options.findKeys);
    }
    if (text.languageId !== CONF_LANGUAGE) return [];
    const others = siblings.filter(({ uri }) => uri !== text.uri).map((sibling) => this.parse(sibling));
    return completeConf(before, position, this.parse(text), others, this.language);
  }

  /** Fixes of `diagnostics`; or, when the client asks for that kind, one for all safe ones of the file. */
  codeActions(
    text: TextDocument,
    diagnostics: readonly Diagnostic[],
    only?: readonly string[],
  ): CodeAction[] {
    if (
      only?.some(
        (kind) => kind === FIX_ALL || FIX_ALL.startsWith(`${kind}.`) || kind.startsWith(`${FIX_ALL}.`),
      )
    ) {
      return fixAll(text, (content) => this.diagnoseOnce(content), this.language.translate);
    }
    return codeActionsFor(text.uri, diagnostics);
  }

  format(text: TextDocument): TextEdit[] {
    if (!isConf(text)) return [];
    const document = this.parse(text);
    return document.isCut ? [] : formatConf(document, text);
  }

  symbols(text: TextDocument): DocumentSymbol[] {
    if (text.languageId === NODES_LANGUAGE) return nodesSymbols(readNodes(text.getText()));
    return isConf(text) ? symbolsOf(this.parse(text), text) : [];
  }

  folds(text: TextDocument): FoldingRange[] {
    return isConf(text) ? foldsOf(this.parse(text)) : [];
  }

  /** `siblings` are the conf files around. */
  links(text: TextDocument, siblings: readonly TextDocument[] = []): DocumentLink[] {
    if (text.languageId === NODES_LANGUAGE) {
      const confs = siblings.map((sibling) => this.parse(sibling));
      return nodesLinks(text.uri, readNodes(text.getText()), confs);
    }
    const { exists } = this.options;
    return isConf(text) && exists ? linksOf(this.parse(text), text, exists) : [];
  }

  /** As the protocol counts: five numbers a token, of the types and modifiers in features/semantic-tokens.ts. */
  semanticTokens(text: TextDocument): number[] {
    return isConf(text) ? semanticTokens(this.parse(text), text) : [];
  }

  signature(text: TextDocument, position: Position): SignatureHelp | undefined {
    const before = lineAt(text, position.line).slice(0, position.character);
    if (text.languageId === COMMANDS_LANGUAGE) return commandSignature(before);
    if (!isConf(text)) return undefined;
    return signatureAt(before, this.parse(text), this.language);
  }

  /** The place and name of what can be renamed at a position. */
  prepareRename(text: TextDocument, position: Position): { range: Range; placeholder: string } | undefined {
    const found = this.renameable(text, position);
    return found && { range: found.range, placeholder: found.name };
  }

  /** `siblings` are the other files of the set-up. */
  rename(
    text: TextDocument,
    position: Position,
    newName: string,
    siblings: readonly TextDocument[] = [],
  ): WorkspaceEdit | undefined {
    const found = this.renameable(text, position);
    if (found === undefined) return undefined;
    const own = this.fileOf(text);
    const others = siblings.filter(({ uri }) => uri !== text.uri).map((sibling) => this.fileOf(sibling));
    return renameEdits(found, newName, own, [own, ...others]);
  }

  lenses(text: TextDocument, siblings: readonly TextDocument[] = []): CodeLens[] {
    if (text.languageId === COMMANDS_LANGUAGE) return commandLenses(text.getText(), this.language.translate);
    if (!isConf(text)) return [];
    const document = this.parse(text);
    const others = siblings.filter(({ uri }) => uri !== text.uri).map((sibling) => this.parse(sibling));
    const all = [document, ...others].sort((a, b) => (a.uri < b.uri ? -1 : 1));
    const includers = this.includes.includersOf(text.uri);
    if (includers.length > 0) return [partOf(includers, this.language.translate)];
    return lensesOf(document, text, all, this.language.translate);
  }

  /** Which server a file is judged by. */
  target(text: TextDocument): TargetAnswer {
    const { target, decidedBy } = this.parse(text);
    return { target, decidedBy };
  }

  private renameable(text: TextDocument, position: Position): ReturnType<typeof renameableAt> {
    if (!isConf(text)) return undefined;
    const file = this.fileOf(text);
    const found = wordAt(file.document, text.offsetAt(position));
    return found && renameableAt(found.entry, found.at, file);
  }

  private fileOf(text: TextDocument): RenameFile {
    return { document: this.parse(text), text };
  }

  private parse(text: TextDocument): ConfDocument {
    const isPart = this.includes.includersOf(text.uri).length > 0;
    const version = `${text.version} ${this.settings.target} ${isPart}`;
    const held = this.parsed.get(text.uri);
    // Of one file there may be the text on the disk and the one that is being edited.
    const known = held?.text === text ? held : undefined;
    if (known?.version === version) return known.document;
    const document = this.read(text, known?.document);
    const memory = known?.document.target === document.target ? known.memory : new LineMemory();
    this.parsed.set(text.uri, { text, version, document, memory });
    this.includes.set(document);
    return document;
  }

  private read(text: TextDocument, before?: ConfDocument): ConfDocument {
    const { readInclude, readFile } = this.options;
    const content = text.getText();
    return this.reader.read(text.uri, content, {
      asked: targetAskedFor(content, this.settings.target),
      before,
      mostLines: MOST_LINES,
      isPart: this.includes.includersOf(text.uri).length > 0,
      ...(readInclude && { readInclude }),
      ...(readFile && { readFile }),
    });
  }

  /** Of a conf file that nobody will ask about again. */
  private diagnoseOnce(text: TextDocument): Diagnostic[] {
    if (!isConf(text)) return [];
    const document = this.read(text);
    const found = findAll(document, this.language.translate);
    return toDiagnostics(found, document, text, this.docsUri, new LineMemory());
  }

  private memoryOf(text: TextDocument): LineMemory {
    const held = this.parsed.get(text.uri);
    return held?.text === text ? held.memory : new LineMemory();
  }

  private hoverConf(text: TextDocument, position: Position): Hover | undefined {
    const document = this.parse(text);
    const offset = text.offsetAt(position);
    const found = wordAt(document, offset);
    const word = found?.entry.words[found.at];
    const value = found && directiveHover(found.entry, found.at, document, this.language);
    if (found === undefined || word === undefined || value === undefined) return undefined;
    const { column } = found;
    const start = text.positionAt(offset - column + word.start);
    const end = text.positionAt(offset - column + word.end);
    return { contents: { kind: 'markdown', value }, range: { start, end } };
  }

  private hoverCommand(content: string, { line, character }: Position): Hover | undefined {
    const command = readCommand(content, line);
    if (command === undefined) return undefined;
    const isHere = ({ start, end }: { start: number; end: number }): boolean =>
      character >= start && character <= end;
    const key = keysOf(command, this.options.findKeys).find(isHere);
    if (key === undefined) {
      const at = command.words.findIndex(isHere);
      const word = command.words[at];
      const argv = command.words.map(({ text }) => text);
      const about = word && commandHover(argv, at, this.language.translate);
      return word && about ? this.onLine(line, word.start, word.end, about) : undefined;
    }
    const value = keyHover(key.text, this.slotMaps, this.language.translate, slotOfWord(key));
    return this.onLine(line, key.start, key.end, value);
  }

  private hoverCode(content: string, { line, character }: Position, text: TextDocument): Hover | undefined {
    if (!this.settings.keyHoversInCode) return undefined;
    const literal = keyLiteralAt(content, character, this.options.findKeys);
    if (literal === undefined || !speaksOfRedis(text.getText())) return undefined;
    const value = keyHover(literal.key, this.slotMaps, this.language.translate);
    return this.onLine(line, literal.start, literal.end, value);
  }

  private onLine(line: number, start: number, end: number, value: string): Hover {
    const range = { start: { line, character: start }, end: { line, character: end } };
    return { contents: { kind: 'markdown', value }, range };
  }
}

function lineAt(text: TextDocument, line: number): string {
  const start = { line, character: 0 };
  return text.getText({ start, end: { line: line + 1, character: 0 } }).replace(/[\r\n]+$/, '');
}

function isConf({ languageId }: TextDocument): boolean {
  return languageId === CONF_LANGUAGE;
}

interface FoundWord {
  readonly entry: ConfEntry;
  readonly at: number;
  readonly column: number;
}

function wordAt(document: ConfDocument, offset: number): FoundWord | undefined {
  const entry = entryAt(document, offset);
  if (entry === undefined) return undefined;
  const column = offset - document.offsetOf(entry.line);
  const at = entry.words.findIndex(({ start, end }) => column >= start && column <= end);
  return at < 0 ? undefined : { entry, at, column };
}

function entryAt(document: ConfDocument, offset: number): ConfEntry | undefined {
  return document.conf.entries.find(({ line, source }) => {
    if (source !== undefined) return false;
    const start = document.offsetOf(line);
    return offset >= start && offset <= start + line.text.length;
  });
}
