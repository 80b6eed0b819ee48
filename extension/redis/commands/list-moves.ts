/** Lists: LMOVE and RPOPLPUSH from one list to another, LMPOP from the first list that has elements. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import { ListValue } from '../store/list-value.ts';
import { longFrom, numkeys } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, WRITE } from './command.ts';
import { countedKeys, type KeySpec, keyAt } from './key-spec.ts';
import { type End, elementsRemoved, popElements } from './lists.ts';

/** From the first key to the second. */
export const MOVED_KEYS: readonly KeySpec[] = [...keyAt(1, 'RW access delete'), ...keyAt(2, 'RW insert')];

export const listMoves: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('lmove', 5, WRITE | DENYOOM, MOVED_KEYS, lmove),
  command('rpoplpush', 3, WRITE | DENYOOM, MOVED_KEYS, rpoplpush),
  command('lmpop', -4, WRITE, countedKeys(1, 'RW access delete'), lmpop),
];

function lmove(call: Call): void {
  const from = endAt(call.args, 3);
  const to = endAt(call.args, 4);
  if (!moveElement(call, from, to)) call.reply.null();
}

function rpoplpush(call: Call): void {
  if (!moveElement(call, 'tail', 'head')) call.reply.null();
}

/** LEFT or RIGHT. */
export function endAt(args: Args, i: number): End {
  if (args.is(i, 'left')) return 'head';
  if (args.is(i, 'right')) return 'tail';
  throw errors.syntax();
}

/** Moves one element from list 1 to list 2, which may be the same, and replies it; false when there is none. */
export function moveElement(call: Call, from: End, to: End): boolean {
  const { args, db, reply } = call;
  const source = db.list(args, 1);
  if (source === undefined) return false;
  let target = db.list(args, 2);
  const element = from === 'head' ? source.popHead() : source.popTail();
  if (element === undefined) return false;
  if (target === undefined) {
    target = new ListValue(db.limits);
    db.put(args, 2, target);
  }
  target.expect(1, element.length);
  if (to === 'head') target.pushHead(element);
  else target.pushTail(element);
  // One change, though two keys tell of it.
  call.changed(2, to === 'head' ? 'lpush' : 'rpush', 0);
  elementsRemoved(call, 1, source, from === 'head' ? 'lpop' : 'rpop', 1);
  reply.binary(element);
  return true;
}

export interface PopRequest {
  readonly firstKey: number;
  readonly lastKey: number;
  readonly end: End;
  readonly count: number;
}

/** numkeys key [key ...] LEFT|RIGHT [COUNT count], numkeys being argument i. */
export function popRequest(args: Args, i: number): PopRequest {
  const keys = numkeys(args, i);
  const where = i + keys + 1;
  if (where >= args.count) throw errors.syntax();
  const end = endAt(args, where);
  let count: number | undefined;
  for (let at = where + 1; at < args.count; at += 2) {
    if (count !== undefined || !args.is(at, 'count') || at + 1 >= args.count) throw errors.syntax();
    count = longFrom(args, at + 1, 1, () => errors.notPositive('count'));
  }
  return { firstKey: i + 1, lastKey: i + keys, end, count: count ?? 1 };
}

function lmpop(call: Call): void {
  if (!popFirst(call, popRequest(call.args, 1))) call.reply.nullArray();
}

/** Pops from the first of the keys that exists: [key, [element …]]; false when none does. */
export function popFirst(call: Call, { firstKey, lastKey, end, count }: PopRequest): boolean {
  const { args, reply } = call;
  for (let i = firstKey; i <= lastKey; i++) {
    const list = call.db.list(args, i);
    if (list === undefined) continue;
    const popped = Math.min(count, list.size);
    reply.array(2);
    reply.binary(args.binary(i));
    reply.array(popped);
    popElements(call, i, list, end, count);
    call.replicateAs(end === 'head' ? 'LPOP' : 'RPOP', args.copy(i), String(popped));
    return true;
  }
  return false;
}
