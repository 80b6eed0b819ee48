/** XREAD and XREADGROUP: their arguments, and what they answer when they need not wait. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { Consumer, ConsumerGroup, Pending } from '../store/stream/consumer-group.ts';
import { countRead } from '../store/stream/read-counter.ts';
import {
  compareIds,
  idOf,
  idText,
  incremented,
  MAX_ID,
  nextId,
  type StreamId,
  ZERO_ID,
} from '../store/stream/stream-id.ts';
import type { StreamValue } from '../store/stream/stream-value.ts';
import { long } from './arguments.ts';
import type { Call } from './command.ts';
import { idAt } from './stream-arguments.ts';
import { consumerSeen, replicateClaim, replicateGroupId } from './stream-pending.ts';
import { replyEntries } from './streams.ts';

export interface ReadRequest {
  readonly inGroup: boolean;
  /** How long to wait, 0 for ever; undefined: not at all. */
  readonly timeoutMs: number | undefined;
  /** At most so many entries of each stream; Infinity: all. */
  readonly count: number;
  /** Where the name of the group is, the consumer's behind it. */
  readonly groupAt: number;
  /** What is delivered need not be acknowledged. */
  readonly noAck: boolean;
  /** Where the keys begin; behind them, as many ids. */
  readonly keysAt: number;
  readonly streams: number;
}

/** XREAD [COUNT count] [BLOCK ms] STREAMS key [key ...] id [id ...]; XREADGROUP has GROUP group consumer and NOACK, too. */
function readRequest(call: Call, inGroup: boolean, inScript: boolean): ReadRequest {
  const { args } = call;
  let timeoutMs: number | undefined;
  let count = Number.POSITIVE_INFINITY;
  let groupAt = 0;
  let noAck = false;
  let keysAt = 0;
  for (let i = 1; i < args.count && keysAt === 0; i++) {
    const more = args.count - i - 1;
    if (args.is(i, 'block') && more > 0) {
      if (inScript) throw errors.blockInScript(args.binary(0));
      timeoutMs = timeoutAt(call, ++i);
    } else if (args.is(i, 'count') && more > 0) count = entryCount(args, ++i);
    else if (args.is(i, 'streams') && more > 0) keysAt = i + 1;
    else if (args.is(i, 'group') && more >= 2) {
      if (!inGroup) throw errors.onlyXreadgroup('GROUP');
      groupAt = i + 1;
      i += 2;
    } else if (args.is(i, 'noack')) {
      if (!inGroup) throw errors.onlyXreadgroup('NOACK');
      noAck = true;
    } else throw errors.syntax();
  }
  const behind = args.count - keysAt;
  if (keysAt > 0 && behind % 2 !== 0) {
    throw errors.streamsUnbalanced(inGroup ? 'xreadgroup' : 'xread', inGroup ? '>' : '$');
  }
  if (keysAt === 0) throw errors.syntax();
  if (inGroup && groupAt === 0) throw errors.xreadgroupWithoutGroup();
  return { inGroup, timeoutMs, count, groupAt, noAck, keysAt, streams: behind / 2 };
}

/** Milliseconds; 0 means for ever. */
function timeoutAt({ args, now }: Call, i: number): number {
  const milliseconds = long(args, i, errors.timeoutNotInteger);
  if (milliseconds < 0) throw errors.timeoutNegative();
  // When it ends must fit 64 bits.
  if (milliseconds > 2 ** 63 - now) throw errors.timeoutOutOfRange();
  return milliseconds;
}

/** 0 and less: all. */
function entryCount(args: Args, i: number): number {
  const count = long(args, i);
  return count > 0 ? count : Number.POSITIVE_INFINITY;
}

/** What to read of one stream. */
export interface Source {
  /** Where its key is. */
  readonly at: number;
  readonly group: ConsumerGroup | undefined;
  /** What comes behind this id; undefined: what the group has not had yet. */
  readonly after: StreamId | undefined;
}

/** What a command that has found nothing may wait for. */
export interface Unserved {
  readonly request: ReadRequest;
  readonly sources: readonly Source[];
}

/** Replies what there is to read; when that is nothing, replies nothing and says what was asked for. */
export function readStreams(call: Call, inGroup: boolean, inScript = false): Unserved | undefined {
  const request = readRequest(call, inGroup, inScript);
  const sources = sourcesOf(call, request);
  // What a group has read is told by name.
  if (inGroup) call.replicateAs();
  const served = call.reply.pairs(
    () => sources.filter((source) => replySource(call, request, source)).length,
  );
  return served > 0 ? undefined : { request, sources };
}

/** Looks at every key and id before anything is answered. */
function sourcesOf(call: Call, request: ReadRequest): Source[] {
  const { args, db } = call;
  const sources: Source[] = [];
  for (let at = request.keysAt; at < request.keysAt + request.streams; at++) {
    const idArg = at + request.streams;
    const stream = db.stream(args, at);
    const group = request.inGroup ? stream?.groups.get(args.binary(request.groupAt)) : undefined;
    if (request.inGroup && group === undefined) {
      throw errors.noGroupToRead(args.binary(at), args.binary(request.groupAt));
    }
    sources.push({ at, group, after: startOf(args, idArg, request.inGroup, stream) });
  }
  return sources;
}

