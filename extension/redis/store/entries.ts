/**
 * What a block of the arena holds for one key:
 *
 *     word 0   kind (3 bits), length of the key (29 bits)
 *     word 1   expires (1), raw (1), length of the string or id of the collection (30)
 *     word 2   when it was last accessed, in seconds since the epoch
 *     word 3   its place in the expiry heap; only when it expires
 *     bytes    the key, then the string
 *
 * With a key of 11 bytes and a string of 16 that is 39 bytes, a block of 40.
 */
import type { Buffer } from 'node:buffer';
import { type Binary, binaryOf, copyBytes } from '../bytes.ts';
import { Arena, sizeClass } from './arena.ts';
import type { Key } from './key.ts';

const KIND_SHIFT = 29;
export const MAX_KEY_BYTES = 2 ** KIND_SHIFT - 1;
export const MAX_STRING_BYTES = 2 ** 30 - 1;

const EXPIRES = 1 << 31;
/** The string was changed in place (APPEND, SETRANGE, SETBIT): OBJECT ENCODING calls it raw. */
const RAW = 1 << 30;

const HEADER_BYTES = 12;
const HEADER_WORDS = HEADER_BYTES >> 2;
/** The kind whose bytes stand in the entry itself; all others are collections. */
export const STRING = 0;

