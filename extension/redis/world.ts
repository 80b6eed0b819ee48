/**
 * The World seam: everything a node may ask of the outside. The same node runs over TCP and real time
 * (`worlds/tcp.ts`) and over virtual time and a seeded network (`worlds/simulated.ts`). The seam is bytes, not
 * messages, so that framing is part of what is simulated.
 */

export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly disk: Disk;
}

/** The World of one node as whoever runs it sees it: to be stopped, continued and ended like a process. */
export interface ProcessWorld extends World {
  /** SIGSTOP: timers and input stand still; what arrives waits in the kernel. */
  freeze(): void;
  /** SIGCONT: what came due meanwhile runs now, then reading goes on. */
  thaw(): void;
  /** `freeze` now, `thaw` by itself after `ms`: how a node sleeps without stopping its neighbours. */
  freezeFor(ms: number): void;
  /** SIGKILL: sockets destroyed, ports free, timers cancelled, files closed, locks given back. Nothing runs after. */
  destroyAll(): void;
}

export interface Clock {
  /** Milliseconds since an arbitrary start, never going back; fractions allowed. For timeouts and durations. */
  monotonicMs(): number;
  /** Whole milliseconds since the Unix epoch; may jump. For expiry times and what users read. */
  wallMs(): number;
  /** Runs `run` once, not before `ms` milliseconds have passed. */
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export interface Random {
  bytes(count: number): Uint8Array;
  /** A whole number in [0, limit). */
  below(limit: number): number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface UnixSocketAddress {
  /** Of its file, resolved. */
  readonly path: string;
  /** What its connections are called after. */
  readonly name: string;
  /** Permission bits of the file; 0: those the process gives to any. */
  readonly mode: number;
}

export interface Network {
  /**
   * Accepts connections on `address`. `accept` is called for each and returns who hears of its bytes. `ready` hears
   * once that the port is open, or why not (code is the operating system's: EADDRINUSE, EACCES, EADDRNOTAVAIL …).
   * `tls` is asked anew for each connection: what it gives a context for is accepted when its handshake is done.
   */
  listen(
    address: Address,
    accept: (connection: Connection) => ConnectionEvents,
    ready: (error?: NetworkError) => void,
    tls?: () => TlsContext | undefined,
  ): Listener;
  /** The same on a Unix socket. A socket left behind in its place is removed; another file is refused, EADDRINUSE. */
  listenOnSocket(
    socket: UnixSocketAddress,
    accept: (connection: Connection) => ConnectionEvents,
    ready: (error?: NetworkError) => void,
  ): Listener;
  /** Dials. `from` binds the local end (bind-source-addr, cluster bus). */
  connect(address: Address, events: DialEvents, from?: string, tls?: TlsContext): Connection;
  /** Throws when keys or certificates are none, do not belong together, or there is no TLS here. */
  tls(options: TlsOptions): TlsContext;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Who we are: a certificate chain and its key, as PEM. */
export interface TlsIdentity {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** Of an encrypted key; '' for none. */
  readonly password: string;
}

export interface TlsOptions {
  readonly identity: TlsIdentity;
  /** For dialled connections, where it is another one. */
  readonly clientIdentity: TlsIdentity | undefined;
  /** PEM; a peer's certificate must be theirs. */
  readonly authorities: readonly Uint8Array[];
  /** Of accepted connections: whether they must show a certificate. */
  readonly clientAuthentication: 'yes' | 'no' | 'optional';
  /** None: TLS 1.2 and 1.3. */
  readonly versions: readonly TlsVersion[];
  /** OpenSSL's lists, of TLS up to 1.2 and of 1.3; '' for its own choice. */
  readonly ciphers: string;
  readonly suites: string;
  readonly preferOwnCiphers: boolean;
  /** PEM parameters. */
  readonly diffieHellman: Uint8Array | undefined;
  /** How long a session may be resumed. */
  readonly sessionSeconds: number;
}

/** Keys and rules that were found good, ready for connections of the network that made it. */
export interface TlsContext {
  readonly options: TlsOptions;
}

export interface NetworkError {
  readonly code: string;
  readonly message: string;
}

export interface Listener {
  /** Stops accepting and frees the port, or removes the socket's file, at once. Accepted connections live on. */
  close(): void;
}

export interface ConnectionEvents {
  /** `bytes[start, end)` arrived. The array is shared: it holds these bytes only until the call returns. */
  data(bytes: Uint8Array, start: number, end: number): void;
  /** All bytes given to `write` have left; called only after a `write` returned false. */
  drained?(): void;
  /** The connection is gone, for whatever reason, exactly once; never called after one's own `destroy`. */
  closed(error?: NetworkError): void;
}

export interface DialEvents extends ConnectionEvents {
  connected(): void;
}

export interface Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly encrypted?: boolean;
  /** It came through the Unix socket of this name; its addresses are the name and port 0. */
  readonly unixSocket?: string | undefined;
  /**
   * Sends `bytes[start, end)` (whole array by default). True: the bytes are copied or gone and the caller may reuse
   * the array. False: the connection keeps the array until it drains, and the caller must take a new one.
   */
  write(bytes: Uint8Array, start?: number, end?: number): boolean;
  /** Bytes accepted by `write` which have not left yet. */
  readonly pendingBytes: number;
  /** Stops and restarts reading; the peer feels TCP's back-pressure. */
  pause(): void;
  resume(): void;
  /** Sends what is pending, then closes. */
  end(): void;
  /** Closes at once, both ways, as a killed process does. */
  destroy(): void;
}

/** Paths are as the node's conf gives them, already resolved against its `dir`. Synchronous on purpose. */
export interface Disk {
  /** The whole file, or undefined when there is none. */
  read(path: string): Uint8Array | undefined;
  /**
   * Writes beside, syncs, renames over: the file is the old one or the new one, never a half. With `sync` false the
   * new content survives the death of the process, but not yet that of the machine.
   */
  replace(path: string, bytes: Uint8Array, sync?: boolean): void;
  /** What the file holds goes on to the disk; `done` hears of that. */
  sync(path: string, done: (error?: Error) => void): void;
  open(path: string, mode: 'read' | 'append' | 'create'): DiskFile;
  /** Lasts when it returns; with `lasts`, which hears of that, a little later. */
  rename(from: string, to: string, lasts?: (error?: Error) => void): void;
  remove(path: string): void;
  exists(path: string): boolean;
  /** File names, sorted; [] when there is no such folder. */
  list(folder: string): string[];
  makeFolder(path: string): void;
  /**
   * An exclusive lock held by this node of this process; undefined when a living owner has it. A lock left behind by
   * a process that died is taken over.
   */
  lock(path: string): DiskLock | undefined;
}

export interface DiskFile {
  readonly size: number;
  /** Reads up to `into.length` bytes at `position`; returns how many. */
  read(into: Uint8Array, position: number): number;
  append(bytes: Uint8Array): void;
  /** `done` is called when all that was appended before is on the disk. */
  sync(done: (error?: Error) => void): void;
  /** The same, before it returns: SAVE and SHUTDOWN stand still for it, as in Redis. Throws when it fails. */
  syncNow(): void;
  truncate(size: number): void;
  close(): void;
}

export interface DiskLock {
  release(): void;
}
