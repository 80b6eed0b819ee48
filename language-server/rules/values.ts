/** Values that a server accepts, and that are hardly meant. */

import { isAtLeast, type Target } from '../../extension/redis/config/directive.ts';
import { readInteger, readMemory } from '../../extension/redis/config/numbers.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Code, Finding, LineRule, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { spanOf } from '../parser.ts';
import { clip } from '../value-text.ts';

export const checkValue: LineRule = (entry, target, translate) => {
  if (entry.value === undefined) return undefined;
  return (
    checkSize(entry, translate) ?? checkByName(entry, target, translate) ?? checkVariables(entry, translate)
  );
};

/** What a shell, or a template engine, would have replaced. */
function checkVariables(entry: ConfEntry, t: Translate): Finding | undefined {
  const at = entry.words.findIndex(({ raw }, index) => index > 0 && /\$\{\w+.*\}|\{\{.+\}\}/.test(raw));
  // Two braces stand for one in a template of the server's own.
  if (at < 0 || entry.directive?.kind === 'template') return undefined;
  const message = t(
    'The server replaces no variables: “{0}” is taken as it stands.',
    clip(entry.words[at]?.text ?? ''),
  );
  return finding('unexpanded-variable', 'warning', entry, message, at - 1);
}

function finding(code: Code, severity: Severity, entry: ConfEntry, message: string, word?: number): Finding {
  return { code, severity, at: spanOf(entry, word), message };
}

function checkSize(entry: ConfEntry, t: Translate): Finding | undefined {
  const { facts, name } = entry;
  const word = entry.words[1]?.text ?? '';
  if (facts?.type !== 'memory' && facts?.type !== 'memory-or-percent') return checkNumber(entry, word, t);
  const size = readMemory(word);
  if (size === undefined) {
    if (facts.ctype !== undefined) return undefined;
    return finding(
      'lenient-number',
      'warning',
      entry,
      t('“{0}” is no size: this version takes it for 0.', clip(word)),
      0,
    );
  }
  if (size.overflows) {
    return finding(
      'memory-size-overflow',
      'warning',
      entry,
      t('{0} overflows: the server keeps 64 bits of it.', clip(word)),
      0,
    );
  }
  if (!size.withoutDigits || word === '') return undefined;
  return finding(
    'memory-size-without-digits',
    'warning',
    entry,
    t('“{0}” has no digits: {1} becomes 0.', word, name),
    0,
  );
}

/** Servers before 6.0 make a number of anything. */
function checkNumber(entry: ConfEntry, word: string, t: Translate): Finding | undefined {
  const lenient = entry.facts?.type === 'integer' && entry.facts.ctype === undefined;
  if (!lenient || readInteger(word) !== undefined) return undefined;
  const read = entry.value?.type === 'integer' ? entry.value.value.toString() : '0';
  return finding(
    'lenient-number',
    'warning',
    entry,
    t('“{0}” is no whole number: this version takes it for {1}.', clip(word), read),
    0,
  );
}

const MIB = 1024 * 1024;

function checkByName(entry: ConfEntry, target: Target, t: Translate): Finding | undefined {
  const { value } = entry;
  switch (entry.directive?.name) {
    case 'hz': {
      const hz = value?.type === 'integer' ? Number(value.value) : 10;
      if (hz >= 1 && hz <= 500) return undefined;
      return finding('hz-limited', 'information', entry, t('The server limits hz to 1..500.'), 0);
    }
    case 'maxmemory': {
      const bytes = value?.type === 'memory' ? Number(value.value) : 0;
      if (bytes === 0 || bytes >= MIB) return undefined;
      return finding(
        'maxmemory-tiny',
        'warning',
        entry,
        t('That is {0} bytes: is a unit missing?', bytes),
        0,
      );
    }
    case 'save': {
      const skipped = !isAtLeast(target, '7.0') && ![1, 3].includes(entry.words.length);
      const clears = value?.type === 'save' && value.clears;
      if (!skipped || clears) return undefined;
      return finding(
        'save-line-ignored',
        'warning',
        entry,
        t('This version silently skips a save line that is not one pair.'),
      );
    }
    case 'oom-score-adj-values': {
      const [primary = 0, replica = 0, child = 0] = value?.type === 'numbers' ? value.value : [];
      if (primary <= replica && replica <= child) return undefined;
      return finding(
        'oom-scores-descending',
        'warning',
        entry,
        t('Scores that descend may be refused by the kernel.'),
      );
    }
    case 'activedefrag': {
      if (value?.type !== 'bool' || !value.value) return undefined;
      const message = t(
        'Builds without the bundled allocator refuse this, those of Debian and Ubuntu among them.',
      );
      return finding('defrag-needs-allocator', 'warning', entry, message, 0);
    }
    case 'user':
      return checkUser(entry, t);
    default:
      return undefined;
  }
}

function checkUser(entry: ConfEntry, t: Translate): Finding | undefined {
  const rules = entry.words.slice(2).map(({ text }) => text.toLowerCase());
  const enabled = rules.lastIndexOf('on') > Math.max(rules.lastIndexOf('off'), rules.lastIndexOf('reset'));
  if (enabled || rules.includes('off')) return undefined;
  const name = entry.words[1]?.text ?? '';
  return finding(
    'user-without-on',
    'warning',
    entry,
    t('User “{0}” cannot log in: the rule on is missing.', name),
    0,
  );
}
