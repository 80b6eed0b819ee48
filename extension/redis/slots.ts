/** Which of the 16384 hash slots a key belongs to (cluster specification, "Key distribution model"). */

export const SLOT_COUNT = 16384;
const SLOT_MASK = SLOT_COUNT - 1;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** CRC16 XMODEM: x^16 + x^12 + x^5 + 1, initial value 0, nothing reflected, nothing inverted. */
const POLYNOMIAL = 0x1021;

/**
 * Slicing-by-4: row n holds what a byte contributes when n more bytes follow it, so that four bytes cost
 * four independent look-ups instead of a chain of four. 4 x 256 entries of 16 bits: 2 KiB.
 */
export const CRC16_ROWS = crcRows();

function crcRows(): Uint16Array {
  const rows = new Uint16Array(4 * 256);
  let crc = POLYNOMIAL;
  for (let row = 0; row < rows.length; row += 256) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      // What several bits contribute is the sum of what each does.
      for (let lower = 0; lower < bit; lower++) rows[row + bit + lower] = (rows[row + lower] ?? 0) ^ crc;
      crc = ((crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xffff;
    }
  }
  return rows;
}

// `?? 0` below never happens: indices stand inside their arrays. The optimizer drops it (measured: no
// difference), and the language server's stricter compiler settings want it written.

/** Slot 0..16383 of the key in `bytes[start..end)`. One pass; only a key with `{` is looked at twice. */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1] ?? 0;
    const c = bytes[at + 2] ?? 0;
    const d = bytes[at + 3] ?? 0;
    if (a === OPEN_BRACE || b === OPEN_BRACE || c === OPEN_BRACE || d === OPEN_BRACE) {
      return bracedSlot(bytes, start, end, at);
    }
    crc =
      (CRC16_ROWS[768 + (a ^ (crc >> 8))] ?? 0) ^
      (CRC16_ROWS[512 + (b ^ (crc & 0xff))] ?? 0) ^
      (CRC16_ROWS[256 + c] ?? 0) ^
      (CRC16_ROWS[d] ?? 0);
  }
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === OPEN_BRACE) return bracedSlot(bytes, start, end, at);
    crc = ((crc << 8) & 0xffff) ^ (CRC16_ROWS[(crc >> 8) ^ byte] ?? 0);
  }
  return crc & SLOT_MASK;
}

/** The slot of a key whose first `{` is at or after `from`: its hash tag decides, if it has one. */
export function bracedSlot(bytes: Uint8Array, start: number, end: number, from: number): number {
  let open = from;
  while (bytes[open] !== OPEN_BRACE) open++;
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSE_BRACE) close++;
  // No close, or nothing between first open and first close: the whole key counts.
  const tagged = close < end && close > open + 1;
  return (tagged ? crc16(bytes, open + 1, close) : crc16(bytes, start, end)) & SLOT_MASK;
}

/** CRC16 XMODEM of `bytes[start..end)`. */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc =
      (CRC16_ROWS[768 + ((bytes[at] ?? 0) ^ (crc >> 8))] ?? 0) ^
      (CRC16_ROWS[512 + ((bytes[at + 1] ?? 0) ^ (crc & 0xff))] ?? 0) ^
      (CRC16_ROWS[256 + (bytes[at + 2] ?? 0)] ?? 0) ^
      (CRC16_ROWS[bytes[at + 3] ?? 0] ?? 0);
  }
  for (; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ (CRC16_ROWS[(crc >> 8) ^ (bytes[at] ?? 0)] ?? 0);
  }
  return crc;
}

/** Slot of a Binary key (a string whose every char code is one byte). */
export function keySlotOf(key: string): number {
  const tag = hashTag(key) ?? key;
  let crc = 0;
  for (let at = 0; at < tag.length; at++) {
    crc = ((crc << 8) & 0xffff) ^ (CRC16_ROWS[(crc >> 8) ^ (tag.charCodeAt(at) & 0xff)] ?? 0);
  }
  return crc & SLOT_MASK;
}

/** Slot of a key as it stands in an editor: clients send text as UTF-8. */
export function keySlotOfText(key: string): number {
  const bytes = new TextEncoder().encode(key);
  return keySlot(bytes, 0, bytes.length);
}

/** What stands between the first `{` and the first `}` after it, when that is not empty. */
export function hashTag(key: string): string | undefined {
  const open = key.indexOf('{');
  if (open < 0) return undefined;
  const close = key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}

/** Slots from first to last, both included. */
export type SlotRange = readonly [first: number, last: number];

/** The fewest ranges that hold exactly `slots`, which ascend. */
export function rangesOf(slots: Iterable<number>): SlotRange[] {
  const ranges: SlotRange[] = [];
  let first = -1;
  let last = -1;
  for (const slot of slots) {
    if (first >= 0 && slot === last + 1) {
      last = slot;
      continue;
    }
    if (first >= 0) ranges.push([first, last]);
    first = slot;
    last = slot;
  }
  if (first >= 0) ranges.push([first, last]);
  return ranges;
}

/** `0-5460`, and `866` for a single slot, as CLUSTER NODES and nodes.conf write them. */
export function formatRange([first, last]: SlotRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** Reads `0-5460` or `866`; undefined for anything else, a slot above 16383 or a range that descends. */
export function parseRange(text: string): SlotRange | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last < SLOT_COUNT ? [first, last] : undefined;
}

/** How many slots the ranges hold. */
export function countSlots(ranges: Iterable<SlotRange>): number {
  let count = 0;
  for (const [first, last] of ranges) count += last - first + 1;
  return count;
}

/** The i-th of `count` nearly equal parts of all slots, as redis-trib cuts them: 0-5460, 5461-10922, 10923-16383. */
export function evenShare(i: number, count: number): SlotRange {
  const each = SLOT_COUNT / count;
  const first = i === 0 ? 0 : Math.round(each * i - 1) + 1;
  const last = i === count - 1 ? SLOT_COUNT - 1 : Math.round(each * (i + 1) - 1);
  return [first, last];
}
