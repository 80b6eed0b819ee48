/**
 * Reads a configuration file as the server does at start: line by line, later lines over earlier ones,
 * includes in their place. The server stops at the first error; here every line is read, and the first
 * problem is the one the server would print.
 */

import { type CommandNames, UNKNOWN_COMMAND } from './acl-selector.ts';
import { lowerAscii } from './ascii.ts';
import { type ConfLine, readLines, trimLine } from './conf-lines.ts';
import { type Directive, type Facts, factsFor, isAtLeast, productOf, type Target } from './directive.ts';
import { findDirective } from './directives.ts';
import type { Refusal } from './refusal.ts';
import type { Word } from './split-args.ts';
import { type Statement, type StatementOptions, StatementReader } from './statement.ts';
import { expandTitle, readTitleTemplate } from './title-template.ts';
import { checkUserRules, NO_REASON } from './user-rules.ts';
import type { ConfigValue } from './value.ts';

export interface ConfOptions extends StatementOptions {
  readonly target: Target;
  /** Remembers lines from file to file; of the same target. */
  readonly reader?: StatementReader;
  /** The same file before an edit, as the same reader read it. */
  readonly before?: ParsedConf;
  readonly surroundings?: Surroundings;
  readonly commands?: CommandNames;
  readonly sha256?: (text: string) => string;
  /** Whether the file of a module is there; by default every one is. */
  readonly hasModule?: (path: string) => boolean;
  /** The text of an ACL file; undefined, and by default: it is not looked into. */
  readonly readAclFile?: (path: string) => string | undefined;
  /** Whether a name leads to the conf file itself. */
  readonly isItself?: (path: string) => boolean;
}

/** What reading a file touches outside of it. What is absent is taken for granted. */
export interface Surroundings {
  /** Makes `path` the working directory, or tells the operating system's error ("No such file or directory"). */
  changeDirectory?(path: string): string | undefined;
  /** The text of an included file, or of all that a pattern matches, one after the other; undefined: skip it. */
  readInclude?(path: string): { readonly text: string } | { readonly error: string } | undefined;
  /** Opens the log file for appending and closes it, or tells the error. */
  tryLogFile?(path: string): string | undefined;
}

/** Why a line, or the file as a whole, is refused. */
export type ConfRefusal =
  | Refusal
  | 'unbalanced-quotes'
  | 'unknown-directive'
  | 'module-setting-without-value'
  | 'sentinel-directive'
  | 'directory-not-found'
  | 'include-not-found'
  | 'include-loop'
  | 'unknown-command'
  | 'command-name-taken'
  | 'subcommand-renamed'
  | 'duplicate-user'
  | 'invalid-user-rule'
  | 'log-file-not-writable'
  | 'replicaof-in-cluster-mode';

export interface ConfProblem {
  readonly refusal: ConfRefusal;
  /** As the server prints it. */
  readonly message: string;
  /** Absent: found after the last line. In an included file it is a line of that file. */
  readonly line?: ConfLine;
  /** The line's words, where it has some. */
  readonly entry?: ConfEntry;
  /** The word at fault, counted from 0 behind the directive. */
  readonly word?: number;
  /** The included file, and the line of the main file that led there. */
  readonly source?: Source;
  /** Goes to the log instead of standard error, without the banner. */
  readonly logged?: true;
}

export interface Source {
  readonly path: string;
  readonly includedAt: ConfLine;
}

/** A line with a directive, known or not. */
export interface ConfEntry {
  readonly line: ConfLine;
  /** In lower case. */
  readonly name: string;
  readonly words: readonly Word[];
  readonly directive: Directive | undefined;
  /** Undefined: the target has no such directive. */
  readonly facts: Facts | undefined;
  /** Undefined: refused. */
  readonly value: ConfigValue | undefined;
  readonly source: Source | undefined;
}

export interface ParsedConf {
  readonly lines: readonly ConfLine[];
  /** In the order the server meets them, those of included files in their place. */
  readonly entries: readonly ConfEntry[];
  readonly problems: readonly ConfProblem[];
}

