/** TLS of one node over the operating system's TCP: what world.ts asks for, by OpenSSL as Node brings it. */
import type { Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  createServer,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import type { Address, TlsContext, TlsIdentity, TlsOptions, TlsVersion } from '../redis/world.ts';

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** A name of TLS 1.3: those have a list of their own, but go to OpenSSL together. */
const isSuite = (cipher: string) => cipher.startsWith('TLS_');

export class SystemTls implements TlsContext {
  readonly options: TlsOptions;
  readonly #accepting: SecureContextOptions;
  readonly #dialling: SecureContext;

  /** Throws what OpenSSL says about keys that are none, or do not belong together. */
  constructor(options: TlsOptions) {
    this.options = options;
    this.#accepting = contextOptions(options, options.identity);
    // Only to be told now: a server makes its own from the same options.
    createSecureContext(this.#accepting);
    this.#dialling = createSecureContext(contextOptions(options, options.clientIdentity ?? options.identity));
  }

  /** Takes connections by `emit('connection', …)`; it opens no port. */
  server(secured: (socket: TLSSocket) => void): Server {
    const { clientAuthentication } = this.options;
    const server = createServer(
      {
        ...this.#accepting,
        requestCert: clientAuthentication !== 'no',
        // Who may come without a certificate may still not come with a wrong one: `secured` is asked.
        rejectUnauthorized: clientAuthentication === 'yes',
      },
      (socket) => {
        const shown = Object.keys(socket.getPeerCertificate()).length > 0;
        if (clientAuthentication === 'optional' && shown && !socket.authorized) socket.destroy();
        else secured(socket);
      },
    );
    // The handshake failed: nobody has heard of this connection yet.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  /** Dials, and checks who answers by the authorities alone: addresses of nodes are in no certificate. */
  dial({ host, port }: Address, from: string | undefined): TLSSocket {
    return connect({
      host,
      port,
      ...(from === undefined ? {} : { localAddress: from }),
      secureContext: this.#dialling,
      checkServerIdentity: () => undefined,
    });
  }
}

/** A connection that was accepted, handed to `server` as if that had accepted it. */
export function hand(socket: Socket, server: Server): void {
  server.emit('connection', socket);
}

function contextOptions(options: TlsOptions, identity: TlsIdentity): SecureContextOptions {
  const { authorities, ciphers, suites, diffieHellman, preferOwnCiphers, sessionSeconds } = options;
  const versions = VERSIONS.filter((version) => options.versions.includes(version));
  const known = DEFAULT_CIPHERS.split(':');
  return {
    cert: text(identity.certificate),
    key: text(identity.key),
    ...(identity.password === '' ? {} : { passphrase: identity.password }),
    // Those that come with Node are for the web: a cluster trusts its own, and without any nobody.
    ca: authorities.map(text),
    minVersion: versions[0] ?? 'TLSv1.2',
    maxVersion: versions.at(-1) ?? 'TLSv1.3',
    ciphers: [
      suites === '' ? known.filter(isSuite).join(':') : suites,
      ciphers === '' ? known.filter((cipher) => !isSuite(cipher)).join(':') : ciphers,
    ].join(':'),
    honorCipherOrder: preferOwnCiphers,
    dhparam: diffieHellman === undefined ? 'auto' : text(diffieHellman),
    sessionTimeout: sessionSeconds,
    sessionIdContext: 'redis',
  };
}

function text(pem: Uint8Array): string {
  return new TextDecoder('latin1').decode(pem);
}
