/** The ports clients come to, on every address of `bind`. */
import type {
  Address,
  Connection,
  ConnectionEvents,
  Listener,
  Network,
  NetworkError,
  TlsContext,
} from '../../redis/world.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { NodeTls } from '../tls.ts';
import { addressText } from './clients.ts';

export interface BindAddress {
  readonly host: string;
  /** As it is written. */
  readonly word: string;
  /** Written with a `-`: an address this machine does not have is no error. */
  readonly optional: boolean;
}

export function bindAddressesOf(settings: Configuration): BindAddress[] {
  return readBindAddresses(settings.words('bind'));
}

export function portPlansOf(settings: Configuration, tls: NodeTls): PortPlan[] {
  return [{ port: settings.number('port') }, { port: settings.number('tls-port'), tls: () => tls.context }];
}

/** `bind`'s words; `*` and `::*` stand for all addresses of a family. */
function readBindAddresses(words: readonly string[]): BindAddress[] {
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const optional = word.startsWith('-');
      const name = optional ? word.slice(1) : word;
      return { host: name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name, word, optional };
    });
}

/** What an optional address may fail with: it, or its family, is not there. */
const UNAVAILABLE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOPROTOOPT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

/** The operating system's words, as far as ports fail in practice. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: Address already in use',
  EADDRNOTAVAIL: 'bind: Cannot assign requested address',
  EACCES: 'bind: Permission denied',
  ENOENT: 'bind: No such file or directory',
  ENOTDIR: 'bind: Not a directory',
  EROFS: 'bind: Read-only file system',
  ENOTFOUND: 'Name or service not known',
};

export function bindFailure({ code, message }: NetworkError): string {
  return REASONS[code] ?? message;
}

/** A port to listen on; 0: not at all. */
export interface PortPlan {
  readonly port: number;
  /** Asked for each connection; without it they are plain. */
  readonly tls?: () => TlsContext;
}

/** In the order of redis-server (connTypeInitialize): INFO tells each by its number. */
export const LISTENER_KINDS = ['tcp', 'unix', 'tls'] as const;

export interface ListeningAddress extends Address {
  readonly kind: (typeof LISTENER_KINDS)[number];
  /** As the configuration has it. */
  readonly word: string;
}

export class ClientPort {
  readonly #network: Pick<Network, 'listen'>;
  readonly #accept: (connection: Connection) => ConnectionEvents;
  #listeners: Listener[] = [];
  /** Tells whoever still waits for its ports that others have taken their place. */
  #overtake: () => void = () => {};
  /** Where it listens now. */
  addresses: readonly ListeningAddress[] = [];

  constructor(network: Pick<Network, 'listen'>, accept: (connection: Connection) => ConnectionEvents) {
    this.#network = network;
    this.#accept = accept;
  }

  /**
   * `done` hears once, of nothing or of the log line that says why a needed address could not be opened; of nothing, too,
   * when the next `open` comes before that is known.
   */
  open(
    binds: readonly BindAddress[],
    plans: readonly PortPlan[],
    done: (failure?: PortFailure) => void,
  ): void {
    const wanted = plans.filter(({ port }) => port > 0);
    const places = wanted.flatMap((plan) => binds.map((bind) => ({ ...plan, ...bind })));
    const opened: ListeningAddress[] = [];
    let waiting = places.length;
    let failure: PortFailure | undefined;
    let overtaken = false;
    this.#overtake();
    this.#overtake = () => {
      overtaken = waiting > 0;
      if (overtaken) done();
    };
    const settled = (): void => {
      if (--waiting > 0 || overtaken) return;
      this.addresses = places.map(addressOf).filter((address) => opened.some((one) => same(one, address)));
      for (const { port, tls } of wanted) {
        if (opened.some((address) => address.port === port)) continue;
        failure ??= { code: 'EADDRNOTAVAIL', text: NONE_AVAILABLE, port, kind: kindOf(tls) };
      }
      if (failure !== undefined) this.close();
      done(failure);
    };
    if (places.length === 0) {
      done();
      return;
    }
    this.#listeners = places.map((place) => {
      const address = addressOf(place);
      const ready = (error?: NetworkError): void => {
        if (error === undefined) opened.push(address);
        else if (!place.optional || !UNAVAILABLE.has(error.code)) failure ??= describe(address, error);
        settled();
      };
      return this.#network.listen({ host: place.host, port: place.port }, this.#accept, ready, place.tls);
    });
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.addresses = [];
  }
}

function kindOf(tls: PortPlan['tls']): 'tcp' | 'tls' {
  return tls === undefined ? 'tcp' : 'tls';
}

function addressOf({ host, word, port, tls }: PortPlan & BindAddress): ListeningAddress {
  return { host, word, port, kind: kindOf(tls) };
}

function same(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}

export interface PortFailure {
  readonly code: string;
  readonly text: string;
  readonly port: number;
  readonly kind: ListeningAddress['kind'];
}

const NONE_AVAILABLE =
  'Warning: Could not create server TCP listening socket: none of the addresses is available';

function describe(address: ListeningAddress, error: NetworkError): PortFailure {
  return {
    code: error.code,
    port: address.port,
    kind: address.kind,
    text: `Warning: Could not create server TCP listening socket ${addressText(address)}: ${bindFailure(error)}`,
  };
}

/** Where protected-mode lets strangers in from. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || /^(::ffff:)?127\./.test(host);
}
