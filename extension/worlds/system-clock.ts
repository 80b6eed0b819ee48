/** Real time, whose timers stand still with their node and end with it. */
import type { Clock, Timer } from '../redis/world.ts';
import type { Gate } from './gate.ts';

const hrtime = process.hrtime;
/** Seconds: whoever counts from here counts in numbers that are small. */
const BEGUN = hrtime()[0];

/** Milliseconds. As quick as `performance.now`, for which Node loads modules that nothing else here needs. */
export function monotonicMs(): number {
  const time = hrtime();
  return (time[0] - BEGUN) * 1e3 + time[1] / 1e6;
}

export class SystemClock implements Clock {
  readonly #gate: Gate;
  readonly #timers = new Set<Timer>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  monotonicMs(): number {
    return monotonicMs();
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

/** The longest that setTimeout knows, 25 days; anything longer it would run at once. */
const LONGEST_MS = 2 ** 31 - 1;

function later(ms: number, run: () => void): () => void {
  let handle: NodeJS.Timeout;
  const arm = (left: number) => {
    handle = left > LONGEST_MS ? setTimeout(() => arm(left - LONGEST_MS), LONGEST_MS) : setTimeout(run, left);
  };
  arm(ms);
  return () => clearTimeout(handle);
}
