/**
 * Where the replies of one session wait for the end of the round, see pending-writes.ts. It has the size that its
 * session needs, as redis-server's has: now and then a full one is doubled and one that stays empty by half is cut.
 */
import { Buffer } from 'node:buffer';
import type { Sink } from '../../redis/resp/reply-writer.ts';

/** PROTO_REPLY_CHUNK_BYTES: it begins with as much and never has more. */
const MOST_BYTES = 16 * 1024;
/** PROTO_REPLY_MIN_BYTES. */
const LEAST_BYTES = 1024;
/** REPLY_BUFFER_DEFAULT_PEAK_RESET_TIME: what a session needed longer ago does not count. */
export const DEFAULT_PEAK_MS = 5000;

/** How all buffers of a node are resized, and how often that happened. */
export class ReplyBufferSizing {
  /** DEBUG REPLYBUFFER RESIZING. */
  enabled = true;
  /** DEBUG REPLYBUFFER PEAK-RESET-TIME, milliseconds; negative: never. */
  peakMs = DEFAULT_PEAK_MS;
  shrunk = 0;
  expanded = 0;

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    this.shrunk = this.expanded = 0;
  }
}

export class ReplyBuffer {
  /** Bytes that wait. */
  length = 0;
  /** The most that waited at once since the peak was last reset; all there is room for when it was not enough. */
  peak = 0;
  #peakSinceMs: number;
  #bytes: Buffer | undefined;

  constructor(nowMs: number) {
    this.#peakSinceMs = nowMs;
  }

  /** 0 before the first reply. */
  get size(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Takes a copy of `bytes[0, size)`, to be sent behind what waits. False: there is no room. */
  add(bytes: Buffer, size: number): boolean {
    this.#bytes ??= Buffer.allocUnsafeSlow(MOST_BYTES);
    const end = this.length + size;
    if (end > this.#bytes.length) {
      this.peak = this.#bytes.length;
      return false;
    }
    bytes.copy(this.#bytes, this.length, 0, size);
    this.length = end;
    if (end > this.peak) this.peak = end;
    return true;
  }

  sendTo(connection: Sink): void {
    const { length } = this;
    const bytes = this.#bytes;
    if (bytes === undefined || length === 0) return;
    this.length = 0;
    // The connection keeps what the kernel did not take.
    if (!connection.write(bytes, 0, length)) this.#bytes = Buffer.allocUnsafeSlow(bytes.length);
  }

  /** Now and then (clientsCronResizeOutputBuffer). */
  resize(sizing: ReplyBufferSizing, nowMs: number): void {
    const { size, peak } = this;
    if (!sizing.enabled || size === 0) return;
    let resized = 0;
    if (size / 2 >= LEAST_BYTES && peak < size / 2) {
      resized = Math.max(LEAST_BYTES, peak + 1);
      sizing.shrunk++;
    } else if (size < MOST_BYTES && peak === size) {
      resized = Math.min(MOST_BYTES, 2 * size);
      sizing.expanded++;
    }
    if (sizing.peakMs >= 0 && nowMs - this.#peakSinceMs >= sizing.peakMs) {
      this.peak = this.length;
      this.#peakSinceMs = nowMs;
    }
    if (resized === 0) return;
    const bytes = Buffer.allocUnsafeSlow(resized);
    this.#bytes?.copy(bytes, 0, 0, this.length);
    this.#bytes = bytes;
  }
}
