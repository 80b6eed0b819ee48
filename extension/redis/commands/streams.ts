/** Streams: adding, reading by range, deleting and trimming. Groups of readers are in stream-groups.ts. */
import { errors } from '../errors.ts';
import type { Reply } from '../resp/reply.ts';
import {
  compareIds,
  idText,
  isZeroId,
  MAX_ID,
  type StreamId,
  WIDE_MAX,
  type Wide,
  wide,
  wideSum,
  ZERO_ID,
} from '../store/stream/stream-id.ts';
import { MAX_BLOCK_BYTES, StreamValue } from '../store/stream/stream-value.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';
import {
  type AddOptions,
  idAt,
  idsFrom,
  type NewId,
  rangeEndAt,
  rangeStartAt,
  trimOptions,
} from './stream-arguments.ts';

export const streams: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('xadd', -5, WRITE | DENYOOM | FAST, keyAt(1, 'RW update'), xadd),
  command('xlen', 2, READONLY | FAST, keyAt(1, 'RO'), xlen),
  command('xrange', -4, READONLY, keyAt(1, 'RO access'), (call) => range(call, 2, 3, false)),
  command('xrevrange', -4, READONLY, keyAt(1, 'RO access'), (call) => range(call, 3, 2, true)),
  command('xdel', -3, WRITE | FAST, keyAt(1, 'RW delete'), xdel),
  command('xtrim', -4, WRITE, keyAt(1, 'RW delete'), xtrim),
  command('xsetid', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW update'), xsetid),
];

/** XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...] */
function xadd(call: Call): void {
  const { args, db, reply } = call;
  const options = trimOptions(call, 'xadd');
  const first = options.idAt + 1;
  if (args.count - first < 2 || (args.count - first) % 2 === 1) throw errors.wrongArity('xadd');
  if (options.id.ms === 0 && options.id.seq === 0) throw errors.xaddZero();
  let stream = db.stream(args, 1);
  if (stream === undefined && !options.create) {
    reply.null();
    return;
  }
  const id = idFor(stream, options.id, call.now);
  checkSize(call, first);
  if (stream === undefined) {
    stream = new StreamValue(db.limits);
    db.put(args, 1, stream);
  }
  stream.append(id, args, first);
  reply.binary(idText(id));
  call.changed(1, 'xadd');
  const { trim } = options;
  if (trim !== undefined && stream.trim(trim) > 0) call.changed(1, 'xtrim', 0);
  replicateAdded(call, stream, id, options);
}

/** The id an entry gets when it is added now. */
function idFor(stream: StreamValue | undefined, { ms, seq }: NewId, now: number): StreamId {
  const last = stream?.lastId ?? ZERO_ID;
  if (compareIds(last, MAX_ID) === 0) throw errors.streamExhausted();
  if (ms === undefined) return stream?.newId(now) ?? { ms: now, seq: 0 };
  if (seq === undefined && ms === last.ms) {
    if (last.seq === WIDE_MAX) throw errors.xaddNotAbove();
    return { ms, seq: wideSum(last.seq, 1) };
  }
  const id = { ms, seq: seq ?? 0 };
  if (compareIds(id, last) <= 0) throw errors.xaddNotAbove();
  return id;
}

function checkSize({ args }: Call, first: number): void {
  let bytes = 0;
  for (let i = first; i < args.count; i++) bytes += args.size(i);
  if (bytes > MAX_BLOCK_BYTES) throw errors.elementsTooLarge();
}

/** What was left to the server is told: the id, and how much an approximate trim has left. */
function replicateAdded(call: Call, stream: StreamValue, id: StreamId, options: AddOptions): void {
  const replacements = trimmedTo(stream, options);
  if (options.id.seq === undefined) replacements.push([options.idAt, idText(id)]);
  if (replacements.length > 0) call.replicateWith(...replacements);
}

