/** Lists: pushing, popping, reading and changing. What moves elements between keys is in list-moves.ts. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import { ListValue } from '../store/list-value.ts';
import { count as countArgument, indexRange, long, longFrom, signedCount } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';

export type End = 'head' | 'tail';

export const lists: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('lpush', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), (call) => push(call, 'head', true)),
  command('rpush', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), (call) => push(call, 'tail', true)),
  command('lpushx', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), (call) => push(call, 'head', false)),
  command('rpushx', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), (call) => push(call, 'tail', false)),
  command('lpop', -2, WRITE | FAST, keyAt(1, 'RW access delete'), (call) => pop(call, 'head', 'lpop')),
  command('rpop', -2, WRITE | FAST, keyAt(1, 'RW access delete'), (call) => pop(call, 'tail', 'rpop')),
  command('llen', 2, READONLY | FAST, keyAt(1, 'RO'), llen),
  command('lindex', 3, READONLY, keyAt(1, 'RO access'), lindex),
  command('lrange', 4, READONLY, keyAt(1, 'RO access'), lrange),
  command('lpos', -3, READONLY, keyAt(1, 'RO access'), lpos),
  command('lset', 4, WRITE | DENYOOM, keyAt(1, 'RW update'), lset),
  command('linsert', 5, WRITE | DENYOOM, keyAt(1, 'RW insert'), linsert),
  command('lrem', 4, WRITE, keyAt(1, 'RW delete'), lrem),
  command('ltrim', 4, WRITE, keyAt(1, 'RW delete'), ltrim),
];

/** LPUSH and RPUSH create the list, LPUSHX and RPUSHX do not. */
function push(call: Call, end: End, create: boolean): void {
  const { args, db } = call;
  let list = db.list(args, 1);
  if (list === undefined) {
    if (!create) {
      call.reply.integer(0);
      return;
    }
    list = new ListValue(db.limits);
    db.put(args, 1, list);
  }
  let bytes = 0;
  for (let i = 2; i < args.count; i++) bytes += args.size(i);
  list.expect(args.count - 2, bytes);
  for (let i = 2; i < args.count; i++) {
    if (end === 'head') list.pushHead(args.binary(i));
    else list.pushTail(args.binary(i));
  }
  call.reply.integer(list.size);
  call.changed(1, end === 'head' ? 'lpush' : 'rpush', args.count - 2);
}

/** LPOP and RPOP key [count]: a bulk string, or with a count an array. */
function pop(call: Call, end: End, name: 'lpop' | 'rpop'): void {
  const { args, reply } = call;
  if (args.count > 3) throw errors.wrongArity(name);
  const counted = args.count === 3;
  const count = counted ? countArgument(args, 2) : 1;
  const list = call.db.list(args, 1);
  if (list === undefined) {
    if (counted) reply.nullArray();
    else reply.null();
    return;
  }
  if (counted) reply.array(Math.min(count, list.size));
  if (count > 0) popElements(call, 1, list, end, count);
}

/** Pops up to `count` elements of the list at key i into the reply; an emptied list goes. */
export function popElements(call: Call, i: number, list: ListValue, end: End, count: number): void {
  const popped = Math.min(count, list.size);
  for (let n = 0; n < popped; n++) {
    const element = end === 'head' ? list.popHead() : list.popTail();
    if (element !== undefined) call.reply.binary(element);
  }
  elementsRemoved(call, i, list, end === 'head' ? 'lpop' : 'rpop', popped);
}

export function elementsRemoved(call: Call, i: number, list: ListValue, event: string, count: number): void {
  call.changed(i, event, count);
  if (list.size > 0) return;
  call.db.remove(call.args, i);
  call.changed(i, 'del', 0);
}

function llen(call: Call): void {
  call.reply.integer(call.db.list(call.args, 1)?.size ?? 0);
}

function lindex(call: Call): void {
  const { args, reply } = call;
  const list = call.db.list(args, 1);
  const element = list?.at(fromEnd(long(args, 2), list.size));
  if (element === undefined) reply.null();
  else reply.binary(element);
}

function lrange(call: Call): void {
  const { args, reply } = call;
  const start = long(args, 2);
  const stop = long(args, 3);
  const list = call.db.list(args, 1);
  const { from, to } = indexRange(start, stop, list?.size ?? 0);
  reply.array(to - from);
  list?.each(from, to, (element) => reply.binary(element));
}

