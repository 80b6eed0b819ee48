/**
 * What was found at the lines of a file, kept from one reading to the next: of a line that an edit left where it is, it
 * still holds. One memory goes with a file, and with the server version and the language it is read for.
 */

import type { Diagnostic } from 'vscode-languageserver';
import type { ConfLine } from '../extension/redis/config/conf-lines.ts';
import type { Finding } from './finding.ts';

/** One thing that is known of lines. In arrays side by side, because most lines of a file have nothing to keep. */
class PerLine<Known> {
  private readonly lines: (ConfLine | undefined)[] = [];
  private readonly known: (Known | undefined)[] = [];

  get(line: ConfLine): Known | undefined {
    const at = line.number - 1;
    return this.lines[at] === line ? this.known[at] : undefined;
  }

  set(line: ConfLine, known: Known): void {
    const at = line.number - 1;
    // Without gaps, which would make slow arrays.
    while (this.lines.length < at) {
      this.lines.push(undefined);
      this.known.push(undefined);
    }
    this.lines[at] = line;
    this.known[at] = known;
  }
}

/** A finding at one line that another one is the cause of, if any. */
interface Caused {
  readonly by: ConfLine | undefined;
  readonly finding: Finding;
}

interface Made {
  readonly finding: Finding;
  readonly diagnostic: Diagnostic;
}

export class LineMemory {
  /** What a line gives rise to by itself. */
  readonly own = new PerLine<readonly Finding[]>();
  /** That a later line sets the same again. */
  readonly overridden = new PerLine<Caused>();
  /** That it asks for cluster mode, and which line turns that off. */
  readonly withoutCluster = new PerLine<Caused>();
  private made: readonly Made[] = [];

  /** The finding at `line` that is there because of `by`: the same as before, or made now. */
  caused(known: PerLine<Caused>, line: ConfLine, by: ConfLine | undefined, make: () => Finding): Finding {
    const before = known.get(line);
    if (before !== undefined && before.by === by) return before.finding;
    const finding = make();
    known.set(line, { by, finding });
    return finding;
  }

  /** What the protocol makes of all findings of a reading: of those that were there before, what it made then. */
  diagnosticsOf(found: readonly Finding[], make: (finding: Finding) => Diagnostic): Diagnostic[] {
    const before = this.made;
    // Before an edit they stand where they did, behind it as many places on as there are more of them now.
    const more = found.length - before.length;
    this.made = found.map((finding, at) => {
      const here = before[at];
      if (here?.finding === finding) return here;
      const there = before[at - more];
      return there?.finding === finding ? there : { finding, diagnostic: make(finding) };
    });
    return this.made.map(({ diagnostic }) => diagnostic);
  }
}
