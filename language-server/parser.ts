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
import { isDirectory } from '../extension/redis/config/startup.ts';
import { sha256 } from './sha256.ts';

/** Columns `start` to `end` of a line. */
export interface Span {
  readonly line: ConfLine;
  readonly start: number;
  readonly end: number;
}

export interface ConfDocument {
  readonly uri: string;
  readonly target: Target;
  readonly options: ConfOptions;
  readonly conf: ParsedConf;
  readonly settings: Settings;
  /** An `include` that could not be read: what the file leaves out may stand there. */
  readonly hasUnreadIncludes: boolean;
  /** Offset of a line's first character. */
  offsetOf(line: ConfLine): number;
}

export interface ParseContext {
  readonly target: Target;
  /** The text of a file that `uri` includes, or of all that match a pattern; undefined where there is none to read. */
  readInclude?(uri: string, path: string): string | undefined;
}

export function parseDocument(uri: string, text: string, context: ParseContext): ConfDocument {
  const { target } = context;
  let hasUnreadIncludes = false;
  const readInclude = (path: string): { readonly text: string } | undefined => {
    // A pattern may match nothing here, and a relative path depends on where the server is started.
    const included = context.readInclude?.(uri, path);
    if (included === undefined) hasUnreadIncludes = true;
    return included === undefined ? undefined : { text: included };
  };
  const options: ConfOptions = {
    target,
    commands: commandNames(target),
    sha256,
    surroundings: {
      readInclude,
      changeDirectory: (path) => (isNoPath(path) ? 'No such file or directory' : undefined),
      tryLogFile: (path) => (isDirectory(path) ? 'Is a directory' : undefined),
    },
  };
  const conf = parseConf(text, options);
  const settings = new Settings(conf, target);
  return { uri, target, options, conf, settings, hasUnreadIncludes, offsetOf: lineOffsets(conf) };
}

/** What a shell would have replaced, or taken for a line that goes on: folders have other names. */
function isNoPath(path: string): boolean {
  return path === '\\' || /\$\{\w+.*\}/.test(path);
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

/** Where to show what has no line of its own. */
export function topOf({ conf }: Pick<ConfDocument, 'conf'>): Span {
  // Even an empty file has one line.
  const line = conf.lines[0] ?? { number: 1, text: '', split: undefined, counted: 1 };
  return spanOfText(line);
}
