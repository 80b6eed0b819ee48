/**
 * Writes values in the plain types: strings, and collections element by element. Any server since 4.0 loads them and
 * packs small ones again as its own configuration wants. Streams, which have no plain type, are as 7.0 has them.
 */
import type { Collection, Kind } from '../keyspace.ts';
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
  return TYPES[value instanceof Uint8Array ? 'string' : value.kind];
}

export function writeValue(writer: RdbWriter, value: Uint8Array | Collection): void {
  if (value instanceof Uint8Array) writer.string(value);
  else if (value.kind === 'stream') writeStream(writer, value);
  else writeCollection(writer, value);
}

function writeCollection(writer: RdbWriter, value: Exclude<Collection, { kind: 'stream' }>): void {
  writer.length(value.size);
  switch (value.kind) {
    case 'list':
    case 'set':
      for (const element of value.values()) writer.binary(element);
      break;
    case 'hash':
      for (let i = 0; i < value.size; i++) {
        writer.binary(value.fieldAt(i));
        writer.binary(value.valueAt(i));
      }
      break;
    case 'sorted-set':
      // From the last rank down: a loader then always inserts in front, which a skip list does quickest.
      value.each(0, value.size, true, (member, score) => {
        writer.binary(member);
        writer.double(score);
      });
      break;
  }
}
