/**
 * Bytes on their way between simulated hosts. They lie in slabs that are filled again once all in them has been read: a
 * large cluster sends gigabytes in a virtual second, and an array for each segment would keep the garbage collector busy.
 */
import { Buffer } from 'node:buffer';

/** Bytes. Eight of the largest segments. */
const SLAB_SIZE = 256 * 1024;
/** Empty slabs that are kept, 256 MiB: what is under way when some nodes of a large cluster tell all others something. */
const KEPT = 1024;

interface Slab {
  readonly bytes: Buffer;
  used: number;
  /** Segments in it that were not read yet. */
  unread: number;
}

/** Some bytes of a stream. What is never read, because its receiver is gone, takes its slab along. */
export class Freight {
  readonly #slab: Slab;
  #start: number;
  readonly #end: number;

  constructor(slab: Slab, start: number, end: number) {
    this.#slab = slab;
    this.#start = start;
    this.#end = end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Moves as much as fits into `target` from `at` on; returns how much. */
  unload(target: Buffer, at: number): number {
    const copied = this.#slab.bytes.copy(target, at, this.#start, this.#end);
    this.#start += copied;
    if (this.#start === this.#end) release(this.#slab);
    return copied;
  }
}

const empty: Slab[] = [];
let current = newSlab();

/** A copy of the first `size` bytes; no more than a segment has. */
export function load(bytes: Uint8Array, size: number): Freight {
  if (current.used + size > SLAB_SIZE) current = empty.pop() ?? newSlab();
  const start = current.used;
  if (size === bytes.length) current.bytes.set(bytes, start);
  else current.bytes.set(bytes.subarray(0, size), start);
  current.used += size;
  current.unread++;
  return new Freight(current, start, current.used);
}

function newSlab(): Slab {
  return { bytes: Buffer.allocUnsafeSlow(SLAB_SIZE), used: 0, unread: 0 };
}

function release(slab: Slab): void {
  slab.unread--;
  if (slab.unread > 0) return;
  slab.used = 0;
  if (slab !== current && empty.length < KEPT) empty.push(slab);
}
