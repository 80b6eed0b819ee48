/** Sorted sets: ZPOPMIN, ZPOPMAX, and ZMPOP from the first set that has members. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import type { SortedSetValue } from '../store/sorted-set-value.ts';
import { count as countArgument, longFrom, numkeys } from './arguments.ts';
import { type Call, type Command, command, FAST, WRITE } from './command.ts';
import { countedKeys, keyAt } from './key-spec.ts';
import { membersRemoved } from './sorted-sets.ts';

export type Extreme = 'min' | 'max';

export const sortedSetPops: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('zpopmin', -2, WRITE | FAST, keyAt(1, 'RW access delete'), (call) => pop(call, 'min')),
  command('zpopmax', -2, WRITE | FAST, keyAt(1, 'RW access delete'), (call) => pop(call, 'max')),
  command('zmpop', -4, WRITE, countedKeys(1, 'RW access delete'), zmpop),
];

/** ZPOPMIN and ZPOPMAX key [count]: member, score, …; with a count, RESP3 has each pair in an array. */
function pop(call: Call, extreme: Extreme): void {
  const { args, reply } = call;
  if (args.count > 3) throw errors.syntax();
  const counted = args.count === 3;
  const wanted = counted ? countArgument(args, 2) : 1;
  const set = call.db.sortedSet(args, 1);
  const count = Math.min(wanted, set?.size ?? 0);
  const pairs = counted && reply.protocol === 3;
  reply.array(pairs ? count : count * 2);
  if (set !== undefined && count > 0) popMembers(call, 1, set, extreme, count, pairs);
}

/** Pops `count` members, which are there, into the reply; an emptied set goes. */
export function popMembers(
  call: Call,
  i: number,
  set: SortedSetValue,
  extreme: Extreme,
  count: number,
  pairs: boolean,
): void {
  const { reply } = call;
  const from = extreme === 'min' ? 0 : set.size - count;
  set.each(from, from + count, extreme === 'max', (member, score) => {
    if (pairs) reply.array(2);
    reply.binary(member);
    reply.double(score);
  });
  set.removeRanks(from, from + count);
  membersRemoved(call, i, set, extreme === 'min' ? 'zpopmin' : 'zpopmax', count);
}

export interface PopRequest {
  readonly firstKey: number;
  readonly lastKey: number;
  readonly extreme: Extreme;
  readonly count: number;
}

/** numkeys key [key ...] MIN|MAX [COUNT count], numkeys being argument i. */
export function popRequest(args: Args, i: number): PopRequest {
  const keys = numkeys(args, i);
  const where = i + keys + 1;
  if (where >= args.count) throw errors.syntax();
  if (!args.is(where, 'min') && !args.is(where, 'max')) throw errors.syntax();
  let count: number | undefined;
  for (let at = where + 1; at < args.count; at += 2) {
    if (count !== undefined || !args.is(at, 'count') || at + 1 >= args.count) throw errors.syntax();
    count = longFrom(args, at + 1, 1, () => errors.notPositive('count'));
  }
  return {
    firstKey: i + 1,
    lastKey: i + keys,
    extreme: args.is(where, 'min') ? 'min' : 'max',
    count: count ?? 1,
  };
}

function zmpop(call: Call): void {
  if (!popFirst(call, popRequest(call.args, 1))) call.reply.nullArray();
}

/** Pops from the first of the keys that exists: [key, [[member, score] …]]; false when none does. */
export function popFirst(call: Call, { firstKey, lastKey, extreme, count }: PopRequest): boolean {
  const { args, reply } = call;
  for (let i = firstKey; i <= lastKey; i++) {
    const set = call.db.sortedSet(args, i);
    if (set === undefined) continue;
    const popped = Math.min(count, set.size);
    reply.array(2);
    reply.binary(args.binary(i));
    reply.array(popped);
    popMembers(call, i, set, extreme, popped, true);
    call.replicateAs(extreme === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', args.copy(i), String(popped));
    return true;
  }
  return false;
}
