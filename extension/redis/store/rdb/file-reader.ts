/**
 * Reads an RDB file as it comes, in pieces of any size: from the disk, or from a primary's socket. What it finds goes
 * to a visitor, value by value.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf } from '../../bytes.ts';
import type { EncodingLimits } from '../encoding-limits.ts';
import type { Collection } from '../keyspace.ts';
import { Crc64 } from './crc64.ts';
import { RDB_VERSION_READ, RdbError, RdbOpcode, RdbType } from './format.ts';
import { RdbReader } from './reader.ts';
import { ValueReader } from './value-reader.ts';

/** What eviction knew of a key: how long it had not been used, or how often it was (0-255, logarithmic). */
export type Use = { readonly idleSeconds: number } | { readonly frequency: number };

export interface RdbVisitor {
  /** For the collections it will be given. */
  readonly limits: EncodingLimits;
  aux(name: Binary, value: Binary): void;
  functionLibrary(source: Binary): void;
  selectDatabase(index: number): void;
  /** About as many keys will follow in this database, says the file. */
  expectKeys(count: number): void;
  /** A string that stands in the file as it is: the key is `bytes[keyStart, keyEnd)`, the value `bytes[start, end)`. */
  string(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    expireAt: number,
    /** Of `bytes`: made once for all keys in them. */
    view: DataView,
  ): void;
  /**
   * Any other entry, and those of whose use the file tells. `key` and a string `value` are views that must not be kept.
   * `value` is undefined for an empty collection; `expireAt` is in ms since the epoch, -1 without expiry.
   */
  entry(
    key: Uint8Array,
    value: Uint8Array | Collection | undefined,
    expireAt: number,
    use: Use | undefined,
  ): void;
}

/** "REDIS" and four digits. */
const MAGIC_BYTES = 9;
/** A length below this is one byte. */
const SHORT = 64;
/**
 * Records read in one call. V8 makes fast code of a function for its next call; a loop that goes on for long it replaces
 * from within, with all that it calls, which takes longer than the image of a small node.
 */
const RECORDS_AT_ONCE = 32;
/** From version 5 on eight bytes of CRC-64 follow the end mark. */
const FIRST_VERSION_WITH_CHECKSUM = 5;

export class RdbFileReader {
  readonly #visitor: RdbVisitor;
  readonly #verify: boolean;
  readonly #crc = new Crc64();
  #step: 'magic' | 'records' | 'checksum' | 'done' = 'magic';
  #version = 0;
  /** Of the next key. */
  #expireAt = -1;
  #use: Use | undefined;
  /** A key whose value has not arrived whole. */
  #open: { readonly key: Uint8Array; readonly value: ValueReader } | undefined;
  /** Bytes that arrived but are not a whole element yet, and how many it takes to try again. */
  #pending = Buffer.alloc(0);
  #pendingSize = 0;
  #needed = 0;

  /** With `verify` (rdbchecksum) a checksum other than zero must be right. */
  constructor(visitor: RdbVisitor, verify: boolean) {
    this.#visitor = visitor;
    this.#verify = verify;
  }

  /** The file is complete. */
  get done(): boolean {
    return this.#step === 'done';
  }

  /**
   * Takes what belongs to the file of `bytes[start, end)` and returns where the rest begins: `end` until the file is
   * complete. Throws `RdbError` when this is no RDB file of a version and with values that we can read.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    if (this.done) return start;
    if (this.#pendingSize === 0) {
      const used = this.#read(bytes, start, end);
      if (this.done) return used;
      this.#keep(bytes, used, end);
      return end;
    }
    this.#keep(bytes, start, end);
    if (this.#pendingSize < this.#needed) return end;
    const size = this.#pendingSize;
    const used = this.#read(this.#pending, 0, size);
    // The rest is at the end of both arrays alike.
    if (this.done) return end - (size - used);
    this.#pending.copyWithin(0, used, size);
    this.#pendingSize = size - used;
    return end;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const size = this.#pendingSize + end - start;
    if (size > this.#pending.length) {
      // An element of known size gets its room at once.
      const larger = Buffer.allocUnsafe(Math.max(size, Math.min(this.#needed, size * 8), 1024));
      this.#pending.copy(larger, 0, 0, this.#pendingSize);
      this.#pending = larger;
    }
    this.#pending.set(bytes.subarray(start, end), this.#pendingSize);
    this.#pendingSize = size;
  }

  /** Reads whole elements and returns where the first that is not whole begins. */
  #read(bytes: Uint8Array, start: number, end: number): number {
    const reader = new RdbReader(bytes, start, end);
    let summed = start;
    try {
      while (this.#step !== 'done' && !reader.atEnd) {
        if (this.#step === 'checksum') {
          // Not itself part of what it sums up.
          this.#crc.update(bytes, summed, reader.committed);
          summed = end;
          this.#checkSum(reader.raw(8));
        } else if (this.#step === 'magic') this.#readMagic(reader);
        else if (!this.#readShortStrings(reader)) this.#readRecord(reader);
        reader.commit();
      }
      this.#needed = 0;
    } catch (error) {
      if (!(error instanceof RdbError) || error.missing === 0) throw error;
      this.#needed = end - reader.committed + error.missing;
    }
    if (summed < reader.committed) this.#crc.update(bytes, summed, reader.committed);
    return reader.committed;
  }

  #readMagic(reader: RdbReader): void {
    const magic = binaryOf(reader.raw(MAGIC_BYTES));
    if (!/^REDIS\d{4}$/.test(magic)) throw new RdbError('Wrong signature trying to load DB from file');
    this.#version = Number(magic.slice(5));
    if (this.#version < 1 || this.#version > RDB_VERSION_READ) {
      throw new RdbError(`Can't handle RDB format version ${this.#version}`);
    }
    this.#step = 'records';
  }

