/** `check-conf`: the diagnostics of the editor on the command line. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { binaryOf } from '../extension/redis/bytes.ts';
import { messageOf } from '../extension/redis/caught.ts';
import { isTarget, TARGETS } from '../extension/redis/config/directive.ts';
import { decodeText } from '../extension/redis/config/encoded-text.ts';
import { firstDefined, pathOf, startFolders, uriOf } from './conf-search.ts';
import { findAll, inOrder } from './features/diagnostics.ts';
import type { Finding, Severity } from './finding.ts';
import { IncludeIndex } from './include-index.ts';
import { languageFor } from './localize.ts';
import { type ConfDocument, ConfReader } from './parser.ts';
import type { ServerSettings, TargetAnswer } from './protocol.ts';
import { checkSetUp } from './rules/set-up.ts';
import { targetAskedFor } from './target.ts';

export interface CheckConfIo {
  out(line: string): void;
  error(line: string): void;
  /** Undefined: the file cannot be read. */
  readFile(path: string): Uint8Array | undefined;
  /** The files that match a pattern, in order. Without it patterns are passed over. */
  expand?(pattern: string): readonly string[];
}

const USAGE = 'Usage: redis-cluster-lab check-conf [--target TARGET] [--single] [--json] FILE...';
const HELP = `${USAGE}

Says what a server would say about conf files before it says it, and what does not fit together in the files of one
deployment. The status is 1 if a server would refuse one of them.

  --target TARGET  the server they are for; without it what the file says or its directives suggest
                   ${TARGETS.slice(0, -6).join(', ')},
                   ${TARGETS.slice(-6).join(', ')}
  --single         each file by itself
  --json           a line of JSON for each file`;

/** 0: nothing a server refuses; 1: errors, or a file that cannot be read; 2: wrong usage. */
export function checkConf(argv: readonly string[], io: CheckConfIo): number {
  if (argv.includes('--help') || argv.includes('-h')) {
    io.out(HELP);
    return 0;
  }
  const options = readOptions(argv, io);
  if (options === undefined) return 2;
  const { translate } = languageFor('en');
  const documents = new Map<string, ConfDocument>();
  const unreadable: string[] = [];
  const reader = new ConfReader();
  for (const file of options.files) {
    const document = readDocument(file, options.target, io, reader);
    if (document === undefined) unreadable.push(file);
    else documents.set(file, document);
  }
  const parts = partsAmong(documents);
  for (const file of parts) {
    const document = readDocument(file, options.target, io, reader, true);
    if (document !== undefined) documents.set(file, document);
  }
  const nodes = [...documents].filter(([file]) => !parts.includes(file)).map(([, document]) => document);
  const across = options.single ? undefined : checkSetUp(nodes, translate);
  let errors = unreadable.length;
  for (const file of unreadable) io.error(`${file}: cannot be read`);
  for (const [file, document] of documents) {
    const found = [...findAll(document, translate), ...(across?.get(document.uri) ?? [])].sort(inOrder);
    errors += found.filter(({ severity }) => severity === 'error').length;
    if (options.json) io.out(JSON.stringify({ file, diagnostics: found.map(asRecord) }));
    else for (const finding of found) io.out(asLine(file, finding));
  }
  return errors > 0 ? 1 : 0;
}

/** Files that others of them include: no nodes of their own. */
function partsAmong(documents: ReadonlyMap<string, ConfDocument>): string[] {
  const includes = new IncludeIndex();
  for (const document of documents.values()) includes.set(document);
  return [...documents].flatMap(([file, { uri }]) => (includes.includersOf(uri).length > 0 ? [file] : []));
}

interface Options {
  readonly files: readonly string[];
  readonly target: ServerSettings['target'];
  readonly single: boolean;
  readonly json: boolean;
}

function readOptions(argv: readonly string[], io: CheckConfIo): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { target: { type: 'string' }, single: { type: 'boolean' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const target = values.target ?? 'auto';
    if (target !== 'auto' && !isTarget(target))
      throw new Error(`Unknown target ${target}: one of ${TARGETS.join(', ')}`);
    if (positionals.length === 0) throw new Error('No file given');
    return { files: positionals, target, single: values.single ?? false, json: values.json ?? false };
  } catch (error) {
    io.error(messageOf(error));
    io.error(USAGE);
    return undefined;
  }
}

function readDocument(
  file: string,
  target: Options['target'],
  io: CheckConfIo,
  reader: ConfReader,
  isPart = false,
): ConfDocument | undefined {
  const text = readText(file, io);
  if (text === undefined) return undefined;
  // Whoever names a target on the command line means it.
  const asked: TargetAnswer | undefined =
    target === 'auto' ? targetAskedFor(text, target) : { target, decidedBy: 'setting' };
  const readInclude = (_uri: string, included: string): string | undefined => {
    const places = startFolders(file).map((folder) => path.resolve(folder, included));
    if (!/[*?[]/.test(included)) return firstDefined(places, (place) => readText(place, io));
    const { expand } = io;
    const matching = expand && (places.map(expand).find((found) => found.length > 0) ?? []);
    return matching?.map((name) => readText(name, io) ?? '').join('');
  };
  const hasModule = (_uri: string, module: string): boolean =>
    io.readFile(path.resolve(path.dirname(file), module)) !== undefined;
  const readFile = (uri: string): string | undefined => {
    const named = pathOf(uri);
    return named === undefined ? undefined : readText(named, io);
  };
  return reader.read(uriOf(path.resolve(file)), text, { asked, readInclude, hasModule, readFile, isPart });
}

function readText(file: string, io: CheckConfIo): string | undefined {
  const bytes = io.readFile(file);
  // Whatever the bytes are, as the server takes them: a byte order mark, or such as make no character, stay.
  return bytes && decodeText(binaryOf(bytes));
}

interface CheckConfRecord {
  /** Lines, as the server counts them, and columns count from 1; `endColumn` is behind the last character. */
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

function asRecord({ at, severity, code, message }: Finding): CheckConfRecord {
  return {
    line: at.line.counted,
    column: at.start + 1,
    endColumn: at.end + 1,
    severity,
    code,
    // A byte that makes no character is shown as others show it.
    message: message.replace(/\p{Surrogate}/gu, '\ufffd'),
  };
}

function asLine(file: string, finding: Finding): string {
  const { column, severity, code, message } = asRecord(finding);
  return `${file}:${finding.at.line.number}:${column}: ${severity}: ${message} [${code}]`;
}
