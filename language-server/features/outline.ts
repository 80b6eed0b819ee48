/** The shape of a file: sections by their banners, directives in them, what may be folded. */

import type { DocumentSymbol, FoldingRange, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import { type ConfDocument, spanOf, spanOfText } from '../parser.ts';
import { clip } from '../value-text.ts';
import { rangeOf } from './diagnostics.ts';

/** The numbers of the protocol. */
const NAMESPACE: SymbolKind = 3;
const PROPERTY: SymbolKind = 7;

/** An outline of more directives than this shows nobody anything. */
const MOST_SYMBOLS = 5000;

/** Directives with their values; under the section they stand in, where a banner such as `### NETWORK ###` opens one. */
export function symbolsOf(document: ConfDocument, text: TextDocument): DocumentSymbol[] {
  const roots: DocumentSymbol[] = [];
  const sections = sectionsOf(document);
  let next = 0;
  let section: DocumentSymbol | undefined;
  for (const entry of document.conf.entries.slice(0, MOST_SYMBOLS)) {
    if (entry.source) continue;
    while ((sections[next]?.line.number ?? Infinity) < entry.line.number) {
      const opened = sections[next++];
      if (opened === undefined) break;
      section = sectionSymbol(opened, document, text);
      roots.push(section);
    }
    const range = rangeOf(spanOf(entry), document, text);
    const [name, ...values] = entry.words;
    const symbol: DocumentSymbol = {
      // The protocol wants no empty name.
      name: clip(name?.text || '""'),
      detail: isSecret(entry.directive?.kind) ? '•••' : clip(values.map(({ raw }) => raw).join(' ')),
      kind: PROPERTY,
      range,
      selectionRange: rangeOf(spanOf(entry, -1), document, text),
    };
    if (section === undefined) roots.push(symbol);
    else {
      section.children?.push(symbol);
      section.range = { start: section.range.start, end: range.end };
    }
  }
  return roots;
}

/** Who shares a screen shows its outline. */
function isSecret(kind: string | undefined): boolean {
  return kind === 'secret' || kind === 'acl-rules';
}

interface Section {
  readonly line: ConfLine;
  readonly title: string;
}

function sectionsOf({ conf }: ConfDocument): Section[] {
  return conf.lines.flatMap((line) => {
    const title = /^\s*#{2,}\s*([^#\s](?:[^#]*[^#\s])?)\s*#{2,}\s*$/.exec(line.text)?.[1];
    return title === undefined ? [] : [{ line, title }];
  });
}

function sectionSymbol({ line, title }: Section, document: ConfDocument, text: TextDocument): DocumentSymbol {
  const range = rangeOf(spanOfText(line), document, text);
  return { name: title, kind: NAMESPACE, range, selectionRange: range, children: [] };
}

/** Sections, blocks of comment, and lines that add up (`user`, `rename-command`). */
export function foldsOf(document: ConfDocument): FoldingRange[] {
  const { lines } = document.conf;
  const folds: FoldingRange[] = [];
  const sections = sectionsOf(document).map(({ line }) => line.number - 1);
  const fold = (startLine: number, endLine: number, kind?: 'comment' | 'region'): void => {
    if (endLine > startLine) folds.push({ startLine, endLine, ...(kind && { kind }) });
  };
  for (const [at, start] of sections.entries()) {
    fold(start, lastUsed(lines, start, (sections[at + 1] ?? lines.length) - 1), 'region');
  }
  const isBanner = new Set(sections);
  for (const [start, end] of runs(lines, (line) =>
    isComment(line) && !isBanner.has(line.number - 1) ? '#' : '',
  )) {
    fold(start, end, 'comment');
  }
  const accumulating = new Map(
    document.conf.entries.flatMap(({ line, directive, source }) =>
      directive?.accumulates && !source ? [[line, directive.name] as const] : [],
    ),
  );
  for (const [start, end] of runs(lines, (line) => accumulating.get(line) ?? '')) fold(start, end);
  return folds.sort((a, b) => a.startLine - b.startLine);
}

function isComment(line: ConfLine): boolean {
  return /^[ \t]*#/.test(line.text);
}

function lastUsed(lines: readonly ConfLine[], start: number, end: number): number {
  let last = end;
  while (last > start && lines[last]?.text.trim() === '') last--;
  return last;
}

/** First and last index of neighbours of one kind; '' is none. */
function* runs(lines: readonly ConfLine[], kindOf: (line: ConfLine) => string): Iterable<[number, number]> {
  let start = 0;
  let kind = '';
  for (const [at, line] of lines.entries()) {
    const here = kindOf(line);
    if (here === kind) continue;
    if (kind !== '') yield [start, at - 1];
    start = at;
    kind = here;
  }
  if (kind !== '') yield [start, lines.length - 1];
}
