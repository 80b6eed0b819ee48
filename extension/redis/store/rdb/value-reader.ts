/** Reads a value of any type that redis-server up to 7.4 writes, modules excepted. */
import type { Binary } from '../../bytes.ts';
import type { EncodingLimits } from '../encoding-limits.ts';
import { HashValue } from '../hash-value.ts';
import type { Collection } from '../keyspace.ts';
import { ListValue } from '../list-value.ts';
import { SetValue } from '../set-value.ts';
import { SortedSetValue } from '../sorted-set-value.ts';
import { RdbError, RdbType } from './format.ts';
import { broken, intsetElements, listpackElements, ziplistElements, zipmapElements } from './packed.ts';
import type { RdbReader } from './reader.ts';
import { StreamReader } from './stream-reader.ts';

/** How the nodes of a quicklist are written: one element as it is, or a listpack of some. */
const QUICKLIST_PLAIN = 1;
const QUICKLIST_PACKED = 2;

/** Collections that are so many elements and nothing else. */
type Plain = Exclude<Collection, { kind: 'stream' }>;

/** What a type is made of: a count and that many parts, or a single packed string with all elements. */
interface Shape {
  readonly kind: Plain['kind'];
  readonly part?: (value: Plain, reader: RdbReader, soonest: number) => void;
  readonly packed?: (bytes: Uint8Array, what?: string) => Binary[];
  /** Fields expire: when the first does stands in front of all. */
  readonly timed?: true;
}

const SHAPES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [RdbType.list, { kind: 'list', part: readElement }],
  [RdbType.listZiplist, { kind: 'list', packed: ziplistElements }],
  [RdbType.listQuicklist, { kind: 'list', part: readZiplistNode }],
  [RdbType.listQuicklist2, { kind: 'list', part: readQuicklistNode }],
  [RdbType.set, { kind: 'set', part: readElement }],
  [RdbType.setIntset, { kind: 'set', packed: intsetElements }],
  [RdbType.setListpack, { kind: 'set', packed: listpackElements }],
  [RdbType.hash, { kind: 'hash', part: readPair }],
  [RdbType.hashZipmap, { kind: 'hash', packed: zipmapElements }],
  [RdbType.hashZiplist, { kind: 'hash', packed: ziplistElements }],
  [RdbType.hashListpack, { kind: 'hash', packed: listpackElements }],
  [RdbType.hashTimed, { kind: 'hash', part: readTimedPair, timed: true }],
  [RdbType.hashTimedListpack, { kind: 'hash', packed: listpackElements, timed: true }],
  [RdbType.sortedSet, { kind: 'sorted-set', part: readTextScored }],
  [RdbType.sortedSet2, { kind: 'sorted-set', part: readScored }],
  [RdbType.sortedSetZiplist, { kind: 'sorted-set', packed: ziplistElements }],
  [RdbType.sortedSetListpack, { kind: 'sorted-set', packed: listpackElements }],
]);

/** EB_EXPIRE_TIME_MAX: times of fields have 48 bits. */
const LATEST_EXPIRY = 2 ** 48 - 2;

/** What log lines call the kinds. */
const WORDS: Readonly<Record<Plain['kind'], string>> = {
  list: 'list',
  set: 'set',
  hash: 'hash',
  'sorted-set': 'zset',
};

const STREAMS: readonly number[] = [
  RdbType.streamListpacks,
  RdbType.streamListpacks2,
  RdbType.streamListpacks3,
];

/**
 * Reads one value. When the bytes end within it, `read` throws (`RdbError.missing`) and can be called again with a
 * reader that goes on where the first one was `committed`: a collection of any size is read once, however it arrives.
 */
export class ValueReader {
  readonly #type: number;
  readonly #limits: EncodingLimits;
  #value: Plain | undefined;
  readonly #stream: StreamReader | undefined;
  /** Parts that are still to come. */
  #left = 0;
  /** When the first field of a hash expires, milliseconds since the epoch. */
  #soonest: number | undefined;

  constructor(type: number, limits: EncodingLimits) {
    this.#type = type;
    this.#limits = limits;
    this.#stream = STREAMS.includes(type) ? new StreamReader(type, limits) : undefined;
  }

