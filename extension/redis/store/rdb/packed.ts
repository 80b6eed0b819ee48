/**
 * The packed forms in which redis-server keeps small collections, and in which it writes them to RDB files: listpack
 * (7.x), ziplist (up to 6.2), intset and zipmap (2.x). All little-endian. Each reader gives the elements as Binary
 * strings, in their order, and throws `RdbError` unless the bytes are exactly one well-formed value.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf } from '../../bytes.ts';
import { elementEnd, ListpackCursor } from '../listpack.ts';
import { RdbError } from './format.ts';

/** Total bytes and number of elements. */
export const LISTPACK_HEAD = 6;
/** Instead of a number of elements that does not fit. */
export const LISTPACK_UNCOUNTED = 0xffff;

/** In the words of redis-server: which form is broken, and of what kind of value it is. */
export function broken(form: string, what = ''): RdbError {
  const words = `${what} ${form} integrity check failed.`.trim();
  return new RdbError(words.charAt(0).toUpperCase() + words.slice(1));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Listpack: total bytes u32, number of elements u16 (65535: not kept), elements, 0xff. An element is encoding byte(s),
 * data, and its own size so far in 1-5 bytes of seven bits (for walking backwards). Encodings (redis/src/listpack.c):
 *
 *   0xxxxxxx  7-bit unsigned         11110000  string, u32 length    11110011  32-bit integer
 *   10xxxxxx  string, 6-bit length   11110001  16-bit integer        11110100  64-bit integer
 *   110xxxxx  13-bit integer         11110010  24-bit integer        11111111  end
 *   1110xxxx  string, 12-bit length
 */
export function listpackElements(bytes: Uint8Array, what?: string): Binary[] {
  const pack = checkedListpack(bytes, what);
  const cursor = new ListpackCursor(pack, LISTPACK_HEAD);
  const elements: Binary[] = [];
  while (cursor.at < pack.length - 1) elements.push(cursor.binary());
  return elements;
}

/** A listpack that is known to be well-formed: its elements begin at `LISTPACK_HEAD` and end before the last byte. */
export function checkedListpack(bytes: Uint8Array, what?: string): Buffer {
  const pack = asBuffer(bytes);
  const last = pack.length - 1;
  const corrupt = () => broken('listpack', what);
  if (pack.length < 7 || pack.readUInt32LE(0) !== pack.length || pack[last] !== 0xff) throw corrupt();
  let count = 0;
  for (let at = LISTPACK_HEAD; at < last; count++) {
    at = elementEnd(pack, at, last);
    if (at === 0) throw corrupt();
  }
  const counted = pack.readUInt16LE(4);
  if (counted !== LISTPACK_UNCOUNTED && counted !== count) throw corrupt();
  return pack;
}

/** A signed little-endian integer of 1, 2, 3, 4 or 8 bytes as decimal text. */
function integerText(bytes: Buffer, at: number, width: number): Binary {
  return width === 8 ? String(bytes.readBigInt64LE(at)) : String(bytes.readIntLE(at, width));
}

/**
 * Ziplist: total bytes u32, offset of the last element u32, number of elements u16 (65535: not kept), elements, 0xff.
 * An element is the size of the one before (one byte, or 0xfe and u32), an encoding and data (redis/src/ziplist.c):
 *
 *   00xxxxxx  string, 6-bit length              11000000 / 11010000 / 11100000  16-, 32-, 64-bit integer
 *   01xxxxxx  string, 14-bit length, big-endian 11110000 / 11111110             24-, 8-bit integer
 *   10......  string, u32 length, big-endian    1111xxxx                        the integer xxxx - 1, 0 to 12
 */
export function ziplistElements(bytes: Uint8Array, what?: string): Binary[] {
  const list = asBuffer(bytes);
  const corrupt = () => broken('ziplist', what);
  if (list.length < 11 || list.readUInt32LE(0) !== list.length || list[list.length - 1] !== 0xff)
    throw corrupt();
  const last = list.length - 1;
  const elements: Binary[] = [];
  let at = 10;
  let previousSize = 0;
  let started = 10;
  while (at < last) {
    started = at;
    const wide = list[at] === 0xfe;
    if (at + (wide ? 6 : 2) > last) throw corrupt();
    if ((wide ? list.readUInt32LE(at + 1) : list[at]) !== previousSize) throw corrupt();
    at += wide ? 5 : 1;
    const [header, size, integer] = ziplistHead(list, at, last);
    const end = at + header + size;
    if (header === 0 || end > last) throw corrupt();
    elements.push(integer ? ziplistInteger(list, at) : binaryOf(list, at + header, end));
    at = end;
    previousSize = at - started;
  }
  if (list.readUInt32LE(4) !== started) throw corrupt();
  const count = list.readUInt16LE(8);
  if (count !== 0xffff && count !== elements.length) throw corrupt();
  return elements;
}

/** Bytes of the encoding, bytes of data behind it, and whether it is an integer. [0, …]: no encoding. */
function ziplistHead(list: Buffer, at: number, last: number): readonly [number, number, boolean] {
  const first = list[at];
  const kind = first >> 6;
  if (kind === 0) return [1, first & 0x3f, false];
  if (kind === 1) return at + 2 > last ? [0, 0, false] : [2, ((first & 0x3f) << 8) | list[at + 1], false];
  if (kind === 2) return at + 5 > last ? [0, 0, false] : [5, list.readUInt32BE(at + 1), false];
  if (first >= 0xf1 && first <= 0xfd) return [1, 0, true];
  const width = ZIPLIST_INTEGERS.get(first);
  return width === undefined ? [0, 0, true] : [1, width, true];
}

const ZIPLIST_INTEGERS: ReadonlyMap<number, number> = new Map([
  [0xc0, 2],
  [0xd0, 4],
  [0xe0, 8],
  [0xf0, 3],
  [0xfe, 1],
]);

function ziplistInteger(list: Buffer, at: number): Binary {
  const width = ZIPLIST_INTEGERS.get(list[at]);
  return width === undefined ? String((list[at] & 0x0f) - 1) : integerText(list, at + 1, width);
}

/** Intset: bytes of each integer u32 (2, 4 or 8), count u32, the integers in ascending order. (redis/src/intset.c) */
export function intsetElements(bytes: Uint8Array): Binary[] {
  const set = asBuffer(bytes);
  const width = set.length < 8 ? 0 : set.readUInt32LE(0);
  const count = set.length < 8 ? 0 : set.readUInt32LE(4);
  if ((width !== 2 && width !== 4 && width !== 8) || count === 0 || set.length !== 8 + width * count) {
    throw broken('intset');
  }
  const elements: Binary[] = [];
  for (let at = 8; at < set.length; at += width) elements.push(integerText(set, at, width));
  return elements;
}

/**
 * Zipmap, fields and values in turn: number of pairs u8, then for each a length, the field, a length, the number of
 * unused bytes behind the value u8, the value, those bytes; 0xff. A length is one byte below 254, or 254 and u32.
 * (redis/src/zipmap.c)
 */
export function zipmapElements(bytes: Uint8Array): Binary[] {
  const map = asBuffer(bytes);
  const corrupt = () => broken('zipmap');
  if (map.length < 2 || map[map.length - 1] !== 0xff) throw corrupt();
  const last = map.length - 1;
  const elements: Binary[] = [];
  let at = 1;
  while (at < last) {
    for (const isValue of [false, true]) {
      const wide = map[at] === 254;
      if (map[at] > 254 || at + (wide ? 5 : 1) > last) throw corrupt();
      const size = wide ? map.readUInt32LE(at + 1) : map[at];
      at += wide ? 5 : 1;
      const unused = isValue ? map[at++] : 0;
      if (at + size + unused > last) throw corrupt();
      elements.push(binaryOf(map, at, at + size));
      at += size + unused;
    }
  }
  // An empty one was never written.
  if (elements.length === 0) throw corrupt();
  if (at !== last || (map[0] < 254 && map[0] * 2 !== elements.length)) throw corrupt();
  return elements;
}
