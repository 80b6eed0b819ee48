/** The life of keys: EXPIRE, TTL, PERSIST and their kin. */
import { errors } from '../errors.ts';
import { INT64_MAX, INT64_MIN } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import { type Call, type Command, command, FAST, type Handler, READONLY, WRITE } from './command.ts';
import { type ExpiryUnit, expireKeyAt, isPast } from './expiry-arguments.ts';
import { keyAt } from './key-spec.ts';

const EXPIRE_KEY = keyAt(1, 'RW update');
const TTL_KEY = keyAt(1, 'RO access');

export const keyExpiry: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('expire', -3, WRITE | FAST, EXPIRE_KEY, expire('ex', 'expire')),
  command('pexpire', -3, WRITE | FAST, EXPIRE_KEY, expire('px', 'pexpire')),
  command('expireat', -3, WRITE | FAST, EXPIRE_KEY, expire('exat', 'expireat')),
  command('pexpireat', -3, WRITE | FAST, EXPIRE_KEY, expire('pxat', 'pexpireat')),
  command('ttl', 2, READONLY | FAST, TTL_KEY, timeOf('ex')),
  command('pttl', 2, READONLY | FAST, TTL_KEY, timeOf('px')),
  command('expiretime', 2, READONLY | FAST, TTL_KEY, timeOf('exat')),
  command('pexpiretime', 2, READONLY | FAST, TTL_KEY, timeOf('pxat')),
  command('persist', 2, WRITE | FAST, EXPIRE_KEY, persist),
];

function expire(unit: ExpiryUnit, name: string): Handler {
  return (call) => {
    const { args, db, reply } = call;
    const condition = expireCondition(args);
    const at = timeAt(call, unit, name);
    const entry = db.find(args, 1);
    if (entry === 0 || !allows(condition, db.expireAt(entry), at)) {
      reply.integer(0);
      return;
    }
    if (isPast(call, at)) {
      db.remove(args, 1);
      call.changed(1, 'del');
      call.replicateAs(db.removalWords.expired, args.copy(1));
    } else {
      expireKeyAt(call, 1, at);
      call.changed(1, 'expire');
      call.replicateAs('PEXPIREAT', args.copy(1), String(at), ...args.binaries(3));
    }
    reply.integer(1);
  };
}

interface ExpireCondition {
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

function expireCondition(args: Args): ExpireCondition {
  const condition = { nx: false, xx: false, gt: false, lt: false };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'nx')) condition.nx = true;
    else if (args.is(i, 'xx')) condition.xx = true;
    else if (args.is(i, 'gt')) condition.gt = true;
    else if (args.is(i, 'lt')) condition.lt = true;
    else throw errors.unsupportedOption(args.binary(i));
  }
  const { nx, xx, gt, lt } = condition;
  if (nx && (xx || gt || lt)) throw errors.expireNxAndOthers();
  if (gt && lt) throw errors.expireGtAndLt();
  return condition;
}

/** A key without an expiry counts as one that lives for ever; `current` is -1 then. */
function allows({ nx, xx, gt, lt }: ExpireCondition, current: number, at: bigint): boolean {
  const expires = current >= 0;
  if ((nx && expires) || (xx && !expires)) return false;
  if (gt && (!expires || at <= BigInt(current))) return false;
  return !(lt && expires && at >= BigInt(current));
}

/** Argument 2 as milliseconds since the epoch; it may lie in the past, but not beyond 64 bits. */
function timeAt({ args, now }: Call, unit: ExpiryUnit, name: string): bigint {
  const given = args.bigint(2);
  const milliseconds = unit === 'ex' || unit === 'exat' ? given * 1000n : given;
  const at = unit === 'ex' || unit === 'px' ? milliseconds + BigInt(now) : milliseconds;
  if (milliseconds < INT64_MIN || at > INT64_MAX) throw errors.invalidExpire(name);
  return at;
}

function timeOf(unit: ExpiryUnit): Handler {
  return ({ args, db, now, reply }) => {
    const entry = db.peek(args, 1);
    const at = entry === 0 ? -2 : db.expireAt(entry);
    if (at < 0) {
      reply.integer(at);
      return;
    }
    const milliseconds = unit === 'ex' || unit === 'px' ? Math.max(0, at - now) : at;
    reply.integer(unit === 'ex' || unit === 'exat' ? Math.floor((milliseconds + 500) / 1000) : milliseconds);
  };
}

function persist(call: Call): void {
  const persisted = call.db.persist(call.args, 1);
  if (persisted) call.changed(1, 'persist');
  call.reply.integer(persisted ? 1 : 0);
}
