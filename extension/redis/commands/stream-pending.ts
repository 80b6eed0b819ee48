/** What was delivered to a group and not acknowledged: XPENDING shows it, XCLAIM and XAUTOCLAIM hand it to another. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import type { Consumer, ConsumerGroup, Pending } from '../store/stream/consumer-group.ts';
import type { PendingEntries } from '../store/stream/pending-entries.ts';
import {
  compareIds,
  idOf,
  idText,
  incremented,
  nextId,
  type StreamId,
  type Wide,
  wide,
  ZERO_ID,
} from '../store/stream/stream-id.ts';
import type { StreamValue } from '../store/stream/stream-value.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';
import { idAt, isIdAt, rangeEndAt, rangeStartAt } from './stream-arguments.ts';

export const streamPending: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('xpending', -3, READONLY, keyAt(1, 'RO access'), xpending),
  command('xclaim', -6, WRITE | FAST, keyAt(1, 'RW update'), xclaim),
  command('xautoclaim', -6, WRITE | FAST, keyAt(1, 'RW delete'), xautoclaim),
];

/** The stream at key 1 and its group 2, which must be there. */
function existing({ args, db }: Call): readonly [StreamValue, ConsumerGroup] {
  const stream = db.stream(args, 1);
  const group = stream?.groups.get(args.binary(2));
  if (stream === undefined || group === undefined) {
    throw errors.noSuchKeyOrGroup(args.binary(1), args.binary(2));
  }
  return [stream, group];
}

/** XPENDING key group [[IDLE min-idle-time] start end count [consumer]] */
function xpending(call: Call): void {
  const { args } = call;
  if (args.count === 3) {
    replySummary(call.reply, existing(call)[1]);
    return;
  }
  if (args.count < 6 || args.count > 9) throw errors.syntax();
  const hasIdle = args.is(3, 'idle');
  const minIdle = hasIdle ? long(args, 4) : 0;
  if (hasIdle && args.count < 8) throw errors.syntax();
  const at = hasIdle ? 5 : 3;
  const count = Math.max(0, long(args, at + 2));
  const start = rangeStartAt(args, at);
  const end = rangeEndAt(args, at + 1);
  const [, group] = existing(call);
  let pending: PendingEntries<Pending> | undefined = group.pending;
  if (at + 3 < args.count) pending = group.consumers.get(args.binary(at + 3))?.pending;
  replyPending(call, pending, { start, end, count, minIdle });
}

/** How many, from where to where, and with whom. */
function replySummary(reply: Reply, group: ConsumerGroup): void {
  const { first, last, size } = group.pending;
  reply.array(4);
  reply.integer(size);
  if (first === undefined || last === undefined) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  reply.binary(idText(first));
  reply.binary(idText(last));
  const busy = group.sortedConsumers().filter(({ pending }) => pending.size > 0);
  reply.array(busy.length);
  for (const { name, pending } of busy) {
    reply.array(2);
    reply.binary(name);
    reply.binary(String(pending.size));
  }
}

interface PendingRange {
  readonly start: StreamId;
  readonly end: StreamId;
  readonly count: number;
  readonly minIdle: number;
}

function replyPending(
  { now, reply }: Call,
  all: PendingEntries<Pending> | undefined,
  range: PendingRange,
): void {
  const found: Pending[] = [];
  if (all !== undefined && range.count > 0) {
    for (const pending of all.startingAt(range.start)) {
      if (compareIds(pending, range.end) > 0) break;
      if (range.minIdle !== 0 && now - pending.deliveredAt < range.minIdle) continue;
      if (found.push(pending) >= range.count) break;
    }
  }
  reply.array(found.length);
  for (const pending of found) {
    reply.array(4);
    reply.binary(idText(pending));
    reply.binary(pending.consumer.name);
    reply.integer(Math.max(0, now - pending.deliveredAt));
    reply.integer(pending.deliveries);
  }
}

