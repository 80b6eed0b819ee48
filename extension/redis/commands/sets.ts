/** Sets: members one by one. Unions, intersections and differences are in set-algebra.ts. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { SetValue } from '../store/set-value.ts';
import { count as countArgument, signedCount } from './arguments.ts';
import { scanCollection } from './collection-scan.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { type KeySpec, keyAt } from './key-spec.ts';
import { distinctPositions, samplePositions } from './random-sample.ts';

const MOVED_KEYS: readonly KeySpec[] = [...keyAt(1, 'RW access delete'), ...keyAt(2, 'RW insert')];

export const sets: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('sadd', -3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), sadd),
  command('srem', -3, WRITE | FAST, keyAt(1, 'RW delete'), srem),
  command('sismember', 3, READONLY | FAST, keyAt(1, 'RO'), sismember),
  command('smismember', -3, READONLY | FAST, keyAt(1, 'RO access'), smismember),
  command('scard', 2, READONLY | FAST, keyAt(1, 'RO'), scard),
  command('smembers', 2, READONLY, keyAt(1, 'RO access'), smembers),
  command('smove', 4, WRITE | FAST, MOVED_KEYS, smove),
  command('spop', -2, WRITE | FAST, keyAt(1, 'RW access delete'), spop),
  command('srandmember', -2, READONLY, keyAt(1, 'RO access'), srandmember),
  command('sscan', -3, READONLY, keyAt(1, 'RO access'), sscan),
];

function sadd(call: Call): void {
  const { args, db } = call;
  let set = db.members(args, 1);
  if (set === undefined) {
    set = new SetValue(db.limits);
    db.put(args, 1, set);
  }
  set.expect(args.count - 2, set.size === 0 ? args.binary(2) : undefined);
  let added = 0;
  for (let i = 2; i < args.count; i++) if (set.addArgument(args, i)) added++;
  if (added > 0) call.changed(1, 'sadd', added);
  call.reply.integer(added);
}

function srem(call: Call): void {
  const { args } = call;
  const set = call.db.members(args, 1);
  let removed = 0;
  for (let i = 2; set !== undefined && i < args.count; i++) if (set.delete(args.binary(i))) removed++;
  if (set !== undefined && removed > 0) membersRemoved(call, 1, set, 'srem', removed);
  call.reply.integer(removed);
}

function membersRemoved(call: Call, i: number, set: SetValue, event: string, count: number): void {
  call.changed(i, event, count);
  if (set.size > 0) return;
  call.db.remove(call.args, i);
  call.changed(i, 'del', 0);
}

function sismember(call: Call): void {
  call.reply.integer(call.db.members(call.args, 1)?.hasArgument(call.args, 2) ? 1 : 0);
}

function smismember(call: Call): void {
  const { args } = call;
  const set = call.db.members(args, 1);
  call.reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) call.reply.integer(set?.hasArgument(args, i) ? 1 : 0);
}

function scard(call: Call): void {
  call.reply.integer(call.db.members(call.args, 1)?.size ?? 0);
}

function smembers(call: Call): void {
  const set = call.db.members(call.args, 1);
  call.reply.set(set?.size ?? 0);
  for (const member of set?.values() ?? []) call.reply.binary(member);
}

function smove(call: Call): void {
  const { args, db } = call;
  const source = db.members(args, 1);
  let target = source === undefined ? undefined : db.members(args, 2);
  const member = args.binary(3);
  if (source === undefined || source === target || !source.has(member)) {
    call.reply.integer(source?.has(member) ? 1 : 0);
    return;
  }
  source.delete(member);
  membersRemoved(call, 1, source, 'srem', 1);
  if (target === undefined) {
    target = new SetValue(db.limits);
    db.put(args, 2, target);
  }
  if (target.add(member)) call.changed(2, 'sadd');
  call.reply.integer(1);
}

/** SPOP key [count]: what chance took here must be what replicas lose, so SREM or DEL is what they hear. */
function spop(call: Call): void {
  const { args, reply, random } = call;
  if (args.count > 3) throw errors.syntax();
  if (args.count === 3) {
    popMany(call, countArgument(args, 2));
    return;
  }
  const set = call.db.members(args, 1);
  if (set === undefined) {
    reply.null();
    return;
  }
  const member = set.at(random.below(set.size));
  set.delete(member);
  membersRemoved(call, 1, set, 'spop', 1);
  call.replicateAs('SREM', args.copy(1), member);
  reply.binary(member);
}

/** Members in one replicated SREM. */
const SREM_BATCH = 1024;
/** Redis rebuilds the set, rather than removing from it, when this many times what remains is no more than goes. */
const REBUILD_RATIO = 5;

function popMany(call: Call, count: number): void {
  const { args, db, reply } = call;
  const set = db.members(args, 1);
  if (set === undefined || count === 0) {
    reply.set(0);
    return;
  }
  if (count >= set.size) {
    reply.set(set.size);
    for (const member of set.values()) reply.binary(member);
    db.remove(args, 1);
    call.changed(1, 'spop', set.size);
    call.changed(1, 'del', 0);
    call.replicateAs(db.removalWords.implied, args.copy(1));
    return;
  }
  const popped = distinctPositions(set.size, count, call.random).map((position) => set.at(position));
  for (const member of popped) set.delete(member);
  if (set.size * REBUILD_RATIO <= count) db.put(args, 1, rebuilt(call, set), true);
  call.changed(1, 'spop', popped.length);
  reply.set(popped.length);
  for (const member of popped) reply.binary(member);
  for (let at = 0; at < popped.length; at += SREM_BATCH) {
    call.replicateAs('SREM', args.copy(1), ...popped.slice(at, at + SREM_BATCH));
  }
}

/** The few members that are left, in the encoding of a new set: an intset stays one, all else starts as a listpack. */
function rebuilt(call: Call, set: SetValue): SetValue {
  const kept = new SetValue(call.db.limits);
  if (set.encoding !== 'intset') kept.expect(1, '');
  for (const member of set.values()) kept.add(member);
  return kept;
}

/** SRANDMEMBER key [count] */
function srandmember(call: Call): void {
  const { args, random, reply } = call;
  if (args.count > 3) throw errors.syntax();
  if (args.count === 3) {
    const count = signedCount(args, 2);
    const set = call.db.members(args, 1);
    const positions = set === undefined ? [] : samplePositions(set.size, count, random, reply);
    reply.array(positions.length);
    if (set !== undefined) for (const position of positions) reply.binary(set.at(position));
    return;
  }
  const set = call.db.members(args, 1);
  if (set === undefined) reply.null();
  else reply.binary(set.at(random.below(set.size)));
}

function sscan(call: Call): void {
  scanCollection(call, () => {
    const set = call.db.members(call.args, 1);
    return set && ((cursor, count, visit: (member: Binary) => void) => set.scan(cursor, count, visit));
  });
}
