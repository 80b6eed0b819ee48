/**
 * A World of virtual time: any number of hosts in one process, a network whose faults are ordinary calls, and a seed
 * that decides everything. The same seed and the same calls give the same run, byte for byte.
 *
 *     const simulation = new Simulation(42);
 *     const node = new Node(simulation.world('10.0.0.1'), …);
 *     simulation.runUntil(() => node.ready, 5000);
 *     simulation.partition('10.0.0.1', '10.0.0.2');
 */
import type { Clock, ProcessWorld, Timer } from '../redis/world.ts';
import { EventQueue } from './event-queue.ts';
import { Gate, type Hold } from './gate.ts';
import { SeededRandom } from './seeded-random.ts';
import { Platter, SimulatedDisk } from './simulated-disk.ts';
import {
  CALM,
  type Conditions,
  type HostNetwork,
  SimulatedNetwork,
  type Trace,
} from './simulated-network.ts';

/** 2023-11-14 22:13:20 UTC, so that virtual wall clocks look like wall clocks. */
const EPOCH_MS = 1_700_000_000_000;

/**
 * `process`: the disk keeps what was written. `power`: only what was synced, and the peers hear nothing until the
 * host is back. `disk`: as power, and the disk comes back empty.
 */
export type Crash = 'process' | 'power' | 'disk';

export class Simulation {
  readonly seed: number;
  readonly random: SeededRandom;
  /** Called after every event: the place to check what must always hold. */
  afterEach: (() => void) | undefined;
  readonly #events = new EventQueue();
  readonly #network: SimulatedNetwork;
  readonly #hosts = new Map<string, Host>();

  constructor(seed: number, conditions: Partial<Conditions> = {}) {
    this.seed = seed;
    this.random = new SeededRandom(seed, 'scenario');
    const network = new SeededRandom(seed, 'network');
    this.#network = new SimulatedNetwork(this.#events, network, { ...CALM, ...conditions });
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.#events.now;
  }

  /** What all connections have carried so far, headers of the network not counted. */
  get bytesSent(): number {
    return this.#network.bytesSent;
  }

  set trace(trace: Trace | undefined) {
    this.#network.trace = trace;
  }

  /** From now on; what is under way keeps its time of arrival. */
  setConditions(conditions: Partial<Conditions>): void {
    this.#network.conditions = { ...this.#network.conditions, ...conditions };
  }

  /** The World of the process running on `host`: a new one, with the old disk, after a crash. */
  world(host: string): ProcessWorld {
    let known = this.#hosts.get(host);
    if (known === undefined) {
      known = { platter: new Platter(), wallOffset: 0, starts: 0, running: undefined };
      this.#hosts.set(host, known);
    }
    known.running ??= this.#boot(host, known);
    return known.running;
  }

  /** One event; false when nothing at all is scheduled. */
  step(): boolean {
    return this.#step(Number.POSITIVE_INFINITY);
  }

