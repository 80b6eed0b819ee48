/**
 * The network between simulated hosts: who listens where, which links are cut, how long a segment takes. It behaves
 * as TCP over IP does: what a cut link swallows is sent again after it heals.
 */
import type {
  Address,
  Connection,
  ConnectionEvents,
  DialEvents,
  Listener,
  Network,
  NetworkError,
  TlsContext,
  UnixSocketAddress,
} from '../redis/world.ts';
import type { EventQueue } from './event-queue.ts';
import type { Gate } from './gate.ts';
import type { SeededRandom } from './seeded-random.ts';
import { Pipe, type Segment, SimulatedConnection, type Wire } from './simulated-connection.ts';

/** How the links are. Milliseconds, bytes and probabilities per segment. */
export interface Conditions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A segment ends early, anywhere. */
  readonly splitChance: number;
  /** A segment takes up to `stallMs` longer, and those behind it wait. */
  readonly stallChance: number;
  readonly stallMs: number;
  /** The connection breaks instead of delivering. */
  readonly resetChance: number;
  /** What the kernels of both ends hold for one direction. */
  readonly bufferBytes: number;
}

export const CALM: Conditions = {
  minDelayMs: 0.1,
  maxDelayMs: 1,
  splitChance: 0.1,
  stallChance: 0,
  stallMs: 0,
  resetChance: 0,
  bufferBytes: 256 * 1024,
};

/** Linux' least retransmission time-out: a link that heals carries nothing for up to this long. */
const RETRANSMIT_MS = 200;
/** Linux gives up a dial after six SYNs, 1 + 2 + 4 + … + 64 s. */
const DIAL_TIMEOUT_MS = 127_000;
/** A loopback's largest segment, near enough. */
const MAX_SEGMENT = 32 * 1024;
const FIRST_EPHEMERAL_PORT = 32_768;

type Accept = (connection: Connection) => ConnectionEvents;

interface OpenPort {
  readonly owner: HostNetwork;
  readonly accept: Accept;
}

interface Dial {
  readonly owner: HostNetwork;
  readonly connection: SimulatedConnection;
  readonly address: Address;
  readonly events: DialEvents;
}

/** What happens on the wire, one line each: for replaying and for comparing two runs. */
export type Trace = (line: string) => void;

export class SimulatedNetwork {
  conditions: Conditions;
  trace: Trace | undefined;
  readonly events: EventQueue;
  readonly random: SeededRandom;
  /** Payload of all segments so far. */
  bytesSent = 0;
  readonly #hosts = new Map<string, HostNetwork>();
  readonly #ports = new Map<string, OpenPort>();
  /** `from>to`: nothing passes in that direction. */
  readonly #cut = new Set<string>();
  /** Pipes and dials that met a cut link and try again when it heals. */
  readonly #stalledPipes = new Set<Pipe>();
  readonly #stalledDials = new Set<Dial>();
  #ephemeralPort = FIRST_EPHEMERAL_PORT;

  constructor(events: EventQueue, random: SeededRandom, conditions: Conditions) {
    this.events = events;
    this.random = random;
    this.conditions = conditions;
  }

