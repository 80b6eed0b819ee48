/** What the server refuses, in words that help, with a repair where there is one. */

import { TARGETS, type Target } from '../../extension/redis/config/directive.ts';
import { factsFor } from '../../extension/redis/config/directives.ts';
import type { ConfEntry, ConfProblem } from '../../extension/redis/config/parse-conf.ts';
import { moveComment } from '../comment-fix.ts';
import type { Code, Finding, Fix } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, type Span, spanOf, spanOfInclude, spanOfText, topOf } from '../parser.ts';
import { ENCODING_COMMAND } from '../protocol.ts';
import { clip, exactRange, shortTarget } from '../value-text.ts';
import { namesOf, nearestName, nearestNameAgain } from './nearest-name.ts';
import { balanced, bareWord, joinedValue, meantValue } from './value-fixes.ts';

/** Directives that only servers newer than the table have, seen in public code. */
const NEWER: ReadonlyMap<string, 'redis' | 'valkey'> = new Map([
  ['cluster-databases', 'valkey'],
  ['cluster-compatibility-sample-ratio', 'redis'],
  ['cluster-slot-migration-max-archived-tasks', 'redis'],
  ['cluster-slot-migration-write-pause-timeout', 'redis'],
  ['cluster-message-gossip-perc', 'valkey'],
  ['cluster-slot-migration-log-max-len', 'valkey'],
]);

/** Looking for a near name costs; a file with more unknown names than this is something else. */
const MAX_SUGGESTIONS = 200;

/** A mark that the editor keeps to itself, and writes before the text: the server takes it for a letter. */
export function byteOrderMark(document: ConfDocument, encoding: string, translate: Translate): Finding {
  return {
    code: 'byte-order-mark',
    severity: 'error',
    at: topOf(document),
    message: translate(
      'The file is saved as {0}: it begins with a byte order mark, which the server takes for part of the first word.',
      encoding,
    ),
    fixes: [{ title: translate('Choose another encoding'), edits: [], command: ENCODING_COMMAND }],
  };
}

export class RefusalTexts {
  private readonly document: ConfDocument;
  private readonly translate: Translate;
  private readonly suggestions = new Map<string, string | undefined>();

  constructor(document: ConfDocument, translate: Translate) {
    this.document = document;
    this.translate = translate;
  }

  /** The finding for a problem of the loader. `entry` is the line it was found in, if it has words. */
  describe(problem: ConfProblem, entry: ConfEntry | undefined): Finding {
    if (problem.source) return this.includedFile(problem);
    const at = this.place(problem, entry);
    const error = (code: Code, message: string, fixes?: Fix[]): Finding => ({
      code,
      severity: 'error',
      at,
      message,
      ...(fixes && { fixes }),
    });
    if (entry !== undefined) {
      const finer = this.finer(problem, entry, error);
      if (finer !== undefined) return finer;
    }
    return error(problem.refusal, this.messageOf(problem, entry), this.fixesOf(problem, entry));
  }

  private includedFile(problem: ConfProblem): Finding {
    const { source } = problem;
    const line = problem.line?.counted ?? 0;
    return {
      code: 'included-file-refused',
      severity: 'error',
      at: source ? spanOfInclude(source) : topOf(this.document),
      message: this.translate('{0}, line {1}: {2}', source?.path ?? '', line, problem.message),
    };
  }

  private place(problem: ConfProblem, entry: ConfEntry | undefined): Span {
    if (entry !== undefined)
      return spanOf(entry, problem.refusal === 'unknown-directive' ? -1 : problem.word);
    const { line } = problem;
    if (line === undefined) return this.placeWithoutLine(problem);
    const split = line.split;
    if (split === undefined || split.ok || line.seen !== undefined) return spanOfText(line);
    return { line, start: split.error.open, end: line.text.trimEnd().length };
  }

  private placeWithoutLine(problem: ConfProblem): Span {
    const name = problem.refusal === 'replicaof-in-cluster-mode' ? 'replicaof' : 'logfile';
    const entry = this.document.settings.entry(name);
    return entry ? spanOf(entry) : topOf(this.document);
  }

