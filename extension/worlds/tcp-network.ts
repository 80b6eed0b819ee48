/** Listeners and connections of one node over the operating system's TCP and Unix sockets. */
import { createServer, type Server, Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { errorOf } from '../redis/caught.ts';
import type {
  Address,
  Connection,
  ConnectionEvents,
  DialEvents,
  Listener,
  Network,
  NetworkError,
  TlsContext,
  TlsOptions,
  UnixSocketAddress,
} from '../redis/world.ts';
import type { Gate } from './gate.ts';
import { acceptWithoutShell, listenAtOnce, type MakeSocket, takeOver } from './socket-handle.ts';
import { hand, SystemTls } from './system-tls.ts';
import { networkError, TcpConnection } from './tcp-connection.ts';
import { listenOnFile, socketError } from './unix-socket.ts';

/** Redis' tcp-backlog default; the kernel cuts it to its own limit. */
const BACKLOG = 511;

type Accept = (connection: Connection) => ConnectionEvents;

export class TcpNetwork implements Network {
  readonly #gate: Gate;
  readonly #loopbackOnly: boolean;
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<TcpConnection>();
  /** Connected while the node stands still, and not yet accepted. */
  readonly #waiting = new Set<Socket>();
  readonly #forget = (connection: TcpConnection) => {
    this.#connections.delete(connection);
  };

  constructor(gate: Gate, loopbackOnly: boolean) {
    this.#gate = gate;
    this.#loopbackOnly = loopbackOnly;
  }

  tls(options: TlsOptions): TlsContext {
    return new SystemTls(options);
  }

  listen(
    address: Address,
    accept: Accept,
    ready: (error?: NetworkError) => void,
    tls?: () => TlsContext | undefined,
  ): Listener {
    const encrypt = this.#encrypting(accept);
    const tell = (error?: NetworkError) => this.#gate.pass(() => ready(error));
    const server = this.#serve(tell, (socket) => {
      const context = tls?.();
      if (context === undefined) this.#accepted(socket, accept);
      else encrypt(socket, context);
    });
    const refusal = this.#refusal(address);
    if (refusal !== undefined) process.nextTick(tell, refusal);
    else {
      server.once('listening', () => tell());
      const { host, port } = address;
      // ipv6Only: `::` must leave `0.0.0.0` to a listener of its own, as redis-server does.
      if (!listenAtOnce(server, host, port, BACKLOG))
        server.listen({ host, port, backlog: BACKLOG, exclusive: true, ipv6Only: host.includes(':') });
      else acceptWithoutShell(server, (make) => tls?.() === undefined && this.#acceptedNow(make, accept));
    }
    return this.#listener(server);
  }

  listenOnSocket(socket: UnixSocketAddress, accept: Accept, ready: (error?: NetworkError) => void): Listener {
    const tell = (error?: NetworkError) => this.#gate.pass(() => ready(error));
    const failed = (error: NetworkError) => tell(socketError(socket, error));
    const server = this.#serve(failed, (shell) => {
      const here = { host: socket.name, port: 0 };
      this.#adopt(shell, new TcpConnection(this.#gate, here, here, this.#forget, false, socket.name), accept);
    });
    listenOnFile(server, socket, BACKLOG, () => tell());
    return this.#listener(server);
  }

  /** A server that takes no more connections than a process that stands still would find waiting. */
  #serve(failed: (error: NetworkError) => void, accepted: (socket: Socket) => void): Server {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    this.#servers.add(server);
    server.on('connection', (socket) => {
      // As many as the kernel would keep for a process that does not accept.
      if (this.#waiting.size >= BACKLOG) {
        socket.destroy();
        return;
      }
      this.#waiting.add(socket);
      this.#gate.pass(() => {
        this.#waiting.delete(socket);
        accepted(socket);
      });
    });
    server.once('error', (error) => {
      this.#servers.delete(server);
      failed(networkError(error));
    });
    return server;
  }

  #listener(server: Server): Listener {
    return {
      close: () => {
        this.#servers.delete(server);
        server.close();
      },
    };
  }

  connect(address: Address, events: DialEvents, from?: string, tls?: TlsContext): Connection {
    if (tls !== undefined) return this.#dialEncrypted(address, events, from, systemTls(tls));
    const connection = new TcpConnection(this.#gate, { host: from ?? '', port: 0 }, address, this.#forget);
    connection.events = events;
    const socket = new Socket({ onread: connection.onread() });
    // Not as an option of connect(), which would not look at it: with Nagle's algorithm the second of two small
    // messages waits for the first one's acknowledgement, up to 40 ms.
    socket.setNoDelay(true);
    this.#connections.add(connection);
    connection.attach(socket);
    socket.once('connect', () => this.#connected(connection, socket, events));
    try {
      const where = { host: address.host, port: address.port };
      socket.connect(from === undefined ? where : { ...where, localAddress: from });
    } catch (error) {
      // A port or address that can't be one (gossip may tell anything) fails like a dial that was refused.
      socket.destroy(errorOf(error));
    }
    return connection;
  }

  #connected(connection: TcpConnection, socket: Socket, events: DialEvents): void {
    connection.local = localOf(socket);
    // A dial that succeeds while the node stands still: its bytes stay in the kernel.
    if (!this.#gate.open) connection.applyReading();
    this.#gate.pass(() => {
      if (!socket.destroyed) events.connected();
    });
  }

  applyReading(): void {
    for (const connection of this.#connections) connection.applyReading();
  }

  destroyAll(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
  }

  #dialEncrypted(address: Address, events: DialEvents, from: string | undefined, tls: SystemTls): Connection {
    const local = { host: from ?? '', port: 0 };
    const connection = new TcpConnection(this.#gate, local, address, this.#forget, true);
    connection.events = events;
    this.#connections.add(connection);
    const socket = tls.dial(address, from);
    socket.setNoDelay(true);
    connection.attachWithDataEvents(socket);
    socket.once('secureConnect', () => this.#connected(connection, socket, events));
    return connection;
  }

  /** Takes accepted sockets through their handshake, each by the rules of its time. */
  #encrypting(accept: Accept): (socket: Socket, context: TlsContext) => void {
    const servers = new WeakMap<TlsContext, TlsServer>();
    return (socket, context) => {
      let server = servers.get(context);
      if (server === undefined) {
        server = systemTls(context).server((encrypted) =>
          this.#gate.pass(() => {
            if (!encrypted.destroyed) this.#accepted(encrypted, accept, true);
          }),
        );
        servers.set(context, server);
      }
      hand(socket, server);
    };
  }

  #accepted(shell: Socket, accept: Accept, encrypted = false): void {
    const connection = new TcpConnection(
      this.#gate,
      localOf(shell),
      remoteOf(shell),
      this.#forget,
      encrypted,
    );
    this.#adopt(shell, connection, accept);
  }

  #adopt(shell: Socket, connection: TcpConnection, accept: Accept): void {
    this.#connections.add(connection);
    // Bytes that are to be decrypted cannot be read past it.
    const socket = connection.encrypted ? undefined : takeOver(shell, connection.onread());
    // The node learns of the connection first and of its bytes later: reads never call back from within attach().
    if (socket !== undefined) connection.attach(socket);
    else connection.attachWithDataEvents(shell);
    this.#introduce(connection, accept);
  }

  /** False while the node stands still: then it waits, as others do, in a shell. */
  #acceptedNow(make: MakeSocket, accept: Accept): boolean {
    if (!this.#gate.open) return false;
    this.#gate.pass(() => {
      const connection = new TcpConnection(this.#gate, NOWHERE, NOWHERE, this.#forget);
      const socket = make(connection.onread());
      socket.setNoDelay(true);
      connection.local = localOf(socket);
      connection.remote = remoteOf(socket);
      this.#connections.add(connection);
      connection.attach(socket);
      this.#introduce(connection, accept);
    });
    return true;
  }

  #introduce(connection: TcpConnection, accept: Accept): void {
    const events = accept(connection);
    // It may have been refused, and destroyed, by accept itself.
    if (this.#connections.has(connection)) connection.events = events;
  }

  #refusal(address: Address): NetworkError | undefined {
    if (!this.#loopbackOnly || isLoopback(address.host)) return undefined;
    return {
      code: 'EACCES',
      message: `listen EACCES: ${address.host} is not a loopback address, and only those are allowed here`,
    };
  }
}

const NOWHERE: Address = { host: '', port: 0 };

function localOf({ localAddress = '', localPort = 0 }: Socket): Address {
  return { host: localAddress, port: localPort };
}

function remoteOf({ remoteAddress = '', remotePort = 0 }: Socket): Address {
  return { host: remoteAddress, port: remotePort };
}

function systemTls(context: TlsContext): SystemTls {
  if (context instanceof SystemTls) return context;
  throw new TypeError('these keys are of another network');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
