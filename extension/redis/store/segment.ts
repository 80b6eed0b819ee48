/**
 * A segment: a table of 2^bits cells with open addressing, in the memory of a `SegmentPool`. A key's home is the cell that
 * the `bits` bits of its hash behind the first `depth` name; it stands there or in the next empty cell, round the end.
 */
import { MIN_BITS, type SegmentPool } from './segment-pool.ts';

/** One of several segments of a slot: the keys whose hashes share their first `depth` bits. */
export interface Segment {
  cells: number;
  bits: number;
  readonly depth: number;
  count: number;
}

/** Adds a key that is not there; at least one cell stays empty. */
export function addCell(
  pool: SegmentPool,
  cells: number,
  bits: number,
  depth: number,
  hash: number,
  address: number,
): void {
  const words = pool.words(cells);
  const first = pool.place(cells);
  const mask = (1 << bits) - 1;
  let cell = (hash << depth) >>> (32 - bits);
  while (words[first + 2 * cell + 1] !== 0) cell = (cell + 1) & mask;
  words[first + 2 * cell] = hash;
  words[first + 2 * cell + 1] = address;
}

/** Where the cell stands that holds `address`, which must be there. */
export function wordOf(
  pool: SegmentPool,
  cells: number,
  bits: number,
  depth: number,
  hash: number,
  address: number,
): number {
  const words = pool.words(cells);
  const first = pool.place(cells);
  const mask = (1 << bits) - 1;
  let cell = (hash << depth) >>> (32 - bits);
  while (words[first + 2 * cell + 1] !== address) cell = (cell + 1) & mask;
  return first + 2 * cell;
}

/** Empties a cell and moves the keys behind it closer to their homes, so that no search ends too early. */
export function removeCell(pool: SegmentPool, cells: number, bits: number, depth: number, at: number): void {
  const words = pool.words(cells);
  const first = pool.place(cells);
  const mask = (1 << bits) - 1;
  let hole = (at - first) >> 1;
  for (let cell = (hole + 1) & mask; words[first + 2 * cell + 1] !== 0; cell = (cell + 1) & mask) {
    const home = (words[first + 2 * cell] << depth) >>> (32 - bits);
    // A key may move up to the hole unless its home lies behind it.
    if (((cell - home) & mask) < ((cell - hole) & mask)) continue;
    words[first + 2 * hole] = words[first + 2 * cell];
    words[first + 2 * hole + 1] = words[first + 2 * cell + 1];
    hole = cell;
  }
  words[first + 2 * hole + 1] = 0;
}

/** A quarter of the cells stays empty, so that looking for a missing key ends soon. */
export function isFull(count: number, bits: number): boolean {
  return 4 * (count + 1) > 3 * (1 << bits);
}

/** Half as large it would be a quarter full at most: far from growing again at once. */
export function isSparse(count: number, bits: number): boolean {
  return bits > MIN_BITS && 8 * count < 1 << bits;
}
