/** Ids of entries among the arguments, and the options that XADD and XTRIM share. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { parseSmallInteger } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import {
  MAX_ID,
  nextId,
  previousId,
  type StreamId,
  WIDE_MAX,
  type Wide,
  wide,
  ZERO_ID,
} from '../store/stream/stream-id.ts';
import type { Trim } from '../store/stream/stream-value.ts';
import { long } from './arguments.ts';
import type { Call } from './command.ts';

/** Longer ones are not looked at. */
const LONGEST_ID = 127;
const DASH = 0x2d;
/** An unsigned 64-bit integer as C's strtoull reads it where the strict form does not fit. */
const LENIENT = /^[ \t-\r]*([+-]?)(\d+)$/;

/** Argument i as `ms-seq`, or `ms` alone, whose sequence number is then `missing`. */
export function idAt(args: Args, i: number, missing: Wide = 0): StreamId {
  const start = args.starts[i];
  const end = args.ends[i];
  if (end - start > LONGEST_ID) throw errors.streamId();
  const { bytes } = args;
  let dash = start;
  while (dash < end && bytes[dash] !== DASH) dash++;
  const ms = parseSmallInteger(bytes, start, dash);
  const seq = dash === end ? missing : parseSmallInteger(bytes, dash + 1, end);
  // A NaN is worth a closer look: a large number, or a strange one.
  return ms >= 0 && seq >= 0 ? { ms, seq } : parseId(args.binary(i), missing);
}

/** The same, where `-` and `+` are the first and the last there can be. */
export function boundAt(args: Args, i: number, missing: Wide): StreamId {
  if (args.is(i, '-')) return ZERO_ID;
  return args.is(i, '+') ? MAX_ID : idAt(args, i, missing);
}

/** The lower end of a range; `(` leaves that id itself out. */
export function rangeStartAt(args: Args, i: number): StreamId {
  if (!isExclusive(args, i)) return boundAt(args, i, 0);
  const next = nextId(parseId(args.binary(i).slice(1), 0));
  if (next === undefined) throw errors.intervalId('start');
  return next;
}

/** The upper end of a range. */
export function rangeEndAt(args: Args, i: number): StreamId {
  if (!isExclusive(args, i)) return boundAt(args, i, WIDE_MAX);
  const previous = previousId(parseId(args.binary(i).slice(1), WIDE_MAX));
  if (previous === undefined) throw errors.intervalId('end');
  return previous;
}

function isExclusive(args: Args, i: number): boolean {
  return args.size(i) > 1 && args.bytes[args.starts[i]] === 0x28;
}

/** Whether argument i is an id: XCLAIM's list of them ends where it is not. */
export function isIdAt(args: Args, i: number): boolean {
  return parts(args.binary(i)) !== undefined;
}

/** The ids from argument `from` on. */
export function idsFrom(args: Args, from: number): StreamId[] {
  const ids: StreamId[] = [];
  for (let i = from; i < args.count; i++) ids.push(idAt(args, i));
  return ids;
}

function parseId(text: Binary, missing: Wide): StreamId {
  const [ms, seq = missing] = parts(text) ?? [];
  if (ms === undefined) throw errors.streamId();
  return { ms, seq };
}

function parts(text: Binary): readonly [ms: Wide, seq?: Wide] | undefined {
  if (text.length > LONGEST_ID) return undefined;
  // As a C string: up to a zero byte.
  const [whole = ''] = text.split('\0', 1);
  const dash = whole.indexOf('-');
  const ms = unsigned(dash < 0 ? whole : whole.slice(0, dash));
  if (ms === undefined || dash < 0) return ms === undefined ? undefined : [ms];
  const seq = unsigned(whole.slice(dash + 1));
  return seq === undefined ? undefined : [ms, seq];
}

function unsigned(text: Binary): Wide | undefined {
  const [, sign, digits = ''] = LENIENT.exec(text) ?? [];
  if (digits === '') return undefined;
  const value = BigInt(digits);
  if (value > WIDE_MAX) return undefined;
  if (sign !== '-') return wide(value);
  // A negative number in its plain form is refused, in any other it wraps around.
  const plain = /^-(?!0)/.test(text) && value <= 2n ** 63n;
  return plain ? undefined : wide(BigInt.asUintN(64, -value));
}

