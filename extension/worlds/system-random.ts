/** Randomness from the operating system, drawn in blocks: one system call serves many small numbers. */
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Random } from '../redis/world.ts';

const BLOCK = 256;

/** Where redis-server has its seed from. To load node:crypto takes longer than to start a node. */
const DEVICE = '/dev/urandom';

function fill<T extends NodeJS.ArrayBufferView>(bytes: T): T {
  if (process.platform === 'win32' || !fillFromDevice(bytes)) randomFillSync(bytes);
  return bytes;
}

/** False where there is no such device. */
function fillFromDevice(bytes: NodeJS.ArrayBufferView): boolean {
  let device: number;
  try {
    device = openSync(DEVICE, 'r');
  } catch {
    return false;
  }
  try {
    return readSync(device, bytes) === bytes.byteLength;
  } finally {
    closeSync(device);
  }
}

export class SystemRandom implements Random {
  readonly #block = new Uint32Array(BLOCK);
  #next = BLOCK;

  bytes(count: number): Uint8Array {
    if (count > BLOCK) return fill(new Uint8Array(count));
    // A joining node draws dozens of ids.
    const words = Math.ceil(count / 4);
    if (this.#next + words > BLOCK) this.#refill();
    const start = this.#next * 4;
    this.#next += words;
    return new Uint8Array(this.#block.buffer.slice(start, start + count));
  }

  below(limit: number): number {
    if (!(limit >= 1) || limit > Number.MAX_SAFE_INTEGER) throw new RangeError(`no number below ${limit}`);
    const range = limit > 2 ** 32 ? 2 ** 53 : 2 ** 32;
    // The last, incomplete run of `limit` numbers is drawn again: without that small results were likelier.
    const fair = range - (range % limit);
    for (;;) {
      const word = this.#word();
      const drawn = range === 2 ** 32 ? word : (word & 0x1fffff) * 2 ** 32 + this.#word();
      if (drawn < fair) return drawn % limit;
    }
  }

  #word(): number {
    if (this.#next === BLOCK) this.#refill();
    return this.#block[this.#next++] ?? 0;
  }

  #refill(): void {
    fill(this.#block);
    this.#next = 0;
  }
}
