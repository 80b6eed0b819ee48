/** The language service: everything the server can do, without a connection. One instance serves one client. */

import type { CodeAction, CompletionItem, Diagnostic, Hover, Position } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfEntry } from '../extension/redis/config/parse-conf.ts';
import { type KeyFinder, keysOf, readCommand, slotOfWord } from './commands-document.ts';
import { codeActionsFor } from './features/code-actions.ts';
import { commandDiagnostics } from './features/command-diagnostics.ts';
import { completeCommand, completeConf } from './features/completion.ts';
import { findAll, inOrder, toDiagnostic } from './features/diagnostics.ts';
import { directiveHover } from './features/hover.ts';
import { keyHover, keyLiteralAt } from './features/key-hover.ts';
import { type Language, languageFor } from './localize.ts';
import { type ConfDocument, parseDocument } from './parser.ts';
import {
  COMMANDS_LANGUAGE,
  CONF_LANGUAGE,
  type InitializationOptions,
  type ServerSettings,
  type SlotMap,
} from './protocol.ts';
import { checkSetUp } from './rules/set-up.ts';
import { targetOf } from './target.ts';

export interface ServiceOptions extends InitializationOptions {
  /** Which arguments of a command are keys. */
  readonly findKeys: KeyFinder;
  /** The text of a file that the conf file `uri` includes; undefined where it cannot be read. */
  readInclude?(uri: string, path: string): string | undefined;
}

const DEFAULTS: ServerSettings = { target: 'auto', crossFileRules: true, keyHoversInCode: true };

export class LanguageService {
  private readonly options: ServiceOptions;
  private readonly language: Language;
  private readonly parsed = new WeakMap<
    TextDocument,
    { readonly version: string; readonly document: ConfDocument }
  >();
  private settings: ServerSettings;
  private slotMap: SlotMap | undefined;

  constructor(options: ServiceOptions) {
    this.options = options;
    this.language = languageFor(options.locale);
    this.settings = { ...DEFAULTS, ...options.settings };
  }

  configure(settings: Partial<ServerSettings>): void {
    this.settings = { ...this.settings, ...settings };
  }

  setSlotMap(map: SlotMap | null): void {
    this.slotMap = map ?? undefined;
  }

  get crossFileRules(): boolean {
    return this.settings.crossFileRules;
  }

  /** `siblings` are the other files of the same set-up. */
  diagnose(text: TextDocument, siblings: readonly TextDocument[] = []): Diagnostic[] {
    const { docsUri } = this.options;
    const { translate } = this.language;
    if (text.languageId === COMMANDS_LANGUAGE) {
      return commandDiagnostics(text.getText(), this.options.findKeys, translate, docsUri);
    }
    if (text.languageId !== CONF_LANGUAGE) return [];
    const document = this.parse(text);
    const found = findAll(document, translate);
    if (this.settings.crossFileRules && siblings.length > 0) {
      const others = siblings.filter(({ uri }) => uri !== text.uri).map((sibling) => this.parse(sibling));
      // In the order of their names, so that of two files always the same one is in the way of the other.
      const setUp = [document, ...others].sort((a, b) => (a.uri < b.uri ? -1 : 1));
      found.push(...(checkSetUp(setUp, translate).get(text.uri) ?? []));
      found.sort(inOrder);
    }
    return found.map((finding) => toDiagnostic(finding, document, text, docsUri));
  }

  hover(text: TextDocument, position: Position): Hover | undefined {
    if (text.languageId === CONF_LANGUAGE) return this.hoverConf(text, position);
    const line = lineAt(text, position.line);
    return text.languageId === COMMANDS_LANGUAGE
      ? this.hoverCommand(line, position)
      : this.hoverCode(line, position);
  }

  complete(text: TextDocument, position: Position): CompletionItem[] {
    const before = lineAt(text, position.line).slice(0, position.character);
    const target = targetOf(text.uri, this.settings.target);
    if (text.languageId === COMMANDS_LANGUAGE) return completeCommand(before, position, { target });
    if (text.languageId !== CONF_LANGUAGE) return [];
    return completeConf(before, position, this.parse(text), this.language);
  }

  codeActions(text: TextDocument, diagnostics: readonly Diagnostic[]): CodeAction[] {
    return codeActionsFor(text.uri, diagnostics);
  }

  private parse(text: TextDocument): ConfDocument {
    const target = targetOf(text.uri, this.settings.target);
    const version = `${text.version} ${target}`;
    const known = this.parsed.get(text);
    if (known?.version === version) return known.document;
    const { readInclude } = this.options;
    const document = parseDocument(text.uri, text.getText(), { target, ...(readInclude && { readInclude }) });
    this.parsed.set(text, { version, document });
    return document;
  }

  private hoverConf(text: TextDocument, position: Position): Hover | undefined {
    const document = this.parse(text);
    const offset = text.offsetAt(position);
    const entry = entryAt(document, offset);
    if (entry === undefined) return undefined;
    const column = offset - document.offsetOf(entry.line);
    const at = entry.words.findIndex(({ start, end }) => column >= start && column <= end);
    const word = entry.words[at];
    const value = word && directiveHover(entry, at, document, this.language);
    if (word === undefined || value === undefined) return undefined;
    const start = text.positionAt(offset - column + word.start);
    const end = text.positionAt(offset - column + word.end);
    return { contents: { kind: 'markdown', value }, range: { start, end } };
  }

  private hoverCommand(content: string, { line, character }: Position): Hover | undefined {
    const command = readCommand(content, line);
    const keys = command ? keysOf(command, this.options.findKeys) : [];
    const key = keys.find(({ start, end }) => character >= start && character <= end);
    if (key === undefined) return undefined;
    const value = keyHover(key.text, this.slotMap, this.language.translate, slotOfWord(key));
    return this.onLine(line, key.start, key.end, value);
  }

  private hoverCode(content: string, { line, character }: Position): Hover | undefined {
    if (!this.settings.keyHoversInCode) return undefined;
    const literal = keyLiteralAt(content, character, this.options.findKeys);
    if (literal === undefined) return undefined;
    const value = keyHover(literal.key, this.slotMap, this.language.translate);
    return this.onLine(line, literal.start, literal.end, value);
  }

  private onLine(line: number, start: number, end: number, value: string): Hover {
    const range = { start: { line, character: start }, end: { line, character: end } };
    return { contents: { kind: 'markdown', value }, range };
  }
}

/** A file nobody has open, for rules across files. */
export function closedConf(uri: string, text: string): TextDocument {
  return TextDocument.create(uri, CONF_LANGUAGE, 0, text);
}

function lineAt(text: TextDocument, line: number): string {
  const start = { line, character: 0 };
  return text.getText({ start, end: { line: line + 1, character: 0 } }).replace(/[\r\n]+$/, '');
}

function entryAt(document: ConfDocument, offset: number): ConfEntry | undefined {
  return document.conf.entries.find(({ line, source }) => {
    if (source !== undefined) return false;
    const start = document.offsetOf(line);
    return offset >= start && offset <= start + line.text.length;
  });
}
