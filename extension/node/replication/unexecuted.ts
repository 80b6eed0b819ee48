/**
 * What has come of a primary's stream and is not executed: the beginning of a command or transaction, or commands that have
 * to wait. Our own stream, to our replicas, is what was executed, byte for byte.
 */
import { Buffer } from 'node:buffer';
import { copyOf } from '../../redis/bytes.ts';

export class UnexecutedBytes {
  readonly #applied: (bytes: Uint8Array, start: number, end: number) => void;
  #pieces: Uint8Array[] = [];
  size = 0;

  /** `applied` is given what has been executed, in its order. */
  constructor(applied: (bytes: Uint8Array, start: number, end: number) => void) {
    this.#applied = applied;
  }

  /** `bytes[start, end)` came; of these and what was here before, `executed` are executed. */
  take(bytes: Uint8Array, start: number, end: number, executed: number): void {
    // Something is put off: what comes waits behind it.
    const waits = executed < this.size;
    let stop = start;
    if (executed > 0 && !waits) {
      stop += executed - this.size;
      for (const piece of this.#pieces) this.#applied(piece, 0, piece.length);
      this.clear();
      this.#applied(bytes, start, stop);
    }
    if (stop < end) {
      this.#pieces.push(copyOf(bytes, stop, end));
      this.size += end - stop;
    }
    if (waits) this.executed(executed);
  }

  /** So many bytes of those that came earlier are executed by now. */
  executed(count: number): void {
    if (count === 0) return;
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(count)];
    this.size = all.length - count;
    this.#applied(all, 0, count);
  }

  clear(): void {
    this.#pieces = [];
    this.size = 0;
  }
}