  /** A more exact name for what went wrong than the server has. */
  private finer(
    problem: ConfProblem,
    entry: ConfEntry,
    error: (code: Code, message: string, fixes?: Fix[]) => Finding,
  ): Finding | undefined {
    if (problem.refusal === 'unknown-directive') return this.unknown(entry, error);
    const args = entry.words.slice(1);
    const comment = args.findIndex((word) => word.raw.startsWith('#'));
    const isToldAt = (at: number) => problem.word === undefined || problem.word >= at;
    if (comment >= 0 && isToldAt(comment)) {
      const finding = error(
        'trailing-comment',
        this.translate(
          'There are no comments behind a directive: the server takes “#” and what follows for arguments.',
        ),
        [moveComment(entry, comment, this.translate)],
      );
      return { ...finding, at: { ...spanOf(entry), start: spanOf(entry, comment).start } };
    }
    if (args.at(-1)?.raw === '\\' && isToldAt(args.length - 1)) {
      const finding = error(
        'line-continuation',
        this.translate(
          'Lines do not continue on the next one: the server takes the backslash for an argument.',
        ),
      );
      return { ...finding, at: spanOf(entry, args.length - 1) };
    }
    return undefined;
  }

  private unknown(
    entry: ConfEntry,
    error: (code: Code, message: string, fixes?: Fix[]) => Finding,
  ): Finding | undefined {
    if (entry.line.number === 1 && entry.line.text.startsWith('\ufeff')) {
      const line = entry.line;
      return error(
        'byte-order-mark',
        this.translate(
          'The file begins with a byte order mark, which the server takes for part of the first word.',
        ),
        [
          {
            title: this.translate('Remove the byte order mark'),
            edits: [{ at: { line, start: 0, end: 1 }, text: '' }],
            preferred: true,
          },
        ],
      );
    }
    if (entry.directive) return this.otherVersion(entry, error);
    const newer = NEWER.get(entry.name);
    if (newer !== undefined) return this.newerServer(entry, newer, error);
    const assigned = /^([a-z][a-z0-9_.-]*)[=:]/i.exec(entry.words[0]?.text ?? '');
    const suggestion = this.suggest(assigned?.[1] ?? entry.name);
    if (suggestion === undefined) return undefined;
    return error(
      'misspelt-directive',
      this.translate('Unknown directive “{0}”. Did you mean “{1}”?', entry.name, suggestion),
      this.renameFixes(entry, assigned ? `${suggestion} ` : suggestion, assigned?.[0].length),
    );
  }

  private suggest(written: string): string | undefined {
    if (!this.suggestions.has(written)) {
      if (this.suggestions.size >= MAX_SUGGESTIONS) return undefined;
      this.suggestions.set(written, nearestNameAgain(written, namesOf(this.document.target)));
    }
    return this.suggestions.get(written);
  }

  /** `length` characters of the first word give way to `text`. */
  private renameFixes(entry: ConfEntry, text: string, length?: number): Fix[] {
    const at = spanOf(entry, -1);
    const end = length === undefined ? at.end : at.start + length;
    const title = this.translate('Change to “{0}”', text.trim());
    return [{ title, edits: [{ at: { ...at, end }, text }], preferred: true }];
  }

  private otherVersion(
    entry: ConfEntry,
    error: (code: Code, message: string, fixes?: Fix[]) => Finding,
  ): Finding | undefined {
    const { target } = this.document;
    const facts = entry.directive && factsFor(entry.directive, target);
    if (facts?.build !== undefined && facts.names.includes(entry.name)) {
      const message = this.translate('“{0}” exists only in servers built with {1}.', entry.name, facts.build);
      return error('directive-not-in-version', message);
    }
    const having = TARGETS.filter((other) => {
      const known = entry.directive && factsFor(entry.directive, other);
      return known?.names.includes(entry.name) ?? false;
    });
    const message = this.translate(
      '{0} does not know “{1}”: it exists in {2}.',
      shortTarget(target),
      entry.name,
      summarizeTargets(having),
    );
    const here = facts?.names[0];
    return error('directive-not-in-version', message, here ? this.renameFixes(entry, here) : undefined);
  }

  private newerServer(
    entry: ConfEntry,
    product: 'redis' | 'valkey',
    error: (code: Code, message: string) => Finding,
  ): Finding {
    const { target } = this.document;
    const newest = target === (product === 'redis' ? 'redis-8' : 'valkey-8.1');
    if (newest) {
      const message = this.translate(
        '“{0}” is known from newer servers only; its values are not checked.',
        entry.name,
      );
      return { ...error('unverified-directive', message), severity: 'warning' };
    }
    const name = product === 'redis' ? 'Redis' : 'Valkey';
    const message = this.translate(
      '{0} does not know “{1}”: only newer releases of {2} do.',
      shortTarget(target),
      entry.name,
      name,
    );
    return error('directive-not-in-version', message);
  }

