/** Runs one redis-trib command line; what the terminal, the palette and the tests share. */
import { ACCESS, accessFrom } from './access.ts';
import { type Access, type Dial, dialer, streamOpener } from './connection.ts';
import { errorLine, NodeError } from './node-error.ts';
import { parseOptions } from './options.ts';
import { general, helpFor, helpText, type Subcommand, subcommands } from './subcommands.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

const PROGRAM = 'redis-cluster-lab trib';

/** How a command line reaches the nodes. */
export interface Reach {
  /** What its options say goes over this. */
  readonly access?: Access;
  readonly dialWith?: (access: Access) => Dial;
}

/** Returns the exit status: 0 when all is well, 1 when something is wrong or was declined. */
export async function runTrib(
  argv: readonly string[],
  transcript: Transcript,
  reach: Reach = {},
): Promise<number> {
  const [name = '', ...rest] = argv;
  if (['', 'help', '--help', '-h'].includes(name)) {
    transcript.line(helpText(PROGRAM));
    return name === '' ? 1 : 0;
  }
  // Known before the options are, which may be what is wrong. After `call host:port command` they are arguments.
  const own = rest.slice(0, name === 'call' ? 2 : undefined);
  const json = own.includes('--json');
  const told = json ? silent(transcript) : transcript;
  try {
    const subcommand = find(name);
    if (own.includes('--help')) {
      transcript.line(helpFor(PROGRAM, subcommand));
      return 0;
    }
    const report = await run(subcommand, rest, told, reach);
    if (json) transcript.line(JSON.stringify({ command: name, ok: true, ...report }));
    return 0;
  } catch (error) {
    if (json) transcript.line(JSON.stringify({ command: name, ok: false, ...failureReport(error) }));
    else tellFailure(error, transcript);
    return 1;
  }
}

/** An empty TribError ends a subcommand which has said everything already. */
function tellFailure(error: unknown, transcript: Transcript): void {
  const said = error instanceof TribError || error instanceof NodeError;
  for (const line of errorLine(error).split('\n'))
    if (line !== '') transcript.line(said ? line : `[ERR] ${line}`);
}

function failureReport(error: unknown): Report {
  const text = errorLine(error);
  return { ...(text !== '' && { error: text }), ...(error instanceof TribError && error.report) };
}

/** For machines: no words, and nobody to ask. */
function silent(transcript: Transcript): Transcript {
  return {
    line: () => {},
    progress: () => {},
    ask: (question) =>
      Promise.reject(new TribError(`[ERR] Nobody to ask with --json, add --yes: ${question}`)),
    get cancelled() {
      return transcript.cancelled;
    },
  };
}

function find(name: string): Subcommand {
  const subcommand = subcommands.find((row) => row.name === name.toLowerCase());
  if (!subcommand) throw new TribError(`Unknown redis-trib subcommand '${name}'`);
  return subcommand;
}

async function run(
  { name, arity, usage, options: allowed, run: subcommand }: Subcommand,
  argv: readonly string[],
  transcript: Transcript,
  { access: usual = {}, dialWith = dialer }: Reach,
): Promise<Report> {
  const known = { ...allowed, ...ACCESS, ...general };
  const { options, args: words } = parseOptions(name, argv, known, name === 'call');
  const args = joinAddress(arity, words);
  const fits = arity < 0 ? args.length >= -arity : args.length === arity;
  if (!fits) {
    const wanted = `Usage: ${PROGRAM} ${name} ${usage}`;
    throw new TribError(`[ERR] Wrong number of arguments for specified sub command\n${wanted}`);
  }
  const asked = await accessFrom(options, transcript);
  const access: Access = {
    ...usual,
    ...(asked.credentials?.password !== undefined && { credentials: asked.credentials }),
    ...(asked.tls && { tls: asked.tls }),
    ...(asked.hostMap && asked.hostMap.size > 0 && { hostMap: asked.hostMap }),
    // Nobody knows how long a command of the user's own takes.
    ...(name === 'call' && { replyLimitMs: Number.POSITIVE_INFINITY }),
  };
  return subcommand({
    args,
    options,
    dial: dialWith(access),
    dialAs: (username, password) =>
      dialWith({ ...access, credentials: { ...(username && { username }), ...(password && { password }) } }),
    openStream: streamOpener(access),
    transcript,
  });
}

/** `host port` for `host:port`, where nothing else could be meant. */
function joinAddress(arity: number, words: readonly string[]): readonly string[] {
  const [host = '', port = ''] = words;
  return arity === 1 && words.length === 2 && !host.includes(':') && /^\d+$/.test(port)
    ? [`${host}:${port}`]
    : words;
}
