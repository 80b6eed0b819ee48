import { monotonicMs } from '../worlds/system-clock.ts';
import { LabError } from './message.ts';
import type { Message } from './protocol.ts';

/** Something changed in the lab, perhaps what somebody waits for: woken at once, never asked every so many ms. */
export class Changes {
  #waiting: (() => void)[] = [];
  /** Counts the ends of the lab. */
  #era = 0;
  readonly #hopeless: () => Message | undefined;

  /** `hopeless` says why nothing of what is waited for can come any more. */
  constructor(hopeless: () => Message | undefined) {
    this.#hopeless = hopeless;
  }

  notify(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** The lab was stopped: whoever waits for something in it waits no longer, and is told. */
  end(): void {
    this.#era++;
    this.notify();
  }

  /** Resolves once `isSo` holds, looking again after every change; rejects with `whatIsMissing()` after `limitMs`. */
  async until(
    isSo: () => boolean | Promise<boolean>,
    limitMs: number,
    whatIsMissing: () => Message,
  ): Promise<void> {
    if (!(await this.within(isSo, limitMs))) throw LabError.of(whatIsMissing());
  }

  /** The same without the error. Nothing tells of time passing, so it also looks every SAFETY_MS. */
  async within(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const deadline = monotonicMs() + limitMs;
    const era = this.#era;
    while (!(await isSo())) {
      if (this.#era !== era) throw new LabError('The lab was stopped.');
      const hopeless = this.#hopeless();
      if (hopeless !== undefined) throw LabError.of(hopeless);
      if (monotonicMs() >= deadline) return false;
      await this.#next();
    }
    return true;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SAFETY_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        // After the events of this moment: an election is a dozen of them.
        setImmediate(resolve);
      });
    });
  }
}

const SAFETY_MS = 50;
