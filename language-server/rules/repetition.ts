/** Lines that are overridden, renamed since, or dead. */

import type { Directive } from '../../extension/redis/config/directive.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Finding, LineRule } from '../finding.ts';
import type { LineMemory } from '../line-memory.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf } from '../parser.ts';

/** Several lines may name different things, and only together make a value. */
const PER_ITEM: ReadonlySet<string> = new Set(['client-output-buffer-limit']);

export function* checkDuplicates(
  document: ConfDocument,
  memory: LineMemory,
  translate: Translate,
): Iterable<Finding> {
  const { entries } = document.conf;
  for (const [at, by] of overriders(entries).entries()) {
    const entry = entries[at];
    if (entry === undefined || by === undefined) continue;
    const make = (): Finding => overridden(entry, by, translate);
    yield by.source ? make() : memory.caused(memory.overridden, entry.line, by.line, make);
  }
}

/** For each entry of the file itself the next one that sets the same; undefined: none does. */
function overriders(entries: readonly ConfEntry[]): (ConfEntry | undefined)[] {
  const found = Array<ConfEntry | undefined>(entries.length).fill(undefined);
  const later = new Map<Directive, ConfEntry>();
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at];
    const { directive, facts, value, source } = entry ?? {};
    if (entry === undefined || directive === undefined || value === undefined) continue;
    if (directive.accumulates || facts?.ignored || PER_ITEM.has(directive.name)) continue;
    if (!source) found[at] = later.get(directive);
    later.set(directive, entry);
  }
  return found;
}

function overridden(before: ConfEntry, entry: ConfEntry, t: Translate): Finding {
  const name = entry.directive?.name ?? '';
  const number = entry.source ? entry.source.includedAt.number : entry.line.number;
  return {
    code: 'duplicate-directive',
    severity: 'information',
    at: spanOf(before),
    message: t('Without effect: line {0} sets {1} again, and the last line counts.', number, name),
    related: [{ at: spanOf(entry), message: t('This line counts.') }],
    fixes: [{ title: t('Remove the line'), edits: [{ at: wholeLine(before), text: '' }], preferred: true }],
    tag: 'unnecessary',
  };
}

export const checkOldName: LineRule = (entry, _target, translate) => {
  const { facts } = entry;
  const current = facts?.names[0];
  if (facts === undefined || current === undefined || entry.value === undefined) return undefined;
  if (facts.ignored) {
    return {
      code: 'dead-option',
      severity: 'information',
      at: spanOf(entry),
      message: translate('{0} is accepted, and does nothing any more.', entry.name),
      fixes: [
        { title: translate('Remove the line'), edits: [{ at: wholeLine(entry), text: '' }], preferred: true },
      ],
      tag: 'unnecessary',
    };
  }
  if (entry.name === current) return undefined;
  return {
    code: 'old-name',
    severity: 'hint',
    at: spanOf(entry, -1),
    message: translate('{0} is the old name of {1}.', entry.name, current),
    fixes: [
      {
        title: translate('Change to “{0}”', current),
        edits: [{ at: spanOf(entry, -1), text: current }],
        preferred: true,
      },
    ],
    tag: 'deprecated',
  };
};

/** The line with its LF. */
function wholeLine(entry: ConfEntry): { line: ConfEntry['line']; start: number; end: number } {
  return { line: entry.line, start: 0, end: entry.line.text.length + 1 };
}