export function parseConf(text: string, options: ConfOptions): ParsedConf {
  const reader = options.reader ?? new StatementReader(options.target, options);
  const lines = readLines(text, reader, options.before?.lines);
  const loader = new Loader(options, reader);
  loader.load(lines, undefined);
  return { lines, entries: loader.entries, problems: loader.problems };
}

/**
 * What the server leaves behind when it refuses a file: the lines on standard error, the first one empty,
 * or the one line of its log.
 */
export function formatFatal(problem: ConfProblem, version: string, target: Target): string[] {
  if (problem.logged) return [problem.message];
  const product = productOf(target) === 'valkey' ? 'Version' : 'Redis';
  const bracket = isAtLeast(target, '6.0') ? ` (${product} ${version})` : '';
  const where = problem.line && [
    `Reading the configuration file, at line ${problem.line.counted}`,
    `>>> '${trimLine(problem.line.seen ?? problem.line.text)}'`,
  ];
  return ['', `*** FATAL CONFIG FILE ERROR${bracket} ***`, ...(where ?? []), problem.message];
}

const BAD_DIRECTIVE = 'Bad directive or wrong number of arguments';

/** Files in files in files: far more than anyone nests, far fewer than the server's stack takes. */
const MAX_INCLUDE_DEPTH = 64;

class Loader {
  readonly entries: ConfEntry[] = [];
  readonly problems: ConfProblem[] = [];
  private readonly options: ConfOptions;
  private readonly reader: StatementReader;
  private readonly users = new Set<string>();
  /** What the server says of a user whose fault has no words: the error that an earlier user left behind. */
  private leftBehind = NO_REASON;
  /** What a name calls since a line changed it; undefined: nothing any more. */
  private readonly renames = new Map<string, string | undefined>();
  private readonly latest = new Map<string, ConfEntry>();
  private depth = 0;
  /** The first entry before the edit that may still be met. */
  private next = 0;

  constructor(options: ConfOptions, reader: StatementReader) {
    this.options = options;
    this.reader = reader;
  }

  load(lines: readonly ConfLine[], source: Source | undefined): void {
    for (const line of lines) {
      const { statement } = line;
      if (statement === undefined) continue;
      if (statement.split.ok) this.loadLine(line, statement, source);
      else
        this.note(problem('unbalanced-quotes', 'Unbalanced quotes in configuration line', { line, source }));
    }
    this.checkWhole(source);
  }

  private loadLine(line: ConfLine, statement: Statement, source: Source | undefined): void {
    const { name, directive, facts, value: parsed, args } = statement;
    const { words } = statement.split;
    if (words.length === 0) return;
    const value = parsed?.ok ? parsed.value : undefined;
    const known = source ? undefined : this.entryBefore(line);
    const entry: ConfEntry = known ?? { line, name, words, directive, facts, value, source };
    this.entries.push(entry);
    if (parsed === undefined) this.note(this.refuseUnknown(entry));
    else if (parsed.ok) this.note(this.act(entry, args));
    else this.note(problem(parsed.refusal, parsed.message, entry, parsed.word));
  }

  /** The entry of a line that an edit left alone; lines are asked for in their order. */
  private entryBefore(line: ConfLine): ConfEntry | undefined {
    const entries = this.options.before?.entries ?? [];
    for (let entry = entries[this.next]; entry !== undefined; entry = entries[++this.next]) {
      if (!entry.source && entry.line.number >= line.number) return entry.line === line ? entry : undefined;
    }
    return undefined;
  }

  private note(found: ConfProblem | undefined): void {
    if (found !== undefined) this.problems.push(found);
  }

  private refuseUnknown(entry: ConfEntry): ConfProblem | undefined {
    const moduleSetting = isModuleSetting(entry.name) && isAtLeast(this.options.target, '7.0');
    if (!moduleSetting) return problem('unknown-directive', BAD_DIRECTIVE, entry);
    if (entry.words.length > 1) return undefined;
    return problem('module-setting-without-value', 'Module config specified without value', entry);
  }

