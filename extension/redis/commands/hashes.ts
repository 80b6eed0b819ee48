/** Hashes: HSET, HGET and their kin. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { LongDouble } from '../long-double.ts';
import { addLongDoubles, formatLongDouble, parseLongDouble } from '../long-double.ts';
import { INT64_MAX, INT64_MIN, parseInt64 } from '../numbers.ts';
import { HashValue } from '../store/hash-value.ts';
import { signedCount } from './arguments.ts';
import { scanCollection } from './collection-scan.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';
import { samplePositions } from './random-sample.ts';

export const hashes: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('hset', -4, WRITE | DENYOOM | FAST, keyAt(1, 'RW update'), hset),
  command('hsetnx', 4, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), hsetnx),
  command('hmset', -4, WRITE | DENYOOM | FAST, keyAt(1, 'RW update'), hmset),
  command('hget', 3, READONLY | FAST, keyAt(1, 'RO access'), hget),
  command('hmget', -3, READONLY | FAST, keyAt(1, 'RO access'), hmget),
  command('hgetall', 2, READONLY, keyAt(1, 'RO access'), hgetall),
  command('hkeys', 2, READONLY, keyAt(1, 'RO access'), hkeys),
  command('hvals', 2, READONLY, keyAt(1, 'RO access'), hvals),
  command('hdel', -3, WRITE | FAST, keyAt(1, 'RW delete'), hdel),
  command('hlen', 2, READONLY | FAST, keyAt(1, 'RO'), hlen),
  command('hstrlen', 3, READONLY | FAST, keyAt(1, 'RO'), hstrlen),
  command('hexists', 3, READONLY | FAST, keyAt(1, 'RO'), hexists),
  command('hincrby', 4, WRITE | DENYOOM | FAST, keyAt(1, 'RW access update'), hincrby),
  command('hincrbyfloat', 4, WRITE | DENYOOM | FAST, keyAt(1, 'RW access update'), hincrbyfloat),
  command('hrandfield', -2, READONLY, keyAt(1, 'RO access'), hrandfield),
  command('hscan', -3, READONLY, keyAt(1, 'RO access'), hscan),
];

function hset(call: Call): void {
  call.reply.integer(setPairs(call, 'hset'));
}

function hmset(call: Call): void {
  setPairs(call, 'hmset');
  call.reply.ok();
}

/** Returns how many fields are new. */
function setPairs(call: Call, name: string): number {
  const { args } = call;
  if (args.count % 2 === 1) throw errors.wrongArity(name);
  const hash = call.db.hash(args, 1) ?? create(call);
  hash.expect((args.count - 2) / 2);
  let added = 0;
  for (let i = 2; i < args.count; i += 2) if (hash.setArguments(args, i)) added++;
  call.changed(1, 'hset', (args.count - 2) / 2);
  return added;
}

function hsetnx(call: Call): void {
  const { args } = call;
  const hash = call.db.hash(args, 1);
  const field = args.binary(2);
  if (hash?.has(field)) {
    call.reply.integer(0);
    return;
  }
  (hash ?? create(call)).set(field, args.binary(3));
  call.changed(1, 'hset');
  call.reply.integer(1);
}

function hget(call: Call): void {
  replyValue(call, call.db.hashToRead(call.args, 1)?.getArgument(call.args, 2));
}

function hmget(call: Call): void {
  const { args } = call;
  const hash = call.db.hashToRead(args, 1);
  call.reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyValue(call, hash?.getArgument(args, i));
}

function hgetall(call: Call): void {
  const hash = call.db.hashToRead(call.args, 1);
  call.reply.map(hash?.size ?? 0);
  if (hash === undefined) return;
  for (let i = 0; i < hash.size; i++) {
    call.reply.binary(hash.fieldAt(i));
    call.reply.binary(hash.valueAt(i));
  }
}

function hkeys(call: Call): void {
  const hash = call.db.hashToRead(call.args, 1);
  call.reply.array(hash?.size ?? 0);
  for (const field of hash?.fields() ?? []) call.reply.binary(field);
}

function hvals(call: Call): void {
  const hash = call.db.hashToRead(call.args, 1);
  call.reply.array(hash?.size ?? 0);
  for (const value of hash?.values() ?? []) call.reply.binary(value);
}