  /**
   * A string as bytes (see `RdbReader.string` for how long they are valid), or a collection; undefined for an empty
   * collection, which only servers with bugs of long ago wrote, and which Redis passes over. Only streams may be empty.
   */
  read(reader: RdbReader): Uint8Array | Collection | undefined {
    if (this.#type === RdbType.string) return reader.string();
    if (this.#stream !== undefined) return this.#stream.read(reader);
    const shape = this.#shape();
    if (shape.timed && this.#soonest === undefined) {
      this.#soonest = reader.int64();
      reader.commit();
    }
    if (shape.packed !== undefined) {
      const elements = shape.packed(reader.string(), WORDS[shape.kind]);
      this.#value = emptyValue(shape.kind, elements.length, this.#limits);
      if (shape.timed) addTimedFields(this.#value, elements);
      else addPacked(this.#value, elements, shape.packed);
    }
    if (this.#value === undefined) {
      this.#left = reader.length();
      this.#value = emptyValue(shape.kind, this.#left, this.#limits);
      reader.commit();
    }
    for (; this.#left > 0; this.#left--) {
      shape.part?.(this.#value, reader, this.#soonest ?? 0);
      reader.commit();
    }
    // Lists choose their encoding when told that no more is to come.
    if (this.#value.kind === 'list') this.#value.expect(0, 0);
    return this.#value.size > 0 ? this.#value : undefined;
  }

  #shape(): Shape {
    const found = SHAPES.get(this.#type);
    if (found !== undefined) return found;
    throw new RdbError(`Unknown RDB encoding type ${this.#type}`);
  }
}

/** `count` elements will be added: a set that will be large need not be converted on the way. */
function emptyValue(kind: Plain['kind'], count: number, limits: EncodingLimits): Plain {
  switch (kind) {
    case 'list':
      return new ListValue(limits);
    case 'set': {
      const set = new SetValue(limits);
      if (count > limits.setIntegers) set.expect(count, '');
      return set;
    }
    case 'hash':
      return new HashValue(limits);
    case 'sorted-set':
      return new SortedSetValue(limits);
  }
}

const FORMS: ReadonlyMap<Shape['packed'], string> = new Map<Shape['packed'], string>([
  [ziplistElements, 'ziplist'],
  [listpackElements, 'listpack'],
  [intsetElements, 'intset'],
  [zipmapElements, 'zipmap'],
]);

/** What makes no value of them (a field that comes twice) makes the form a broken one. */
function addPacked(value: Plain, elements: readonly Binary[], form: Shape['packed']): void {
  try {
    addAll(value, elements);
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    const name = FORMS.get(form) ?? '';
    throw broken(name, name === 'intset' || name === 'zipmap' ? '' : WORDS[value.kind]);
  }
}

/** The elements of a packed form: fields and values, or members and scores, come in pairs. */
function addAll(value: Plain, elements: readonly Binary[]): void {
  if (value.kind === 'list' || value.kind === 'set') {
    for (const element of elements) addElement(value, element);
    return;
  }
  if (elements.length % 2 !== 0) throw new RdbError('An odd number of elements in a value made of pairs');
  for (let i = 0; i < elements.length; i += 2) {
    if (value.kind === 'hash') addField(value, elements[i], elements[i + 1]);
    else addScored(value, elements[i], scoreOf(elements[i + 1]));
  }
}

function readElement(value: Plain, reader: RdbReader): void {
  addElement(value, reader.binary());
}

function readPair(value: Plain, reader: RdbReader): void {
  const field = reader.binary();
  addField(value, field, reader.binary());
}

/** 0, or how long after the first field this one expires, and one more. */
function readTimedPair(value: Plain, reader: RdbReader, soonest: number): void {
  const after = reader.length();
  const field = reader.binary();
  addField(value, field, reader.binary());
  if (after > 0) addExpiry(value, field, soonest + after - 1);
}

/** Field, value, and when it expires: 0 for never. */
function addTimedFields(value: Plain, elements: readonly Binary[]): void {
  if (elements.length % 3 !== 0) throw new RdbError('Hash listpack with TTLs integrity check failed.');
  for (let i = 0; i < elements.length; i += 3) {
    addField(value, elements[i], elements[i + 1]);
    const at = Number(elements[i + 2]);
    if (!Number.isSafeInteger(at)) throw new RdbError('Hash listpack with TTLs integrity check failed.');
    if (at > 0) addExpiry(value, elements[i], at);
  }
}

function addExpiry(value: Plain, field: Binary, at: number): void {
  if (at < 0 || at > LATEST_EXPIRY) throw new RdbError(`invalid expireAt time: ${at}`);
  if (value.kind === 'hash') value.setExpireAt(field, at);
}

function readZiplistNode(list: Plain, reader: RdbReader): void {
  addAll(list, ziplistElements(reader.string()));
}

function readTextScored(set: Plain, reader: RdbReader): void {
  const member = reader.binary();
  addScored(set, member, reader.textDouble());
}

function readScored(set: Plain, reader: RdbReader): void {
  const member = reader.binary();
  addScored(set, member, reader.double());
}

function readQuicklistNode(list: Plain, reader: RdbReader): void {
  const container = reader.length();
  if (container === QUICKLIST_PLAIN) addPlain(list, reader.binary());
  else if (container === QUICKLIST_PACKED) addAll(list, listpackElements(reader.string()));
  else throw new RdbError('Quicklist integrity check failed.');
}

/** Only what is too large for a listpack stands by itself. */
function addPlain(list: Plain, element: Binary): void {
  if (element === '') throw new RdbError('Quicklist integrity check failed.');
  addElement(list, element);
}

function addElement(value: Plain, element: Binary): void {
  if (value.kind === 'list') value.pushTail(element);
  else if (value.kind === 'set' && !value.add(element)) throw new RdbError('Duplicate set members detected');
}

function addField(value: Plain, field: Binary, content: Binary): void {
  if (value.kind !== 'hash' || !value.set(field, content))
    throw new RdbError('Duplicate hash fields detected');
}

function addScored(value: Plain, member: Binary, score: number): void {
  if (Number.isNaN(score)) throw new RdbError('Zset with NAN score detected');
  if (value.kind !== 'sorted-set' || value.set(member, score) !== 'added') {
    throw new RdbError('Duplicate zset fields detected');
  }
}

/** A score as packed forms keep it: decimal text, inf or -inf. */
function scoreOf(text: Binary): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}
