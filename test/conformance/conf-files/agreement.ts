/** Holds what `check-conf` says of generated files against what a real server does with them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandNames } from '../../../extension/redis/config/command-names.ts';
import { isAtLeast, type Target } from '../../../extension/redis/config/directive.ts';
import { encodeText } from '../../../extension/redis/config/encoded-text.ts';
import { formatFatal, parseConf } from '../../../extension/redis/config/parse-conf.ts';
import { findStartupFailures } from '../../../extension/redis/config/startup.ts';
import { checkConf } from '../../../language-server/check-conf.ts';
import { tooLong } from '../../../language-server/parser.ts';
import { sha256 } from '../../../language-server/sha256.ts';
import { generateFile, portsOf } from './generate.ts';
import type { GeneratedFile, Ports } from './generated-file.ts';
import { askKindly, type Verdict } from './server-verdict.ts';

export interface Oracle {
  readonly server: string;
  readonly target: Target;
  /** As it prints itself: `7.0.15`. */
  readonly version: string;
}

/** The server every test run has at hand. */
export const DEBIAN: Oracle = { server: 'redis-server', target: 'redis-7.0', version: '7.0.15' };

export interface Opinion {
  readonly starts: boolean;
  readonly line?: number;
  /** What the node would say: standard error, or the last line of the log. */
  readonly said: readonly string[];
}

export interface Comparison {
  readonly file: GeneratedFile;
  readonly theirs: Verdict;
  readonly ours: Opinion;
  /** The first thing that differs. */
  readonly differs?: 'verdict' | 'line' | 'words';
}

function ourOpinion({ text, beside = {} }: GeneratedFile, { target, version }: Oracle): Opinion {
  const files = new Map([
    ['/w/redis.conf', text],
    ...Object.entries(beside).map(([name, content]) => [`/w/${name}`, content] as const),
  ]);
  const out: string[] = [];
  // What is missing was made, empty, for the server as well.
  const readFile = (name: string): Uint8Array | undefined =>
    name.endsWith('.so') || name === '/w'
      ? undefined
      : Buffer.from(encodeText(files.get(place(name)) ?? ''), 'latin1');
  const status = checkConf(['--target', target, '--single', '--json', '/w/redis.conf'], {
    out: (line) => out.push(line),
    error: () => undefined,
    expand: (pattern) => matching(pattern, files),
    readFile,
  });
  const [first] = errorsIn(out);
  const said = whatTheNodeSays(text, files, target, version);
  return { starts: status === 0, said, ...(first && { line: first.line }) };
}

/** LOG_MAX_LEN without the closing NUL: what is longer is cut in the log. */
const LONGEST_LOG_LINE = 1023;

