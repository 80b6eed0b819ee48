/** The append-only file that is being written: what was fed and not written yet, and how far it is on the disk. */
import { Buffer } from 'node:buffer';
import { copyBytes } from '../../redis/bytes.ts';
import type { DiskFile } from '../../redis/world.ts';

const FIRST_BYTES = 4 * 1024;
/** A buffer that grew beyond this for one large command is not kept. */
const KEPT_BYTES = 1024 * 1024;

export class Increment {
  readonly #file: DiskFile;
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #buffered = 0;
  /** Bytes of the file of which the disk was asked and has confirmed them. */
  #synced = 0;
  #syncing = 0;

  /** What the file holds already may not have reached the disk: a process that was killed asked nobody for it. */
  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#file.size;
  }

  /** Bytes fed and not in the file yet. */
  get buffered(): number {
    return this.#buffered;
  }

  get syncing(): boolean {
    return this.#syncing > 0;
  }

  /** All that is in the file is on the disk, or was asked to be. */
  get settled(): boolean {
    return this.#synced === this.#file.size;
  }

  feed(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#buffered + end - start;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#buffered);
      this.#buffer = larger;
    }
    copyBytes(bytes, start, end, this.#buffer, this.#buffered);
    this.#buffered = needed;
  }

  /** One write of all that was fed. When it throws, nothing of it counts: the file is as it was, or is cut back. */
  write(): void {
    if (this.#buffered === 0) return;
    const { size } = this.#file;
    try {
      this.#file.append(this.#buffer.subarray(0, this.#buffered));
    } catch (error) {
      this.#cutBack(size);
      throw error;
    }
    this.#buffered = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  syncNow(): void {
    this.#file.syncNow();
    this.#synced = this.#file.size;
  }

  sync(done: (error?: Error) => void): void {
    const before = this.#synced;
    this.#synced = this.#file.size;
    this.#syncing++;
    this.#file.sync((error) => {
      this.#syncing--;
      if (error !== undefined) this.#synced = before;
      done(error);
    });
  }

  close(): void {
    this.#file.close();
  }

  #cutBack(size: number): void {
    try {
      this.#file.truncate(size);
    } catch {
      // Then the next write overwrites the half that is there.
    }
  }
}
