/**
 * Writes values in the plain types: strings, and collections element by element. Any server since 4.0 loads them and
 * packs small ones again as its own configuration wants.
 */
import type { Collection, Kind } from '../keyspace.ts';
import { RdbType } from './format.ts';
import type { RdbWriter } from './writer.ts';

const TYPES: Readonly<Record<Kind, number>> = {
  string: RdbType.string,
  list: RdbType.list,
  set: RdbType.set,
  hash: RdbType.hash,
  'sorted-set': RdbType.sortedSet2,
};

/** The byte that says how `writeValue` will write this value. */
export function typeOf(value: Uint8Array | Collection): number {
  return TYPES[value instanceof Uint8Array ? 'string' : value.kind];
}

export function writeValue(writer: RdbWriter, value: Uint8Array | Collection): void {
  if (value instanceof Uint8Array) writer.string(value);
  else writeCollection(writer, value);
}

function writeCollection(writer: RdbWriter, value: Collection): void {
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
