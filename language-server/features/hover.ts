/** Hovers on directives: what it is for, type, range, default, unit, since when. */

import {
  type Directive,
  type Facts,
  factsFor,
  productOf,
  TARGETS,
} from '../../extension/redis/config/directive.ts';
import { findDirective } from '../../extension/redis/config/directives.ts';
import { readMemory } from '../../extension/redis/config/numbers.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Language, Translate } from '../localize.ts';
import type { ConfDocument } from '../parser.ts';
import { defaultText, shortTarget, sinceText, typeSummary, unitText } from '../value-text.ts';

/** The Markdown for a line's word `at` (0 is the directive); undefined where there is nothing to say. */
export function directiveHover(
  entry: ConfEntry,
  at: number,
  document: ConfDocument,
  language: Language,
): string | undefined {
  const directive = entry.directive ?? findDirective(entry.name);
  if (directive === undefined) return undefined;
  const description = describeDirective(directive, document, language);
  const value = at > 0 ? valueNote(entry, at, language.translate) : undefined;
  return value === undefined ? description : `${value}\n\n${description}`;
}

function describeDirective(directive: Directive, document: ConfDocument, language: Language): string {
  const { translate: t } = language;
  const facts = factsFor(directive, document.target);
  const shown = facts?.names[0] ?? directive.name;
  const parts = [`**${shown}**`, language.meaningOf(directive.name) ?? ''];
  if (facts === undefined) parts.push(t('{0} does not know this directive.', shortTarget(document.target)));
  else parts.push(factLines(directive, facts, t).join('  \n'));
  parts.push([...historyLines(directive, t), ...changeLines(directive, t)].join('  \n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

function factLines(directive: Directive, facts: Facts, t: Translate): string[] {
  const lines = [t('Value: {0}', typeSummary(facts, t))];
  if (directive.unit && directive.unit !== 'bytes') lines.push(t('Unit: {0}', unitText(directive.unit, t)));
  lines.push(t('Default: {0}', defaultText(facts, t)));
  if (directive.accumulates) lines.push(t('Lines add up.'));
  if (facts.restart) lines.push(t('Takes effect at start only.'));
  if (facts.protected) lines.push(t('At run time only with enable-protected-configs.'));
  return lines;
}

function historyLines(directive: Directive, t: Translate): string[] {
  return directive.history.map((name) =>
    name.name === directive.name
      ? t('Since: {0}', sinceText(name, t))
      : t('Also called {0}: {1}', `\`${name.name}\``, sinceText(name, t)),
  );
}

/** Where values or the default changed: `From Redis 7.0 on: a whole number from 0 on, default 0`. */
function changeLines(directive: Directive, t: Translate): string[] {
  const lines: string[] = [];
  for (const product of ['redis', 'valkey'] as const) {
    let before: string | undefined;
    for (const target of TARGETS.filter((candidate) => productOf(candidate) === product)) {
      const facts = factsFor(directive, target);
      if (facts === undefined) continue;
      // Bounds that became a little wider change nothing for a file that was right.
      const key = [facts.type, facts.default, facts.values, facts.chars].join();
      if (before !== undefined && key !== before) {
        const said = t('{0}, default {1}', typeSummary(facts, t), defaultText(facts, t));
        lines.push(t('From {0} on: {1}', shortTarget(target), said));
      }
      before = key;
    }
  }
  return lines;
}

/** What the value under the cursor comes to. */
function valueNote(entry: ConfEntry, at: number, t: Translate): string | undefined {
  const word = entry.words[at]?.text ?? '';
  const type = entry.facts?.type;
  if ((type === 'memory' || type === 'memory-or-percent') && at === 1) {
    const size = readMemory(word);
    return size && /[a-z]/i.test(word)
      ? t('{0} = {1} bytes', `\`${word}\``, size.bytes.toLocaleString('en-US'))
      : undefined;
  }
  const unit = entry.directive?.unit;
  const value = entry.value?.type === 'integer' ? Number(entry.value.value) : undefined;
  if (unit === 'milliseconds' && value !== undefined && value >= 1000) {
    return t('{0} = {1} seconds', `\`${word}\``, value / 1000);
  }
  return undefined;
}