export interface AddOptions {
  readonly create: boolean;
  readonly trim: Trim | undefined;
  /** Where the length or id to trim to is. */
  readonly trimAt: number;
  /** Where the id of the new entry is. */
  readonly idAt: number;
  readonly id: NewId;
}

/** The id of a new entry: `*`, `ms-*`, or a whole one. */
export interface NewId {
  readonly ms: Wide | undefined;
  readonly seq: Wide | undefined;
}

const ANY_ID: NewId = { ms: undefined, seq: undefined };

/** XADD's options up to its id, XTRIM's up to the end. */
export function trimOptions(call: Call, command: 'xadd' | 'xtrim'): AddOptions {
  const { args } = call;
  const adding = command === 'xadd';
  const found: Found = { to: undefined, approximate: false, trimAt: 0, limit: undefined };
  let create = true;
  let i = 2;
  for (; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (hasMore && (args.is(i, 'maxlen') || args.is(i, 'minid'))) i = readStrategy(args, i, found);
    else if (hasMore && args.is(i, 'limit')) {
      found.limit = long(args, ++i);
      if (found.limit < 0) throw errors.argumentNegative('LIMIT');
    } else if (adding && args.is(i, 'nomkstream')) create = false;
    else if (adding) break;
    else throw errors.syntax();
  }
  // A wrong id is told of before options that do not go together.
  const id = adding && i < args.count ? newIdAt(args, i) : ANY_ID;
  return { create, trim: trimOf(call, found, adding), trimAt: found.trimAt, idAt: i, id };
}

interface Found {
  to: Trim['to'] | undefined;
  approximate: boolean;
  trimAt: number;
  limit: number | undefined;
}

/** MAXLEN or MINID [=|~] threshold: returns where the threshold is. */
function readStrategy(args: Args, i: number, found: Found): number {
  if (found.to !== undefined) throw errors.trimTwice();
  const marked = i + 2 < args.count && (args.is(i + 1, '~') || args.is(i + 1, '='));
  found.approximate = marked && args.is(i + 1, '~');
  found.trimAt = i + (marked ? 2 : 1);
  if (args.is(i, 'minid')) found.to = { minId: idAt(args, found.trimAt) };
  else {
    const length = long(args, found.trimAt);
    if (length < 0) throw errors.argumentNegative('MAXLEN');
    found.to = { length };
  }
  return found.trimAt;
}

/** Without LIMIT an approximate trim stops after this many blocks, so that it takes no time worth mentioning. */
const BLOCKS_AT_ONCE = 100;
const FEWEST_AT_ONCE = 10_000;
const MOST_AT_ONCE = 1_000_000;

function trimOf(call: Call, { to, approximate, limit }: Found, adding: boolean): Trim | undefined {
  if (to === undefined) {
    if (limit !== undefined && limit > 0) throw errors.trimLimitAlone();
    if (!adding) throw errors.xtrimNothing();
  }
  // Our primary has already counted: what it sends is exact, and its limit has been kept.
  if (call.replayed) return to && { to, approximate, limit: 0 };
  if (limit !== undefined && !approximate) throw errors.trimLimitExact();
  if (to === undefined) return undefined;
  if (limit !== undefined || !approximate) return { to, approximate, limit: limit ?? 0 };
  const usual = BLOCKS_AT_ONCE * call.db.limits.streamBlockEntries;
  return { to, approximate, limit: Math.min(usual <= 0 ? FEWEST_AT_ONCE : usual, MOST_AT_ONCE) };
}

function newIdAt(args: Args, i: number): NewId {
  if (args.is(i, '*')) return ANY_ID;
  const text = args.binary(i);
  if (!/^[^-]*-\*$/.test(text)) return idAt(args, i);
  return { ms: parseId(text.slice(0, -2), 0).ms, seq: undefined };
}