  private fixesOf(problem: ConfProblem, entry: ConfEntry | undefined): Fix[] | undefined {
    if (problem.refusal === 'unbalanced-quotes') return this.quoteFixes(problem);
    const word = entry?.words[1 + (problem.word ?? 0)];
    if (entry === undefined || word === undefined) return undefined;
    const { facts } = entry;
    if (problem.refusal === 'wrong-arity' && word.raw === '=') {
      const value = entry.words[2];
      const at = { line: entry.line, start: word.start, end: value?.start ?? word.end };
      return [{ title: this.translate('Remove “=”'), edits: [{ at, text: '' }], preferred: true }];
    }
    const replace = (text: string, at = spanOf(entry, problem.word ?? 0)): Fix[] => [
      { title: this.translate('Change to “{0}”', clip(text)), edits: [{ at, text }], preferred: true },
    ];
    switch (problem.refusal) {
      case 'wrong-arity': {
        const args = entry.words.slice(1);
        const joined =
          facts &&
          joinedValue(
            args.map(({ text }) => text),
            facts,
            this.document.target,
          );
        const at = { line: entry.line, start: word.start, end: args.at(-1)?.end ?? word.end };
        return joined === undefined ? undefined : replace(joined, at);
      }
      case 'not-yes-or-no': {
        const lower = bareWord(word.text).toLowerCase();
        if (/^(?:yes|true|1|on|y|yess?|enabled?|是)$/.test(lower)) return replace('yes');
        return /^(?:no|false|0|off|n|noo?|none|disabled?|否)$/.test(lower) ? replace('no') : undefined;
      }
      case 'unknown-enum-value': {
        const near = nearestName(bareWord(word.text), facts?.values ?? []);
        return near === undefined ? undefined : replace(near);
      }
      case 'not-a-base-name':
        return replace(word.text.split(/[/\\]/).at(-1) ?? '');
      case 'not-an-integer':
      case 'not-a-memory-size':
      case 'not-octal':
      case 'out-of-range': {
        const meant = facts && meantValue(word.text, entry.directive ?? {}, facts, this.document.target);
        return meant === undefined ? undefined : replace(meant);
      }
      default:
        return undefined;
    }
  }

  private quoteFixes({ line }: ConfProblem): Fix[] | undefined {
    const split = line?.split;
    if (line === undefined || split === undefined || split.ok || line.seen !== undefined) return undefined;
    const meant = balanced(line.text, split.error);
    if (meant === undefined) return undefined;
    const at = { line, start: meant.start, end: line.text.trimEnd().length };
    const whole = line.text.slice(0, meant.start) + meant.text;
    const title = this.translate('Change to “{0}”', clip(whole.trim()));
    return [{ title, edits: [{ at, text: meant.text }], preferred: true }];
  }

  private messageOf(problem: ConfProblem, entry: ConfEntry | undefined): string {
    const t = this.translate;
    const name = clip(entry?.name ?? '');
    const facts = entry?.facts;
    const word = clip(entry?.words[1 + (problem.word ?? 0)]?.text ?? '');
    switch (problem.refusal) {
      case 'wrong-arity':
        return this.arityMessage(entry);
      case 'not-yes-or-no':
        return t('{0} takes yes or no, not “{1}”.', name, word);
      case 'unknown-enum-value':
        return t('{0} takes {1}, not “{2}”.', name, (facts?.values ?? []).join(', '), word);
      case 'conflicting-flags':
        return t('save and nosave exclude each other.');
      case 'not-an-integer':
        return /^-?[1-9][0-9]*$/.test(word)
          ? t('“{0}” does not fit into 64 bits.', word)
          : t('{0} takes a whole number without unit, sign + or leading zero, not “{1}”.', name, word);
      case 'out-of-range':
        return t('{0} takes {1}, not “{2}”.', name, exactRange(facts), word);
      case 'not-a-memory-size':
        return t('{0} takes a size such as 100mb (units b, k, kb, m, mb, g, gb), not “{1}”.', name, word);
      case 'not-octal':
        return t('{0} takes a file mode in octal such as 700, not “{1}”.', name, word);
      case 'not-a-base-name':
        return t('{0} takes a file name without a path: the folder is set by dir.', name);
      case 'empty-value':
        return t('{0} must not be empty.', name);
      case 'value-too-long':
        return facts?.check === 'hostname-charset-max255'
          ? t('A host name has at most 255 characters.')
          : t('{0} has at most {1} characters.', name, facts?.maxLength ?? 0);
      case 'invalid-characters':
        return facts?.check === 'hostname-charset-max255'
          ? t('A host name consists of letters, digits, hyphens and dots.')
          : t('A node name must not contain any of {0}.', '!#$%&()*+:;<>?@[]^{|}~');
      case 'invalid-address':
        return t('“{0}” is not an address of this kind.', word);
      case 'invalid-title-template':
        return t(
          'The template has an unknown field or an open brace, or expands to nothing while the file is read.',
        );
      default:
        return this.grammarMessage(problem, name, word);
    }
  }

