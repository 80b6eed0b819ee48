/**
 * Writes values in the plain types: strings, and collections element by element. Any server since 4.0 loads them and
 * packs small ones again as its own configuration wants. Streams, which have no plain type, are as 7.0 has them.
 */
import type { HashValue } from '../hash-value.ts';
import type { Collection, Kind } from '../keyspace.ts';
import type { ListPlace } from '../list-value.ts';
import { RdbType } from './format.ts';
import { writeStream } from './stream-writer.ts';
import type { RdbWriter } from './writer.ts';

const TYPES: Readonly<Record<Kind, number>> = {
  string: RdbType.string,
  list: RdbType.list,
  set: RdbType.set,
  hash: RdbType.hash,
  'sorted-set': RdbType.sortedSet2,
  // 7.2 would write 21, which 7.0 cannot read.
  stream: RdbType.streamListpacks2,
};

/** The byte that says how `writeValue` will write this value. */
export function typeOf(value: Uint8Array | Collection): number {
  if (isTimed(value)) return RdbType.hashTimed;
  return TYPES[value instanceof Uint8Array ? 'string' : value.kind];
}

export function writeValue(writer: RdbWriter, value: Uint8Array | Collection): void {
  if (value instanceof Uint8Array) writer.string(value);
  else if (value.kind === 'stream') writeStream(writer, value);
  else {
    writeHead(writer, value);
    writeElements(writer, value, new Written(), value.size);
  }
}

/** What stands in front of a collection's elements. */
export function writeHead(writer: RdbWriter, value: PlainCollection): void {
  if (isTimed(value)) writer.int64(value.soonestExpiry);
  writer.length(value.size);
}

/** Fields of it expire. */
function isTimed(value: Uint8Array | Collection): value is HashValue {
  return !(value instanceof Uint8Array) && value.kind === 'hash' && Number.isFinite(value.soonestExpiry);
}

/** All but streams: a number of elements, which are written by themselves. */
export type PlainCollection = Exclude<Collection, { kind: 'stream' }>;

/** How much of a collection is written, in the order of the file. */
export class Written {
  elements = 0;
  /** The same place in a list, which would have to be walked to it. */
  readonly inList: ListPlace = { block: 0, offset: 0 };
}

/** Writes the next `count` elements, which there are. */
export function writeElements(
  writer: RdbWriter,
  value: PlainCollection,
  written: Written,
  count: number,
): void {
  const from = written.elements;
  const to = from + count;
  written.elements = to;
  switch (value.kind) {
    case 'list':
      value.read(written.inList, count, (element) => writer.binary(element));
      break;
    case 'set':
      for (let i = from; i < to; i++) writer.binary(value.at(i));
      break;
    case 'hash':
      writeFields(writer, value, from, to);
      break;
    case 'sorted-set':
      // From the last rank down: a loader then always inserts in front, which a skip list does quickest.
      value.each(value.size - to, value.size - from, true, (member, score) => {
        writer.binary(member);
        writer.double(score);
      });
      break;
  }
}

function writeFields(writer: RdbWriter, hash: HashValue, from: number, to: number): void {
  const soonest = hash.soonestExpiry;
  for (let i = from; i < to; i++) {
    const field = hash.fieldAt(i);
    if (Number.isFinite(soonest)) {
      const at = hash.expireAt(field);
      writer.length(at < 0 ? 0 : at - soonest + 1);
    }
    writer.binary(field);
    writer.binary(hash.valueAt(i));
  }
}
