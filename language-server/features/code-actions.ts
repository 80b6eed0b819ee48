/** Repairs: each diagnostic brings its own; the safe ones of a whole file go together. */

import type { CodeAction, Diagnostic, TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
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
      ...(fix.command === undefined
        ? { edit: { changes: { [uri]: editsOf(fix) } } }
        : { command: { title: fix.title, command: fix.command } }),
      ...(fix.preferred && { isPreferred: true }),
    })),
  );
}

/** What one fix makes room for, the next round mends: a comment out of the way, then the value before it. */
const ROUNDS = 4;

/** One action for all safe fixes of a file; none where there is nothing to fix. `diagnose` looks at a text anew. */
export function fixAll(
  text: TextDocument,
  diagnose: (text: TextDocument) => readonly Diagnostic[],
  t: Translate,
): CodeAction[] {
  let edits = safeEdits(diagnose(text));
  if (edits.length === 0) return [];
  let fixed = withEdits(text, edits);
  for (let round = 1; round < ROUNDS; round++) {
    const more = safeEdits(diagnose(fixed));
    if (more.length === 0) break;
    fixed = withEdits(fixed, more);
    edits = [differenceOf(text, fixed)];
  }
  return [
    {
      title: t('Fix everything that can be fixed safely'),
      kind: FIX_ALL,
      edit: { changes: { [text.uri]: edits } },
    },
  ];
}

function safeEdits(diagnostics: readonly Diagnostic[]): TextEdit[] {
  const fixes = diagnostics.flatMap(({ code, data }) =>
    SAFE.has(code)
      ? fixesOf(data)
          .filter(({ preferred }) => preferred)
          .slice(0, 1)
      : [],
  );
  const edits: TextEdit[] = [];
  for (const fix of fixes) {
    // Two fixes of one place: the first one counts, the other has its turn in the next round.
    if (!fix.edits.some(({ range }) => edits.some((other) => overlap(range, other.range))))
      edits.push(...editsOf(fix));
  }
  return edits;
}

function withEdits(text: TextDocument, edits: TextEdit[]): TextDocument {
  const { uri, languageId, version } = text;
  return TextDocument.create(uri, languageId, version, TextDocument.applyEdits(text, edits));
}

/** The part that differs, as one edit: what stands before and behind keeps its place. */
function differenceOf(text: TextDocument, fixed: TextDocument): TextEdit {
  const [before, after] = [text.getText(), fixed.getText()];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < most - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  // Never between the two halves of a line end.
  if (before.charAt(start) === '\n' && before.charAt(start - 1) === '\r') start--;
  if (before.charAt(before.length - tail) === '\n' && before.charAt(before.length - tail - 1) === '\r')
    tail--;
  const range = { start: text.positionAt(start), end: text.positionAt(before.length - tail) };
  return { range, newText: after.slice(start, after.length - tail) };
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
