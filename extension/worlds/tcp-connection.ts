/** One connection of one node, accepted or dialled: TCP, or through a Unix socket. */
import { Buffer } from 'node:buffer';
import type { OnReadOpts, Socket } from 'node:net';
import type { Address, Connection, ConnectionEvents, NetworkError } from '../redis/world.ts';
import type { Gate } from './gate.ts';

/**
 * All sockets of this thread read into this buffer: libuv fills it and calls back at once, so no two reads overlap. It
 * takes sixteen commands of a kilobyte at once; and fifty clients that each fill it with the smallest commands stay
 * below 30 ms together.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(32 * 1024);

/** A write behind others that wait is copied when it is no larger than this: giving a whole buffer away costs more. */
const COPY_LIMIT = 4 * 1024;

const NOTHING = new Uint8Array(0);

const NO_EVENTS: ConnectionEvents = { data() {}, closed() {} };

export class TcpConnection implements Connection {
  local: Address;
  remote: Address;
  /** What hears of this connection; the network sets it before the first byte can arrive. */
  events: ConnectionEvents = NO_EVENTS;
  readonly encrypted: boolean;
  readonly unixSocket: string | undefined;
  readonly #gate: Gate;
  readonly #forget: (connection: TcpConnection) => void;
  #socket: Socket | undefined;
  #paused = false;
  #waitsForDrain = false;
  #error: NetworkError | undefined;

  constructor(
    gate: Gate,
    local: Address,
    remote: Address,
    forget: (connection: TcpConnection) => void,
    encrypted = false,
    unixSocket?: string,
  ) {
    this.encrypted = encrypted;
    this.unixSocket = unixSocket;
    this.#gate = gate;
    this.local = local;
    this.remote = remote;
    this.#forget = forget;
  }

  /** For sockets built with `onread`; needed before the socket exists. */
  onread(): OnReadOpts {
    return {
      buffer: READ_BUFFER,
      callback: (count, bytes) => {
        this.#data(bytes, count);
        return count < READ_BUFFER.length || this.#letOthers();
      },
    };
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= networkError(error);
    });
    socket.on('close', () => this.#gate.pass(() => this.#gone()));
    // Else a socket with `onread` reads by itself.
    if (this.#stops) socket.pause();
  }

  /** Without `onread`: the stream's own event. TLS decrypts into pieces of 16 KiB at most, one right after the other. */
  attachWithDataEvents(socket: Socket): void {
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      this.#data(chunk, chunk.length);
      count += chunk.length;
      if (count < READ_BUFFER.length) return;
      count = 0;
      socket.pause();
      this.#letOthers();
    });
    this.attach(socket);
    this.applyReading();
  }

  /**
   * There is more to read, and libuv would read up to 32 times before anybody else has a turn. False: as `onread` wants
   * it, reading stops; it goes on in the next round of the event loop.
   */
  #letOthers(): false {
    setImmediate(() => this.applyReading());
    return false;
  }

  get pendingBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  write(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    const socket = this.#socket;
    if (socket === undefined || start === end) return true;
    if ((socket.writableLength > 0 || socket.connecting) && end - start <= COPY_LIMIT) {
      socket.write(Buffer.from(bytes.subarray(start, end)));
      return true;
    }
    // libuv first tries to write at once; when the kernel took all, the stream is empty again before write() returns.
    socket.write(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    if (socket.writableLength === 0) return true;
    if (!this.#waitsForDrain) this.#awaitDrain(socket);
    return false;
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.applyReading();
  }

  end(): void {
    this.#socket?.destroySoon();
  }

  destroy(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#release();
    socket.destroy();
  }

  applyReading(): void {
    if (this.#stops) this.#socket?.pause();
    else this.#socket?.resume();
  }

  /** The node or the freezing of its world wants nothing read. */
  get #stops(): boolean {
    return this.#paused || !this.#gate.open;
  }

  #data(bytes: Uint8Array, count: number): void {
    try {
      this.events.data(bytes, 0, count);
    } catch (error) {
      this.#gate.thrown(error);
    }
  }

  #wrote(): void {
    this.#waitsForDrain = false;
    if (this.#socket === undefined) return;
    // More may have been written since: then the news is for later.
    if (this.#socket.writableLength === 0) this.events.drained?.();
    else this.#awaitDrain(this.#socket);
  }

  #awaitDrain(socket: Socket): void {
    this.#waitsForDrain = true;
    // An empty write is called back in its turn, after all bytes before it; 'drain' would come only for large ones.
    socket.write(NOTHING, () => this.#gate.pass(() => this.#wrote()));
  }

  #gone(): void {
    if (this.#socket === undefined) return;
    const events = this.events;
    this.#release();
    events.closed(this.#error);
  }

  #release(): void {
    this.#socket = undefined;
    this.events = NO_EVENTS;
    this.#forget(this);
  }
}

export function networkError(error: NodeJS.ErrnoException): NetworkError {
  return { code: error.code ?? 'EIO', message: error.message };
}
