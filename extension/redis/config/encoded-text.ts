/**
 * A conf file is bytes, and its reader sees text. Here every text stands for just one sequence of bytes: UTF-8, in which a
 * byte that is part of no character is a lone surrogate (U+DC80 to U+DCFF), which no decoded text has. `Binary` strings hold
 * the bytes themselves, a character each.
 */

/** What a character of a text is: a byte of the file, as a node reads it, or a character, as an editor shows it. */
export type Encoding = 'bytes' | 'utf-8';

/** U+DC00 and the byte. */
const STRAY = 0xdc00;

/** Well-formed sequences (RFC 3629, section 4), and whatever single byte is left. */
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** The text of bytes, one character of `binary` each. */
export function decodeText(binary: string): string {
  return isAscii(binary) ? binary : binary.replace(SEQUENCE, characterOf);
}

/** The bytes of a text, one character each. */
export function encodeText(text: string): string {
  if (isAscii(text)) return text;
  let binary = '';
  for (const character of text) binary += sequenceOf(character.codePointAt(0) ?? 0);
  return binary;
}

/** How many bytes a text takes in the file. */
export function byteLength(text: string, encoding: Encoding = 'bytes'): number {
  return encoding === 'bytes' ? text.length : encodeText(text).length;
}

/** A byte that is written as an escape. */
export function textOfByte(byte: number, encoding: Encoding): string {
  return String.fromCharCode(encoding === 'bytes' || byte < 0x80 ? byte : STRAY + byte);
}

/** Stray bytes that together are a character, as when each was escaped, become it. */
export function joinStrayBytes(text: string): string {
  return /[\udc80-\udcff]/.test(text) ? decodeText(encodeText(text)) : text;
}

function isAscii(text: string): boolean {
  return !/[\x80-\uffff]/.test(text);
}

function characterOf(sequence: string): string {
  const [lead = 0, ...others] = Array.from(sequence, (byte) => byte.charCodeAt(0));
  if (others.length === 0) return String.fromCharCode(STRAY + lead);
  // One bit more than there are bytes tells how many they are.
  const bits = lead & (0x3f >> others.length);
  return String.fromCodePoint(others.reduce((point, byte) => (point << 6) | (byte & 0x3f), bits));
}

function sequenceOf(point: number): string {
  if (point < 0x80) return String.fromCharCode(point);
  if (point >= STRAY + 0x80 && point <= STRAY + 0xff) return String.fromCharCode(point - STRAY);
  // The other surrogates are no characters either: U+FFFD, as everywhere.
  if (point >= 0xd800 && point <= 0xdfff) return '\xef\xbf\xbd';
  const continued = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), continued(0));
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12), continued(6), continued(0));
  return String.fromCharCode(0xf0 | (point >> 18), continued(12), continued(6), continued(0));
}
