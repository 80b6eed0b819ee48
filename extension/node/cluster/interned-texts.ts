/**
 * Node ids and addresses as strings. Every message tells of a tenth of the nodes, so the same texts come again and again:
 * each is made a string once, which all nodes of the process share, and is found by its bytes from then on.
 */
import type { Buffer } from 'node:buffer';
import { ID_LENGTH } from './constants.ts';

/** For the ids of a dozen nodes and their shards, and as many empty places again. A power of two. */
const FEWEST_PLACES = 64;
/** Those of two thousand nodes. Whoever invents ids gets no more. */
const MOST_PLACES = 8192;
/** A text is looked for in so many places, one behind the other; one that finds them taken takes the first. */
const TRIES = 4;
/** Bytes of an address, and its closing NUL. */
const ADDRESS_ROOM = 46;
/** Fibonacci hashing: 2^32 by the golden ratio. */
const SPREAD = 0x9e37_79b1;

/** Texts and their bytes. When half of the places are taken there are twice as many, and all texts are met once more. */
class InternedTexts {
  #places = FEWEST_PLACES;
  #taken = 0;
  readonly #room: number;
  texts: (string | undefined)[] = [];
  bytes = new DataView(new ArrayBuffer(0));

  /** Each text has so many bytes, at most. */
  constructor(room: number) {
    this.#room = room;
    this.#forget();
  }

  /** Where a text is looked for. */
  placeOf(hash: number, attempt: number): number {
    return ((hash >>> 16) + attempt) & (this.#places - 1);
  }

  remember(place: number, frame: Buffer, start: number, end: number): string {
    const text = frame.toString('latin1', start, end);
    if (this.texts[place] === undefined && ++this.#taken > this.#places / 2 && this.#places < MOST_PLACES) {
      this.#places *= 2;
      this.#forget();
      return text;
    }
    this.texts[place] = text;
    for (let at = start; at < end; at++) this.bytes.setUint8(place * this.#room + at - start, frame[at]);
    return text;
  }

  #forget(): void {
    this.#taken = 0;
    this.texts = new Array<string | undefined>(this.#places).fill(undefined);
    this.bytes = new DataView(new ArrayBuffer(this.#places * this.#room));
  }
}

const ids = new InternedTexts(ID_LENGTH);
const addresses = new InternedTexts(ADDRESS_ROOM);

/** The 40 bytes at `at`, whatever they are, as text; `view` is of the same bytes as `frame`. */
export function readId(frame: Buffer, view: DataView, at: number): string {
  // The digits of an id are random: eight of them tell nearly all ids apart.
  const hash = Math.imul(view.getInt32(at) ^ Math.imul(view.getInt32(at + 4), SPREAD), SPREAD);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const place = ids.placeOf(hash, attempt);
    const text = ids.texts[place];
    if (text === undefined) return ids.remember(place, frame, at, at + ID_LENGTH);
    if (isId(place, view, at)) return text;
  }
  return ids.remember(ids.placeOf(hash, 0), frame, at, at + ID_LENGTH);
}

/** Four digits at a time. */
function isId(place: number, view: DataView, start: number): boolean {
  const shift = place * ID_LENGTH - start;
  for (let at = start; at < start + ID_LENGTH; at += 4) {
    if (ids.bytes.getInt32(at + shift) !== view.getInt32(at)) return false;
  }
  return true;
}

/** The address in the 46 bytes at `at`, which a NUL ends. */
export function readAddress(frame: Buffer, at: number): string {
  const end = at + ADDRESS_ROOM;
  let hash = 0;
  let last = at;
  for (; last < end && frame[last] !== 0; last++) hash = Math.imul(hash ^ frame[last], SPREAD);
  if (last === at) return '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const place = addresses.placeOf(hash, attempt);
    const text = addresses.texts[place];
    if (text === undefined) return addresses.remember(place, frame, at, last);
    if (text.length === last - at && isAddress(place, frame, at, last)) return text;
  }
  return addresses.remember(addresses.placeOf(hash, 0), frame, at, last);
}

function isAddress(place: number, frame: Buffer, start: number, end: number): boolean {
  const shift = place * ADDRESS_ROOM - start;
  for (let at = start; at < end; at++) if (addresses.bytes.getUint8(at + shift) !== frame[at]) return false;
  return true;
}
