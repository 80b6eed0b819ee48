/** What each word is, for themes: names, numbers, words of a list, users, secrets' places. */

import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Word } from '../../extension/redis/config/split-args.ts';
import type { ConfDocument } from '../parser.ts';
import { rangeOf } from './diagnostics.ts';

/** The protocol's own names, in the order of the numbers below. */
export const TOKEN_TYPES = [
  'property',
  'enumMember',
  'number',
  'string',
  'variable',
  'operator',
  'function',
] as const;
export const TOKEN_MODIFIERS = ['deprecated'] as const;
type TokenType = (typeof TOKEN_TYPES)[number];

const DEPRECATED = 1;

/** A file of more directives is data, and keeps the colours of its grammar. */
const MOST_DIRECTIVES = 20_000;

/** Tokens of a file as the protocol counts them: five numbers each, places relative to the one before. */
export function semanticTokens(document: ConfDocument, text: TextDocument): number[] {
  const data: number[] = [];
  if (document.conf.entries.length > MOST_DIRECTIVES) return data;
  let line = 0;
  let character = 0;
  for (const entry of document.conf.entries) {
    if (entry.source || entry.line.seen !== undefined) continue;
    for (const [at, word] of entry.words.entries()) {
      const type = typeOf(entry, at, word);
      if (type === undefined) continue;
      const { start, end } = rangeOf({ line: entry.line, start: word.start, end: word.end }, document, text);
      // A bare CR ends a line for editors, not for the server.
      if (start.line !== end.line) continue;
      const modifiers = at === 0 && isOld(entry) ? DEPRECATED : 0;
      const column = start.line === line ? start.character - character : start.character;
      data.push(
        start.line - line,
        column,
        end.character - start.character,
        TOKEN_TYPES.indexOf(type),
        modifiers,
      );
      line = start.line;
      character = start.character;
    }
  }
  return data;
}

function isOld({ facts, name }: ConfEntry): boolean {
  return facts !== undefined && (facts.ignored === true || facts.names[0] !== name);
}

function typeOf(entry: ConfEntry, at: number, word: Word): TokenType | undefined {
  if (at === 0) return entry.facts ? 'property' : undefined;
  const lower = word.text.toLowerCase();
  switch (entry.directive?.name) {
    case 'user':
      return at === 1 ? 'variable' : ruleType(lower);
    case 'masteruser':
      return 'variable';
    case 'rename-command':
      return 'function';
    case 'client-output-buffer-limit':
      if ((at - 1) % 4 === 0) return 'enumMember';
      break;
  }
  switch (entry.facts?.type) {
    case 'bool':
    case 'enum':
    case 'flags':
      return 'enumMember';
    case 'integer':
    case 'memory':
    case 'memory-or-percent':
    case 'octal':
      return 'number';
    default:
      return /^-?\d+(?:\.\d+)?(?:[kmg]?b?|%)$/i.test(lower) ? 'number' : 'string';
  }
}

function ruleType(rule: string): TokenType {
  if (/^[+-]/.test(rule)) return 'function';
  if (/^[~%&><#!(]/.test(rule)) return 'string';
  return 'enumMember';
}