  private arityMessage(entry: ConfEntry | undefined): string {
    const t = this.translate;
    const [min, max] = entry?.facts?.args ?? [1, 1];
    const given = (entry?.words.length ?? 1) - 1;
    const name = entry?.name ?? '';
    if (given === 0) return t('{0} needs a value.', name);
    if (min === max) {
      return min === 1
        ? t('{0} takes exactly one value, not {1}. Put a value with blanks in quotes.', name, given)
        : t('{0} takes exactly {1} values, not {2}.', name, min, given);
    }
    const multiple = entry?.facts?.argsMultipleOf;
    if (multiple !== undefined)
      return t('{0} takes values in groups of {1}; these are {2}.', name, multiple, given);
    return max === Infinity
      ? t('{0} takes at least {1} values.', name, min)
      : t('{0} takes {1} to {2} values, not {3}.', name, min, max, given);
  }

  private grammarMessage(problem: ConfProblem, name: string, word: string): string {
    const t = this.translate;
    switch (problem.refusal) {
      case 'invalid-save-points':
        return t('save takes pairs of seconds (1 or more) and changes (0 or more), or "".');
      case 'too-many-addresses':
        return t('bind takes at most 16 addresses.');
      case 'invalid-primary-port':
        return t('“{0}” is not a port.', word);
      case 'invalid-buffer-limit':
        return t(
          'A buffer limit is: class (normal, replica or pubsub), hard limit, soft limit, seconds. “{0}” does not fit.',
          word,
        );
      case 'invalid-oom-score':
        return t('{0} takes three whole numbers from -2000 to 2000.', name);
      case 'invalid-percentile':
        return t('A percentile is a number from 0 to 100, not “{0}”.', word);
      case 'invalid-event-class':
        return t(
          '“{0}” has a letter that is no event class. {1}',
          word,
          problem.message.replace(/^.*\. /, ''),
        );
      case 'unbalanced-quotes':
        return t('This quote does not close, or text follows right behind its end.');
      case 'unknown-directive':
        return t('Unknown directive “{0}”.', name);
      case 'module-setting-without-value':
        return t('“{0}” is taken for a setting of a module, and has no value.', name);
      case 'sentinel-directive':
        return t('Lines of Sentinel are refused by a server that is no Sentinel.');
      case 'directory-not-found':
        return t('The server cannot enter “{0}”: {1}.', word, problem.message);
      case 'include-not-found':
        return t('The server cannot read “{0}”.', word);
      case 'include-loop':
        return t('“{0}” includes itself.', word);
      case 'unknown-command':
        return t('There is no command “{0}” here (any more).', word);
      case 'subcommand-renamed':
        return t('Only whole commands can be renamed: “{0}” makes the server crash.', word);
      case 'command-name-taken':
        return t('There is already a command “{0}”.', word);
      case 'duplicate-user':
        return t('User “{0}” is already defined.', word);
      case 'invalid-user-rule':
        return t('The rule “{0}” is refused: {1}', word, problem.message.replace(/^.*?': /, ''));
      case 'log-file-not-writable':
        return t('The log file cannot be opened.');
      case 'replicaof-in-cluster-mode':
        return t('replicaof is refused in cluster mode: there CLUSTER REPLICATE makes a replica.');
      default:
        return problem.message;
    }
  }
}

/** `Redis 5.0 to 8, Valkey 7.2 to 8.1`. */
function summarizeTargets(targets: readonly Target[]): string {
  const parts: string[] = [];
  for (const product of ['redis', 'valkey']) {
    const own = targets.filter((target) => target.startsWith(`${product}-`));
    const [first] = own;
    const last = own.at(-1);
    if (first === undefined || last === undefined) continue;
    const span = first === last ? shortTarget(first) : `${shortTarget(first)} – ${last.replace(/^.*-/, '')}`;
    parts.push(span);
  }
  return parts.join(', ');
}
