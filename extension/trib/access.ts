/** The options about reaching nodes: users, passwords, TLS, nodes behind address translation. */
import { readFileSync } from 'node:fs';
import type { Access } from './connection.ts';
import type { OptionKind, Options } from './options.ts';
import { type Transcript, TribError } from './transcript.ts';

/** Every subcommand takes them, in `redis-cli`'s spelling. */
export const ACCESS = {
  user: 'value',
  pass: 'value',
  askpass: 'flag',
  tls: 'flag',
  cacert: 'value',
  cert: 'value',
  key: 'value',
  sni: 'value',
  insecure: 'flag',
  'host-map': 'list',
} as const satisfies Readonly<Record<string, OptionKind>>;

export async function accessFrom(options: Options, transcript: Transcript): Promise<Access> {
  const username = options.text('user');
  // The variable keeps the password out of the list of processes, as with redis-cli.
  const password = options.has('askpass')
    ? await transcript.ask('Please input password: ')
    : (options.text('pass') ?? process.env['REDISCLI_AUTH']);
  const hostMap = new Map(
    options
      .list('host-map')
      .flatMap((text) => text.split(','))
      .map(mapping),
  );
  return {
    credentials: { ...(username && { username }), ...(password && { password }) },
    ...(options.has('tls') && { tls: tlsFrom(options) }),
    hostMap,
  };
}

function tlsFrom(options: Options): NonNullable<Access['tls']> {
  const [ca, cert, key] = ['cacert', 'cert', 'key'].map((name) => fileIn(options, name));
  const servername = options.text('sni');
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    ...(options.has('insecure') && { rejectUnauthorized: false }),
  };
}

function fileIn(options: Options, name: string): Buffer | undefined {
  const file = options.text(name);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch {
    throw new TribError(`[ERR] Can't read the file of --${name}: ${file}`);
  }
}

/** `announced=reachable`, each a host or host:port. */
function mapping(text: string): readonly [string, string] {
  const [announced = '', reachable = ''] = text.split('=');
  const sameShape = /:\d+$/.test(announced) === /:\d+$/.test(reachable);
  if (!announced || !reachable || !sameShape) {
    throw new TribError(
      `[ERR] --host-map wants announced=reachable, both with a port or both without: ${text}`,
    );
  }
  return [announced, reachable];
}
