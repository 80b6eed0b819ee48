/**
 * One end of a simulated TCP connection. Bytes go through a pipe in each direction, which behaves as the kernel does:
 * it takes so many bytes and no more, delivers them in order, late, cut anywhere, and never loses one in mid-stream.
 */
import { Buffer } from 'node:buffer';
import type { Address, Connection, ConnectionEvents, NetworkError, Timer } from '../redis/world.ts';
import type { Gate } from './gate.ts';
import { type Freight, load } from './simulated-freight.ts';

/** What the ends need of the network between them. */
export interface Wire {
  /** Has the segment arrive at `pipe.receiver` some time, not before the ones sent earlier. */
  transmit(pipe: Pipe, content: Segment): void;
  /** How many of `size` bytes go into the next segment. */
  cut(size: number): number;
  /** Runs `run` as soon as possible, but not within this call. */
  soon(run: () => void): void;
  forget(end: SimulatedConnection): void;
  /** Bytes that the kernels of both ends hold for one direction. */
  readonly capacity: number;
}

export type Segment = Freight | 'fin' | 'reset';

/** One direction of a connection. */
export class Pipe {
  readonly from: string;
  readonly to: string;
  readonly receiver: SimulatedConnection;
  /** On the way, oldest first. */
  readonly segments: Segment[] = [];
  /** When the segment sent last arrives: none may overtake it. */
  lastArrival = 0;
  /** Bytes on the way or arrived and not yet read. */
  held = 0;

  constructor(from: string, to: string, receiver: SimulatedConnection) {
    this.from = from;
    this.to = to;
    this.receiver = receiver;
  }
}

const RESET: NetworkError = { code: 'ECONNRESET', message: 'read ECONNRESET' };
const COPY_LIMIT = 4 * 1024;
/** Reads hand out one array that is written over by the next, so that a node which keeps it is found out. */
const readBuffer = Buffer.alloc(64 * 1024);