function hdel(call: Call): void {
  const { args } = call;
  const hash = call.db.hash(args, 1);
  let deleted = 0;
  for (let i = 2; hash !== undefined && i < args.count; i++) if (hash.delete(args.binary(i))) deleted++;
  if (hash !== undefined && deleted > 0) {
    call.changed(1, 'hdel', deleted);
    if (hash.size === 0) {
      call.db.remove(args, 1);
      call.changed(1, 'del', 0);
    }
  }
  call.reply.integer(deleted);
}

function hlen(call: Call): void {
  call.reply.integer(call.db.hashToRead(call.args, 1)?.size ?? 0);
}

function hstrlen(call: Call): void {
  call.reply.integer(call.db.hashToRead(call.args, 1)?.getArgument(call.args, 2)?.length ?? 0);
}

function hexists(call: Call): void {
  call.reply.integer(call.db.hashToRead(call.args, 1)?.getArgument(call.args, 2) === undefined ? 0 : 1);
}

function hincrby(call: Call): void {
  const { args } = call;
  const increment = args.bigint(3);
  const hash = call.db.hash(args, 1);
  const field = args.binary(2);
  const value = parseInt64(hash?.get(field) ?? '0');
  if (value === undefined) throw errors.hashValueNotInteger();
  const sum = value + increment;
  if (sum > INT64_MAX || sum < INT64_MIN) throw errors.overflow();
  (hash ?? create(call)).change(field, sum.toString());
  call.changed(1, 'hincrby');
  call.reply.integer(sum);
}

/** Replicated as HSET of the sum, so that replicas need not compute with the same floats. */
function hincrbyfloat(call: Call): void {
  const { args } = call;
  const increment = parseLongDouble(args.binary(3));
  if (increment === undefined) throw errors.notFloat();
  if (increment.infinite) throw errors.notFinite();
  const hash = call.db.hash(args, 1);
  const field = args.binary(2);
  const value = parseLongDouble(hash?.get(field) ?? '0');
  if (value === undefined) throw errors.hashValueNotFloat();
  const sum: LongDouble | undefined = addLongDoubles(value, increment);
  if (sum === undefined || sum.infinite) throw errors.sumNotFinite();
  const text = formatLongDouble(sum);
  (hash ?? create(call)).change(field, text);
  call.changed(1, 'hincrbyfloat');
  call.replicateAs('HSET', args.copy(1), args.copy(2), text);
  // HSET takes away the expiry, which stays here.
  const at = hash?.expireAt(field) ?? -1;
  if (at >= 0) call.replicateAs('HPEXPIREAT', args.copy(1), String(at), 'FIELDS', '1', args.copy(2));
  call.reply.binary(text);
}

/** HRANDFIELD key [count [WITHVALUES]] */
function hrandfield(call: Call): void {
  const { args, db, random, reply } = call;
  if (args.count === 2) {
    const hash = db.hashToRead(args, 1);
    if (hash === undefined) reply.null();
    else reply.binary(hash.fieldAt(random.below(hash.size)));
    return;
  }
  const count = signedCount(args, 2);
  const withValues = args.count > 3;
  if (args.count > 4 || (withValues && !args.is(3, 'withvalues'))) throw errors.syntax();
  // Twice the count must fit a long, too.
  if (withValues && Math.abs(count) > 2 ** 62) throw errors.outOfRange();
  const hash = db.hashToRead(args, 1);
  const positions = hash === undefined ? [] : samplePositions(hash.size, count, random, reply);
  reply.array(withValues && reply.protocol === 2 ? positions.length * 2 : positions.length);
  if (hash === undefined) return;
  for (const position of positions) {
    if (withValues && reply.protocol === 3) reply.array(2);
    reply.binary(hash.fieldAt(position));
    if (withValues) reply.binary(hash.valueAt(position));
  }
}

function hscan(call: Call): void {
  scanCollection(call, () => {
    const hash = call.db.hashToRead(call.args, 1);
    return hash && ((cursor, count, visit) => hash.scan(cursor, count, visit));
  });
}

function create(call: Call): HashValue {
  const hash = new HashValue(call.db.limits);
  call.db.put(call.args, 1, hash);
  return hash;
}

function replyValue(call: Call, value: Binary | undefined): void {
  if (value === undefined) call.reply.null();
  else call.reply.binary(value);
}
