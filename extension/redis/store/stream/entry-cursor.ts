/** Reads the entries of a block one after the other. */
import type { Binary } from '../../bytes.ts';
import type { Reply } from '../../resp/reply.ts';
import { ListpackCursor } from '../listpack.ts';
import { DELETED, SAME_FIELDS, type StreamBlock } from './stream-block.ts';
import { idText, type StreamId, type Wide, wideSum } from './stream-id.ts';

export class EntryCursor implements StreamId {
  /** The id of the entry it stands on. */
  ms: Wide = 0;
  seq: Wide = 0;
  deleted = false;
  /** Where that entry begins in its block. */
  start = 0;
  #block: StreamBlock;
  readonly #elements: ListpackCursor;
  /** How many fields the entry has, and where they are, or where only its values are. */
  #pairs = 0;
  #sameFields = false;
  #contents = 0;
  /** Where the next entry begins. -1: the end of this one was not looked for yet. */
  #next = 0;

  constructor(block: StreamBlock) {
    this.#block = block;
    this.#elements = new ListpackCursor(block.bytes);
  }

  /** Before the entry that begins at `at`. */
  open(block: StreamBlock, at = 0): void {
    this.#block = block;
    this.#elements.bytes = block.bytes;
    this.#next = at;
  }

  /** Steps to the next entry, deleted ones included; false behind the last one. */
  next(): boolean {
    const elements = this.#elements;
    if (this.#next < 0) this.#passContents();
    this.start = this.#next;
    if (this.start >= this.#block.size) return false;
    elements.at = this.start;
    const flags = elements.count();
    this.deleted = (flags & DELETED) !== 0;
    this.#sameFields = (flags & SAME_FIELDS) !== 0;
    elements.next();
    this.ms = wideSum(this.#block.ms, elements.integer);
    elements.next();
    this.seq = wideSum(this.#block.seq, elements.integer);
    this.#pairs = this.#sameFields ? this.#block.fields.length : elements.count();
    this.#contents = elements.at;
    this.#next = -1;
    return true;
  }

  /** The entry as clients get it: its id, and fields and values in turn. */
  replyTo(reply: Reply): void {
    reply.array(2);
    reply.binary(idText(this));
    reply.array(2 * this.#pairs);
    const elements = this.#elements;
    elements.at = this.#contents;
    for (let n = 0; n < this.#pairs; n++) {
      if (this.#sameFields) reply.binary(this.#block.fields[n]);
      else this.#replyElement(reply);
      this.#replyElement(reply);
    }
  }

  /** Fields and values in turn. */
  contents(): Binary[] {
    const elements = this.#elements;
    elements.at = this.#contents;
    const found: Binary[] = [];
    for (let n = 0; n < this.#pairs; n++) {
      found.push(this.#sameFields ? this.#block.fields[n] : elements.binary());
      found.push(elements.binary());
    }
    return found;
  }

  #replyElement(reply: Reply): void {
    const elements = this.#elements;
    elements.next();
    if (elements.isInteger) reply.binary(String(elements.integer));
    else reply.bulk(elements.bytes, elements.start, elements.end);
  }

  #passContents(): void {
    const elements = this.#elements;
    elements.at = this.#contents;
    elements.skip(this.#sameFields ? this.#pairs : 2 * this.#pairs);
    // How many elements the entry has: of use to who reads backwards.
    elements.next();
    this.#next = elements.at;
  }
}
