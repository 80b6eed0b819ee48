/** Repairs: each diagnostic brings its own. */

import type { CodeAction, Diagnostic } from 'vscode-languageserver';
import type { DiagnosticData, LocatedFix } from './diagnostics.ts';

export function codeActionsFor(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic) =>
    fixesOf(diagnostic.data).map((fix) => ({
      title: fix.title,
      kind: 'quickfix',
      diagnostics: [diagnostic],
      edit: { changes: { [uri]: fix.edits.map(({ range, newText }) => ({ range, newText })) } },
      ...(fix.preferred && { isPreferred: true }),
    })),
  );
}

/** The data came back from the client: it is what this server sent, or nothing. */
function fixesOf(data: unknown): readonly LocatedFix[] {
  return isDiagnosticData(data) ? data.fixes : [];
}

function isDiagnosticData(data: unknown): data is DiagnosticData {
  return typeof data === 'object' && data !== null && 'fixes' in data && Array.isArray(data.fixes);
}
