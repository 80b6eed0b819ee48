/** `.redis` files: what may be written next, what a command does, and a way to run it. */

import type { CodeLens, CompletionItem, SignatureHelp, TextEdit } from 'vscode-languageserver';
import { commandDocs } from '../../extension/redis/command-docs/index.ts';
import { commandNames } from '../../extension/redis/config/command-names.ts';
import { splitWords } from '../../extension/redis/config/split-args.ts';
import {
  findCommand,
  fitSyntax,
  type NamedCommand,
  shownArgument,
  subcommandsOf,
  syntaxLine,
} from '../command-syntax.ts';
import { type KeyFinder, keysOf, readCommands } from '../commands-document.ts';
import type { Translate } from '../localize.ts';
import { RUN_COMMANDS_COMMAND } from '../protocol.ts';

/** The numbers of the protocol. */
const KIND_COMMAND = 3;
const KIND_KEYWORD = 14;
const KIND_KEY = 12;
const DEPRECATED = 1;
/** Keys of one file that are offered, and commands that can be run from it. */
const MOST = 200;

interface Place {
  readonly line: number;
  readonly character: number;
}

/** What may stand at a place; `before` is the line up to it, `text` all of the file. */
export function completeCommand(
  before: string,
  place: Place,
  text: string,
  findKeys: KeyFinder,
): CompletionItem[] {
  if (/^\s*#/.test(before)) return [];
  const split = splitWords(before);
  if (!split.ok) return [];
  const open = /\S$/.test(before);
  const words = (open ? split.words.slice(0, -1) : split.words).map((word) => word.text);
  const start = open ? (split.words.at(-1)?.start ?? place.character) : place.character;
  const replace = (newText: string): TextEdit => ({
    range: { start: { line: place.line, character: start }, end: place },
    newText,
  });
  const [name] = words;
  if (name === undefined) return commands(replace);
  const found = findCommand(words);
  const subcommands = words.length === 1 ? subcommandsOf(name) : [];
  if (subcommands.length > 0) {
    return subcommands.map((sub) =>
      item(
        sub.toUpperCase(),
        KIND_COMMAND,
        replace,
        commandDocs().get(`${name.toLowerCase()}|${sub}`)?.summary,
      ),
    );
  }
  if (found === undefined) return [];
  const { tokens, values } = fitSyntax(found.doc, words.slice(found.words));
  const items = [...tokens].map((token) => item(token, KIND_KEYWORD, replace));
  if (values.has('key'))
    items.push(...keysIn(text, place.line, findKeys).map((key) => item(key, KIND_KEY, replace)));
  return items;
}

function commands(replace: (newText: string) => TextEdit): CompletionItem[] {
  const names = [...commandNames('redis-7.2')].filter((name) => !name.includes('|'));
  return names.map((name) => {
    const doc = commandDocs().get(name);
    return {
      ...item(name.toUpperCase(), KIND_COMMAND, replace, doc?.summary),
      ...(doc && { detail: syntaxLine(doc) }),
      ...(doc?.deprecated && { tags: [DEPRECATED], sortText: `~${name}` }),
    };
  });
}

function item(
  label: string,
  kind: CompletionItem['kind'],
  replace: (newText: string) => TextEdit,
  documentation?: string,
): CompletionItem {
  const textEdit = replace(kind === KIND_KEY ? label : `${label} `);
  return { label, ...(kind && { kind }), textEdit, ...(documentation !== undefined && { documentation }) };
}

/** The keys of other lines, as they are written. */
function keysIn(text: string, line: number, findKeys: KeyFinder): string[] {
  const keys = new Set<string>();
  for (const command of readCommands(text)) {
    if (command.line === line) continue;
    for (const { raw } of keysOf(command, findKeys)) keys.add(raw);
    if (keys.size >= MOST) break;
  }
  return [...keys].slice(0, MOST);
}

/** The syntax of the command whose line is being written. */
export function commandSignature(before: string): SignatureHelp | undefined {
  const split = splitWords(before);
  const [name] = split.words;
  if (name === undefined || /^\s*#/.test(before) || before.length <= name.end) return undefined;
  const words = split.words.map(({ text }) => text);
  const found = findCommand(words);
  if (found === undefined) return undefined;
  const complete = (/\S$/.test(before) ? words.slice(0, -1) : words).slice(found.words);
  const { args, summary } = found.doc;
  const label = syntaxLine(found.doc);
  return {
    signatures: [
      { label, documentation: summary, parameters: args.map((arg) => ({ label: shownArgument(arg) })) },
    ],
    activeSignature: 0,
    activeParameter: activeArgument(found, complete),
  };
}

/** The first argument that the words so far leave open. */
function activeArgument({ doc: { args } }: NamedCommand, words: readonly string[]): number {
  for (let count = 0; count < args.length; count++) {
    const { right, fits } = fitSyntax({ args: args.slice(0, count + 1) }, words);
    if (!fits || right < words.length) {
      if (right >= words.length) return count;
    } else if (args[count]?.multiple) {
      return count;
    }
  }
  return Math.max(0, args.length - 1);
}

/** What the pointer finds on a command's name. */
export function commandHover(argv: readonly string[], at: number, t: Translate): string | undefined {
  const found = findCommand(argv);
  if (found === undefined || at >= found.words) return undefined;
  const { doc } = found;
  const facts = [t('Since: {0}', `Redis ${doc.since}`)];
  if (doc.complexity) facts.push(t('Complexity: {0}', doc.complexity));
  if (doc.deprecated) {
    const { since, replacement } = doc.deprecated;
    facts.push(
      replacement === ''
        ? t('Deprecated since {0}', since)
        : t('Deprecated since {0}: use {1}', since, replacement),
    );
  }
  return [`\`${syntaxLine(doc)}\``, doc.summary, facts.join('  \n')].join('\n\n');
}

/** A way to run each command; for a transaction, all of it. */
export function commandLenses(text: string, t: Translate): CodeLens[] {
  const lenses: CodeLens[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  const lens = (line: number, title: string, run: readonly string[]): void => {
    const range = { start: { line, character: 0 }, end: { line, character: 0 } };
    lenses.push({ range, command: { title, command: RUN_COMMANDS_COMMAND, arguments: [run] } });
  };
  let begun: { readonly line: number; readonly run: string[] } | undefined;
  for (const { line, words, error } of readCommands(text)) {
    if (error || lenses.length >= MOST) continue;
    const written = lines[line]?.trim() ?? '';
    const name = words[0]?.text.toLowerCase();
    if (name === 'multi') begun = { line, run: [] };
    if (begun === undefined) {
      lens(line, t('Run'), [written]);
      continue;
    }
    begun.run.push(written);
    if (name !== 'exec' && name !== 'discard') continue;
    lens(begun.line, t('Run this transaction'), begun.run);
    begun = undefined;
  }
  return lenses;
}
