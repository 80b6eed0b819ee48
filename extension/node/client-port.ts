/** The port clients come to, on every address of `bind`. */
import type {
  Address,
  Connection,
  ConnectionEvents,
  Listener,
  Network,
  NetworkError,
} from '../redis/world.ts';
import { addressText } from './clients.ts';

export interface BindAddress {
  readonly host: string;
  /** Written with a `-`: an address this machine does not have is no error. */
  readonly optional: boolean;
}

/** `bind`'s words; `*` and `::*` stand for all addresses of a family. */
export function readBindAddresses(words: readonly string[]): BindAddress[] {
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const optional = word.startsWith('-');
      const name = optional ? word.slice(1) : word;
      return { host: name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name, optional };
    });
}

/** What an optional address may fail with: it, or its family, is not there. */
const UNAVAILABLE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOPROTOOPT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

/** The operating system's words, as far as ports fail in practice. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: Address already in use',
  EADDRNOTAVAIL: 'bind: Cannot assign requested address',
  EACCES: 'bind: Permission denied',
  ENOTFOUND: 'Name or service not known',
};

export class ClientPort {
  readonly #network: Network;
  readonly #accept: (connection: Connection) => ConnectionEvents;
  #listeners: Listener[] = [];
  /** Where it listens now. */
  addresses: readonly Address[] = [];

  constructor(network: Network, accept: (connection: Connection) => ConnectionEvents) {
    this.#network = network;
    this.#accept = accept;
  }

  /** `done` hears once, of nothing or of the log line that says why a needed address could not be opened. */
  open(binds: readonly BindAddress[], port: number, done: (failure?: PortFailure) => void): void {
    const addresses = binds.map(({ host }) => ({ host, port }));
    const opened: Address[] = [];
    let waiting = binds.length;
    let failure: PortFailure | undefined;
    const settled = (): void => {
      if (--waiting > 0) return;
      this.addresses = opened;
      if (failure === undefined && opened.length === 0)
        failure = { code: 'EADDRNOTAVAIL', text: NONE_AVAILABLE };
      if (failure !== undefined) this.close();
      done(failure);
    };
    if (port === 0 || binds.length === 0) {
      done();
      return;
    }
    this.#listeners = addresses.map((address, i) =>
      this.#network.listen(address, this.#accept, (error) => {
        if (error === undefined) opened.push(address);
        else if (binds[i]?.optional !== true || !UNAVAILABLE.has(error.code))
          failure ??= describe(address, error);
        settled();
      }),
    );
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.addresses = [];
  }
}

export interface PortFailure {
  readonly code: string;
  readonly text: string;
}

const NONE_AVAILABLE =
  'Warning: Could not create server TCP listening socket: none of the addresses is available';

function describe(address: Address, { code, message }: NetworkError): PortFailure {
  const reason = REASONS[code] ?? message;
  return {
    code,
    text: `Warning: Could not create server TCP listening socket ${addressText(address)}: ${reason}`,
  };
}

/** Where protected-mode lets strangers in from. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || /^(::ffff:)?127\./.test(host);
}
