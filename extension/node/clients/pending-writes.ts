/**
 * Sessions whose replies one round of the event loop brought, sent at its end, one write for each session: what
 * redis-server does before it sleeps. Were each written when its commands are done, the other side would be woken, answer
 * and go to sleep again for every single one; with fifty busy sessions that costs a sixth of the CPU.
 */
import { Buffer } from 'node:buffer';
import type { Clock } from '../../redis/world.ts';

/** What all sessions of a round together may have beyond their own buffers; more leaves before its end. */
const SURPLUS_BYTES = 128 * 1024;
/** Of one session: larger ones are better written as they are. */
const MOST_BYTES = SURPLUS_BYTES / 4;

/** A session, as far as it is needed here. */
export interface Writing {
  /**
   * Sends the replies that wait, if any still do; `surplus` has those that were kept. False: its connection keeps that
   * array until it drains.
   */
  sendReplies(surplus: Buffer): boolean;
}

const NOTHING = Buffer.alloc(0);

export class PendingWrites {
  readonly #clock: Clock;
  readonly #sessions: Writing[] = [];
  #surplus = NOTHING;
  #surplusUsed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(session: Writing): void {
    if (this.#sessions.length === 0) this.#clock.after(0, () => this.flush());
    this.#sessions.push(session);
  }

  /**
   * Takes a copy of `bytes[0, size)`, for which its session's own buffer has no room. Returns where it begins in the
   * surplus; -1: it is too much.
   */
  keep(bytes: Buffer, size: number): number {
    if (size > MOST_BYTES) return -1;
    if (this.#surplusUsed + size > SURPLUS_BYTES) this.flush();
    if (this.#surplus === NOTHING) this.#surplus = Buffer.allocUnsafeSlow(SURPLUS_BYTES);
    const start = this.#surplusUsed;
    bytes.copy(this.#surplus, start, 0, size);
    this.#surplusUsed += size;
    return start;
  }

  flush(): void {
    const surplus = this.#surplus;
    for (let i = 0; i < this.#sessions.length; i++) {
      if (!this.#sessions[i].sendReplies(surplus)) this.#surplus = NOTHING;
    }
    this.#sessions.length = 0;
    this.#surplusUsed = 0;
  }
}
