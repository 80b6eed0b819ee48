/** `.redis` files: what a server would not run, and keys that a cluster keeps apart. */

import type { Diagnostic } from 'vscode-languageserver';
import { commandNames } from '../../extension/redis/config/command-names.ts';
import type { Word } from '../../extension/redis/config/split-args.ts';
import { keySlotOfText } from '../../extension/redis/slots.ts';
import { findCommand, fitSyntax, subcommandsOf, syntaxLine } from '../command-syntax.ts';
import { type CommandLine, type KeyFinder, keysOf, readCommands, slotOfWord } from '../commands-document.ts';
import type { Code } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { clip } from '../value-text.ts';
import type { DiagnosticData } from './diagnostics.ts';
import { type KeyPlace, withCommonTag } from './hash-tag-fix.ts';
import { nearestName } from './nearest-name.ts';

const ERROR = 1;
const WARNING = 2;
const SOURCE = 'redis-commands';

/** Commands for developers of Redis, whose words are not written down. */
const LOOSE: ReadonlySet<string> = new Set(['debug', 'replconf', 'lolwut', 'pfdebug', 'psync', 'sync']);

/** Of one file; editors show no more. */
const MOST = 1000;

export function commandDiagnostics(
  text: string,
  findKeys: KeyFinder,
  t: Translate,
  docsUri: string | undefined,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const checker = new Checker(findKeys, t);
  for (const command of readCommands(text)) {
    for (const diagnostic of checker.check(command)) {
      const href = docsUri && { codeDescription: { href: `${docsUri}${diagnostic.code}.md` } };
      if (found.push({ ...diagnostic, ...href }) >= MOST) return found;
    }
  }
  return found;
}

class Checker {
  private readonly findKeys: KeyFinder;
  private readonly t: Translate;
  /** The keys since MULTI; undefined outside of a transaction. */
  private queued: KeyPlace[] | undefined;

  constructor(findKeys: KeyFinder, t: Translate) {
    this.findKeys = findKeys;
    this.t = t;
  }

  *check(command: CommandLine): Iterable<Diagnostic> {
    const { line, error, words } = command;
    const name = words[0];
    if (error !== undefined) {
      const message = this.t('This quote does not close, or text follows right behind its end.');
      yield diagnostic('unbalanced-quotes', ERROR, line, { start: error.open, end: error.at }, message);
      return;
    }
    if (name === undefined) return;
    const wrong = this.checkSyntax(command, name);
    if (wrong) yield wrong;
    const keys = keysOf(command, this.findKeys).map((word) => ({ line, word }));
    yield* this.checkKeys(keys, command);
    this.follow(name.text.toLowerCase());
  }

  private checkSyntax({ line, words }: CommandLine, name: Word): Diagnostic | undefined {
    const t = this.t;
    const argv = words.map(({ text }) => text);
    const found = findCommand(argv);
    if (found === undefined) {
      if (commandNames('redis-7.2').has(name.text.toLowerCase())) return undefined;
      return this.unknown(
        line,
        name,
        [...commandNames('redis-7.2')].filter((known) => !known.includes('|')),
      );
    }
    const subcommands = found.words === 1 ? subcommandsOf(name.text) : [];
    const sub = words[1];
    if (LOOSE.has(found.doc.name)) return undefined;
    if (subcommands.length > 0 && found.doc.args.length === 0) {
      if (sub && commandNames('redis-7.2').has(`${found.doc.name}|${sub.text.toLowerCase()}`))
        return undefined;
      if (sub) return this.unknown(line, sub, subcommands);
      const message = t('{0} needs a subcommand.', name.text.toUpperCase());
      return diagnostic('wrong-arity', ERROR, line, name, message);
    }
    const fit = fitSyntax(found.doc, argv.slice(found.words));
    if (fit.fits) return undefined;
    const stray = words[found.words + fit.right];
    const syntax = syntaxLine(found.doc);
    return stray
      ? diagnostic(
          'command-syntax',
          ERROR,
          line,
          stray,
          t('“{0}” does not fit here. Syntax: {1}', clip(stray.text), syntax),
        )
      : diagnostic(
          'wrong-arity',
          ERROR,
          line,
          { start: name.start, end: words.at(-1)?.end ?? name.end },
          t('Something is missing. Syntax: {0}', syntax),
        );
  }