  /** The network as one process on `host` sees it. A host that lost power answers again, with resets. */
  attach(host: string, gate: Gate): HostNetwork {
    this.#hosts.get(host)?.powerUp();
    const network = new HostNetwork(this, host, gate);
    this.#hosts.set(host, network);
    return network;
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(from: string, to: string): void {
    if (this.#cut.delete(`${from}>${to}`)) this.#retransmit();
  }

  healAll(): void {
    this.#cut.clear();
    this.#retransmit();
  }

  /** Breaks every connection between the two. */
  reset(a: string, b: string): void {
    for (const connection of this.#hosts.get(a)?.connectionsTo(b) ?? []) connection.reset();
    for (const connection of this.#hosts.get(b)?.connectionsTo(a) ?? []) connection.reset();
  }

  nextPort(): number {
    this.#ephemeralPort = this.#ephemeralPort === 60_999 ? FIRST_EPHEMERAL_PORT : this.#ephemeralPort + 1;
    return this.#ephemeralPort;
  }

  listen(owner: HostNetwork, address: Address, accept: Accept): NetworkError | undefined {
    const place = `${owner.host} ${address.host}:${address.port}`;
    if (!owner.owns(address.host)) {
      return {
        code: 'EADDRNOTAVAIL',
        message: `listen EADDRNOTAVAIL: address not available ${address.host}`,
      };
    }
    if (this.#ports.has(place)) {
      return {
        code: 'EADDRINUSE',
        message: `listen EADDRINUSE: address already in use ${address.host}:${address.port}`,
      };
    }
    this.#ports.set(place, { owner, accept });
    return undefined;
  }

  unlisten(owner: HostNetwork, address: Address): void {
    const place = `${owner.host} ${address.host}:${address.port}`;
    if (this.#ports.get(place)?.owner === owner) this.#ports.delete(place);
  }

  unlistenAll(owner: HostNetwork): void {
    for (const [place, port] of this.#ports) if (port.owner === owner) this.#ports.delete(place);
  }

  /** A machine without power sends nothing again: what a cut link swallowed of its is lost. */
  forgetUnsent(host: string): void {
    for (const pipe of this.#stalledPipes) {
      if (pipe.from !== host) continue;
      pipe.segments.length = 0;
      this.#stalledPipes.delete(pipe);
    }
  }

  /** The SYN leaves. */
  dial(dial: Dial): void {
    this.events.after(this.#delay(), () => this.#dialArrives(dial));
  }

  transmit(pipe: Pipe, content: Segment): void {
    const { stallChance, stallMs } = this.conditions;
    const stall = this.random.chance(stallChance) ? this.random.between(0, stallMs) : 0;
    if (typeof content !== 'string') this.bytesSent += content.length;
    pipe.segments.push(content);
    pipe.lastArrival = Math.max(pipe.lastArrival, this.events.now + this.#delay() + stall);
    this.events.schedule(pipe.lastArrival, () => this.#segmentArrives(pipe));
  }

  cutSegment(size: number): number {
    const whole = Math.min(size, MAX_SEGMENT);
    return whole > 1 && this.random.chance(this.conditions.splitChance)
      ? 1 + this.random.below(whole - 1)
      : whole;
  }

  soon(run: () => void): void {
    this.events.after(0, run);
  }

  #delay(): number {
    return this.random.between(this.conditions.minDelayMs, this.conditions.maxDelayMs);
  }

  #isCut(from: string, to: string): boolean {
    return this.#cut.size > 0 && this.#cut.has(`${from}>${to}`);
  }

  #segmentArrives(pipe: Pipe): void {
    if (this.#stalledPipes.has(pipe)) return;
    const content = pipe.segments[0];
    if (content === undefined) return;
    if (this.#isCut(pipe.from, pipe.to)) {
      this.#stalledPipes.add(pipe);
      return;
    }
    pipe.segments.shift();
    const { receiver } = pipe;
    this.trace?.(
      `${this.events.now} ${pipe.from}>${pipe.to} ${receiver.remote.port}>${receiver.local.port} ` +
        `${typeof content === 'string' ? content : content.length}`,
    );
    if (this.random.chance(this.conditions.resetChance)) {
      receiver.peer?.reset();
      receiver.reset();
    } else receiver.arrived(content);
  }

  #dialArrives(dial: Dial): void {
    const { owner, connection, address } = dial;
    if (connection.isGone) return;
    const target = this.#resolve(owner, address);
    if (this.#isCut(owner.host, target) || this.#isCut(target, owner.host)) {
      this.#stalledDials.add(dial);
      return;
    }
    const host = this.#hosts.get(target);
    // Nobody there who could even refuse.
    if (host === undefined || host.withoutPower) return;
    const port = this.#portAt(target, address);
    if (port === undefined) {
      const message = `connect ECONNREFUSED ${address.host}:${address.port}`;
      this.events.after(this.#delay(), () => connection.fail({ code: 'ECONNREFUSED', message }));
      return;
    }
    this.#handshake(dial, port);
  }

  #handshake({ owner, connection, address, events }: Dial, port: OpenPort): void {
    const accepted = port.owner.newConnection(
      { host: port.owner.host, port: address.port },
      connection.local,
    );
    const forth = new Pipe(owner.host, port.owner.host, accepted);
    const back = new Pipe(port.owner.host, owner.host, connection);
    accepted.open(back, forth);
    port.owner.gate.pass(() => {
      if (!accepted.isGone) accepted.start(port.accept(accepted));
    });
    this.events.after(this.#delay(), () => {
      if (connection.isGone) {
        // Given up while the answer was on its way.
        accepted.reset();
        return;
      }
      connection.open(forth, back);
      connection.gate.pass(() => {
        if (connection.isGone) return;
        events.connected();
        connection.start(events);
      });
    });
  }

  #resolve(owner: HostNetwork, address: Address): string {
    return isLoopback(address.host) ? owner.host : address.host;
  }

  #portAt(host: string, address: Address): OpenPort | undefined {
    for (const bound of [address.host, '0.0.0.0', '::', '*']) {
      const port = this.#ports.get(`${host} ${bound}:${address.port}`);
      if (port !== undefined) return port;
    }
    return undefined;
  }

  #retransmit(): void {
    for (const pipe of this.#stalledPipes) {
      if (this.#isCut(pipe.from, pipe.to)) continue;
      this.#stalledPipes.delete(pipe);
      const at = this.events.now + this.random.between(0, RETRANSMIT_MS);
      pipe.lastArrival = Math.max(pipe.lastArrival, at);
      // One event a segment: those that came to nothing while the link was cut are made up for.
      for (let i = pipe.segments.length; i > 0; i--) {
        this.events.schedule(at, () => this.#segmentArrives(pipe));
      }
    }
    for (const dial of this.#stalledDials) {
      this.#stalledDials.delete(dial);
      // SYNs are sent again after 1 s, 2 s, 4 s …; the next one is at most this far.
      this.events.after(this.random.between(0, 1000), () => this.#dialArrives(dial));
    }
  }
}

/** The network as one process has it. */
export class HostNetwork implements Network, Wire {
  readonly host: string;
  readonly gate: Gate;
  readonly #network: SimulatedNetwork;
  readonly #connections = new Set<SimulatedConnection>();
  /** Peers of connections that this host forgot when it lost power: they are told once it is back. */
  #orphans: SimulatedConnection[] = [];
  withoutPower = false;

  constructor(network: SimulatedNetwork, host: string, gate: Gate) {
    this.#network = network;
    this.host = host;
    this.gate = gate;
  }

  tls(): TlsContext {
    throw new Error('there is no TLS in a simulated network');
  }

  listen(address: Address, accept: Accept, ready: (error?: NetworkError) => void): Listener {
    const error = this.#network.listen(this, address, accept);
    this.soon(() => this.gate.pass(() => ready(error)));
    return {
      close: () => {
        if (error === undefined) this.#network.unlisten(this, address);
      },
    };
  }

  listenOnSocket(
    { path }: UnixSocketAddress,
    _accept: Accept,
    ready: (error?: NetworkError) => void,
  ): Listener {
    const message = `listen EAFNOSUPPORT: a simulated network has no Unix sockets ${path}`;
    this.soon(() => this.gate.pass(() => ready({ code: 'EAFNOSUPPORT', message })));
    return { close() {} };
  }

  connect(address: Address, events: DialEvents, from?: string): Connection {
    const local = { host: from ?? this.host, port: this.#network.nextPort() };
    const connection = this.newConnection(local, address);
    const timeout = this.#network.events.after(DIAL_TIMEOUT_MS, () => {
      const message = `connect ETIMEDOUT ${address.host}:${address.port}`;
      connection.fail({ code: 'ETIMEDOUT', message });
    });
    connection.expect(events, timeout);
    this.#network.dial({ owner: this, connection, address, events });
    return connection;
  }

  newConnection(local: Address, remote: Address): SimulatedConnection {
    const connection = new SimulatedConnection(local, remote, this.gate, this);
    this.#connections.add(connection);
    return connection;
  }

  owns(host: string): boolean {
    return host === this.host || host === '0.0.0.0' || host === '::' || host === '*' || isLoopback(host);
  }

  connectionsTo(host: string): SimulatedConnection[] {
    return [...this.#connections].filter((connection) => connection.peerHost === host);
  }

  /** After a pause: what arrived meanwhile is read now. */
  readAll(): void {
    for (const connection of [...this.#connections]) connection.read();
  }

  /** The process died: the kernel closes what it had. */
  destroyAll(): void {
    this.#network.unlistenAll(this);
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** The machine died: nobody hears of it. */
  powerDown(): void {
    this.#network.unlistenAll(this);
    this.#network.forgetUnsent(this.host);
    this.withoutPower = true;
    for (const connection of [...this.#connections]) {
      if (connection.peer !== undefined) this.#orphans.push(connection.peer);
      connection.vanish();
    }
  }

  /** The machine is back, and answers what it does not know with a reset. */
  powerUp(): void {
    for (const orphan of this.#orphans) {
      this.#network.events.after(this.#network.random.between(0, RETRANSMIT_MS), () => orphan.reset());
    }
    this.#orphans = [];
  }

  // Wire.
  transmit(pipe: Pipe, content: Segment): void {
    this.#network.transmit(pipe, content);
  }

  cut(size: number): number {
    return this.#network.cutSegment(size);
  }

  soon(run: () => void): void {
    this.#network.soon(run);
  }

  forget(end: SimulatedConnection): void {
    this.#connections.delete(end);
  }

  get capacity(): number {
    return this.#network.conditions.bufferBytes;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
