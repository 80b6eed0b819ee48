/** SLOWLOG: the last executions that took longer than `slowlog-log-slower-than` microseconds. */
import { type Binary, binaryOf } from '../../redis/bytes.ts';
import type { Args } from '../../redis/resp/args.ts';

export interface SlowEntry {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly microseconds: number;
  readonly args: readonly Binary[];
  readonly peer: string;
  readonly clientName: Binary;
}

/** SLOWLOG_ENTRY_MAX_ARGC and _MAX_STRING: longer commands are cut, and say by how much. */
const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_BYTES = 128;

export class SlowLog {
  /** Newest first. */
  readonly entries: SlowEntry[] = [];
  /** Microseconds; negative: nothing is logged. */
  threshold = 10_000;
  #maxLength = 128;
  #nextId = 0;

  configure(threshold: number, maxLength: number): void {
    this.threshold = threshold;
    this.#maxLength = maxLength;
    if (this.entries.length > maxLength) this.entries.length = maxLength;
  }

  add(args: Args, microseconds: number, wallMs: number, peer: string, clientName: Binary): void {
    if (this.#maxLength === 0) return;
    this.entries.unshift({
      id: this.#nextId++,
      at: Math.floor(wallMs / 1000),
      microseconds: Math.round(microseconds),
      args: shortened(args),
      peer,
      clientName,
    });
    if (this.entries.length > this.#maxLength) this.entries.length = this.#maxLength;
  }

  reset(): void {
    this.entries.length = 0;
  }
}

function shortened(args: Args): Binary[] {
  const shown: Binary[] = [];
  const cut = args.count > MAX_ARGUMENTS;
  const count = cut ? MAX_ARGUMENTS - 1 : args.count;
  for (let i = 0; i < count; i++) {
    const size = args.size(i);
    const start = args.starts[i];
    const end = Math.min(args.ends[i], start + MAX_ARGUMENT_BYTES);
    const text = binaryOf(args.bytes, start, end);
    const more = size - MAX_ARGUMENT_BYTES;
    shown.push(more > 0 ? `${text}... (${more} more bytes)` : text);
  }
  if (cut) shown.push(`... (${args.count - count} more arguments)`);
  return shown;
}
