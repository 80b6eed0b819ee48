/** Pops and moves that wait until there is something: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP, BZPOPMIN, BZPOPMAX, BZMPOP. */
import type { Binary } from '../../redis/bytes.ts';
import {
  BLOCKING,
  type Command,
  command,
  DENYOOM,
  FAST,
  type Park,
  WRITE,
} from '../../redis/commands/command.ts';
import { countedKeys, keys } from '../../redis/commands/key-spec.ts';
import {
  endAt,
  popRequest as listRequest,
  MOVED_KEYS,
  moveElement,
  popFirst as popFirstList,
} from '../../redis/commands/list-moves.ts';
import { type End, popElements } from '../../redis/commands/lists.ts';
import {
  type Extreme,
  popFirst as popFirstSet,
  popMembers,
  popRequest as setRequest,
} from '../../redis/commands/sorted-set-pops.ts';
import { errors } from '../../redis/errors.ts';
import { parseDouble } from '../../redis/numbers.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { NodeCall } from '../call.ts';

const POPPED = keys(1, -2, 1, 'RW access delete');
const COUNTED = countedKeys(2, 'RW access delete');

export const blockingListCommands: readonly Command<NodeCall>[] = [
  // name, arity, flags, keys, handler
  command('blpop', -3, WRITE | BLOCKING, POPPED, (call) => popList(call, 'head')),
  command('brpop', -3, WRITE | BLOCKING, POPPED, (call) => popList(call, 'tail')),
  command('blmove', 6, WRITE | DENYOOM | BLOCKING, MOVED_KEYS, blmove),
  command('brpoplpush', 4, WRITE | DENYOOM | BLOCKING, MOVED_KEYS, brpoplpush),
  command('blmpop', -5, WRITE | BLOCKING, COUNTED, blmpop),
];

export const blockingSortedSetCommands: readonly Command<NodeCall>[] = [
  // name, arity, flags, keys, handler
  command('bzpopmin', -3, WRITE | FAST | BLOCKING, POPPED, (call) => popSortedSet(call, 'min')),
  command('bzpopmax', -3, WRITE | FAST | BLOCKING, POPPED, (call) => popSortedSet(call, 'max')),
  command('bzmpop', -5, WRITE | BLOCKING, COUNTED, bzmpop),
];

/** Seconds at argument i, with a fraction if need be, as milliseconds; 0 means for ever. */
function timeoutAt({ args, now }: NodeCall, i: number): number {
  const seconds = parseDouble(args.binary(i));
  if (seconds === undefined) throw errors.timeoutNotFloat();
  const milliseconds = Math.ceil(seconds * 1000);
  // When it ends must fit 64 bits.
  if (milliseconds > 2 ** 63 - now) throw errors.timeoutOutOfRange();
  if (milliseconds < 0) throw errors.timeoutNegative();
  return milliseconds;
}

function keysFrom(args: Args, first: number, last: number): Binary[] {
  const found: Binary[] = [];
  for (let i = first; i <= last; i++) found.push(args.binary(i));
  return found;
}

/** BLPOP and BRPOP key [key ...] timeout: [key, element] of the first that has one. */
function popList(call: NodeCall, end: End): Park | undefined {
  const { args, db, reply } = call;
  const last = args.count - 2;
  const timeoutMs = timeoutAt(call, args.count - 1);
  for (let i = 1; i <= last; i++) {
    const list = db.list(args, i);
    if (list === undefined) continue;
    reply.array(2);
    reply.binary(args.binary(i));
    popElements(call, i, list, end, 1);
    call.replicateAs(end === 'head' ? 'LPOP' : 'RPOP', args.copy(i));
    return undefined;
  }
  if (call.mayPark)
    return call.node.blockedKeys.wait(call, { kind: 'list', keys: keysFrom(args, 1, last), timeoutMs });
  reply.nullArray();
  return undefined;
}

/** BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout */
function blmove(call: NodeCall): Park | undefined {
  const { args } = call;
  const from = endAt(args, 3);
  const to = endAt(args, 4);
  const timeoutMs = timeoutAt(call, 5);
  return moveOrWait(call, from, to, timeoutMs, () =>
    call.replicateAs('LMOVE', args.copy(1), args.copy(2), args.copy(3), args.copy(4)),
  );
}

/** BRPOPLPUSH source destination timeout */
function brpoplpush(call: NodeCall): Park | undefined {
  const { args } = call;
  return moveOrWait(call, 'tail', 'head', timeoutAt(call, 3), () =>
    call.replicateAs('RPOPLPUSH', args.copy(1), args.copy(2)),
  );
}

function moveOrWait(
  call: NodeCall,
  from: End,
  to: End,
  timeoutMs: number,
  replicate: () => void,
): Park | undefined {
  if (moveElement(call, from, to)) {
    replicate();
    return undefined;
  }
  if (call.mayPark)
    return call.node.blockedKeys.wait(call, { kind: 'list', keys: [call.args.binary(1)], timeoutMs });
  call.reply.null();
  return undefined;
}

/** BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count] */
function blmpop(call: NodeCall): Park | undefined {
  const request = listRequest(call.args, 2);
  const timeoutMs = timeoutAt(call, 1);
  if (popFirstList(call, request)) return undefined;
  const names = keysFrom(call.args, request.firstKey, request.lastKey);
  if (call.mayPark) return call.node.blockedKeys.wait(call, { kind: 'list', keys: names, timeoutMs });
  call.reply.nullArray();
  return undefined;
}

/** BZPOPMIN and BZPOPMAX key [key ...] timeout: [key, member, score] of the first that has one. */
function popSortedSet(call: NodeCall, extreme: Extreme): Park | undefined {
  const { args, db, reply } = call;
  const last = args.count - 2;
  const timeoutMs = timeoutAt(call, args.count - 1);
  for (let i = 1; i <= last; i++) {
    const set = db.sortedSet(args, i);
    if (set === undefined) continue;
    reply.array(3);
    reply.binary(args.binary(i));
    popMembers(call, i, set, extreme, 1, false);
    call.replicateAs(extreme === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', args.copy(i));
    return undefined;
  }
  if (call.mayPark)
    return call.node.blockedKeys.wait(call, { kind: 'sorted-set', keys: keysFrom(args, 1, last), timeoutMs });
  reply.nullArray();
  return undefined;
}

/** BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count] */
function bzmpop(call: NodeCall): Park | undefined {
  const request = setRequest(call.args, 2);
  const timeoutMs = timeoutAt(call, 1);
  if (popFirstSet(call, request)) return undefined;
  const names = keysFrom(call.args, request.firstKey, request.lastKey);
  if (call.mayPark) return call.node.blockedKeys.wait(call, { kind: 'sorted-set', keys: names, timeoutMs });
  call.reply.nullArray();
  return undefined;
}