/** The folder `data` is the file's own again. */
function place(name: string): string {
  return path.posix.join('/w', path.posix.join('/', name.replace(/^\/w\//, '')).replaceAll('/data/', '/'));
}

function matching(pattern: string, files: ReadonlyMap<string, string>): string[] {
  const names = [...files.keys()].flatMap((name) => [name, name.replace(/^\/w\//, '/w/data/')]);
  return names
    .filter((name) => path.posix.matchesGlob(name, path.posix.normalize(pattern)))
    .sort()
    .map(place);
}

interface Diagnostic {
  readonly line: number;
  readonly severity: string;
  readonly code: string;
}

function errorsIn([record = '{}']: readonly string[]): Diagnostic[] {
  const { diagnostics = [] }: { diagnostics?: Diagnostic[] } = JSON.parse(record);
  return diagnostics.filter(({ severity }) => severity === 'error');
}

function whatTheNodeSays(
  text: string,
  files: ReadonlyMap<string, string>,
  target: Target,
  version: string,
): string[] {
  // The node reads bytes.
  const bytes = encodeText(text);
  const readInclude = (name: string): { text: string } | { error: string } | undefined => {
    const error = tooLong(name);
    if (error !== undefined && !/[*?[]/.test(name)) return { error };
    const names = /[*?[]/.test(name) ? matching(path.posix.join('/w', name), files) : [place(name)];
    return { text: names.map((found) => encodeText(files.get(found) ?? '')).join('') };
  };
  const tryLogFile = (name: string): string | undefined =>
    /^(?:data|\.)\/?$/.test(name) ? 'Is a directory' : tooLong(name);
  const options = {
    target,
    commands: commandNames(target),
    sha256,
    hasModule: () => false,
    surroundings: { readInclude, tryLogFile, changeDirectory: tooLong },
  };
  const conf = parseConf(bytes, options);
  const [problem] = conf.problems;
  if (problem) return formatFatal(problem, version, target).filter((line) => line !== '');
  return (findStartupFailures(conf, options)[0]?.log ?? []).map((line) => line.slice(0, LONGEST_LOG_LINE));
}

/** An included file is not named by the server: its line numbers say nothing about ours. */
function compare(file: GeneratedFile, theirs: Verdict, ours: Opinion): Comparison {
  if (theirs.starts !== ours.starts) return { file, theirs, ours, differs: 'verdict' };
  if (theirs.starts) return { file, theirs, ours };
  const inIncluded =
    ours.said.join().includes('at line') &&
    !ours.said.join().includes(`at line ${ours.line}\n`) &&
    /\binclude\b/i.test(file.text);
  if (theirs.line !== undefined && theirs.line !== ours.line && !inIncluded)
    return { file, theirs, ours, differs: 'line' };
  // A daemon's log may go nowhere.
  if (theirs.said.length === 0) return { file, theirs, ours };
  const missing = ours.said.find((line) => !theirs.said.includes(line));
  return missing === undefined && ours.said.length > 0
    ? { file, theirs, ours }
    : { file, theirs, ours, differs: 'words' };
}

/** Makes file `index` of a seed; `version` names a column of the facts (`r7.0`). */
export type Generator = (seed: number, index: number, version: string, ports: Ports) => GeneratedFile;

export interface Batch extends Oracle {
  readonly generate?: Generator;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** So many servers start at a time: each waits for the disk and the clock more than it works. */
const AT_ONCE = 4;
/** Somebody else's connection may have a port of ours for a moment. */
const TRIES = 6;
/** Further off than files that are looked at at the same time. */
const OTHER_PORTS = 29;

export async function compareBatch(batch: Batch, done: (comparison: Comparison) => void): Promise<void> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'conf-verdicts-'));
  let next = batch.from;
  const worker = async (name: number): Promise<void> => {
    while (next < batch.from + batch.count)
      done(await compareOne(batch, next++, path.join(root, String(name))));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, name) => worker(name)));
  rmSync(root, { recursive: true, force: true });
}

async function compareOne(batch: Batch, index: number, folder: string): Promise<Comparison> {
  for (let tried = 1; ; tried++) {
    const ports = portsOf(index + (tried - 1) * OTHER_PORTS);
    const generate = batch.generate ?? generateFile;
    const file = generate(batch.seed, index, versionOf(batch.target), ports);
    const theirs = await askKindly(batch.server, file, folder, ports.port);
    const ours = ourOpinion(file, batch);
    const comparison = compare(file, theirs, ours);
    const taken = theirs.said.some((line) => line.includes('Address already in use'));
    // Neither up nor gone, on a machine that is busy: asked again.
    if (comparison.differs === undefined || !(taken || theirs.undecided)) return comparison;
    // Which of two reasons it gives first depends on whose connection has the port.
    if (tried === TRIES) return comparison.differs === 'words' ? { file, theirs, ours } : comparison;
  }
}

/** The column of the extract. */
function versionOf(target: Target): string {
  return isAtLeast(target, '7.2') ? 'r7.2' : 'r7.0';
}

/** A disagreement that is known, and why it is there: one file, whatever the server refuses with these words, or a kind of text. */
export interface KnownDisagreement {
  readonly target: Target;
  readonly id?: string;
  readonly words?: string;
  /** A pattern that the file matches. */
  readonly text?: string;
  readonly differs: 'verdict' | 'line' | 'words';
  readonly reason: string;
}

export const knownDisagreements: readonly KnownDisagreement[] = JSON.parse(
  readFileSync(new URL('disagreements.json', import.meta.url), 'utf8'),
);

/** Why this is known to differ; undefined: it is not. */
export function reasonFor({ file, theirs, differs }: Comparison, target: Target): string | undefined {
  return knownDisagreements.find(
    (known) =>
      known.target === target &&
      known.differs === differs &&
      (known.id === file.id ||
        (known.words !== undefined && theirs.said.join('\n').includes(known.words)) ||
        (known.text !== undefined && new RegExp(known.text, 'i').test(file.text))),
  )?.reason;
}