/** Replicas get what became of one pending entry: whose it is, since when and how often delivered. */
export function replicateClaim(
  call: Call,
  key: number,
  name: Binary,
  group: ConsumerGroup,
  pending: Pending,
  id?: Binary,
): void {
  call.replicateAs(
    'XCLAIM',
    call.args.copy(key),
    name,
    pending.consumer.name,
    '0',
    id ?? idText(pending),
    'TIME',
    String(pending.deliveredAt),
    'RETRYCOUNT',
    String(pending.deliveries),
    'FORCE',
    'JUSTID',
    'LASTID',
    idText(group.lastId),
  );
}

/** Replicas get how far a group has read. */
export function replicateGroupId(call: Call, key: number, name: Binary, group: ConsumerGroup): void {
  call.replicateAs(
    'XGROUP',
    'SETID',
    call.args.copy(key),
    name,
    idText(group.lastId),
    'ENTRIESREAD',
    String(group.entriesRead ?? -1),
  );
}

/** The consumer of that name, who is here now; made when there is none. */
export function consumerSeen(call: Call, key: number, group: ConsumerGroup, name: Binary): Consumer {
  let consumer = group.consumers.get(name);
  if (consumer === undefined) {
    consumer = group.addConsumer(name, call.now);
    call.changedBeside(key, 'xgroup-createconsumer');
  }
  consumer.seenAt = call.now;
  return consumer;
}

function replyClaimed(reply: Reply, stream: StreamValue, claimed: readonly Pending[], justId: boolean): void {
  reply.array(claimed.length);
  for (const pending of claimed) {
    if (justId) reply.binary(idText(pending));
    else stream.find(pending)?.replyTo(reply);
  }
}

interface ClaimOptions {
  readonly force: boolean;
  readonly justId: boolean;
  readonly deliveredAt: number;
  readonly deliveries: Wide | undefined;
  readonly lastId: StreamId;
}

/** XCLAIM key group consumer min-idle-time id [id ...] [options] */
function xclaim(call: Call): void {
  const { args, now, reply } = call;
  const [stream, group] = existing(call);
  const minIdle = Math.max(0, argument(args, 4, 'min-idle-time', 'XCLAIM'));
  let end = 5;
  while (end < args.count && isIdAt(args, end)) end++;
  const options = claimOptions(call, end);
  const movesOn = compareIds(options.lastId, group.lastId) > 0;
  if (movesOn) group.lastId = options.lastId;
  const consumer = consumerSeen(call, 1, group, args.binary(3));
  call.replicateAs();
  const claimed: Pending[] = [];
  let told = false;
  for (let i = 5; i < end; i++) {
    const id = idAt(args, i);
    let pending = group.pending.get(id);
    if (stream.find(id) === undefined) {
      // It was deleted meanwhile: there is nothing to claim.
      if (pending === undefined) continue;
      replicateClaim(call, 1, args.binary(2), group, pending, args.binary(i));
      group.removePending(pending);
    } else {
      if (pending === undefined && !options.force) continue;
      if (pending !== undefined && minIdle > 0 && now - pending.deliveredAt < minIdle) continue;
      pending ??= group.addPending(id, consumer, now, 1);
      claim(group, pending, consumer, options);
      consumer.activeAt = now;
      claimed.push(pending);
      replicateClaim(call, 1, args.binary(2), group, pending, args.binary(i));
    }
    told = true;
    call.changedBeside(1);
  }
  if (movesOn && !told) {
    replicateGroupId(call, 1, args.binary(2), group);
    call.changedBeside(1);
  }
  replyClaimed(reply, stream, claimed, options.justId);
}

function claim(group: ConsumerGroup, pending: Pending, consumer: Consumer, options: ClaimOptions): void {
  pending.deliveredAt = options.deliveredAt;
  if (options.deliveries !== undefined) pending.deliveries = options.deliveries;
  else if (!options.justId) pending.deliveries = incremented(pending.deliveries);
  group.hand(pending, consumer);
}

