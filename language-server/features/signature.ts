/** The words a directive takes, while its line is being written. */

import type { SignatureHelp } from 'vscode-languageserver';
import { type Directive, type Facts, factsFor } from '../../extension/redis/config/directive.ts';
import { findDirective } from '../../extension/redis/config/directives.ts';
import { splitWords } from '../../extension/redis/config/split-args.ts';
import type { Language, Translate } from '../localize.ts';
import type { ConfDocument } from '../parser.ts';
import { defaultText, typeSummary, unitText } from '../value-text.ts';

/** The words behind a directive; where they come again and again, so many of them from the last one backwards. */
interface Words {
  readonly parameters: readonly string[];
  readonly repeated?: number;
}

/** Those of directives with a grammar of their own. */
function ownWords(name: string, t: Translate): Words | undefined {
  switch (name) {
    case 'save':
      return { parameters: [t('seconds'), t('changes')], repeated: 2 };
    case 'bind':
      return { parameters: [t('address')], repeated: 1 };
    case 'replicaof':
      return { parameters: [t('host'), t('port')] };
    case 'client-output-buffer-limit':
      return { parameters: [t('class'), t('hard'), t('soft'), t('seconds')], repeated: 4 };
    case 'oom-score-adj-values':
      return { parameters: [t('primary'), t('replica'), t('child')] };
    case 'latency-tracking-info-percentiles':
      return { parameters: [t('percentile')], repeated: 1 };
    case 'user':
      return { parameters: [t('name'), t('rule')], repeated: 1 };
    case 'rename-command':
      return { parameters: [t('command'), t('name')] };
    case 'include':
      return { parameters: [t('file')] };
    case 'loadmodule':
      return { parameters: [t('file'), t('argument')], repeated: 1 };
    default:
      return undefined;
  }
}

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
  const t = language.translate;
  const { parameters, repeated = 0 } = ownWords(directive.name, t) ?? {
    parameters: [wordOf(directive, facts, t)],
  };
  // A word whose quote is open is not among those that were split off.
  const complete =
    split.ok && /\s$/.test(before)
      ? split.words.length
      : split.ok
        ? split.words.length - 1
        : split.words.length;
  const label = [name.text, ...parameters, ...(repeated > 0 ? ['…'] : [])].join(' ');
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
    activeParameter: active(complete - 1, parameters.length, repeated),
  };
}

function documentation(directive: Directive, facts: Facts, { meaningOf, translate: t }: Language): string {
  return [meaningOf(directive.name) ?? '', t('Default: {0}', defaultText(facts, t))].join('\n\n');
}

/** The one word of all others. */
function wordOf(directive: Directive, facts: Facts, t: Translate): string {
  if (facts.type === 'enum' || facts.type === 'flags') return (facts.values ?? []).join('|');
  if (facts.type === 'bool') return 'yes|no';
  if (directive.unit) return unitText(directive.unit, t);
  switch (directive.kind) {
    case 'port':
      return t('port');
    case 'path-file':
    case 'basename':
    case 'glob-path':
      return t('file');
    default:
      return facts.type === 'string' ? t('text') : t('value');
  }
}

function placeOf(name: string, parameters: readonly string[], at: number): [number, number] {
  const start = [name, ...parameters.slice(0, at)].join(' ').length + 1;
  return [start, start + (parameters[at]?.length ?? 0)];
}

/** Behind the last word of `class hard soft seconds …` comes a class. */
function active(word: number, count: number, repeated: number): number {
  if (repeated === 0) return Math.min(word, count - 1);
  return word < count ? word : count - repeated + ((word - count) % repeated);
}
