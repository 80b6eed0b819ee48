/** The world of a node that is a copy: the clock and chance of its original, and beyond them nothing. */
import type {
  Clock,
  Connection,
  Disk,
  Listener,
  Network,
  ProcessWorld,
  Random,
  Timer,
  World,
} from '../../../redis/world.ts';
import { NOWHERE } from '../../clients/primary-stream.ts';

export class ForkedWorld implements ProcessWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network = NO_NETWORK;
  readonly disk: Disk = NO_DISK;
  readonly #timers = new Set<Timer>();

  constructor({ clock, random }: World) {
    this.random = random;
    this.clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      after: (ms, run) => {
        const timer = clock.after(ms, () => {
          this.#timers.delete(timer);
          run();
        });
        this.#timers.add(timer);
        return {
          cancel: () => {
            timer.cancel();
            this.#timers.delete(timer);
          },
        };
      },
    };
  }

  // It has no time of its own to stop.
  freeze(): void {}

  thaw(): void {}

  freezeFor(): void {}

  destroyAll(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}

/** Dials that are never answered, ports that nobody comes to. */
const NO_NETWORK: Network = {
  listen: () => NO_LISTENER,
  listenOnSocket: () => NO_LISTENER,
  connect: (address): Connection => ({ ...NOWHERE, remote: address }),
  tls: () => {
    throw new Error('a copy has no TLS');
  },
};

const NO_LISTENER: Listener = { close() {} };

/** Nothing is on it, and nothing stays on it. */
const NO_DISK: Disk = {
  read: () => undefined,
  replace() {},
  sync() {},
  open: () => {
    throw new Error('a copy has no files');
  },
  rename() {},
  remove() {},
  exists: () => true,
  list: () => [],
  makeFolder() {},
  lock: () => ({ release() {} }),
};
