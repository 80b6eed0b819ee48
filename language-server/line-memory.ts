/**
 * What was found at the lines of a file, kept from one reading to the next: of a line that an edit left where it is, it
 * still holds. One memory goes with a file, and with the server version and the language it is read for.
 */

import type { Diagnostic } from 'vscode-languageserver';
import type { ConfLine } from '../extension/redis/config/conf-lines.ts';
import type { Finding } from './finding.ts';

export interface LineNotes {
  readonly line: ConfLine;
  /** What the line gives rise to by itself. */
  own?: readonly Finding[];
  /** That it is overridden, and by which line. */
  overridden?: { readonly by: ConfLine; readonly finding: Finding };
  /** What the protocol makes of findings at this line. */
  readonly made: Made[];
}

interface Made {
  readonly finding: Finding;
  readonly diagnostic: Diagnostic;
}

/** Findings that are made anew with every reading would pile up. */
const MOST_MADE = 4;

export class LineMemory {
  private readonly notes: LineNotes[] = [];

  of(line: ConfLine): LineNotes {
    const known = this.notes[line.number - 1];
    if (known?.line === line) return known;
    const fresh: LineNotes = { line, made: [] };
    this.notes[line.number - 1] = fresh;
    return fresh;
  }

  /** The diagnostic that was made of the very same finding before, or else is made now. */
  diagnosticOf(finding: Finding, make: (finding: Finding) => Diagnostic): Diagnostic {
    const { made } = this.of(finding.at.line);
    for (const known of made) if (known.finding === finding) return known.diagnostic;
    const diagnostic = make(finding);
    if (made.length >= MOST_MADE) made.length = 0;
    made.push({ finding, diagnostic });
    return diagnostic;
  }
}