/** In which order words are kept. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const EXPIRY_PLACE_BYTES = 4;

export class Entries {
  readonly arena = new Arena();

  /** The number that stands for the kind of value (see keyspace.ts). */
  kind(address: number): number {
    return this.words(address)[this.word(address)] >>> KIND_SHIFT;
  }

  keySize(address: number): number {
    return this.words(address)[this.word(address)] & MAX_KEY_BYTES;
  }

  /** Length of the string, or id of the collection. */
  value(address: number): number {
    return this.words(address)[this.word(address) + 1] & MAX_STRING_BYTES;
  }

  expires(address: number): boolean {
    return this.words(address)[this.word(address) + 1] < 0;
  }

  isRaw(address: number): boolean {
    return (this.words(address)[this.word(address) + 1] & RAW) !== 0;
  }

  setRaw(address: number): void {
    this.words(address)[this.word(address) + 1] |= RAW;
  }

  accessedAt(address: number): number {
    return this.words(address)[this.word(address) + 2] >>> 0;
  }

  setAccessedAt(address: number, seconds: number): void {
    this.words(address)[this.word(address) + 2] = seconds;
  }

  expiryPlace(address: number): number {
    return this.words(address)[this.word(address) + 3];
  }

  setExpiryPlace(address: number, place: number): void {
    this.words(address)[this.word(address) + 3] = place;
  }

  /** The slab with key and string, at `keyStart` and `valueStart`. */
  bytes(address: number): Buffer {
    return this.arena.slab(address);
  }

  keyStart(address: number): number {
    return this.arena.offset(address) + headerSize(this.expires(address));
  }

  valueStart(address: number): number {
    return this.keyStart(address) + this.keySize(address);
  }

  key(address: number): Binary {
    const start = this.keyStart(address);
    return binaryOf(this.bytes(address), start, start + this.keySize(address));
  }

  /** Reads the beginning of an entry and the end of its key, if that has this size, for nothing but to have them at hand. */
  readAround(address: number, keySize: number): number {
    const words = this.arena.slabWords(address);
    const first = this.arena.offset(address) >> 2;
    const last = first + ((HEADER_BYTES + keySize) >> 2);
    return words[first] ^ words[last < words.length ? last : first];
  }

  /** Whether the entry's key is this one. Ours begins at a whole word. */
  hasKey(address: number, { view, start, end }: Key): boolean {
    const words = this.arena.slabWords(address);
    let word = this.arena.offset(address) >> 2;
    if ((words[word] & MAX_KEY_BYTES) !== end - start) return false;
    word += words[word + 1] < 0 ? HEADER_WORDS + 1 : HEADER_WORDS;
    let at = start;
    for (; at + 4 <= end; at += 4, word++) if (words[word] !== view.getInt32(at, LITTLE_ENDIAN)) return false;
    if (at === end) return true;
    const slab = this.arena.slab(address);
    for (let ours = word << 2; at < end; ours++, at++) if (slab[ours] !== view.getUint8(at)) return false;
    return true;
  }

  /**
   * The quick way for the usual overwrite: a string that never expires by one that fits its block. False: nothing was
   * done.
   */
  reuseForString(address: number, size: number): boolean {
    const words = this.arena.slabWords(address);
    const word = this.arena.offset(address) >> 2;
    const keySize = words[word];
    const oldSize = words[word + 1];
    // A kind other than string, or an expiry, sets bits above the largest length.
    if (keySize < 0 || keySize > MAX_KEY_BYTES || oldSize < 0) return false;
    const used = HEADER_BYTES + keySize;
    if (sizeClass(used + size) !== sizeClass(used + (oldSize & MAX_STRING_BYTES))) return false;
    words[word + 1] = size;
    return true;
  }

  /**
   * A new entry with its key; the string's bytes are left to the caller, and the expiry place to the heap. `value` is
   * the string's length or the collection's id, `stored` how many bytes of value the entry has to hold.
   */
  create({ bytes, start, end }: Key, kind: number, value: number, stored: number, expires: boolean): number {
    const { arena } = this;
    const address = arena.allocate(blockSize(end - start, stored, expires));
    const words = arena.slabWords(address);
    const offset = arena.offset(address);
    const word = offset >> 2;
    words[word] = (kind << KIND_SHIFT) | (end - start);
    words[word + 1] = expires ? value | EXPIRES : value;
    copyBytes(bytes, start, end, arena.slab(address), offset + headerSize(expires));
    return address;
  }

  /** A new entry with its string, `key.bytes[start, end)`, last used at `seconds`. */
  createString(key: Key, start: number, end: number, expires: boolean, seconds: number): number {
    const size = end - start;
    const address = this.create(key, STRING, size, size, expires);
    const { arena } = this;
    const offset = arena.offset(address);
    arena.slabWords(address)[(offset >> 2) + 2] = seconds;
    const valueStart = offset + headerSize(expires) + key.end - key.start;
    copyBytes(key.bytes, start, end, arena.slab(address), valueStart);
    return address;
  }

  /**
   * Gives the entry another value in its own block, when that has the right size and the header stays as long as it
   * is. False: the caller needs a new entry.
   */
  reuse(address: number, kind: number, value: number, stored: number, expires: boolean): boolean {
    const words = this.words(address);
    const word = this.word(address);
    const keySize = words[word] & MAX_KEY_BYTES;
    const flagged = words[word + 1] < 0;
    if (flagged !== expires) return false;
    if (sizeClass(blockSize(keySize, stored, expires)) !== sizeClass(this.size(address))) return false;
    words[word] = (kind << KIND_SHIFT) | keySize;
    words[word + 1] = expires ? value | EXPIRES : value;
    return true;
  }

  /** A copy that can, or cannot, expire; its expiry place is left to the heap. */
  cloneWith(address: number, expires: boolean): number {
    const start = this.keyStart(address);
    const stored = this.storedBytes(address);
    const clone = this.arena.allocate(blockSize(this.keySize(address), stored, expires));
    const old = this.words(address);
    const from = this.word(address);
    const words = this.words(clone);
    const to = this.word(clone);
    words[to] = old[from];
    words[to + 1] = expires ? old[from + 1] | EXPIRES : old[from + 1] & ~EXPIRES;
    words[to + 2] = old[from + 2];
    const end = this.valueStart(address) + stored;
    copyBytes(this.bytes(address), start, end, this.bytes(clone), this.keyStart(clone));
    return clone;
  }

  free(address: number): void {
    this.arena.free(address, this.size(address));
  }

  /** Bytes of header, key and string. */
  private size(address: number): number {
    return blockSize(this.keySize(address), this.storedBytes(address), this.expires(address));
  }

  private storedBytes(address: number): number {
    return this.kind(address) === STRING ? this.value(address) : 0;
  }

  private words(address: number): Int32Array {
    return this.arena.slabWords(address);
  }

  private word(address: number): number {
    return this.arena.offset(address) >> 2;
  }
}

function blockSize(keySize: number, stored: number, expires: boolean): number {
  return keySize + stored + headerSize(expires);
}

function headerSize(expires: boolean): number {
  return expires ? HEADER_BYTES + EXPIRY_PLACE_BYTES : HEADER_BYTES;
}
