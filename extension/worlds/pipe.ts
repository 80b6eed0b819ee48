/** One direction of a connection: what is put in comes out in the same order, later if the way is long or held up. */
import type { Clock, Timer } from '../redis/world.ts';

interface Piece {
  readonly dueAt: number;
  arrive(): void;
}

export class Pipe {
  readonly #clock: Clock;
  readonly #pieces: Piece[] = [];
  #held = false;
  #delayMs = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing is on its way, and what is put in comes out at once. */
  get clear(): boolean {
    return !this.#held && this.#delayMs === 0 && this.#pieces.length === 0;
  }

  pass(arrive: () => void): void {
    if (this.clear) {
      arrive();
      return;
    }
    this.#pieces.push({ dueAt: this.#clock.monotonicMs() + this.#delayMs, arrive });
    this.#move();
  }

  become(held: boolean, delayMs: number): void {
    this.#held = held;
    this.#delayMs = delayMs;
    this.#move();
  }

  empty(): void {
    this.#pieces.length = 0;
    this.#move();
  }

  /** Lets out what is due, and waits for the next. */
  #move(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (!this.#held) {
      const [first] = this.#pieces;
      if (first === undefined) return;
      const wait = first.dueAt - this.#clock.monotonicMs();
      if (wait > 0) {
        this.#timer = this.#clock.after(wait, () => this.#move());
        return;
      }
      // What arrives may put in more, hold up the pipe or empty it.
      this.#pieces.shift();
      first.arrive();
    }
  }
}
