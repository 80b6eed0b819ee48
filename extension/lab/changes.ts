import { monotonicMs } from '../worlds/system-clock.ts';
import { LabError } from './message.ts';
import type { Message } from './protocol.ts';

/** Something changed in the lab, perhaps what somebody waits for: woken at once, never asked every so many ms. */
export class Changes {
  #waiting: (() => void)[] = [];

  notify(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const wake of waiting) wake();
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
    while (!(await isSo())) {
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
