/** Reads a conf file once for all features: lines, entries, problems, effective settings. */

import { commandNames } from '../extension/redis/config/command-names.ts';
import type { ConfLine } from '../extension/redis/config/conf-lines.ts';
import type { Target } from '../extension/redis/config/directive.ts';
import {
  type ConfEntry,
  type ConfOptions,
  type ParsedConf,
  parseConf,
  type Source,
} from '../extension/redis/config/parse-conf.ts';
import { Settings } from '../extension/redis/config/settings.ts';
import {
  FILE_NAME_TOO_LONG,
  isDirectory,
  isNameTooLong,
  MAX_FILE_NAME,
} from '../extension/redis/config/startup.ts';
import { StatementReader } from '../extension/redis/config/statement.ts';
import { folderOf, joinPath, pathOfUri, uriBeside } from './paths.ts';
import type { TargetAnswer } from './protocol.ts';
import { sha256 } from './sha256.ts';
import { targetFor } from './target.ts';

/** Columns `start` to `end` of a line. */
export interface Span {
  readonly line: ConfLine;
  readonly start: number;
  readonly end: number;
}

export interface ConfDocument extends TargetAnswer {
  readonly uri: string;
  readonly options: ConfOptions;
  readonly conf: ParsedConf;
  readonly settings: Settings;
  /**
   * An `include` that could not be read, an end that was cut off, or another file that includes this one: what the file leaves
   * out may stand there.
   */
  readonly hasUnreadParts: boolean;
  /** Lines behind those of `conf` that nobody looked at. */
  readonly isCut: boolean;
  /** Offset of a line's first character. */
  offsetOf(line: ConfLine): number;
}

export interface ReadOptions {
  /** Undefined: what the directives of the file say. */
  readonly asked: TargetAnswer | undefined;
  /** The same file before an edit: most of it is as it was. */
  readonly before?: ConfDocument | undefined;
  /** The text of a file that `uri` includes, or of all that match a pattern; undefined where there is none to read. */
  readInclude?(uri: string, path: string): string | undefined;
  /** Whether a module that `uri` loads is there. */
  hasModule?(uri: string, path: string): boolean;
  /** The text of the file at this URI, which is no conf file; undefined where it cannot be read. */
  readFile?(uri: string): string | undefined;
  /** Further lines are left out. */
  readonly mostLines?: number;
  /** Another file includes it. */
  readonly isPart?: boolean;
}

const NEWEST: Target = 'redis-8';

/** Reads files, and remembers their lines: the next file, or the same after an edit, has most of them again. */
export class ConfReader {
  private readonly readers = new Map<Target, StatementReader>();

  read(uri: string, text: string, options: ReadOptions): ConfDocument {
    const { asked, before, mostLines = Infinity } = options;
    const guess = before?.target ?? NEWEST;
    const kept = firstLines(text, mostLines);
    const as = (answer: TargetAnswer): ConfDocument =>
      this.parse(uri, kept, answer, options, kept.length < text.length);
    if (asked) return as(asked);
    const guessed = as({ target: guess, decidedBy: 'file' });
    const target = targetFor(uri, namesIn(guessed.conf));
    return target === guess ? guessed : as({ target, decidedBy: 'file' });
  }

