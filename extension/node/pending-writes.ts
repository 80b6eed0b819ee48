/**
 * Sessions whose replies one round of the event loop brought, sent at its end, one write for each session: what
 * redis-server does before it sleeps. Were each written when its commands are done, the other side would be woken, answer
 * and go to sleep again for every single one; with fifty busy sessions that costs a sixth of the CPU.
 */
import type { Clock } from '../redis/world.ts';

/** A session, as far as it is needed here. */
export interface Writing {
  /** Sends the replies that wait, if any still do. */
  sendReplies(): void;
}

export class PendingWrites {
  readonly #clock: Clock;
  readonly #sessions: Writing[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(session: Writing): void {
    if (this.#sessions.length === 0) this.#clock.after(0, () => this.flush());
    this.#sessions.push(session);
  }

  flush(): void {
    for (let i = 0; i < this.#sessions.length; i++) this.#sessions[i].sendReplies();
    this.#sessions.length = 0;
  }
}
