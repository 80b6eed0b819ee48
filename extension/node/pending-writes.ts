/**
 * Replies of all sessions that one round of the event loop brought, sent at its end, one write for each session: what
 * redis-server does before it sleeps. Were each written when its commands are done, the other side would be woken, answer
 * and go to sleep again for every single one; with fifty busy sessions that costs a sixth of the CPU.
 */
import { Buffer } from 'node:buffer';
import type { Clock } from '../redis/world.ts';

/** A session, as far as it is needed here. */
export interface Writing {
  /** Sends `bytes[start, end)`. False: its connection keeps the array until it drains. */
  send(bytes: Uint8Array, start: number, end: number): boolean;
}

/** What the replies of a round are copied into. More than fits leaves before the end. */
const BUFFER_BYTES = 128 * 1024;

export class PendingWrites {
  readonly #clock: Clock;
  #buffer: Buffer | undefined;
  #used = 0;
  readonly #sessions: Writing[] = [];
  /** Where the bytes of session i end; those of the next begin there. */
  readonly #ends: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Larger ones are better written as they are. */
  static takes(size: number): boolean {
    return size <= BUFFER_BYTES / 4;
  }

  /** `bytes[0, size)` leave with the others'. Its array is free again at once. */
  add(session: Writing, bytes: Buffer, size: number): void {
    if (this.#used + size > BUFFER_BYTES) this.flush();
    this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    if (this.#sessions.length === 0) this.#clock.after(0, () => this.flush());
    bytes.copy(this.#buffer, this.#used, 0, size);
    this.#used += size;
    this.#sessions.push(session);
    this.#ends.push(this.#used);
  }

  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    let start = 0;
    for (let i = 0; i < this.#sessions.length; i++) {
      const end = this.#ends[i];
      if (!this.#sessions[i].send(buffer, start, end)) this.#buffer = undefined;
      start = end;
    }
    this.#sessions.length = 0;
    this.#ends.length = 0;
    this.#used = 0;
  }
}