  #readRecord(reader: RdbReader): void {
    if (this.#open !== undefined) {
      this.#readEntry(reader, this.#open.key, this.#open.value);
      return;
    }
    const type = reader.byte();
    if (type === RdbType.string && this.#use === undefined && this.#readPlainString(reader)) return;
    if (type < RdbOpcode.function) {
      const key = reader.string();
      const value = new ValueReader(type, this.#visitor.limits);
      // From here on only the value is read again when it has to be.
      reader.commit();
      try {
        this.#readEntry(reader, key, value);
      } catch (error) {
        if (!(error instanceof RdbError) || error.missing === 0) throw error;
        // The key is a view of bytes that will not be there when the rest of the value is.
        this.#open = { key: Buffer.from(key), value };
        throw error;
      }
      return;
    }
    this.#readOpcode(type, reader);
  }

  /** Some of the usual entries, whose key and string are short and stand as they are. False: there was none. */
  #readShortStrings(reader: RdbReader): boolean {
    if (this.#open !== undefined || this.#use !== undefined) return false;
    const { bytes, view, end } = reader;
    let at = reader.position;
    for (let i = 0; i < RECORDS_AT_ONCE && at + 2 < end && bytes[at] === RdbType.string; i++) {
      const key = at + 2;
      const keyEnd = key + bytes[at + 1];
      if (bytes[at + 1] >= SHORT || keyEnd >= end) break;
      const value = keyEnd + 1;
      const valueEnd = value + bytes[keyEnd];
      if (bytes[keyEnd] >= SHORT || valueEnd > end) break;
      this.#visitor.string(bytes, key, keyEnd, value, valueEnd, this.#expireAt, view);
      this.#expireAt = -1;
      at = valueEnd;
    }
    if (at === reader.position) return false;
    reader.position = at;
    return true;
  }

  /** A string entry without an object for each part of it. False: nothing was read. */
  #readPlainString(reader: RdbReader): boolean {
    const before = reader.position;
    const key = reader.plainString();
    const keyEnd = reader.position;
    const value = key < 0 ? -1 : reader.plainString();
    if (value < 0) {
      reader.position = before;
      return false;
    }
    this.#visitor.string(reader.bytes, key, keyEnd, value, reader.position, this.#expireAt, reader.view);
    this.#expireAt = -1;
    return true;
  }

  #readEntry(reader: RdbReader, key: Uint8Array, value: ValueReader): void {
    const content = value.read(reader);
    this.#open = undefined;
    this.#visitor.entry(key, content, this.#expireAt, this.#use);
    this.#expireAt = -1;
    this.#use = undefined;
  }

  #readOpcode(opcode: number, reader: RdbReader): void {
    switch (opcode) {
      case RdbOpcode.expireMilliseconds:
        this.#expireAt = reader.int64();
        break;
      case RdbOpcode.expireSeconds:
        this.#expireAt = reader.int32() * 1000;
        break;
      case RdbOpcode.selectDatabase:
        this.#visitor.selectDatabase(reader.length());
        break;
      case RdbOpcode.resizeDatabase: {
        const keys = reader.length();
        // How many of them expire.
        reader.length();
        this.#visitor.expectKeys(keys);
        break;
      }
      case RdbOpcode.aux: {
        const name = reader.binary();
        this.#visitor.aux(name, reader.binary());
        break;
      }
      case RdbOpcode.function:
        this.#visitor.functionLibrary(reader.binary());
        break;
      case RdbOpcode.idle:
        this.#use = { idleSeconds: reader.length() };
        break;
      case RdbOpcode.frequency:
        this.#use = { frequency: reader.byte() };
        break;
      case RdbOpcode.end:
        this.#step = this.#version >= FIRST_VERSION_WITH_CHECKSUM ? 'checksum' : 'done';
        break;
      case RdbOpcode.moduleAux:
        throw new RdbError("The RDB file contains AUX module data I can't load: no matching module");
      default:
        throw new RdbError(`Unknown RDB opcode ${opcode}`);
    }
  }

  #checkSum(checksum: Uint8Array): void {
    this.#step = 'done';
    if (!this.#verify || checksum.every((byte) => byte === 0)) return;
    const expected = Buffer.from(this.#crc.digest());
    if (expected.equals(checksum)) return;
    const text = (bytes: Uint8Array) => Buffer.from(bytes).reverse().toString('hex').replace(/^0+/, '');
    throw new RdbError(
      `Wrong RDB checksum expected: (${text(expected)}) but got (${text(checksum)}). Aborting now.`,
    );
  }
}
