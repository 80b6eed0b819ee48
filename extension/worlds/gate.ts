/**
 * The one door through which the outside calls into a node: timers, finished dials, closed connections. While it is
 * held they wait, as they do for a process that got SIGSTOP; once shut nothing passes any more, as after SIGKILL.
 */
export class Gate {
  #state: 'open' | 'held' | 'shut' = 'open';
  #waiting: (() => void)[] = [];

  get open(): boolean {
    return this.#state === 'open';
  }

  get shut(): boolean {
    return this.#state === 'shut';
  }

  pass(run: () => void): void {
    if (this.#state === 'open') run();
    else if (this.#state === 'held') this.#waiting.push(run);
  }

  hold(): void {
    if (this.#state === 'open') this.#state = 'held';
  }

  /** Opens and lets everything pass that waited, in the order it came. */
  release(): void {
    if (this.#state !== 'held') return;
    this.#state = 'open';
    const waiting = this.#waiting;
    this.#waiting = [];
    // pass() again: one of them may end the node.
    for (const run of waiting) this.pass(run);
  }

  close(): void {
    this.#state = 'shut';
    this.#waiting = [];
  }
}
