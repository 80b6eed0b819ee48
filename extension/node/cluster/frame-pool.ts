/**
 * Room for the messages of a turn, used again for those of the next: a connection is done with most of them when its
 * `write` returns. A new array for each would cost more than to fill it, and its removal as much again.
 */
import { Buffer } from 'node:buffer';

/** Bytes: some twenty messages of a small cluster, or five of a thousand nodes. */
const ROOM = 64 * 1024;
/** Rooms that are kept for all nodes of the process: enough for one of a thousand nodes to tell all others something. */
const SPARE = 256;

const spare: Buffer[] = [];

export class FramePool {
  /** All but the last are full. */
  readonly #rooms: Buffer[] = [];
  #used = ROOM;

  /** Its content is arbitrary. */
  take(length: number): Buffer {
    if (length > ROOM / 2) return Buffer.allocUnsafe(length);
    if (this.#used + length > ROOM) {
      this.#rooms.push(spare.pop() ?? Buffer.allocUnsafeSlow(ROOM));
      this.#used = 0;
    }
    this.#used += length;
    return this.#rooms[this.#rooms.length - 1].subarray(this.#used - length, this.#used);
  }

  /** All frames were written. `kept`: a connection keeps one of them until it is sent. */
  flushed(kept: boolean): void {
    for (const room of this.#rooms) if (!kept && spare.length < SPARE) spare.push(room);
    this.#rooms.length = 0;
    this.#used = ROOM;
  }
}
