/**
 * A key as the store looks for it: where its bytes are, its slot, and the hash that places it inside the slot's segment.
 * Both are found in one pass over the bytes: the slot by CRC16 (see slots.ts), the hash by multiplication, four bytes at
 * a time.
 */
import { viewOf } from '../bytes.ts';
import { bracedSlot, CRC16_ROWS as ROWS } from '../slots.ts';

/** Odd constants with well mixed bits, from MurmurHash3. */
const SPREAD = 0xcc9e2d51 | 0;
const FINISH_1 = 0x85ebca6b | 0;
const FINISH_2 = 0xc2b2ae35 | 0;
const SEED = 0x9747b28c | 0;

const OPEN_BRACE = 0x7b;
const BRACES = 0x7b7b7b7b;
const SLOT_MASK = 16383;

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = viewOf(NO_BYTES);

/** Whoever looks for keys has one of these and fills it anew for each: no request allocates any. */
export class Key {
  slot = 0;
  /** 32 bits, signed. */
  hash = 0;
  /** The key is `bytes[start, end)`. */
  bytes: Uint8Array = NO_BYTES;
  /** Of `bytes`. */
  view = NO_VIEW;
  start = 0;
  end = 0;
  /** Its entry, as long as the index is in this state: see `SlotIndex.remember`. 0: not looked for yet. */
  entry = 0;
  state = 0;

  /** Becomes the key `bytes[start, end)`. */
  set(bytes: Uint8Array, start: number, end: number, view = viewOf(bytes)): void {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
    this.entry = 0;
    let slot = -1;
    let crc = 0;
    let hash = SEED ^ (end - start);
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      if (hasBrace(word)) {
        slot = bracedSlot(bytes, start, end, at);
        break;
      }
      crc =
        (ROWS[768 + ((word & 0xff) ^ (crc >> 8))] ?? 0) ^
        (ROWS[512 + (((word >> 8) & 0xff) ^ (crc & 0xff))] ?? 0) ^
        (ROWS[256 + ((word >> 16) & 0xff)] ?? 0) ^
        (ROWS[word >>> 24] ?? 0);
      hash = mixed(hash, word);
    }
    // The slot is known now, if there was a brace.
    for (; at + 4 <= end; at += 4) hash = mixed(hash, view.getInt32(at, true));
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === OPEN_BRACE && slot < 0) slot = bracedSlot(bytes, start, end, at);
      crc = ((crc << 8) & 0xffff) ^ (ROWS[(crc >> 8) ^ byte] ?? 0);
      hash = mixed(hash, byte);
    }
    hash = Math.imul(hash ^ (hash >>> 16), FINISH_1);
    hash = Math.imul(hash ^ (hash >>> 13), FINISH_2);
    this.hash = hash ^ (hash >>> 16);
    this.slot = slot < 0 ? crc & SLOT_MASK : slot;
  }
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, SPREAD);
  return product ^ (product >>> 15);
}

/** Whether one of the four bytes is `{`: less one, a byte that was zero is the first to borrow into its highest bit. */
function hasBrace(word: number): boolean {
  const rest = word ^ BRACES;
  return ((rest - 0x01010101) & ~rest & 0x80808080) !== 0;
}
