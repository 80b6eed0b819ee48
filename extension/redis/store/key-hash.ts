/**
 * The slot of a key and the hash that places it inside the slot's segment, in one pass over its bytes: the slot by
 * CRC16 (see slots.ts), the hash by multiplication, four bytes at a time.
 */
import { bracedSlot, CRC16_ROWS as ROWS } from '../slots.ts';

/** Odd constants with well mixed bits, from MurmurHash3. */
const SPREAD = 0xcc9e2d51 | 0;
const FINISH_1 = 0x85ebca6b | 0;
const FINISH_2 = 0xc2b2ae35 | 0;
const SEED = 0x9747b28c | 0;

const OPEN_BRACE = 0x7b;
const SLOT_MASK = 16383;

/** What was found for the last key. A place of its own, so that two numbers can be returned without an allocation. */
export class KeyHash {
  slot = 0;
  /** 32 bits, signed. */
  hash = 0;

  /** Slot and hash of the key `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): void {
    let crc = 0;
    let hash = SEED ^ (end - start);
    // Where the first `{` is, or up to three bytes before it.
    let brace = -1;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const a = bytes[at] ?? 0;
      const b = bytes[at + 1] ?? 0;
      const c = bytes[at + 2] ?? 0;
      const d = bytes[at + 3] ?? 0;
      const braces = a === OPEN_BRACE || b === OPEN_BRACE || c === OPEN_BRACE || d === OPEN_BRACE;
      if (braces && brace < 0) brace = at;
      crc =
        (ROWS[768 + (a ^ (crc >> 8))] ?? 0) ^
        (ROWS[512 + (b ^ (crc & 0xff))] ?? 0) ^
        (ROWS[256 + c] ?? 0) ^
        (ROWS[d] ?? 0);
      hash = Math.imul(hash ^ (a | (b << 8) | (c << 16) | (d << 24)), SPREAD);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === OPEN_BRACE && brace < 0) brace = at;
      crc = ((crc << 8) & 0xffff) ^ (ROWS[(crc >> 8) ^ byte] ?? 0);
      hash = Math.imul(hash ^ byte, SPREAD);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), FINISH_1);
    hash = Math.imul(hash ^ (hash >>> 13), FINISH_2);
    this.hash = hash ^ (hash >>> 16);
    this.slot = brace < 0 ? crc & SLOT_MASK : bracedSlot(bytes, start, end, brace);
  }
}