  /** What a line does beyond setting a value. */
  private act(entry: ConfEntry, args: readonly string[]): ConfProblem | undefined {
    const name = entry.directive?.name ?? '';
    const [first = '', second = ''] = args;
    this.latest.set(name, entry);
    switch (name) {
      case 'include':
        return this.include(entry, first);
      case 'dir':
        return this.changeDirectory(entry, first);
      case 'rename-command':
        return this.renameCommand(entry, lowerAscii(first), lowerAscii(second));
      case 'user':
        return this.addUser(entry, first, args.slice(1));
      case 'proc-title-template':
        return this.checkTitle(entry, first);
      case 'sentinel':
        if (args.length === 0) return undefined;
        return problem('sentinel-directive', 'sentinel directive while not in sentinel mode', entry);
      case 'logfile':
        // From 7.0 on the file is opened when all lines are read.
        return isAtLeast(this.options.target, '7.0') ? undefined : this.tryLogFile(entry);
      default:
        return undefined;
    }
  }

  private include(entry: ConfEntry, path: string): ConfProblem | undefined {
    // No file has an empty name.
    const nameless = { error: 'No such file or directory' };
    const read = path === '' ? nameless : this.options.surroundings?.readInclude?.(path);
    if (read === undefined) return undefined;
    const failure =
      'error' in read ? read.error : this.depth < MAX_INCLUDE_DEPTH ? undefined : 'it includes itself';
    if (failure !== undefined || 'error' in read) {
      const refusal = 'error' in read ? 'include-not-found' : 'include-loop';
      const message = `Fatal error, can't open config file '${path}': ${failure}`;
      return { ...problem(refusal, message, entry, 0), logged: true };
    }
    this.depth++;
    this.load(readLines(read.text, this.reader), {
      path,
      includedAt: entry.source?.includedAt ?? entry.line,
    });
    this.depth--;
    return undefined;
  }

  private changeDirectory(entry: ConfEntry, path: string): ConfProblem | undefined {
    // chdir("") fails everywhere.
    const error =
      path === '' ? 'No such file or directory' : this.options.surroundings?.changeDirectory?.(path);
    if (error === undefined) return undefined;
    if (isAtLeast(this.options.target, '7.0')) return problem('directory-not-found', error, entry, 0);
    const message = `Can't chdir to '${path}': ${error}`;
    return { ...problem('directory-not-found', message, entry, 0), logged: true };
  }

  private renameCommand(entry: ConfEntry, from: string, to: string): ConfProblem | undefined {
    const original = this.commandNamed(from);
    if (original === undefined) {
      return problem('unknown-command', 'No such command in rename-command', entry, 0);
    }
    if (from.includes('|')) {
      // The server finds the subcommand, but not in the table it removes it from: an assertion ends it.
      return problem('subcommand-renamed', 'No such command in rename-command', entry, 0);
    }
    this.renames.set(from, undefined);
    if (to === '') return undefined;
    if (this.isTaken(to)) {
      return problem('command-name-taken', 'Target command name already exists', entry, 1);
    }
    this.renames.set(to, original);
    return undefined;
  }

  /** What a name calls now, by its name out of the box. Where nobody knows the commands every name may call one. */
  private commandNamed(name: string): string | undefined {
    const [command = '', subcommand] = name.split('|', 2);
    if (command === '') return undefined;
    const original = this.renames.has(command) ? this.renames.get(command) : command;
    if (original === undefined) return undefined;
    // A name with a bar that was given to a command is cut like all others, and then found nowhere.
    const whole = subcommand === undefined ? original : original + name.slice(name.indexOf('|'));
    return (this.options.commands?.has(whole) ?? true) ? whole : undefined;
  }

  /** Subcommands have a table of their own: a command may be called as one of them is. */
  private isTaken(name: string): boolean {
    if (this.renames.has(name)) return this.renames.get(name) !== undefined;
    return !name.includes('|') && (this.options.commands?.has(name) ?? false);
  }