  runFor(ms: number): void {
    const until = this.nowMs + ms;
    while (this.#step(until));
    this.#events.advance(until);
  }

  /** Returns how many milliseconds it took; throws when `condition` does not come true within `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number): number {
    const start = this.nowMs;
    while (!condition()) {
      if (this.#step(start + limitMs)) continue;
      throw new Error(`seed ${this.seed}: not within ${limitMs} ms: ${condition}`);
    }
    return this.nowMs - start;
  }

  /** Part of a scenario: `run` happens in `ms`. */
  after(ms: number, run: () => void): Timer {
    return this.#events.after(ms, run);
  }

  /** Nothing passes between `a` and `b` (a host or a group of them), either way. What is sent waits for the heal. */
  partition(a: string | readonly string[], b: string | readonly string[]): void {
    this.cut(a, b);
    this.cut(b, a);
  }

  /** Nothing passes from `from` to `to`. */
  cut(from: string | readonly string[], to: string | readonly string[]): void {
    for (const source of [from].flat()) for (const target of [to].flat()) this.#network.cut(source, target);
  }

  /** Both ways; without arguments everywhere. */
  heal(a?: string | readonly string[], b?: string | readonly string[]): void {
    if (a === undefined || b === undefined) {
      this.#network.healAll();
      return;
    }
    for (const source of [a].flat()) {
      for (const target of [b].flat()) {
        this.#network.heal(source, target);
        this.#network.heal(target, source);
      }
    }
  }

  /** Breaks the connections between two hosts; they may dial anew. */
  reset(a: string, b: string): void {
    this.#network.reset(a, b);
  }

  crash(host: string, kind: Crash = 'process'): void {
    const known = this.#hosts.get(host);
    if (known?.running === undefined) return;
    known.running.end(kind);
    if (kind === 'process') return;
    if (kind === 'power') known.platter.cutPower(this.random);
    else known.platter.wipe();
  }

  /** SIGSTOP. */
  pause(host: string): void {
    this.#hosts.get(host)?.running?.freeze();
  }

  /** SIGCONT. */
  resume(host: string): void {
    this.#hosts.get(host)?.running?.thaw();
  }

  /** The host's wall clock jumps; monotonic time does not. */
  jumpClock(host: string, ms: number): void {
    const known = this.#hosts.get(host);
    if (known !== undefined) known.wallOffset += ms;
  }

  #step(until: number): boolean {
    if (!this.#events.step(until)) return false;
    this.afterEach?.();
    return true;
  }

  #boot(host: string, known: Host): SimulatedWorld {
    known.starts++;
    const random = new SeededRandom(this.seed, `${host} ${known.starts}`);
    return new SimulatedWorld(host, known, this.#events, this.#network, random);
  }
}

interface Host {
  readonly platter: Platter;
  wallOffset: number;
  starts: number;
  running: SimulatedWorld | undefined;
}

class SimulatedWorld implements ProcessWorld {
  readonly clock: Clock;
  readonly network: HostNetwork;
  readonly random: SeededRandom;
  readonly disk: SimulatedDisk;
  readonly gate = new Gate();
  readonly #known: Host;
  readonly #events: EventQueue;
  #alarm: Timer | undefined;

  constructor(
    host: string,
    known: Host,
    events: EventQueue,
    network: SimulatedNetwork,
    random: SeededRandom,
  ) {
    this.#known = known;
    this.#events = events;
    this.random = random;
    this.network = network.attach(host, this.gate);
    this.clock = {
      monotonicMs: () => events.now,
      wallMs: () => Math.floor(EPOCH_MS + events.now + known.wallOffset),
      after: (ms, run) => gatedTimer(events, this.gate, ms, run),
    };
    // The disk works on while its process stands still; the news waits at the gate.
    const later = (ms: number, run: () => void) => {
      events.after(ms, () => {
        if (!this.gate.shut) run();
      });
    };
    this.disk = new SimulatedDisk(known.platter, this.gate, random, later);
  }

  freeze(): void {
    this.gate.hold('stopped');
  }

  thaw(): void {
    this.#release('stopped');
  }

  freezeFor(ms: number): void {
    this.gate.hold('asleep');
    this.#alarm?.cancel();
    this.#alarm = this.#events.after(ms, () => this.#release('asleep'));
  }

  /** As when the process crashes: its host can be given a new one. */
  destroyAll(): void {
    this.end('process');
  }

  end(kind: Crash): void {
    if (this.gate.shut) return;
    this.gate.close();
    this.#known.running = undefined;
    if (kind === 'process') {
      this.network.destroyAll();
      this.#known.platter.locks.clear();
    } else this.network.powerDown();
  }

  #release(why: Hold): void {
    this.gate.release(why);
    this.network.readAll();
  }
}

/** A microsecond: a delay that is lost in rounding would let no time pass, and who waits for the rest waits for ever. */
const SHORTEST_DELAY_MS = 0.001;

function gatedTimer(events: EventQueue, gate: Gate, ms: number, run: () => void): Timer {
  let cancelled = false;
  const event = events.after(ms > 0 ? Math.max(ms, SHORTEST_DELAY_MS) : 0, () => {
    gate.pass(() => {
      if (!cancelled) run();
    });
  });
  return {
    cancel: () => {
      cancelled = true;
      event.cancel();
    },
  };
}
