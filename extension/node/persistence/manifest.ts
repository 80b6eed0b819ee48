/**
 * The manifest of an append-only folder: which files, read one behind the other, give the data. A base (everything up
 * to some moment), then the increments written since; history is what the last rewrite made superfluous and what has
 * not been removed yet. A line each: `file appendonly.aof.1.base.rdb seq 1 type b`.
 */
import { type Binary, binaryOfText, textOf } from '../../redis/bytes.ts';
import { needsQuotes, quoteArg, splitArgs } from '../../redis/config/split-args.ts';

export interface AofFile {
  readonly name: string;
  readonly sequence: number;
}

/** Longest line a manifest may have (MANIFEST_MAX_LINE). */
const LONGEST_LINE = 1024;

/** A manifest that can't be read: nothing may be started from it, and it may not be replaced. */
export class ManifestError extends Error {
  /** The line in question, counted from 1, and its text; undefined when no line is to blame. */
  readonly line: { readonly number: number; readonly text: Binary } | undefined;

  constructor(why: string, line?: { readonly number: number; readonly text: Binary }) {
    super(why);
    this.name = 'ManifestError';
    this.line = line;
  }
}

/** Never changed in place: what is not on the disk yet does not count. */
export interface Manifest {
  readonly base: AofFile | undefined;
  readonly increments: readonly AofFile[];
  readonly history: readonly AofFile[];
  /** The highest numbers given out so far. */
  readonly baseSequence: number;
  readonly incrementSequence: number;
}

export const NO_FILES: Manifest = {
  base: undefined,
  increments: [],
  history: [],
  baseSequence: 0,
  incrementSequence: 0,
};

export function isEmpty({ base, increments }: Manifest): boolean {
  return base === undefined && increments.length === 0;
}

/** Throws `ManifestError`. */
export function parseManifest(text: Binary): Manifest {
  if (text === '') throw new ManifestError('Found an empty AOF manifest');
  const lines = text.split('\n');
  // What stands behind the last line's end.
  const rest = lines.pop() ?? '';
  let manifest = NO_FILES;
  for (const [i, line] of lines.entries()) {
    if (line.length >= LONGEST_LINE) throw new ManifestError(TOO_LONG);
    if (!line.startsWith('#')) manifest = withLine(manifest, trim(line), i + 1);
  }
  if (rest !== '' && !rest.startsWith('#')) throw new ManifestError(TOO_LONG);
  return manifest;
}

const TOO_LONG = 'The AOF manifest file contains too long line';

function withLine(manifest: Manifest, text: Binary, number: number): Manifest {
  const refuse = (why: string): never => {
    throw new ManifestError(why, { number, text });
  };
  const words = text === '' ? undefined : splitArgs(text);
  if (words === undefined || words.length < 6 || words.length % 2 !== 0) {
    return refuse('Invalid AOF manifest file format');
  }
  // More fields may come with later versions.
  const fields = new Map<string, Binary>();
  for (let i = 0; i < words.length; i += 2) fields.set((words[i] ?? '').toLowerCase(), words[i + 1] ?? '');
  const name = textOf(fields.get('file') ?? '');
  if (/[/\\]/.test(name)) return refuse("File can't be a path, just a filename");
  const sequence = Number.parseInt(fields.get('seq') ?? '', 10);
  const type = fields.get('type')?.charAt(0) ?? '';
  if (!fields.has('file') || !Number.isSafeInteger(sequence) || sequence === 0 || type === '') {
    return refuse('Invalid AOF manifest file format');
  }
  const file: AofFile = { name, sequence };
  if (type === 'b') {
    if (manifest.base !== undefined) refuse('Found duplicate base file information');
    return { ...manifest, base: file, baseSequence: sequence };
  }
  if (type === 'h') return { ...manifest, history: [...manifest.history, file] };
  if (type !== 'i') return refuse('Unknown AOF file type');
  if (sequence <= manifest.incrementSequence) refuse('Found a non-monotonic sequence number');
  return { ...manifest, increments: [...manifest.increments, file], incrementSequence: sequence };
}

function trim(line: string): string {
  return line.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}

export function manifestText({ base, history, increments }: Manifest): Binary {
  const lines = (files: readonly AofFile[], type: string) => files.map((file) => fileLine(file, type));
  return [
    ...lines(base === undefined ? [] : [base], 'b'),
    ...lines(history, 'h'),
    ...lines(increments, 'i'),
  ].join('');
}

function fileLine({ name, sequence }: AofFile, type: string): Binary {
  const written = binaryOfText(name);
  return `file ${needsQuotes(written) ? quoteArg(written) : written} seq ${sequence} type ${type}\n`;
}

/** With a new base; the one before becomes history. `name` is `appendfilename`. */
export function withNewBase(manifest: Manifest, name: string, format: 'rdb' | 'aof'): Manifest {
  const { base, history } = manifest;
  const next = newFile(manifest, manifest.baseSequence, (number) => `${name}.${number}.base.${format}`);
  return {
    ...manifest,
    base: next,
    baseSequence: next.sequence,
    history: base === undefined ? history : [base, ...history],
  };
}

export function withNewIncrement(manifest: Manifest, name: string): Manifest {
  const next = newFile(manifest, manifest.incrementSequence, (number) => `${name}.${number}.incr.aof`);
  return {
    ...manifest,
    increments: [...manifest.increments, next],
    incrementSequence: next.sequence,
  };
}

/**
 * The next of the files that are numbered so. A manifest whose increments all are history tells of no number when it is
 * read in, and what took the name of one of them would be removed with it.
 */
function newFile({ history }: Manifest, last: number, nameOf: (sequence: number) => string): AofFile {
  const taken = new Set(history.map(({ name }) => name));
  let sequence = last + 1;
  while (taken.has(nameOf(sequence))) sequence++;
  return { name: nameOf(sequence), sequence };
}

/** The increments but the last `kept` are in the base now. */
export function withoutRewritten(manifest: Manifest, kept: 0 | 1): Manifest {
  const count = Math.max(0, manifest.increments.length - kept);
  return {
    ...manifest,
    increments: manifest.increments.slice(count),
    history: [...manifest.increments.slice(0, count).reverse(), ...manifest.history],
  };
}
