/** How long a connection has been silent while somebody waits for a reply. */

/**
 * So many of a limit's parts must pass. Counted, not measured: a computer that slept, or a process that was stopped, wakes
 * up to replies that it has not read yet, and to timers that are all due.
 */
const TICKS = 70;

export class Silence {
  readonly #limitMs: number;
  readonly #tickMs: number;
  /** Hears once, how many seconds it lasted. */
  readonly #tooLong: (seconds: number) => void;
  /** Replies that are waited for, and how much longer they may take than others. */
  #waiting = 0;
  #allowedMs = 0;
  #silentMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, tooLong: (seconds: number) => void) {
    this.#limitMs = limitMs;
    this.#tickMs = limitMs / TICKS;
    this.#tooLong = tooLong;
  }

  /** Something is waited for; `moreMs`: it may take so much longer. */
  asked(moreMs: number): void {
    this.#allowedMs = Math.max(this.#allowedMs, moreMs);
    if (this.#waiting++ > 0 || this.#limitMs === Number.POSITIVE_INFINITY) return;
    this.#silentMs = 0;
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
  }

  answered(): void {
    this.#silentMs = 0;
    if (--this.#waiting > 0) return;
    this.#allowedMs = 0;
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#silentMs += this.#tickMs;
    if (this.#silentMs < this.#limitMs + this.#allowedMs) return;
    clearInterval(this.#timer);
    this.#tooLong(Math.round(this.#silentMs / 1000));
  }
}
