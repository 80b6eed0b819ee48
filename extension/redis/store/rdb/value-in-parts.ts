/**
 * A large collection on its way into an RDB file, some elements at a time. The file is to hold it as it was when that
 * began; so before it changes, what is left goes on from a copy, which for a million elements takes some 20 ms where
 * writing them would take a second.
 */
import type { Collection } from '../keyspace.ts';
import { type PlainCollection, Written, writeElements } from './value-writer.ts';
import { RdbWriter } from './writer.ts';

/** Collections of more elements are written in parts. */
const LARGE = 1024;
/** Elements between two looks at how many bytes that were. */
const STEP = 64;

/** Streams are copied block by block and need no parts: a million entries take as long as ten thousand elements. */
export function isLarge(value: Collection | undefined): value is PlainCollection {
  return value !== undefined && value.kind !== 'stream' && value.size > LARGE;
}

export class ValueInParts {
  /** What follows it in the file, as far as that is known. */
  readonly behind: RdbWriter;
  readonly #size: number;
  #value: PlainCollection;
  #original: PlainCollection | undefined;
  readonly #written = new Written();

  constructor(value: PlainCollection, compress: boolean) {
    this.#value = value;
    this.#original = value;
    this.#size = value.size;
    this.behind = new RdbWriter(compress);
  }

  /** `value` is about to change, or to be held by somebody whose changes nobody hears of. */
  beforeChange(value: Collection | undefined): void {
    if (value === undefined || value !== this.#original) return;
    this.#original = undefined;
    this.#value = this.#value.clone();
  }

  /** Writes until `writer` holds so many bytes; true when all is written. */
  write(writer: RdbWriter, bytes: number): boolean {
    const written = this.#written;
    while (written.elements < this.#size && writer.size < bytes) {
      writeElements(writer, this.#value, written, Math.min(STEP, this.#size - written.elements));
    }
    return written.elements === this.#size;
  }
}
