/**
 * The one door through which the outside calls into a node: timers, finished dials, closed connections. While it is
 * held they wait, as they do for a process that got SIGSTOP; once shut nothing passes any more, as after SIGKILL.
 * A node that sleeps (DEBUG SLEEP) may be stopped meanwhile: it goes on when both are over.
 */
export type Hold = 'stopped' | 'asleep';

export class Gate {
  readonly #holds = new Set<Hold>();
  #shut = false;
  #waiting: (() => void)[] = [];
  readonly #crashed: ((error: unknown) => void) | undefined;

  /** `crashed` hears what the node throws; without it, whoever called does, as always. */
  constructor(crashed?: (error: unknown) => void) {
    this.#crashed = crashed;
  }

  get open(): boolean {
    return this.#holds.size === 0 && !this.#shut;
  }

  get shut(): boolean {
    return this.#shut;
  }

  pass(run: () => void): void {
    if (!this.open) {
      if (!this.#shut) this.#waiting.push(run);
      return;
    }
    try {
      run();
    } catch (error) {
      this.thrown(error);
    }
  }

  /** The node has a bug. Where many live in one process, it must not take the others down. */
  thrown(error: unknown): void {
    if (this.#crashed === undefined) throw error;
    this.#crashed(error);
  }

  hold(why: Hold): void {
    this.#holds.add(why);
  }

  /** Once nothing holds it any more, everything passes that waited, in the order it came. */
  release(why: Hold): void {
    if (!this.#holds.delete(why) || !this.open) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    // pass() again: one of them may stop or end the node.
    for (const run of waiting) this.pass(run);
  }

  close(): void {
    this.#shut = true;
    this.#waiting = [];
  }
}