function startOf(
  args: Args,
  i: number,
  inGroup: boolean,
  stream: StreamValue | undefined,
): StreamId | undefined {
  if (args.is(i, '$')) {
    if (inGroup) throw errors.lastIdInXreadgroup();
    return stream?.lastId ?? ZERO_ID;
  }
  if (!args.is(i, '>')) return idAt(args, i);
  if (!inGroup) throw errors.newIdInXread();
  return undefined;
}

function replySource(call: Call, request: ReadRequest, source: Source): boolean {
  const stream = call.db.stream(call.args, source.at);
  if (stream === undefined) return false;
  if (source.group !== undefined) return replyToGroup(call, request, source, stream, source.group);
  const { after = ZERO_ID } = source;
  if (stream.size === 0 || compareIds(stream.lastLiveId(), after) <= 0) return false;
  replyKey(call, source);
  replyEntries(call.reply, stream, nextId(after) ?? ZERO_ID, MAX_ID, request.count);
  return true;
}

function replyKey({ args, reply }: Call, { at }: Source): void {
  if (reply.protocol === 2) reply.array(2);
  reply.binary(args.binary(at));
}

function replyToGroup(
  call: Call,
  request: ReadRequest,
  source: Source,
  stream: StreamValue,
  group: ConsumerGroup,
): boolean {
  const { args } = call;
  const name = args.binary(request.groupAt + 1);
  const isNew = !group.consumers.has(name);
  const consumer = consumerSeen(call, source.at, group, name);
  if (isNew && request.noAck) {
    call.replicateAs('XGROUP', 'CREATECONSUMER', args.copy(source.at), args.copy(request.groupAt), name);
  }
  // The highest id there can be stands for what is new, whoever wrote it.
  const history =
    source.after !== undefined && compareIds(source.after, MAX_ID) !== 0 ? source.after : undefined;
  if (history !== undefined) {
    replyKey(call, source);
    replyHistory(call, stream, [...behind(consumer.pending.startingAt(next(history)), request.count)]);
    call.changedBeside(source.at);
    return true;
  }
  if (stream.size === 0 || compareIds(stream.lastLiveId(), group.lastId) <= 0) return false;
  replyKey(call, source);
  replyNew(call, request, stream, group, (id) => {
    if (!request.noAck) deliver(call, request, source, group, consumer, id);
  });
  if (request.noAck) replicateGroupId(call, source.at, args.binary(request.groupAt), group);
  call.changedBeside(source.at);
  return true;
}

/** The id behind this one; behind the last there is none, and all begins anew. */
function next(id: StreamId): StreamId {
  return nextId(id) ?? ZERO_ID;
}

function* behind(pending: Iterable<Pending>, count: number): Generator<Pending> {
  let left = count;
  for (const each of pending) {
    if (left-- <= 0) return;
    yield each;
  }
}

/** What was delivered to the consumer before and not acknowledged. A deleted entry is its id and nothing else. */
function replyHistory({ now, reply }: Call, stream: StreamValue, history: readonly Pending[]): void {
  reply.array(history.length);
  for (const pending of history) {
    const entry = stream.find(pending);
    if (entry === undefined) {
      reply.array(2);
      reply.binary(idText(pending));
      reply.nullArray();
      continue;
    }
    entry.replyTo(reply);
    pending.deliveredAt = now;
    pending.deliveries = incremented(pending.deliveries);
  }
}

/** What the group has not had yet: it moves on, entry by entry. */
function replyNew(
  { reply }: Call,
  { count }: ReadRequest,
  stream: StreamValue,
  group: ConsumerGroup,
  delivered: (id: StreamId) => void,
): void {
  const from = next(group.lastId);
  let left = stream.count(from, MAX_ID, count);
  reply.array(left);
  stream.each(from, MAX_ID, false, (entry) => {
    const id = idOf(entry);
    countRead(stream, group, id);
    entry.replyTo(reply);
    delivered(id);
    return --left > 0;
  });
}

/** The entry is pending with the consumer now. It may have been with another before: XGROUP SETID can go back. */
function deliver(
  call: Call,
  request: ReadRequest,
  source: Source,
  group: ConsumerGroup,
  consumer: Consumer,
  id: StreamId,
): void {
  const { args, now } = call;
  const before = group.pending.get(id);
  const pending = before ?? group.addPending(id, consumer, now, 1);
  if (before !== undefined) {
    group.hand(before, consumer);
    before.deliveredAt = now;
    before.deliveries = 1;
  }
  consumer.activeAt = now;
  replicateClaim(call, source.at, args.binary(request.groupAt), group, pending);
}
