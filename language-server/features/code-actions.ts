/** Repairs: each diagnostic brings its own; the safe ones of a whole file go together. */

import type { CodeAction, Diagnostic, TextEdit } from 'vscode-languageserver';
import type { Translate } from '../localize.ts';
import type { DiagnosticData, LocatedFix } from './diagnostics.ts';

export const FIX_ALL = 'source.fixAll';

/** Their fixes are what was meant, whoever reads the file: a comment out of the way, a name of today, `yes` for `true`. */
const SAFE: ReadonlySet<unknown> = new Set([
  'byte-order-mark',
  'trailing-comment',
  'not-yes-or-no',
  'typographic-quotes',
  'invisible-character',
  'nul-character',
  'old-name',
  'dead-option',
]);

export function codeActionsFor(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic) =>
    fixesOf(diagnostic.data).map((fix) => ({
      title: fix.title,
      kind: 'quickfix',
      diagnostics: [diagnostic],
      edit: { changes: { [uri]: editsOf(fix) } },
      ...(fix.preferred && { isPreferred: true }),
    })),
  );
}

/** One action for all safe fixes of a file; none where there is nothing to fix. */
export function fixAll(uri: string, diagnostics: readonly Diagnostic[], t: Translate): CodeAction[] {
  const fixes = diagnostics.flatMap(({ code, data }) =>
    SAFE.has(code)
      ? fixesOf(data)
          .filter(({ preferred }) => preferred)
          .slice(0, 1)
      : [],
  );
  const edits: TextEdit[] = [];
  for (const fix of fixes) {
    // Two fixes of one place: the first one counts, the other is asked for again.
    if (!fix.edits.some(({ range }) => edits.some((other) => overlap(range, other.range))))
      edits.push(...editsOf(fix));
  }
  if (edits.length === 0) return [];
  return [
    {
      title: t('Fix everything that can be fixed safely'),
      kind: FIX_ALL,
      edit: { changes: { [uri]: edits } },
    },
  ];
}

function editsOf(fix: LocatedFix): TextEdit[] {
  return fix.edits.map(({ range, newText }) => ({ range, newText }));
}

type Range = Diagnostic['range'];

function overlap(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

/** Not touching either: two insertions at one place have no order. */
function isBefore(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

/** The data came back from the client: it is what this server sent, or nothing. */
function fixesOf(data: unknown): readonly LocatedFix[] {
  return isDiagnosticData(data) ? data.fixes : [];
}

function isDiagnosticData(data: unknown): data is DiagnosticData {
  return typeof data === 'object' && data !== null && 'fixes' in data && Array.isArray(data.fixes);
}
