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

/** Last place of each hashed triple, plus one; 0 is "none". Shared: only valid during one call. */
let places: Int32Array | undefined;

/** Undefined unless at least four bytes are saved: below that a reader's work is not worth it. */
export function lzfCompress(input: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const size = end - start;
  if (size <= 4) return undefined;
  places ??= new Int32Array(1 << HASH_BITS);
  places.fill(0);
  const output = new Uint8Array(size - 4);
  let to = 0;
  let literal = start;
  let at = start;

  const flush = (until: number): boolean => {
    while (literal < until) {
      const count = Math.min(MAX_LITERAL, until - literal);
      if (to + 1 + count > output.length) return false;
      output[to++] = count - 1;
      for (let i = 0; i < count; i++) output[to++] = input[literal++];
    }
    return true;
  };

  while (at + 2 < end) {
    const triple = (input[at] << 16) | (input[at + 1] << 8) | input[at + 2];
    const hash = Math.imul(triple, 0x9e3779b1) >>> (32 - HASH_BITS);
    const seen = places[hash] - 1 + start;
    const known = places[hash] !== 0;
    places[hash] = at - start + 1;
    const distance = at - seen - 1;
    if (
      !known ||
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
    if (!flush(at) || to + 3 > output.length) return undefined;
    const length = count - 2;
    output[to++] = (Math.min(length, 7) << 5) | (distance >> 8);
    if (length >= 7) output[to++] = length - 7;
    output[to++] = distance & 255;
    at += count;
    literal = at;
  }
  return flush(end) ? output.subarray(0, to) : undefined;
}
