/** Runs one redis-trib command line; what the terminal, the palette and the tests share. */
import { type Credentials, type Dial, dialer, messageOf } from './connection.ts';
import { parseOptions } from './options.ts';
import { helpText, type Subcommand, subcommands } from './subcommands.ts';
import { type Transcript, TribError } from './transcript.ts';

/** Who may be asked for a password on a production cluster. */
const ACCESS = { user: 'value', pass: 'value', verbose: 'flag' } as const;

export async function runTrib(
  argv: readonly string[],
  transcript: Transcript,
  dialWith: (credentials: Credentials) => Dial = dialer,
): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name === '' || name === 'help') {
    transcript.line(helpText('redis-cluster-lab trib'));
    return name === 'help' ? 0 : 1;
  }
  try {
    await run(find(name), rest, transcript, dialWith);
    return 0;
  } catch (error) {
    // An empty TribError ends a subcommand which has said everything already.
    const text = messageOf(error);
    for (const line of text.split('\n'))
      if (line !== '') transcript.line(error instanceof TribError ? line : `[ERR] ${line}`);
    return 1;
  }
}

function find(name: string): Subcommand {
  const subcommand = subcommands.find((row) => row.name === name.toLowerCase());
  if (!subcommand) throw new TribError(`Unknown redis-trib subcommand '${name}'`);
  return subcommand;
}

async function run(
  { name, arity, options: allowed, run: subcommand }: Subcommand,
  argv: readonly string[],
  transcript: Transcript,
  dialWith: (credentials: Credentials) => Dial,
): Promise<void> {
  const { options, args } = parseOptions(name, argv, { ...allowed, ...ACCESS }, name === 'call');
  const fits = arity < 0 ? args.length >= -arity : args.length === arity;
  if (!fits) throw new TribError('[ERR] Wrong number of arguments for specified sub command');
  const username = options.text('user');
  const password = options.text('pass');
  const credentials = { ...(username && { username }), ...(password && { password }) };
  await subcommand({ args, options, dial: dialWith(credentials), transcript });
}
