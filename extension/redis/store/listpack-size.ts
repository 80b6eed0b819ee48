/** How many bytes an element takes in a listpack: what decides when a list leaves that encoding. */
import type { Binary } from '../bytes.ts';
import { isIntegerText } from './integer-text.ts';

/** Integers take 1, 2, 3, 4, 5 or 9 bytes. */
function integerBytes(text: Binary): number {
  const value = Number(text);
  if (value >= 0 && value <= 127) return 1;
  if (value >= -4096 && value <= 4095) return 2;
  if (value >= -32768 && value <= 32767) return 3;
  if (value >= -8388608 && value <= 8388607) return 4;
  if (value >= -2147483648 && value <= 2147483647) return 5;
  return 9;
}

/** Strings carry their length in 6, 12 or 32 bits. */
function textBytes(length: number): number {
  if (length < 64) return 1 + length;
  if (length < 4096) return 2 + length;
  return 5 + length;
}

/** Bytes of one entry with its trailing length (seven bits a byte), by which a listpack is read backwards. */
export function listpackEntryBytes(element: Binary): number {
  const bytes =
    element.length <= 20 && isIntegerText(element) ? integerBytes(element) : textBytes(element.length);
  return bytes + backLengthBytes(bytes);
}

/** Bytes of the trailing length of an entry of `size` bytes. A limit is one short of what would fit, as in redis-server. */
export function backLengthBytes(size: number): number {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}
