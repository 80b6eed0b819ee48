/**
 * Replies of RESP2 and RESP3 servers, from bytes as they arrive to values that keep their type: what the lab, the
 * console and the tests read. Incremental: an unfinished reply is not parsed again from its start.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf } from '../bytes.ts';

/** One reply. Strings are Binary; `textOf` makes them text. */
export type RespValue =
  | { readonly type: 'simple'; readonly value: Binary }
  | { readonly type: 'error'; readonly value: Binary }
  | { readonly type: 'integer'; readonly value: number | bigint }
  | { readonly type: 'bulk'; readonly value: Binary }
  | { readonly type: 'null' }
  | { readonly type: 'double'; readonly value: number; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'big-number'; readonly value: bigint }
  | { readonly type: 'verbatim'; readonly format: string; readonly value: Binary }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RespValue[] }
  | {
      readonly type: 'map' | 'attribute';
      readonly entries: readonly (readonly [RespValue, RespValue])[];
    };

/** An aggregate whose items are still arriving. */
interface Open {
  readonly type: 'array' | 'set' | 'push' | 'map' | 'attribute';
  readonly items: RespValue[];
  readonly size: number;
}

/** The peer does not speak RESP. */
export class RespSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RespSyntaxError';
  }
}

const CR = 0x0d;
const LF = 0x0a;

export class ReplyDecoder {
  private bytes = Buffer.alloc(0);
  private at = 0;
  private end = 0;
  private readonly open: Open[] = [];
  private readonly onReply: (reply: RespValue) => void;

  /**
   * `onReply` hears of each whole reply, pushes included. Attributes come as values of their own before the reply
   * they belong to; inside an aggregate they are dropped.
   */
  constructor(onReply: (reply: RespValue) => void) {
    this.onReply = onReply;
  }

  /** Takes `bytes[start, end)`; copies what it keeps. Throws RespSyntaxError. */
  feed(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.append(bytes, start, end);
    for (;;) {
      const value = this.readOne();
      if (value === undefined) return;
      if (value !== 'opened') this.complete(value);
    }
  }

  private append(bytes: Uint8Array, start: number, end: number): void {
    const rest = this.end - this.at;
    const size = rest + end - start;
    if (size > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * size);
      this.bytes.copy(larger, 0, this.at, this.end);
      this.bytes = larger;
    } else if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end);
    }
    this.bytes.set(bytes.subarray(start, end), rest);
    this.at = 0;
    this.end = size;
  }

  /** Puts a value where it belongs, and closes the aggregates it completes. */
  private complete(value: RespValue): void {
    let done = value;
    for (let parent = this.open.at(-1); parent !== undefined; parent = this.open.at(-1)) {
      // An attribute describes the item behind it and does not count.
      if (done.type === 'attribute') return;
      parent.items.push(done);
      if (parent.items.length < parent.size) return;
      this.open.pop();
      done = closed(parent);
    }
    this.onReply(done);
  }

  /** The next scalar or empty aggregate, 'opened' when an aggregate begins, undefined when bytes are missing. */
  private readOne(): RespValue | 'opened' | undefined {
    const lineEnd = this.bytes.subarray(0, this.end).indexOf(LF, this.at);
    if (lineEnd < 0) return undefined;
    const textEnd = this.bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    const mark = String.fromCharCode(this.bytes[this.at]);
    const line = binaryOf(this.bytes, this.at + 1, textEnd);
    const behind = lineEnd + 1;
    if (mark === '$' || mark === '=' || mark === '!') return this.readBulk(mark, line, behind);
    this.at = behind;
    const type = AGGREGATES.get(mark);
    return type === undefined ? scalar(mark, line) : this.openAggregate(type, length(line));
  }

  private readBulk(mark: string, line: Binary, start: number): RespValue | undefined {
    const size = length(line);
    if (size < 0) {
      this.at = start;
      return { type: 'null' };
    }
    if (start + size + 2 > this.end) return undefined;
    const value = binaryOf(this.bytes, start, start + size);
    this.at = start + size + 2;
    if (mark === '=') return { type: 'verbatim', format: value.slice(0, 3), value: value.slice(4) };
    return { type: mark === '!' ? 'error' : 'bulk', value };
  }

  private openAggregate(type: Open['type'], length: number): RespValue | 'opened' {
    if (length < 0) return { type: 'null' };
    const size = type === 'map' || type === 'attribute' ? 2 * length : length;
    const open: Open = { type, items: [], size };
    if (size === 0) return closed(open);
    this.open.push(open);
    return 'opened';
  }
}

const AGGREGATES: ReadonlyMap<string, Open['type']> = new Map([
  ['*', 'array'],
  ['~', 'set'],
  ['>', 'push'],
  ['%', 'map'],
  ['|', 'attribute'],
] as const);

function closed({ type, items }: Open): RespValue {
  if (type !== 'map' && type !== 'attribute') return { type, items };
  const entries: [RespValue, RespValue][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) entries.push([items[i], items[i + 1]]);
  return { type, entries };
}

function scalar(mark: string, line: Binary): RespValue {
  switch (mark) {
    case '+':
      return { type: 'simple', value: line };
    case '-':
      return { type: 'error', value: line };
    case ':': {
      const value = Number(line);
      return { type: 'integer', value: Number.isSafeInteger(value) ? value : whole(line) };
    }
    case '_':
      return { type: 'null' };
    case ',':
      return { type: 'double', value: double(line), text: line };
    case '#':
      return { type: 'boolean', value: line === 't' };
    case '(':
      return { type: 'big-number', value: whole(line) };
    default:
      throw new RespSyntaxError(`unexpected '${mark}' where a reply starts`);
  }
}

function double(line: string): number {
  if (line === 'inf') return Number.POSITIVE_INFINITY;
  if (line === '-inf') return Number.NEGATIVE_INFINITY;
  return Number(line);
}

function whole(line: string): bigint {
  if (!/^[+-]?\d+$/.test(line)) throw new RespSyntaxError(`'${line}' is no whole number`);
  return BigInt(line);
}

function length(line: string): number {
  if (!/^(?:-1|\d+)$/.test(line)) throw new RespSyntaxError(`'${line}' is no length`);
  return Number(line);
}
