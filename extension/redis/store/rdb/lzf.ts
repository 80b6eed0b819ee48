/**
 * LZF, the compression of long strings in RDB files (liblzf's stream format). A control byte c begins each run:
 *
 *   c < 32     the next c + 1 bytes are literal
 *   otherwise  copy from what was already written: length (c >> 5) + 2 (7 means: add the next byte first), distance
 *              ((c & 31) << 8 | next byte) + 1
 *
 * A copy may overlap its own output, which is how runs of one byte shrink.
 */

/** Undefined when the input is not LZF or does not unpack to exactly `size` bytes. */
export function lzfDecompress(
  input: Uint8Array,
  start: number,
  end: number,
  size: number,
): Uint8Array | undefined {
  const output = new Uint8Array(size);
  let from = start;
  let to = 0;
  while (from < end) {
    const control = input[from++];
    if (control < 32) {
      const count = control + 1;
      if (from + count > end || to + count > size) return undefined;
      for (let i = 0; i < count; i++) output[to++] = input[from++];
      continue;
    }
    let count = control >> 5;
    if (count === 7) {
      if (from >= end) return undefined;
      count += input[from++];
    }
    count += 2;
    if (from >= end) return undefined;
    let source = to - (((control & 31) << 8) | input[from++]) - 1;
    if (source < 0 || to + count > size) return undefined;
    for (let i = 0; i < count; i++) output[to++] = output[source++];
  }
  return to === size ? output : undefined;
}

const MAX_LITERAL = 32;
/** 13 bits of distance, one to 8,192 back. */
const MAX_DISTANCE = 1 << 13;
/** (7 + 255) + 2 */
const MAX_COPY = 264;
const HASH_BITS = 14;
/** What 32 bits hold; no string is longer than half of it. */
const MOST_PLACES = 2 ** 31 - 1;

/** A string up to this size is compressed into an array that is kept. */
const KEPT_BYTES = 64 * 1024;

/**
 * Where each hashed triple was last seen, in all that was ever compressed: places up to `before` are of other strings.
 * To empty the table for each string would take longer than to compress a short one.
 */
let places: Int32Array | undefined;
let before = 0;
let kept = new Uint8Array(1024);

/**
 * Undefined unless at least four bytes are saved: below that a reader's work is not worth it. What is returned holds until
 * the next call.
 */
export function lzfCompress(input: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const size = end - start;
  if (size <= 4) return undefined;
  const table = placesFor(size);
  const output = roomFor(size - 4);
  const room = size - 4;
  // What `table` holds for a place of `input`, less that place.
  const shift = before - size - start + 1;
  let to = 0;
  let literal = start;
  let at = start;
  while (at + 2 < end) {
    const triple = (input[at] << 16) | (input[at + 1] << 8) | input[at + 2];
    const hash = Math.imul(triple, 0x9e3779b1) >>> (32 - HASH_BITS);
    const seen = table[hash] - shift;
    table[hash] = at + shift;
    const distance = at - seen - 1;
    if (
      seen < start ||
      distance >= MAX_DISTANCE ||
      input[seen] !== input[at] ||
      input[seen + 1] !== input[at + 1] ||
      input[seen + 2] !== input[at + 2]
    ) {
      at++;
      continue;
    }
    const limit = Math.min(end - at, MAX_COPY);
    let count = 3;
    while (count < limit && input[seen + count] === input[at + count]) count++;
    to = putLiterals(input, literal, at, output, to, room);
    if (to < 0 || to + 3 > room) return undefined;
    const length = count - 2;
    output[to++] = (Math.min(length, 7) << 5) | (distance >> 8);
    if (length >= 7) output[to++] = length - 7;
    output[to++] = distance & 255;
    at += count;
    literal = at;
  }
  to = putLiterals(input, literal, end, output, to, room);
  return to < 0 ? undefined : output.subarray(0, to);
}

/** Writes `input[from, until)` as runs of literal bytes at `to`; returns where they end, -1 when there is no room. */
function putLiterals(
  input: Uint8Array,
  from: number,
  until: number,
  output: Uint8Array,
  to: number,
  room: number,
): number {
  let at = to;
  for (let next = from; next < until; ) {
    const count = Math.min(MAX_LITERAL, until - next);
    if (at + 1 + count > room) return -1;
    output[at++] = count - 1;
    for (let i = 0; i < count; i++) output[at++] = input[next++];
  }
  return at;
}

/** The table for a string of `size` bytes, which get the numbers from `before - size` + 1 on. */
function placesFor(size: number): Int32Array {
  places ??= new Int32Array(1 << HASH_BITS);
  if (before + size > MOST_PLACES) {
    places.fill(0);
    before = 0;
  }
  before += size;
  return places;
}

function roomFor(size: number): Uint8Array {
  if (size > KEPT_BYTES) return new Uint8Array(size);
  if (size > kept.length) kept = new Uint8Array(KEPT_BYTES);
  return kept;
}