interface PositionOptions {
  /** Which match to start with, from 1; from the tail when `fromTail`. */
  readonly rank: number;
  readonly fromTail: boolean;
  /** undefined: one position instead of an array; 0: all. */
  readonly count: number | undefined;
  /** How many elements to compare; 0: all. */
  readonly maxlen: number;
}

/** LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len] */
function lpos(call: Call): void {
  const { args, reply } = call;
  const options = positionOptions(args);
  const list = call.db.list(args, 1);
  const positions = list === undefined ? [] : matchingPositions(list, args.binary(2), options);
  if (options.count !== undefined) replyIntegers(reply, positions);
  else if (positions.length > 0) reply.integer(positions[0]);
  else reply.null();
}

function positionOptions(args: Args): PositionOptions {
  let rank = 1;
  let count: number | undefined;
  let maxlen = 0;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw errors.syntax();
    if (args.is(i, 'rank')) {
      rank = signedCount(args, i + 1);
      if (rank === 0) throw errors.rankZero();
    } else if (args.is(i, 'count')) {
      count = longFrom(args, i + 1, 0, () => errors.negative('COUNT'));
    } else if (args.is(i, 'maxlen')) {
      maxlen = longFrom(args, i + 1, 0, () => errors.negative('MAXLEN'));
    } else {
      throw errors.syntax();
    }
  }
  return { rank: Math.abs(rank), fromTail: rank < 0, count, maxlen };
}

function matchingPositions(list: ListValue, element: string, options: PositionOptions): number[] {
  const { rank, fromTail, maxlen } = options;
  const wanted = options.count ?? 1;
  const positions: number[] = [];
  let compared = 0;
  let matches = 0;
  for (const candidate of fromTail ? list.reversed() : list.values()) {
    if (maxlen > 0 && compared >= maxlen) break;
    if (candidate === element && ++matches >= rank) {
      positions.push(fromTail ? list.size - 1 - compared : compared);
      if (positions.length === wanted) break;
    }
    compared++;
  }
  return positions;
}

function replyIntegers(reply: Reply, values: readonly number[]): void {
  reply.array(values.length);
  for (const value of values) reply.integer(value);
}

function lset(call: Call): void {
  const { args } = call;
  const list = call.db.list(args, 1);
  if (list === undefined) throw errors.noSuchKey();
  const index = fromEnd(long(args, 2), list.size);
  list.expect(1, args.size(3));
  if (index < 0 || index >= list.size) throw errors.indexOutOfRange();
  list.setAt(index, args.binary(3));
  call.changed(1, 'lset');
  call.reply.ok();
}

/** LINSERT key BEFORE|AFTER pivot element */
function linsert(call: Call): void {
  const { args } = call;
  const after = args.is(2, 'after');
  if (!after && !args.is(2, 'before')) throw errors.syntax();
  const list = call.db.list(args, 1);
  if (list === undefined) {
    call.reply.integer(0);
    return;
  }
  list.expect(1, args.size(4));
  const options = { rank: 1, fromTail: false, count: undefined, maxlen: 0 };
  const pivots = matchingPositions(list, args.binary(3), options);
  if (pivots.length === 0) {
    call.reply.integer(-1);
    return;
  }
  list.insertAt(pivots[0] + (after ? 1 : 0), args.binary(4));
  call.changed(1, 'linsert');
  call.reply.integer(list.size);
}

/** LREM key count element: from the head when count > 0, from the tail when < 0, all when 0. */
function lrem(call: Call): void {
  const { args } = call;
  const count = long(args, 2);
  const list = call.db.list(args, 1);
  if (list === undefined) {
    call.reply.integer(0);
    return;
  }
  const limit = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  const removed = list.remove(args.binary(3), limit, count < 0);
  if (removed > 0) elementsRemoved(call, 1, list, 'lrem', removed);
  call.reply.integer(removed);
}

function ltrim(call: Call): void {
  const { args } = call;
  const start = long(args, 2);
  const stop = long(args, 3);
  const list = call.db.list(args, 1);
  if (list !== undefined) {
    const { size } = list;
    const { from, to } = indexRange(start, stop, size);
    list.trim(from, to);
    elementsRemoved(call, 1, list, 'ltrim', size - list.size);
  }
  call.reply.ok();
}

/** A negative index counts from the tail; what is still negative lies outside. */
function fromEnd(index: number, size: number): number {
  return index < 0 ? size + index : index;
}