  private parse(
    uri: string,
    text: string,
    { target, decidedBy }: TargetAnswer,
    context: ReadOptions,
    isCut: boolean,
  ): ConfDocument {
    const before = context.before?.target === target ? context.before : undefined;
    // What is kept below must not lead to `context`, or every document would keep the one before it.
    const { readInclude: includeOf, hasModule, readFile } = context;
    const inFolder = (path: string): string => joinPath(folderOf(uri, settings), path);
    let hasUnreadParts = isCut || context.isPart === true;
    const readInclude = (
      path: string,
    ): { readonly text: string } | { readonly error: string } | undefined => {
      const error = tooLong(path);
      // Patterns are not opened, but looked for.
      if (error !== undefined && !/[*?[]/.test(path)) return { error };
      // A pattern may match nothing here, and a relative path depends on where the server is started.
      const included = includeOf?.(uri, path);
      if (included === undefined) hasUnreadParts = true;
      return included === undefined ? undefined : { text: included };
    };
    const options: ConfOptions = {
      target,
      reader: this.readerFor(target),
      commands: commandNames(target),
      sha256,
      encoding: 'utf-8',
      hasModule: (path) => hasModule?.(uri, path) ?? true,
      readAclFile: (path) => readFile?.(uriBeside(uri, inFolder(path))),
      isItself: (path) => inFolder(path) === pathOfUri(uri),
      surroundings: {
        readInclude,
        changeDirectory: tooLong,
        tryLogFile: (path) => (isDirectory(path) ? 'Is a directory' : tooLong(path)),
      },
    };
    const conf = parseConf(text, before ? { ...options, before: before.conf } : options);
    const settings = new Settings(conf, target);
    const offsetOf = lineOffsets(conf);
    return { uri, target, decidedBy, options, conf, settings, hasUnreadParts, isCut, offsetOf };
  }

  private readerFor(target: Target): StatementReader {
    const known = this.readers.get(target);
    if (known) return known;
    const reader = new StatementReader(target, { encoding: 'utf-8' });
    this.readers.set(target, reader);
    return reader;
  }
}

/** The text up to the end of its line `most`. */
function firstLines(text: string, most: number): string {
  // No line is shorter than its end.
  if (text.length < most) return text;
  let end = -1;
  for (let line = 0; line < most; line++) {
    end = text.indexOf('\n', end + 1);
    if (end < 0) return text;
  }
  return text.slice(0, end);
}

function namesIn({ entries }: ParsedConf): Set<string> {
  const names = new Set<string>();
  for (const { name, source } of entries) if (source === undefined) names.add(name);
  return names;
}

/** What the system says of a name that no file can have. */
export function tooLong(path: string): string | undefined {
  return isNameTooLong(path, MAX_FILE_NAME, 'utf-8') ? FILE_NAME_TOO_LONG : undefined;
}

function lineOffsets(conf: ParsedConf): (line: ConfLine) => number {
  let offsets: Uint32Array | undefined;
  return (line) => {
    offsets ??= cumulate(conf.lines);
    return offsets[line.number - 1] ?? 0;
  };
}

function cumulate(lines: readonly ConfLine[]): Uint32Array {
  const offsets = new Uint32Array(lines.length);
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    offsets[index] = offset;
    offset += line.text.length + 1;
  }
  return offsets;
}

/** The word counted from 0 behind the directive; -1 is the directive itself, undefined all of the line. */
export function spanOf(entry: Pick<ConfEntry, 'line' | 'words' | 'source'>, word?: number): Span {
  if (entry.source) return spanOfInclude(entry.source);
  // What a NUL byte glued together has no columns of its own.
  if (entry.line.seen !== undefined) return spanOfText(entry.line);
  const first = entry.words[0];
  const last = entry.words.at(-1);
  const whole = { line: entry.line, start: first?.start ?? 0, end: last?.end ?? entry.line.text.length };
  if (word === undefined) return whole;
  // A quoted list is one word of the line, whatever words it holds.
  const chosen = entry.words[word + 1] ?? last;
  return chosen ? { line: entry.line, start: chosen.start, end: chosen.end } : whole;
}

/** What stands in an included file is shown at the line that includes it. */
export function spanOfInclude({ includedAt }: Source): Span {
  return spanOfText(includedAt);
}

/** A line without the blanks around it. */
export function spanOfText(line: ConfLine): Span {
  const start = line.text.search(/\S/);
  return { line, start: Math.max(start, 0), end: line.text.trimEnd().length };
}

/** Stands for the first line of a file, of which there is always one. */
export const NO_LINE: ConfLine = {
  number: 1,
  text: '',
  split: undefined,
  statement: undefined,
  counted: 1,
  seen: undefined,
};

/** Where to show what has no line of its own. */
export function topOf({ conf }: Pick<ConfDocument, 'conf'>): Span {
  return spanOfText(conf.lines[0] ?? NO_LINE);
}
