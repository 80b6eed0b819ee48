/** The real World: the operating system's sockets, clock, randomness and files, for one node. */
import type { Network, ProcessWorld } from '../redis/world.ts';
import { Gate } from './gate.ts';
import type { LinkedNetwork, Links } from './links.ts';
import { SystemClock } from './system-clock.ts';
import { SystemDisk } from './system-disk.ts';
import { SystemRandom } from './system-random.ts';
import { TcpNetwork } from './tcp-network.ts';

export interface TcpWorldOptions {
  /** Refuses to listen on anything but this machine's loopback (default true). */
  readonly loopbackOnly?: boolean;
  /** Faults on its ways to other nodes; none without it. */
  readonly links?: Links;
  /** Hears what the node throws from within a callback: a bug of it. By default it is uncaught, as in any program. */
  readonly crashed?: (error: unknown) => void;
}

/**
 * Everything one node holds of the operating system goes through its own TcpWorld, so that one node of many in a
 * process can be stopped or killed as if it were a process of its own.
 */
export class TcpWorld implements ProcessWorld {
  readonly clock: SystemClock;
  readonly network: Network;
  readonly random = new SystemRandom();
  readonly disk: SystemDisk;
  readonly #gate: Gate;
  readonly #sockets: TcpNetwork;
  readonly #linked: LinkedNetwork | undefined;
  #alarm: NodeJS.Timeout | undefined;

  constructor({ loopbackOnly = true, links, crashed }: TcpWorldOptions = {}) {
    this.#gate = new Gate(crashed);
    this.clock = new SystemClock(this.#gate);
    this.#sockets = new TcpNetwork(this.#gate, loopbackOnly);
    this.#linked = links?.over(this.#sockets, this.clock);
    this.network = this.#linked ?? this.#sockets;
    this.disk = new SystemDisk(this.#gate);
  }

  /** SIGSTOP: timers and input stand still; what arrives stays in the kernel, and new connections in its backlog. */
  freeze(): void {
    this.#gate.hold('stopped');
    this.#sockets.applyReading();
  }

  /** SIGCONT: what came due meanwhile runs now, then reading goes on. */
  thaw(): void {
    this.#gate.release('stopped');
    this.#sockets.applyReading();
  }

  freezeFor(ms: number): void {
    clearTimeout(this.#alarm);
    this.#gate.hold('asleep');
    this.#sockets.applyReading();
    this.#alarm = setTimeout(() => {
      this.#gate.release('asleep');
      this.#sockets.applyReading();
    }, ms);
  }

  get frozen(): boolean {
    return !this.#gate.open && !this.#gate.shut;
  }

  /** SIGKILL: sockets destroyed, ports free, timers cancelled, files closed, locks given back. Nothing runs after. */
  destroyAll(): void {
    this.#gate.close();
    clearTimeout(this.#alarm);
    this.clock.cancelAll();
    this.#linked?.leave();
    this.#sockets.destroyAll();
    this.disk.closeAll();
  }
}
