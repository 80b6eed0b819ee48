/** The command line of `redis-cluster-lab node`, and the configuration it comes to, as redis-server reads both. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expandPath, isPattern } from '../lab/expand-path.ts';
import { Configuration, TARGET } from '../node/configuration/configuration.ts';
import { VERSION } from '../node/version.ts';
import { binaryOfText, bytesOf, textOf } from '../redis/bytes.ts';
import { commandNames } from '../redis/config/command-names.ts';
import { linesOfOptions } from '../redis/config/options.ts';
import { type ConfOptions, formatFatal, parseConf, type Surroundings } from '../redis/config/parse-conf.ts';
import { findStartupFailures } from '../redis/config/startup.ts';
import { systemError } from '../redis/system-error.ts';

export interface NodeArguments {
  /** As given; undefined: none. */
  readonly file: string | undefined;
  /** `-`: more configuration comes on standard input. */
  readonly readsInput: boolean;
  /** `--directive value …`, as lines of a configuration file. */
  readonly options: string;
}

export function readArguments(argv: readonly string[]): NodeArguments {
  const [first] = argv;
  const file = first !== undefined && !first.startsWith('-') ? first : undefined;
  const rest = file === undefined ? argv : argv.slice(1);
  const isInput = (word: string, i: number): boolean =>
    word === '-' && ((file === undefined && i === 0) || i === rest.length - 1);
  return {
    file,
    readsInput: rest.some(isInput),
    options: linesOfOptions(rest.filter((word, i) => !isInput(word, i)).map(binaryOfText)),
  };
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Lines for the log after which the server ends; empty: it may start. */
  readonly failures: readonly string[];
}

/** Why no server came of it: lines for standard error, or one line for the log. */
export interface Fatal {
  readonly standardError: readonly string[];
  readonly log: readonly string[];
}

/** Reads file, standard input (`input`) and options. `dir` takes effect: the process changes its folder. */
export function loadConfiguration(
  { file, options }: NodeArguments,
  input: string,
): LoadedConfiguration | Fatal {
  const folder = process.cwd();
  const absolute = file === undefined ? undefined : path.resolve(file);
  let text = '';
  if (absolute !== undefined) {
    try {
      text = readFileSync(absolute, 'latin1');
    } catch (error) {
      const line = `Fatal error, can't open config file '${absolute}': ${systemError(error)}`;
      return { standardError: [], log: [line] };
    }
  }
  const parsing: ConfOptions = {
    target: TARGET,
    surroundings: SURROUNDINGS,
    commands: commandNames(TARGET),
    sha256: (password) => createHash('sha256').update(bytesOf(password)).digest('hex'),
  };
  const conf = parseConf(`${text}${input}\n${options}`, parsing);
  const [problem] = conf.problems;
  if (problem !== undefined) {
    const lines = formatFatal(problem, VERSION, TARGET).map(textOf);
    return problem.logged ? { standardError: [], log: lines } : { standardError: lines, log: [] };
  }
  const configuration = new Configuration(binaryOfText(folder), absolute);
  configuration.load(conf);
  const [failure] = findStartupFailures(conf, parsing);
  return { configuration, failures: failure?.log ?? [] };
}

/** What a configuration file may touch, by relative paths from where the process stands at that line. */
const SURROUNDINGS: Surroundings = {
  changeDirectory: (folder) => attempt(() => process.chdir(textOf(folder))),
  readInclude: (file) => {
    const name = textOf(file);
    try {
      const files = isPattern(name) ? expandPath(name) : [name];
      return { text: files.map((one) => readFileSync(one, 'latin1')).join('') };
    } catch (error) {
      return { error: systemError(error) };
    }
  },
  tryLogFile: (file) => attempt(() => closeSync(openSync(textOf(file), 'a'))),
};

function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return systemError(error);
  }
}
