/**
 * TLS of one node: its keys and rules as the tls-* directives say. Which of its connections are encrypted: those to
 * tls-port, with tls-replication the one to its primary, with tls-cluster the bus and MIGRATE. Facts: tls.c of 7.2.
 */
import { messageOf } from '../redis/caught.ts';
import type { TlsContext, TlsIdentity, TlsOptions, TlsVersion, World } from '../redis/world.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { LogLevel } from './observer.ts';

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Directives that change a context. */
export const TLS_DIRECTIVES: readonly string[] = [
  'tls-cluster tls-replication tls-auth-clients tls-prefer-server-ciphers tls-session-caching tls-session-cache-timeout',
  'tls-cert-file tls-key-file tls-key-file-pass tls-client-cert-file tls-client-key-file tls-client-key-file-pass',
  'tls-dh-params-file tls-ca-cert-file tls-ca-cert-dir tls-protocols tls-ciphers tls-ciphersuites',
].flatMap((names) => names.split(' '));

/** What the log is to say. */
class TlsError extends Error {}

interface TlsHost {
  readonly settings: Configuration;
  readonly world: World;
  log(level: LogLevel, text: string): void;
}

export class NodeTls {
  readonly #node: TlsHost;
  #context: TlsContext | undefined;

  constructor(node: TlsHost) {
    this.#node = node;
  }

  get wanted(): boolean {
    const { settings } = this.#node;
    return (
      settings.number('tls-port') > 0 || settings.flag('tls-replication') || settings.flag('tls-cluster')
    );
  }

  /** Reads keys and certificates anew; false: they do not do, and what was before stays. The log says why. */
  configure(): boolean {
    try {
      this.#context = this.#node.world.network.tls(this.#options());
      return true;
    } catch (error) {
      const text = messageOf(error);
      this.#node.log(
        'warning',
        error instanceof TlsError ? text : `Failed to load certificate or key: ${text}`,
      );
      return false;
    }
  }

  /** Throws when it was never configured. */
  get context(): TlsContext {
    if (this.#context === undefined) throw new Error('TLS is not configured');
    return this.#context;
  }

  /** For a connection that `directive` wants encrypted. */
  when(directive: 'tls-cluster' | 'tls-replication'): TlsContext | undefined {
    return this.#node.settings.flag(directive) ? this.context : undefined;
  }

  #options(): TlsOptions {
    const { settings } = this.#node;
    const identity = this.#identity('tls-cert-file', 'tls-key-file', 'tls-key-file-pass');
    if (identity === undefined) {
      const missing = settings.text('tls-cert-file') === '' ? 'tls-cert-file' : 'tls-key-file';
      throw new TlsError(`No ${missing} configured!`);
    }
    const clientAuthentication = asAuthentication(settings.text('tls-auth-clients'));
    const verifies =
      clientAuthentication !== 'no' || settings.flag('tls-cluster') || settings.flag('tls-replication');
    if (verifies && settings.text('tls-ca-cert-file') === '' && settings.text('tls-ca-cert-dir') === '') {
      throw new TlsError(
        'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or ' +
          'tls-auth-clients are enabled!',
      );
    }
    const diffieHellman = settings.text('tls-dh-params-file');
    return {
      identity,
      clientIdentity: this.#identity(
        'tls-client-cert-file',
        'tls-client-key-file',
        'tls-client-key-file-pass',
      ),
      authorities: this.#authorities(),
      clientAuthentication,
      versions: this.#versions(),
      ciphers: settings.text('tls-ciphers'),
      suites: settings.text('tls-ciphersuites'),
      preferOwnCiphers: settings.flag('tls-prefer-server-ciphers'),
      diffieHellman: diffieHellman === '' ? undefined : this.#file(diffieHellman),
      sessionSeconds: settings.flag('tls-session-caching') ? settings.number('tls-session-cache-timeout') : 0,
    };
  }

  /** Undefined: one of its files is not named. */
  #identity(certificateName: string, keyName: string, passwordName: string): TlsIdentity | undefined {
    const { settings } = this.#node;
    const [certificate, key] = [settings.text(certificateName), settings.text(keyName)];
    if (certificate === '' || key === '') return undefined;
    return {
      certificate: this.#file(certificate, 'Failed to load certificate: '),
      key: this.#file(key, 'Failed to load private key: '),
      password: settings.text(passwordName),
    };
  }

  #authorities(): Uint8Array[] {
    const { settings, world } = this.#node;
    const what = 'Failed to configure CA certificate(s) file/directory: ';
    const file = settings.text('tls-ca-cert-file');
    const folder = settings.text('tls-ca-cert-dir');
    const files = file === '' ? [] : [file];
    if (folder !== '') {
      for (const name of world.disk.list(settings.pathOf(folder))) files.push(`${folder}/${name}`);
    }
    return files.map((path) => this.#file(path, what));
  }

  #versions(): TlsVersion[] {
    const words = this.#node.settings.text('tls-protocols').split(' ');
    return VERSIONS.filter((version) => words.some((word) => word.toLowerCase() === version.toLowerCase()));
  }

  #file(path: string, what = 'Failed to load '): Uint8Array {
    const { settings, world } = this.#node;
    const bytes = world.disk.read(settings.pathOf(path));
    if (bytes === undefined) throw new TlsError(`${what}${path}: No such file or directory`);
    return bytes;
  }
}

function asAuthentication(word: string): TlsOptions['clientAuthentication'] {
  return word === 'no' || word === 'optional' ? word : 'yes';
}
