/** The options about reaching nodes: users, passwords, TLS, nodes behind address translation. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Access } from './connection.ts';
import type { OptionKind, Options } from './options.ts';
import { type Transcript, TribError } from './transcript.ts';

/** Every subcommand takes them, in `redis-cli`'s spelling. */
export const ACCESS = {
  user: 'value',
  pass: 'value',
  askpass: 'flag',
  // redis-cli warns of a password that others may see; we never did.
  'no-auth-warning': 'flag',
  tls: 'flag',
  cacert: 'value',
  cacertdir: 'value',
  cert: 'value',
  key: 'value',
  sni: 'value',
  insecure: 'flag',
  'tls-ciphers': 'value',
  'tls-ciphersuites': 'value',
  'host-map': 'list',
} as const satisfies Readonly<Record<string, OptionKind>>;

export async function accessFrom(options: Options, transcript: Transcript): Promise<Access> {
  const username = options.text('user');
  // The variable keeps the password out of the list of processes, as with redis-cli.
  const password = options.has('askpass')
    ? await transcript.ask('Please input password: ', true)
    : (options.text('pass') ?? process.env['REDISCLI_AUTH']);
  const hostMap = hostMapOf(options.list('host-map'));
  return {
    credentials: { ...(username && { username }), ...(password && { password }) },
    ...(options.has('tls') && {
      tls: tlsWith({
        cacert: options.text('cacert'),
        cacertdir: options.text('cacertdir'),
        cert: options.text('cert'),
        key: options.text('key'),
        sni: options.text('sni'),
        insecure: options.has('insecure'),
        ciphers: [options.text('tls-ciphers'), options.text('tls-ciphersuites')].filter(Boolean).join(':'),
      }),
    }),
    hostMap,
  };
}

/** What TLS takes: files in PEM, and the name that the certificates are for when it is not the host's. */
export interface TlsChoice {
  readonly cacert?: string | undefined;
  /** A folder of such files. */
  readonly cacertdir?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly sni?: string | undefined;
  /** Certificates are not verified. */
  readonly insecure?: boolean;
  /** In OpenSSL's words, of all versions of TLS. */
  readonly ciphers?: string;
}

export function tlsWith(choice: TlsChoice): NonNullable<Access['tls']> {
  if (Boolean(choice.cert) !== Boolean(choice.key))
    throw new TribError(
      '[ERR] A certificate needs its private key, and a key its certificate: --cert and --key',
    );
  const trusted = fileOf('cacert', choice.cacert);
  const ca = [...(trusted ? [trusted] : []), ...filesIn('cacertdir', choice.cacertdir)];
  const cert = fileOf('cert', choice.cert);
  const key = fileOf('key', choice.key);
  return {
    ...(ca.length > 0 && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(choice.sni && { servername: choice.sni }),
    ...(choice.insecure && { rejectUnauthorized: false }),
    ...(choice.ciphers && { ciphers: choice.ciphers }),
  };
}

function fileOf(name: string, file: string | undefined): Buffer | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file);
  } catch {
    throw new TribError(`[ERR] Can't read the file of --${name}: ${file}`);
  }
}

function filesIn(name: string, folder: string | undefined): Buffer[] {
  if (!folder) return [];
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => readFileSync(path.join(folder, entry.name)));
  } catch {
    throw new TribError(`[ERR] Can't read the files of --${name}: ${folder}`);
  }
}

/** From texts like `10.0.0.1=127.0.0.1,10.0.0.2:6379=127.0.0.1:7001`. */
export function hostMapOf(texts: readonly string[]): Map<string, string> {
  const pairs = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  return new Map(pairs.filter((text) => text !== '').map(mapping));
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
