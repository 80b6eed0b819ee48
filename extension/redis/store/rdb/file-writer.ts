/**
 * Writes a whole RDB file, the same bytes that a full sync sends: REDIS0010, facts about the writer, function
 * libraries, the databases, end mark, CRC-64.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOfText } from '../../bytes.ts';
import type { Collection, Entry, Keyspace } from '../keyspace.ts';
import { Crc64 } from './crc64.ts';
import { RDB_VERSION_WRITTEN, RdbOpcode, RdbType } from './format.ts';
import { isLarge, ValueInParts } from './value-in-parts.ts';
import { typeOf, writeHead, writeValue } from './value-writer.ts';
import { RdbWriter } from './writer.ts';

export interface RdbFileOptions {
  /** rdbcompression */
  readonly compress: boolean;
  /** rdbchecksum; without it the file ends in eight zero bytes, and its reader checks nothing. */
  readonly checksum: boolean;
}

export class RdbFileWriter {
  readonly #compress: boolean;
  readonly #writer: RdbWriter;
  /** Each with what stands behind it, up to the next one. */
  readonly #inParts: ValueInParts[] = [];
  readonly #crc: Crc64 | undefined;
  #selected: Keyspace | undefined;

  constructor(options: RdbFileOptions) {
    this.#compress = options.compress;
    this.#writer = new RdbWriter(options.compress, 4096);
    this.#crc = options.checksum ? new Crc64() : undefined;
    const version = String(RDB_VERSION_WRITTEN).padStart(4, '0');
    this.#writer.raw(Buffer.from(`REDIS${version}`, 'latin1'));
  }

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#writer.size;
  }

  /** A fact about the file that readers may ignore: redis-ver, repl-id … */
  aux(name: string, value: string | number): void {
    this.#writer.byte(RdbOpcode.aux);
    this.#writer.binary(name);
    this.#writer.binary(binaryOfText(String(value)));
  }

  functionLibrary(source: Binary): void {
    this.#writer.byte(RdbOpcode.function);
    this.#writer.binary(source);
  }

  /**
   * A key of `database`; the file says so whenever it is another one than that of the key before. Of a large collection
   * only the beginning is written: `goOn` writes the rest, and `beforeChange` is to be called before that.
   */
  entry(database: Keyspace, entry: Entry): void {
    const writer = this.#inParts.at(-1)?.behind ?? this.#writer;
    if (database !== this.#selected) this.#select(writer, database);
    const expireAt = database.expireAt(entry);
    if (expireAt >= 0) {
      writer.byte(RdbOpcode.expireMilliseconds);
      writer.int64(expireAt);
    }
    const frequency = database.frequency(entry);
    if (frequency !== undefined) {
      writer.byte(RdbOpcode.frequency);
      writer.byte(frequency);
    } else if (database.tellsIdleTimes) {
      writer.byte(RdbOpcode.idle);
      writer.length(database.idleSeconds(entry));
    }
    // Straight from the slab, without a string or an array in between: a full sync does this for every key.
    const slab = database.stringSlab(entry);
    const keyStart = database.keyStart(entry);
    const keyEnd = keyStart + database.keySize(entry);
    const value = database.collection(entry);
    if (value === undefined) {
      const end = keyEnd + database.stringSize(entry);
      if (writer.shortRecord(RdbType.string, slab, keyStart, keyEnd, end)) return;
      writer.byte(RdbType.string);
      writer.string(slab, keyStart, keyEnd);
      writer.string(slab, keyEnd, end);
      return;
    }
    writer.byte(typeOf(value));
    writer.string(slab, keyStart, keyEnd);
    if (isLarge(value)) {
      writeHead(writer, value);
      this.#inParts.push(new ValueInParts(value, this.#compress));
      return;
    }
    writeValue(writer, value);
  }

  /** There is a collection to go on with. */
  get unfinished(): boolean {
    return this.#inParts.length > 0;
  }

  /** Goes on until there are so many bytes to take, or no collection to go on with. */
  goOn(bytes: number): void {
    while (this.#writer.size < bytes) {
      const part = this.#inParts[0];
      if (part === undefined || !part.write(this.#writer, bytes)) return;
      this.#writer.raw(part.behind.take());
      this.#inParts.shift();
    }
  }

  /** This collection is about to change. */
  beforeChange(value: Collection | undefined): void {
    for (const part of this.#inParts) part.beforeChange(value);
  }

  /** What was written since the last `take`, for the caller to keep. */
  take(): Uint8Array {
    const taken = this.#writer.take();
    this.#crc?.update(taken);
    return taken;
  }

  /** What was taken last is not needed any more. */
  giveBack(): void {
    this.#writer.giveBack();
  }

  /** Ends the file, in which no collection is unfinished, and gives its last bytes. */
  end(): Uint8Array {
    this.#writer.byte(RdbOpcode.end);
    const rest = this.take();
    return Buffer.concat([rest, this.#crc?.digest() ?? new Uint8Array(8)]);
  }

  #select(writer: RdbWriter, database: Keyspace): void {
    this.#selected = database;
    writer.byte(RdbOpcode.selectDatabase);
    writer.length(database.index);
    // A hint for tables made in one piece; true enough when a database is taken up again.
    writer.byte(RdbOpcode.resizeDatabase);
    writer.length(database.size);
    writer.length(database.expiring);
  }
}