function claimOptions({ args, now }: Call, from: number): ClaimOptions {
  let force = false;
  let justId = false;
  let deliveredAt = now;
  let deliveries: Wide | undefined;
  let lastId = ZERO_ID;
  for (let i = from; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, 'force')) force = true;
    else if (args.is(i, 'justid')) justId = true;
    else if (args.is(i, 'idle') && hasMore) deliveredAt = now - argument(args, ++i, 'IDLE option', 'XCLAIM');
    else if (args.is(i, 'time') && hasMore) deliveredAt = argument(args, ++i, 'TIME option', 'XCLAIM');
    else if (args.is(i, 'retrycount') && hasMore) deliveries = retryCount(args, ++i);
    else if (args.is(i, 'lastid') && hasMore) lastId = idAt(args, ++i);
    else throw errors.unknownXclaimOption(args.binary(i));
  }
  // A time before all times, or one to come, is of a client whose clock is wrong: now, then.
  if (deliveredAt < 0 || deliveredAt > now) deliveredAt = now;
  return { force, justId, deliveredAt, deliveries, lastId };
}

function argument(args: Args, i: number, what: string, command: string): number {
  return long(args, i, () => errors.invalidArgumentFor(what, command));
}

/** Negative: as if it was not there. */
function retryCount(args: Args, i: number): Wide | undefined {
  argument(args, i, 'RETRYCOUNT option', 'XCLAIM');
  const count = wide(args.bigint(i));
  return count < 0 ? undefined : count;
}

/** XAUTOCLAIM looks at so many times as many pending entries as it is to claim, at most. */
const ATTEMPTS = 10;
/** LONG_MAX / 16, the size of an id there. */
const MOST_CLAIMED = 2 ** 59 - 1;

/** XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID] */
function xautoclaim(call: Call): void {
  const { args, now, reply } = call;
  const minIdle = Math.max(0, argument(args, 4, 'min-idle-time', 'XAUTOCLAIM'));
  const start = rangeStartAt(args, 5);
  const { count, justId } = autoclaimOptions(args);
  const [stream, group] = existing(call);
  const consumer = consumerSeen(call, 1, group, args.binary(3));
  call.replicateAs();
  const claimed: Pending[] = [];
  const gone: StreamId[] = [];
  let next = group.pending.from(start);
  for (let tries = count * ATTEMPTS; tries > 0 && next !== undefined; tries--) {
    if (claimed.length + gone.length >= count) break;
    const pending = next;
    if (stream.find(pending) === undefined) {
      replicateClaim(call, 1, args.binary(2), group, pending);
      group.removePending(pending);
      gone.push(idOf(pending));
      call.changedBeside(1);
    } else if (minIdle === 0 || now - pending.deliveredAt >= minIdle) {
      claim(group, pending, consumer, { ...NO_OPTIONS, justId, deliveredAt: now });
      consumer.activeAt = now;
      claimed.push(pending);
      replicateClaim(call, 1, args.binary(2), group, pending);
      call.changedBeside(1);
    }
    const behind = nextId(pending);
    next = behind === undefined ? undefined : group.pending.from(behind);
  }
  reply.array(3);
  reply.binary(idText(next ?? ZERO_ID));
  replyClaimed(reply, stream, claimed, justId);
  reply.array(gone.length);
  for (const id of gone) reply.binary(idText(id));
}

const NO_OPTIONS: ClaimOptions = {
  force: false,
  justId: false,
  deliveredAt: 0,
  deliveries: undefined,
  lastId: ZERO_ID,
};

function autoclaimOptions(args: Args): { readonly count: number; readonly justId: boolean } {
  let count = 100;
  let justId = false;
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, 'count') && i + 1 < args.count) {
      count = long(args, ++i, errors.countNotPositive);
      if (count < 1 || count > MOST_CLAIMED) throw errors.countNotPositive();
    } else if (args.is(i, 'justid')) justId = true;
    else throw errors.syntax();
  }
  return { count, justId };
}
