/** Reads the listpack of some stream entries, trusting none of it: a block that is made of it can be walked blindly. */
import { Buffer } from 'node:buffer';
import type { Binary } from '../../bytes.ts';
import { ListpackCursor } from '../listpack.ts';
import { DELETED, SAME_FIELDS, StreamBlock } from '../stream/stream-block.ts';
import { type StreamId, type Wide, wideSum } from '../stream/stream-id.ts';
import { RdbError } from './format.ts';
import { checkedListpack, LISTPACK_HEAD } from './packed.ts';

const corrupt = () => new RdbError('Stream listpack integrity check failed.');

export function readBlock(id: StreamId, bytes: Uint8Array): StreamBlock {
  const pack = checkedListpack(bytes, 'stream');
  const elements = new Elements(pack);
  const live = elements.count();
  const deleted = elements.count();
  const fields: Binary[] = [];
  for (let left = elements.count(); left > 0; left--) fields.push(elements.binary());
  if (elements.count() !== 0) throw corrupt();

  const start = elements.position;
  const entries = Buffer.allocUnsafeSlow(pack.length - 1 - start);
  pack.copy(entries, 0, start);
  const block = new StreamBlock(id, fields, entries);
  block.size = entries.length;
  while (!elements.atEnd) readEntry(elements, block);
  if (block.live !== live || block.deleted !== deleted) throw corrupt();
  return block;
}

function readEntry(elements: Elements, block: StreamBlock): void {
  const flags = elements.count();
  block.lastMs = wideSum(block.ms, elements.integer());
  block.lastSeq = wideSum(block.seq, elements.integer());
  const same = (flags & SAME_FIELDS) !== 0;
  const pairs = same ? block.fields.length : elements.count();
  const contents = same ? pairs : 2 * pairs;
  for (let left = contents; left > 0; left--) elements.pass();
  const size = contents + (same ? 3 : 4);
  if (flags > 127 || elements.count() !== size) throw corrupt();
  block.elements += size + 1;
  if ((flags & DELETED) !== 0) block.deleted++;
  else block.live++;
}

/** The elements of a well-formed listpack, each of which may still be another one than expected. */
class Elements {
  readonly #cursor: ListpackCursor;
  readonly #end: number;

  constructor(pack: Buffer) {
    this.#cursor = new ListpackCursor(pack, LISTPACK_HEAD);
    this.#end = pack.length - 1;
  }

  get position(): number {
    return this.#cursor.at;
  }

  get atEnd(): boolean {
    return this.#cursor.at >= this.#end;
  }

  pass(): void {
    if (this.atEnd) throw corrupt();
    this.#cursor.next();
  }

  binary(): Binary {
    if (this.atEnd) throw corrupt();
    return this.#cursor.binary();
  }

  integer(): Wide {
    this.pass();
    if (!this.#cursor.isInteger) throw corrupt();
    return this.#cursor.integer;
  }

  /** A number of things: not negative. */
  count(): number {
    const count = Number(this.integer());
    if (count < 0) throw corrupt();
    return count;
  }
}