  private unknown(line: number, word: Word, known: readonly string[]): Diagnostic {
    const t = this.t;
    const near = nearestName(word.text.toLowerCase(), known)?.toUpperCase();
    if (near === undefined)
      return diagnostic(
        'unknown-command',
        ERROR,
        line,
        word,
        t('There is no command “{0}”.', clip(word.text)),
      );
    const message = t('There is no command “{0}”. Did you mean {1}?', clip(word.text), near);
    const range = rangeOf(line, word);
    const fixes = [{ title: t('Change to “{0}”', near), preferred: true, edits: [{ range, newText: near }] }];
    return {
      ...diagnostic('unknown-command', ERROR, line, word, message),
      data: { fixes } satisfies DiagnosticData,
    };
  }

  private *checkKeys(keys: readonly KeyPlace[], command: CommandLine): Iterable<Diagnostic> {
    const before = [...(this.queued ?? [])];
    this.queued?.push(...keys);
    const all = [...before, ...keys];
    const [first] = all;
    if (first === undefined) return;
    const home = slotOfWord(first.word);
    const stranger = keys.find(({ word }) => slotOfWord(word) !== home);
    if (stranger) yield this.crossSlot(first, stranger, all);
    else yield* this.checkScript(command, home);
  }

  private crossSlot(first: KeyPlace, { line, word }: KeyPlace, all: readonly KeyPlace[]): Diagnostic {
    const t = this.t;
    const slots = [clip(first.word.text), slotOfWord(first.word), clip(word.text), slotOfWord(word)] as const;
    const message = this.queued
      ? t(
          'In a cluster this transaction fails with CROSSSLOT: {0} is in slot {1}, {2} in slot {3}. A common hash tag brings keys together.',
          ...slots,
        )
      : t(
          'In a cluster this fails with CROSSSLOT: {0} is in slot {1}, {2} in slot {3}. A common hash tag brings keys together.',
          ...slots,
        );
    const edits = withCommonTag(all).map((key) => ({
      range: rangeOf(key.line, key.word),
      newText: key.newText,
    }));
    const fixes = edits.length > 0 ? [{ title: t('Wrap in a hash tag'), preferred: false, edits }] : [];
    return {
      ...diagnostic('cross-slot', WARNING, line, word, message),
      data: { fixes } satisfies DiagnosticData,
    };
  }

  /** Keys that a script names itself must be in the slot of those it is given. */
  private *checkScript({ line, words }: CommandLine, home: number): Iterable<Diagnostic> {
    const script = words[1];
    if (script === undefined || !/^eval(?:_ro)?$/i.test(words[0]?.text ?? '')) return;
    for (const [, command = '', key = ''] of script.text.matchAll(
      /redis\.p?call\(\s*['"](\w+)['"]\s*,\s*['"]([^'"\\]+)['"]/g,
    )) {
      if (!this.findKeys([command, key, '1', '1']).includes(1) || keySlotOfText(key) === home) continue;
      const message = this.t(
        'In a cluster this script fails: it uses {0}, in slot {1}, and its keys are in slot {2}.',
        clip(key),
        keySlotOfText(key),
        home,
      );
      yield diagnostic('cross-slot', WARNING, line, script, message);
    }
  }

  private follow(name: string): void {
    if (name === 'multi') this.queued = [];
    else if (name === 'exec' || name === 'discard') this.queued = undefined;
  }
}

function diagnostic(
  code: Code,
  severity: 1 | 2,
  line: number,
  place: { readonly start: number; readonly end: number },
  message: string,
): Diagnostic {
  return { range: rangeOf(line, place), severity, source: SOURCE, code, message };
}

function rangeOf(
  line: number,
  { start, end }: { readonly start: number; readonly end: number },
): Diagnostic['range'] {
  return { start: { line, character: start }, end: { line, character: end } };
}
