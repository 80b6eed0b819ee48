/** The words a directive takes, while its line is being written. */

import type { SignatureHelp } from 'vscode-languageserver';
import { type Directive, type Facts, factsFor } from '../../extension/redis/config/directive.ts';
import { findDirective } from '../../extension/redis/config/directives.ts';
import { splitWords } from '../../extension/redis/config/split-args.ts';
import type { Language } from '../localize.ts';
import type { ConfDocument } from '../parser.ts';
import { defaultText, typeSummary } from '../value-text.ts';

/** Words of directives with a grammar of their own; `…` repeats all of them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  save: ['seconds', 'changes', '…'],
  bind: ['address', '…'],
  replicaof: ['host', 'port'],
  'client-output-buffer-limit': ['class', 'hard', 'soft', 'seconds', '…'],
  'oom-score-adj-values': ['primary', 'replica', 'child'],
  'latency-tracking-info-percentiles': ['percentile', '…'],
  user: ['name', 'rule', '…'],
  'rename-command': ['command', 'name'],
  include: ['file'],
  loadmodule: ['file', 'argument', '…'],
};

/** `before` is the line up to the cursor. */
export function signatureAt(
  before: string,
  document: ConfDocument,
  language: Language,
): SignatureHelp | undefined {
  const split = splitWords(before);
  const [name] = split.words;
  if (name === undefined || /^\s*#/.test(before) || before.length <= name.end) return undefined;
  const directive = findDirective(name.text);
  const facts = directive && factsFor(directive, document.target);
  if (directive === undefined || facts === undefined) return undefined;
  const parameters = parametersOf(directive, facts);
  // A word whose quote is open is not among those that were split off.
  const complete =
    split.ok && /\s$/.test(before)
      ? split.words.length
      : split.ok
        ? split.words.length - 1
        : split.words.length;
  const label = [name.text, ...parameters].join(' ');
  const t = language.translate;
  return {
    signatures: [
      {
        label,
        documentation: { kind: 'markdown', value: documentation(directive, facts, language) },
        parameters: parameters.map((parameter, at) => ({
          label: placeOf(name.text, parameters, at),
          documentation: at === 0 ? typeSummary(facts, t) : parameter,
        })),
      },
    ],
    activeSignature: 0,
    activeParameter: active(complete - 1, parameters),
  };
}

function documentation(directive: Directive, facts: Facts, { meaningOf, translate: t }: Language): string {
  return [meaningOf(directive.name) ?? '', t('Default: {0}', defaultText(facts, t))].join('\n\n');
}

function parametersOf(directive: Directive, facts: Facts): readonly string[] {
  return (
    WORDS[directive.name] ?? [
      facts.type === 'enum' || facts.type === 'flags'
        ? (facts.values ?? []).join('|')
        : facts.type === 'bool'
          ? 'yes|no'
          : (directive.unit ?? directive.kind ?? facts.type),
    ]
  );
}

function placeOf(name: string, parameters: readonly string[], at: number): [number, number] {
  const start = [name, ...parameters.slice(0, at)].join(' ').length + 1;
  return [start, start + (parameters[at]?.length ?? 0)];
}

/** Groups come again: behind the last word of `class hard soft seconds …` is a class. */
function active(word: number, parameters: readonly string[]): number {
  const group = parameters.at(-1) === '…' ? parameters.length - 1 : 0;
  if (group === 0) return Math.min(word, parameters.length - 1);
  // Of `name rule …` only the last word repeats.
  const repeating = parameters[0] === 'name' || parameters[0] === 'file' ? 1 : group;
  return word < group ? word : group - repeating + ((word - group) % repeating);
}
