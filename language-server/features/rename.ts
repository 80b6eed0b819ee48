/** Rename of a user, or of a node's port, in all files of a set-up. */

import type { Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import { needsQuotes, quoteArg } from '../../extension/redis/config/split-args.ts';
import { type ConfDocument, spanOf } from '../parser.ts';
import { entriesOf, portEdits } from '../port-edits.ts';
import { rangeOf } from './diagnostics.ts';

/** A file of the set-up, with its text. */
export interface RenameFile {
  readonly document: ConfDocument;
  readonly text: TextDocument;
}

export interface Renameable {
  readonly kind: 'user' | 'port';
  readonly name: string;
  readonly range: Range;
}

/** What could be renamed at word `at` of a line; undefined: nothing. */
export function renameableAt(entry: ConfEntry, at: number, file: RenameFile): Renameable | undefined {
  const word = entry.words[at];
  if (word === undefined || at !== 1 || entry.source || entry.value === undefined) return undefined;
  const range = rangeOf(spanOf(entry, 0), file.document, file.text);
  const name = entry.directive?.name;
  if (name === 'user' || name === 'masteruser') return { kind: 'user', name: word.text, range };
  if (name === 'port' && word.text !== '0') return { kind: 'port', name: word.text, range };
  return undefined;
}

/** `own` is the file it was asked in; undefined: the new name is none. */
export function renameEdits(
  { kind, name }: Renameable,
  newName: string,
  own: RenameFile,
  files: readonly RenameFile[],
): WorkspaceEdit | undefined {
  const changes = new Map<string, TextEdit[]>();
  const note = (file: RenameFile, edits: TextEdit[]): void => {
    if (edits.length > 0) changes.set(file.document.uri, edits);
  };
  if (kind === 'user') {
    if (newName === '' || /[\s\0]/.test(newName)) return undefined;
    for (const file of files) note(file, userEdits(file, name, newName));
  } else {
    const port = Number(newName);
    if (!/^[1-9]\d{0,4}$/.test(newName) || port > 65535) return undefined;
    for (const file of files) {
      const edits =
        file === own ? ownPortEdits(file, Number(name), port) : primaryEdits(file, own, name, newName);
      note(file, edits);
    }
  }
  return { changes: Object.fromEntries(changes) };
}

function userEdits(file: RenameFile, name: string, newName: string): TextEdit[] {
  const written = needsQuotes(newName) ? quoteArg(newName) : newName;
  return entriesOf(file.document, 'user', 'masteruser')
    .filter(({ words }) => words[1]?.text === name)
    .map((entry) => edit(file, entry, 0, written));
}

/** `replicaof` lines of other files that mean the renamed node: by this port, on its machine. */
function primaryEdits(file: RenameFile, own: RenameFile, name: string, newName: string): TextEdit[] {
  const hosts = new Set(['127.0.0.1', 'localhost', '::1', ...hostsOf(own)]);
  return entriesOf(file.document, 'replicaof').flatMap((entry) => {
    const { value, words } = entry;
    if (value?.type !== 'primary' || words[2]?.text !== name) return [];
    return hosts.has(value.value?.host ?? '') ? [edit(file, entry, 1, newName)] : [];
  });
}

function hostsOf({ document: { settings } }: RenameFile): string[] {
  const announced = [settings.text('cluster-announce-ip'), settings.text('replica-announce-ip')];
  return [...announced, ...settings.bindAddresses().map((address) => address.replace(/^-/, ''))];
}

function ownPortEdits({ document, text }: RenameFile, old: number, port: number): TextEdit[] {
  return portEdits(document, old, port).map((one) => ({
    range: rangeOf(one.at, document, text),
    newText: one.text,
  }));
}

function edit({ document, text }: RenameFile, entry: ConfEntry, word: number, newText: string): TextEdit {
  return { range: rangeOf(spanOf(entry, word), document, text), newText };
}