  private addUser(entry: ConfEntry, user: string, rules: readonly string[]): ConfProblem | undefined {
    if (this.users.has(user)) {
      const reason = 'Duplicate user found. A user can only be defined once in config files';
      return problem(
        'duplicate-user',
        `Error in user declaration '${user.split('\0', 1)[0]}': ${reason}`,
        entry,
        0,
      );
    }
    const error = checkUserRules(rules, { ...this.options, allChannels: this.newUsersHaveAllChannels() });
    // An unknown command is found when users are set up, after the file was read.
    if (error?.late) this.leftBehind = UNKNOWN_COMMAND;
    if (error === undefined || error.late) {
      this.users.add(user);
      return undefined;
    }
    // The server counts joined rules, but names the word so many places from `user`: two too early, or more.
    const named = error.joined === 0 ? entry.name : (entry.words[error.joined]?.text.split('\0', 1)[0] ?? '');
    const reason = error.message === NO_REASON ? this.leftBehind : error.message;
    const message = `Error in user declaration '${named}': ${reason}`;
    return problem('invalid-user-rule', message, entry, error.rule + 1);
  }

  private newUsersHaveAllChannels(): boolean {
    const given = this.latest.get('acl-pubsub-default')?.value;
    const directive = findDirective('acl-pubsub-default');
    const facts = directive && factsFor(directive, this.options.target);
    return (given?.type === 'enum' ? given.value : facts?.default) === 'allchannels';
  }

  /** While the file is read `title` is empty, and so is `server-mode` until cluster mode is on. */
  private checkTitle(entry: ConfEntry, template: string): ConfProblem | undefined {
    const title = expandTitle(readTitleTemplate(template) ?? [], {
      title: '',
      'listen-addr': '*:6379',
      'server-mode': this.isOn('cluster-enabled') ? '[cluster]' : '',
      port: '6379',
      'tls-port': '0',
      'config-file': 'redis.conf',
      unixsocket: this.textOf('unixsocket'),
    });
    if (title !== '') return undefined;
    const message = 'template format is invalid or contains unknown variables';
    return problem('invalid-title-template', message, entry, 0);
  }

  /** The checks after the last line, also of every included file. */
  private checkWhole(source: Source | undefined): void {
    const { target } = this.options;
    const log = this.latest.get('logfile');
    if (log && isAtLeast(target, '7.0')) this.note(this.tryLogFile(log));
    const primary = this.latest.get('replicaof');
    if (!this.isOn('cluster-enabled') || primary?.value?.type !== 'primary' || !primary.value.value) return;
    const name = isAtLeast(target, '5.0') ? 'replicaof' : 'slaveof';
    const line = isAtLeast(target, '7.0') ? undefined : primary.line;
    this.note(
      problem('replicaof-in-cluster-mode', `${name} directive not allowed in cluster mode`, { line, source }),
    );
  }

  private tryLogFile(entry: ConfEntry): ConfProblem | undefined {
    const path = entry.value?.type === 'string' ? (entry.value.value ?? '') : '';
    const error = path === '' ? undefined : this.options.surroundings?.tryLogFile?.(path);
    if (error === undefined) return undefined;
    const line = isAtLeast(this.options.target, '7.0') ? undefined : entry.line;
    const message = `Can't open the log file: ${error}`;
    return problem('log-file-not-writable', message, { line, source: entry.source });
  }

  private isOn(name: string): boolean {
    const value = this.latest.get(name)?.value;
    return value?.type === 'bool' && value.value;
  }

  private textOf(name: string): string {
    const value = this.latest.get(name)?.value;
    return value?.type === 'string' ? (value.value ?? '') : '';
  }
}

/** A name with a dot, as far as a server written in C reads it. */
export function isModuleSetting(name: string): boolean {
  return /^[^\0]*\./.test(name);
}

interface Place {
  readonly line?: ConfLine | undefined;
  readonly source?: Source | undefined;
}

function problem(
  refusal: ConfRefusal,
  message: string,
  place: ConfEntry | Place,
  word?: number,
): ConfProblem {
  const { line, source } = place;
  return {
    refusal,
    message,
    ...(line && { line }),
    ...('words' in place && { entry: place }),
    ...(word !== undefined && { word }),
    ...(source && { source }),
  };
}
