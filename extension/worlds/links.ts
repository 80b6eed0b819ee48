/**
 * Faults on the way between nodes, set from outside: a way that is cut, or one that takes longer. As with TCP over IP
 * nothing is swallowed for good: what was sent into a cut arrives once it heals, unless somebody gave up meanwhile.
 *
 * Every connection between two nodes is dialled by one of them, and both directions pass its dialled end: that is where
 * the fault sits. Accepted connections, clients' among them, are left alone.
 */
import type {
  Address,
  Clock,
  Connection,
  DialEvents,
  Listener,
  Network,
  NetworkError,
  TlsContext,
  TlsOptions,
} from '../redis/world.ts';
import { Pipe } from './pipe.ts';

export interface LinkFault {
  readonly cut: boolean;
  /** Milliseconds more than usual, each way. */
  readonly delayMs: number;
}

const WHOLE: LinkFault = { cut: false, delayMs: 0 };

/** What is wrong with the ways of one node to others, which are told apart by the port they listen on. */
export class Links {
  readonly #faults = new Map<number, LinkFault>();
  readonly #networks = new Set<LinkedNetwork>();

  set(port: number, fault: LinkFault): void {
    this.#faults.set(port, fault);
    for (const network of this.#networks) network.apply();
  }

  to(port: number): LinkFault {
    return this.#faults.get(port) ?? WHOLE;
  }

  /** The network as a node over these ways sees it. */
  over(network: Network, clock: Clock): LinkedNetwork {
    const linked = new LinkedNetwork(network, clock, this, () => this.#networks.delete(linked));
    this.#networks.add(linked);
    return linked;
  }
}

export class LinkedNetwork implements Network {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #links: Links;
  readonly #left: () => void;
  readonly #wires = new Set<Wire>();

  constructor(network: Network, clock: Clock, links: Links, left: () => void) {
    this.#network = network;
    this.#clock = clock;
    this.#links = links;
    this.#left = left;
  }

  listen(...args: Parameters<Network['listen']>): Listener {
    return this.#network.listen(...args);
  }

  listenOnSocket(...args: Parameters<Network['listenOnSocket']>): Listener {
    return this.#network.listenOnSocket(...args);
  }

  tls(options: TlsOptions): TlsContext {
    return this.#network.tls(options);
  }

  connect(address: Address, events: DialEvents, from?: string, tls?: TlsContext): Connection {
    const wire = new Wire(this.#clock, address, events, from, () => this.#wires.delete(wire));
    this.#wires.add(wire);
    wire.apply(this.#links.to(address.port));
    wire.dial((heard) => this.#network.connect(address, heard, from, tls));
    return wire;
  }

  apply(): void {
    for (const wire of this.#wires) wire.apply(this.#links.to(wire.remote.port));
  }

  /** Its node is gone, and its sockets with it. */
  leave(): void {
    this.#wires.clear();
    this.#left();
  }
}

/** A dialled connection, with what is on its way while the way is disturbed. */
class Wire implements Connection {
  readonly remote: Address;
  readonly #here: Address;
  readonly #sent: Pipe;
  readonly #coming: Pipe;
  readonly #gone: () => void;
  #events: DialEvents | undefined;
  #inner: Connection | undefined;
  #fault = WHOLE;
  #paused = false;
  #sentBytes = 0;
  /** The last write was answered with false. */
  #owesDrain = false;

  constructor(clock: Clock, remote: Address, events: DialEvents, from: string | undefined, gone: () => void) {
    this.remote = remote;
    this.#here = { host: from ?? '', port: 0 };
    this.#events = events;
    this.#sent = new Pipe(clock);
    this.#coming = new Pipe(clock);
    this.#gone = gone;
  }

  /** Into a cut nothing is dialled: the node waits until it gives up. */
  dial(connect: (events: DialEvents) => Connection): void {
    this.#sent.pass(() => {
      // Given up meanwhile.
      if (this.#events === undefined) return;
      this.#inner = connect({
        connected: () => this.#coming.pass(() => this.#events?.connected()),
        data: (bytes, start, end) => this.#data(bytes, start, end),
        drained: () => this.#drained(),
        closed: (error) => this.#coming.pass(() => this.#closed(error)),
      });
      this.#applyReading();
    });
  }

  apply(fault: LinkFault): void {
    this.#fault = fault;
    this.#sent.become(fault.cut, fault.delayMs);
    this.#coming.become(fault.cut || this.#paused, fault.delayMs);
    this.#applyReading();
  }

  get local(): Address {
    return this.#inner?.local ?? this.#here;
  }

  get pendingBytes(): number {
    return this.#sentBytes + (this.#inner?.pendingBytes ?? 0);
  }

  write(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    if (this.#sent.clear && this.#inner !== undefined) {
      const taken = this.#inner.write(bytes, start, end);
      if (!taken) this.#owesDrain = true;
      return taken;
    }
    const copy = copyOf(bytes, start, end);
    this.#sentBytes += copy.length;
    this.#sent.pass(() => {
      this.#sentBytes -= copy.length;
      this.#inner?.write(copy);
    });
    return true;
  }

  pause(): void {
    this.#paused = true;
    this.apply(this.#fault);
  }

  resume(): void {
    this.#paused = false;
    this.apply(this.#fault);
  }

  end(): void {
    this.#sent.pass(() => this.#inner?.end());
  }

  /** The other end learns of it when the way lets it. */
  destroy(): void {
    this.#events = undefined;
    this.#coming.empty();
    this.#sent.pass(() => {
      this.#inner?.destroy();
      this.#gone();
    });
  }

  /** What comes into a cut stays in the kernel, and so does the news that the other end closed. */
  #applyReading(): void {
    if (this.#fault.cut || this.#paused) this.#inner?.pause();
    else this.#inner?.resume();
  }

  #data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#coming.clear) {
      this.#events?.data(bytes, start, end);
      return;
    }
    const copy = copyOf(bytes, start, end);
    this.#coming.pass(() => this.#events?.data(copy, 0, copy.length));
  }

  #drained(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.#events?.drained?.();
  }

  #closed(error: NetworkError | undefined): void {
    const events = this.#events;
    this.#events = undefined;
    this.#gone();
    events?.closed(error);
  }
}

/** A Buffer's own `slice` would be a view of what its owner writes over. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
