/** Lines that are overridden, renamed since, or dead. */

import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Rule } from '../finding.ts';
import { spanOf } from '../parser.ts';

/** Several lines may name different things, and only together make a value. */
const PER_ITEM: ReadonlySet<string> = new Set(['client-output-buffer-limit']);

export const checkDuplicates: Rule = function* (document, translate) {
  const latest = new Map<string, ConfEntry>();
  for (const entry of document.conf.entries) {
    const { directive } = entry;
    if (directive === undefined || directive.accumulates || PER_ITEM.has(directive.name)) continue;
    if (entry.value === undefined || entry.facts?.ignored) continue;
    const before = latest.get(directive.name);
    latest.set(directive.name, entry);
    if (before === undefined || before.source) continue;
    const number = entry.source ? entry.source.includedAt.number : entry.line.number;
    yield {
      code: 'duplicate-directive',
      severity: 'information',
      at: spanOf(before),
      message: translate(
        'Without effect: line {0} sets {1} again, and the last line counts.',
        number,
        directive.name,
      ),
      related: [{ at: spanOf(entry), message: translate('This line counts.') }],
      tag: 'unnecessary',
    };
  }
};

export const checkOldNames: Rule = function* (document, translate) {
  for (const entry of document.conf.entries) {
    const { facts } = entry;
    const current = facts?.names[0];
    if (facts === undefined || current === undefined || entry.value === undefined || entry.source) continue;
    if (facts.ignored) {
      yield {
        code: 'dead-option',
        severity: 'information',
        at: spanOf(entry),
        message: translate('{0} is accepted, and does nothing any more.', entry.name),
        fixes: [
          {
            title: translate('Remove the line'),
            edits: [{ at: wholeLine(entry), text: '' }],
            preferred: true,
          },
        ],
        tag: 'unnecessary',
      };
    } else if (entry.name !== current) {
      yield {
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
    }
  }
};

/** The line with its LF. */
function wholeLine(entry: ConfEntry): { line: ConfEntry['line']; start: number; end: number } {
  return { line: entry.line, start: 0, end: entry.line.text.length + 1 };
}
