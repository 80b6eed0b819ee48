/** MurmurHash64A by Austin Appleby, little-endian: what spreads elements over the registers of a HyperLogLog. */

/** m = 0xc6a4a7935bd1e995, in halves; its low half also in 16 bits each, for products that exceed 53 bits. */
const M_HIGH = 0xc6a4a793 | 0;
const M_LOW = 0x5bd1e995 | 0;
const M_LOW_TOP = 0x5bd1;
const M_LOW_BOTTOM = 0xe995;

export interface Hash64 {
  /** Signed 32 bits each. */
  high: number;
  low: number;
}

/** Hashes `bytes[start, end)` into `hash`; nothing is allocated. */
export function murmurHash64(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
  hash: Hash64,
): void {
  const length = end - start;
  hash.high = 0;
  hash.low = length;
  multiply(hash);
  hash.low ^= seed;
  const whole = end - (length & 7);
  let at = start;
  for (; at < whole; at += 8) {
    block.low = word(bytes, at);
    block.high = word(bytes, at + 4);
    multiply(block);
    fold(block);
    multiply(block);
    hash.high ^= block.high;
    hash.low ^= block.low;
    multiply(hash);
  }
  if (at < end) {
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) hash.low ^= bytes[at] << shift;
      else hash.high ^= bytes[at] << (shift - 32);
    }
    multiply(hash);
  }
  fold(hash);
  multiply(hash);
  fold(hash);
}

const block: Hash64 = { high: 0, low: 0 };

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** value *= m, modulo 2^64. */
function multiply(value: Hash64): void {
  const { low, high } = value;
  // The high half of low × M_LOW, from products of 16 bits.
  const top = low >>> 16;
  const bottom = low & 0xffff;
  const middle = top * M_LOW_BOTTOM + ((bottom * M_LOW_BOTTOM) >>> 16);
  const cross = (middle & 0xffff) + bottom * M_LOW_TOP;
  const carried = top * M_LOW_TOP + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  value.high = (carried + Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) | 0;
  value.low = Math.imul(low, M_LOW);
}

/** value ^= value >> 47. */
function fold(value: Hash64): void {
  value.low ^= value.high >>> 15;
}