export class SimulatedConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly gate: Gate;
  readonly #wire: Wire;
  #out: Pipe | undefined;
  #in: Pipe | undefined;
  #events: ConnectionEvents | undefined;
  #dialEvents: ConnectionEvents | undefined;
  #inbox: Freight[] = [];
  /** Given to write() and not yet taken by the kernel. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #owesDrained = false;
  #paused = false;
  #reading = false;
  #ending = false;
  #gone = false;
  /** destroy() was called: the node does not hear of this end any more. */
  #disowned = false;
  #dialTimeout: Timer | undefined;
  /** How the peer ended it; heard once the inbox is read. */
  #finished: { readonly error: NetworkError | undefined } | undefined;

  constructor(local: Address, remote: Address, gate: Gate, wire: Wire) {
    this.local = local;
    this.remote = remote;
    this.gate = gate;
    this.#wire = wire;
  }

  /** The handshake is done. Before it, what is written waits. */
  open(out: Pipe, into: Pipe): void {
    this.#out = out;
    this.#in = into;
    this.#endDial();
  }

  #endDial(): void {
    this.#dialTimeout?.cancel();
    this.#dialTimeout = undefined;
  }

  /** From now on the node hears of this end. */
  start(events: ConnectionEvents): void {
    if (this.#gone) return;
    this.#events = events;
    this.pump();
    this.read();
  }

  /** A dial: its end is told to `events` even before it is open. */
  expect(events: ConnectionEvents, timeout: Timer): void {
    this.#dialEvents = events;
    this.#dialTimeout = timeout;
  }

  get peerHost(): string | undefined {
    return this.#out?.to;
  }

  get isGone(): boolean {
    return this.#gone;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  write(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    if (this.#gone || this.#ending || start === end) return true;
    const chunk = end - start === bytes.length ? bytes : bytes.subarray(start, end);
    const mayWait = this.#pendingBytes > 0 || this.#out === undefined;
    const copy = mayWait && chunk.length <= COPY_LIMIT;
    this.#pending.push(copy ? Buffer.from(chunk) : chunk);
    this.#pendingBytes += chunk.length;
    this.pump();
    if (this.#pendingBytes === 0 || copy) return true;
    this.#owesDrained = true;
    return false;
  }

  /** Moves what was written into the kernel, as far as it takes it. */
  pump(): void {
    const out = this.#out;
    if (out === undefined || this.#gone) return;
    while (this.#pending.length > 0 && out.held < this.#wire.capacity) {
      const chunk = this.#pending[0] ?? readBuffer;
      const size = this.#wire.cut(Math.min(chunk.length, this.#wire.capacity - out.held));
      const isWhole = size === chunk.length;
      this.#send(out, load(chunk, size));
      this.#pendingBytes -= size;
      if (isWhole) this.#pending.shift();
      else this.#pending[0] = chunk.subarray(size);
    }
    if (this.#pendingBytes > 0) return;
    if (this.#ending) this.#finish(out);
    else if (this.#owesDrained) {
      this.#owesDrained = false;
      this.#wire.soon(() => this.gate.pass(() => this.#events?.drained?.()));
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#wire.soon(() => this.read());
  }

  end(): void {
    if (this.#gone || this.#ending) return;
    this.#ending = true;
    this.pump();
  }

  destroy(): void {
    this.#disowned = true;
    this.#leave('fin');
  }

  /** The connection breaks under both ends. */
  reset(): void {
    if (this.#gone) return;
    const events = this.#events ?? this.#dialEvents;
    this.#leave('reset');
    this.#tellClosed(events, RESET);
  }

  /** The machine is gone: nobody is told. */
  vanish(): void {
    this.#forget();
  }

  /** A dial that came to nothing. */
  fail(error: NetworkError): void {
    if (this.#gone) return;
    const events = this.#dialEvents;
    this.#forget();
    this.#tellClosed(events, error);
  }

  /** A segment arrived. */
  arrived(content: Segment): void {
    if (this.#gone) return;
    if (content === 'fin') this.#finished = { error: undefined };
    else if (content === 'reset') {
      // A reset throws away what was not read yet.
      this.#inbox = [];
      this.#finished = { error: RESET };
    } else this.#inbox.push(content);
    this.read();
  }

  /** Hands over what arrived, if the node listens. */
  read(): void {
    // The node may pause, resume or write from within data(): one loop is enough.
    if (this.#reading) return;
    this.#reading = true;
    while (this.#events !== undefined && !this.#paused && this.gate.open && this.#inbox.length > 0) {
      const size = this.#fillReadBuffer();
      this.#events.data(readBuffer, 0, size);
      const pipe = this.#in;
      if (pipe === undefined) continue;
      pipe.held -= size;
      this.#peerMayPump(pipe);
    }
    this.#reading = false;
    if (this.#finished === undefined || this.#inbox.length > 0 || this.#gone) return;
    if (this.#events === undefined || this.#paused || !this.gate.open) return;
    const { error } = this.#finished;
    const events = this.#events;
    this.#leave('fin');
    events.closed(error);
  }

  /** Everything that arrived meanwhile comes in one read, as far as it fits. */
  #fillReadBuffer(): number {
    let size = 0;
    for (;;) {
      const chunk = this.#inbox[0];
      if (chunk === undefined || size === readBuffer.length) return size;
      size += chunk.unload(readBuffer, size);
      if (chunk.length === 0) this.#inbox.shift();
    }
  }

  #peerMayPump(pipe: Pipe): void {
    if (pipe.held < this.#wire.capacity) this.peer?.pump();
  }

  get peer(): SimulatedConnection | undefined {
    return this.#out?.receiver;
  }

  #send(out: Pipe, content: Segment): void {
    if (typeof content !== 'string') out.held += content.length;
    this.#wire.transmit(out, content);
  }

  #finish(out: Pipe): void {
    const events = this.#events;
    this.#send(out, 'fin');
    this.#forget();
    this.#wire.soon(() => this.#tellClosed(events));
  }

  #tellClosed(events: ConnectionEvents | undefined, error?: NetworkError): void {
    this.gate.pass(() => {
      // The news may wait at the gate until the node itself has given the connection up.
      if (!this.#disowned) events?.closed(error);
    });
  }

  #leave(content: 'fin' | 'reset'): void {
    if (this.#gone) return;
    const out = this.#out;
    this.#forget();
    if (out !== undefined) this.#send(out, content);
  }

  #forget(): void {
    this.#gone = true;
    this.#events = undefined;
    this.#dialEvents = undefined;
    this.#endDial();
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#inbox = [];
    this.#wire.forget(this);
  }
}