/** `~ threshold` as `= what there is now`. */
function trimmedTo(stream: StreamValue, { trim, trimAt }: AddOptions): [i: number, word: string][] {
  if (trim?.approximate !== true) return [];
  const left = 'length' in trim.to ? String(stream.size) : idText(stream.firstKeptId);
  return [
    [trimAt - 1, '='],
    [trimAt, left],
  ];
}

function xlen({ args, db, reply }: Call): void {
  reply.integer(db.stream(args, 1)?.size ?? 0);
}

/** XRANGE key start end [COUNT count], and XREVRANGE key end start [COUNT count]. */
function range({ args, db, reply }: Call, startArg: number, endArg: number, reverse: boolean): void {
  const start = rangeStartAt(args, startArg);
  const end = rangeEndAt(args, endArg);
  let count = Number.POSITIVE_INFINITY;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, 'count') || i + 1 >= args.count) throw errors.syntax();
    count = Math.max(0, long(args, i + 1));
  }
  const stream = db.stream(args, 1);
  if (stream === undefined) reply.array(0);
  else if (count === 0) reply.nullArray();
  else replyEntries(reply, stream, start, end, count, reverse);
}

/** The entries from `start` to `end`, both included, at most `count`. */
export function replyEntries(
  reply: Reply,
  stream: StreamValue,
  start: StreamId,
  end: StreamId,
  count: number,
  reverse = false,
): void {
  let left = stream.count(start, end, count);
  reply.array(left);
  if (left === 0) return;
  stream.each(start, end, reverse, (entry) => {
    entry.replyTo(reply);
    return --left > 0;
  });
}

function xdel(call: Call): void {
  const { args, db, reply } = call;
  const stream = db.stream(args, 1);
  if (stream === undefined) {
    reply.integer(0);
    return;
  }
  let deleted = 0;
  for (const id of idsFrom(args, 2)) if (stream.delete(id)) deleted++;
  if (deleted > 0) call.changed(1, 'xdel', deleted);
  reply.integer(deleted);
}

/** XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count] */
function xtrim(call: Call): void {
  const { args, db, reply } = call;
  const options = trimOptions(call, 'xtrim');
  const stream = db.stream(args, 1);
  const { trim } = options;
  const removed = stream === undefined || trim === undefined ? 0 : stream.trim(trim);
  if (stream !== undefined && removed > 0) {
    call.changed(1, 'xtrim', removed);
    const replacements = trimmedTo(stream, options);
    if (replacements.length > 0) call.replicateWith(...replacements);
  }
  reply.integer(removed);
}

/** XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id] */
function xsetid(call: Call): void {
  const { args, db, reply } = call;
  const id = idAt(args, 2);
  let added: Wide | undefined;
  let maxDeletedId = ZERO_ID;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw errors.syntax();
    if (args.is(i, 'entriesadded')) {
      added = wide(args.bigint(i + 1));
      if (added < 0) throw errors.entriesAddedNegative();
    } else if (args.is(i, 'maxdeletedid')) {
      maxDeletedId = idAt(args, i + 1);
      if (compareIds(id, maxDeletedId) < 0) throw errors.xsetidBelow('the provided max_deleted_entry_id');
    } else throw errors.syntax();
  }
  const stream = db.stream(args, 1);
  if (stream === undefined) throw errors.noSuchKey();
  if (compareIds(id, stream.maxDeletedId) < 0) throw errors.xsetidBelow('current max_deleted_entry_id');
  if (stream.size > 0) {
    if (compareIds(id, stream.lastLiveId()) < 0) throw errors.xsetidBelow('the target stream top item');
    if (added !== undefined && added < stream.size) throw errors.xsetidBelowLength();
  }
  stream.lastId = id;
  if (added !== undefined) stream.entriesAdded = added;
  if (!isZeroId(maxDeletedId)) stream.maxDeletedId = maxDeletedId;
  call.changedBeside(1, 'xsetid');
  reply.ok();
}
