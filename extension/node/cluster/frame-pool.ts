/**
 * Room for the messages of a turn, used again for those of the next: a connection is done with most of them when its
 * `write` returns. A new array for each would cost more than to fill it, and its removal as much again.
 */
import { Buffer } from 'node:buffer';

/** Bytes: some twenty messages of a small cluster, or five of a thousand nodes. */
const POOL_SIZE = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export class FramePool {
  #room: Buffer = NOTHING;
  #used = 0;

  /** Its content is arbitrary. */
  take(length: number): Buffer {
    if (length > POOL_SIZE / 4) return Buffer.allocUnsafe(length);
    if (this.#used + length > this.#room.length) this.#renew();
    this.#used += length;
    return this.#room.subarray(this.#used - length, this.#used);
  }

  #renew(): void {
    this.#room = Buffer.allocUnsafeSlow(POOL_SIZE);
    this.#used = 0;
  }

  /** All frames were written. `kept`: a connection keeps one of them until it is sent. */
  flushed(kept: boolean): void {
    if (kept) this.#room = NOTHING;
    this.#used = 0;
  }
}
