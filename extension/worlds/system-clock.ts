/** Real time, whose timers stand still with their node and end with it. */
import type { Clock, Timer } from '../redis/world.ts';
import type { Gate } from './gate.ts';

export class SystemClock implements Clock {
  readonly #gate: Gate;
  readonly #timers = new Set<Timer>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  after(ms: number, run: () => void): Timer {
    let cancelled = false;
    const fire = () => {
      this.#timers.delete(timer);
      // The timer may be cancelled while it waits at the gate of a paused node.
      this.#gate.pass(() => {
        if (!cancelled) run();
      });
    };
    // setTimeout's least is 1 ms; "now" must not cost that.
    const clear = ms <= 0 ? immediately(fire) : later(ms, fire);
    const timer: Timer = {
      cancel: () => {
        cancelled = true;
        clear();
        this.#timers.delete(timer);
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  cancelAll(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

function immediately(run: () => void): () => void {
  const handle = setImmediate(run);
  return () => clearImmediate(handle);
}

function later(ms: number, run: () => void): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
