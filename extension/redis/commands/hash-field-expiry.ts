/** The life of fields of a hash: HEXPIRE, HTTL, HPERSIST and their kin, which came with 7.4. */
import { errors } from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import type { HashValue } from '../store/hash-value.ts';
import { longFrom } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, type Handler, READONLY, WRITE } from './command.ts';
import { type ExpiryUnit, isPast } from './expiry-arguments.ts';
import { keyAt } from './key-spec.ts';

const EXPIRE_KEY = keyAt(1, 'RW update');
const TTL_KEY = keyAt(1, 'RO access');

export const hashFieldExpiry: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('hexpire', -6, WRITE | DENYOOM | FAST, EXPIRE_KEY, expire('ex', 'hexpire')),
  command('hpexpire', -6, WRITE | DENYOOM | FAST, EXPIRE_KEY, expire('px', 'hpexpire')),
  command('hexpireat', -6, WRITE | DENYOOM | FAST, EXPIRE_KEY, expire('exat', 'hexpireat')),
  command('hpexpireat', -6, WRITE | DENYOOM | FAST, EXPIRE_KEY, expire('pxat', 'hpexpireat')),
  command('httl', -5, READONLY | FAST, TTL_KEY, timeOf('ex')),
  command('hpttl', -5, READONLY | FAST, TTL_KEY, timeOf('px')),
  command('hexpiretime', -5, READONLY | FAST, TTL_KEY, timeOf('exat')),
  command('hpexpiretime', -5, READONLY | FAST, TTL_KEY, timeOf('pxat')),
  command('hpersist', -5, WRITE | FAST, EXPIRE_KEY, persist),
];

/** What is said of a field. */
const NO_FIELD = -2;
const NO_EXPIRY = -1;
const UNCHANGED = 0;
const CHANGED = 1;
const DELETED = 2;

/** The latest time that Redis keeps of a field: 46 bits of milliseconds, the year 4199. */
const LATEST = 0xfffffffffffen >> 2n;

const CONDITIONS = ['nx', 'xx', 'gt', 'lt'] as const;
type Condition = (typeof CONDITIONS)[number];

/** HEXPIRE key time [NX | XX | GT | LT] FIELDS numfields field [field …] */
function expire(unit: ExpiryUnit, name: string): Handler {
  return (call) => {
    const { args, db, reply } = call;
    const hash = db.hash(args, 1);
    const at = timeAt(call, unit, name);
    const condition = CONDITIONS.find((word) => args.is(3, word));
    const fields = fieldsAt(args, condition === undefined ? 3 : 4, () =>
      errors.notPositive('Parameter `numFields`'),
    );
    reply.array(fields.length);
    if (hash === undefined) {
      for (const _ of fields) reply.integer(NO_FIELD);
      return;
    }
    const past = isPast(call, at);
    const kept: string[] = [];
    const gone: string[] = [];
    for (const field of fields) {
      if (!hash.has(field)) reply.integer(NO_FIELD);
      else if (!allows(condition, hash.expireAt(field), Number(at))) reply.integer(UNCHANGED);
      else if (past) {
        hash.delete(field);
        gone.push(field);
        reply.integer(DELETED);
      } else {
        hash.setExpireAt(field, Number(at));
        kept.push(field);
        reply.integer(CHANGED);
      }
    }
    tell(call, hash, at, kept, gone);
  };
}

/** What became of the hash: fields that live on until `at`, and fields that went. */
function tell(
  call: Call,
  hash: HashValue,
  at: bigint,
  kept: readonly string[],
  gone: readonly string[],
): void {
  if (kept.length === 0 && gone.length === 0) return;
  const { args, db } = call;
  call.changed(1, gone.length > 0 ? 'hdel' : 'hexpire', kept.length + gone.length);
  if (gone.length > 0) call.replicateAs('HDEL', args.copy(1), ...gone);
  if (kept.length > 0) {
    const fields = ['FIELDS', String(kept.length), ...kept];
    call.replicateAs('HPEXPIREAT', args.copy(1), String(at), ...fields);
  }
  if (hash.size > 0) db.noteFieldExpiry(args.binary(1), hash);
  else {
    db.remove(args, 1);
    call.changed(1, 'del', 0);
  }
}

/** A field without an expiry counts as one that lives for ever; `current` is -1 then. */
function allows(condition: Condition | undefined, current: number, at: number): boolean {
  switch (condition) {
    case 'nx':
      return current < 0;
    case 'xx':
      return current >= 0;
    case 'gt':
      return current >= 0 && at > current;
    case 'lt':
      return current < 0 || at < current;
    case undefined:
      return true;
  }
}

/** Argument 2 as milliseconds since the epoch. */
function timeAt({ args, now }: Call, unit: ExpiryUnit, name: string): bigint {
  const given = parseInt64(args.binary(2));
  if (given === undefined) throw errors.notInteger();
  if (given < 0n) throw errors.expireNegative();
  const milliseconds = unit === 'ex' || unit === 'exat' ? given * 1000n : given;
  const at = unit === 'ex' || unit === 'px' ? milliseconds + BigInt(now) : milliseconds;
  if (at > LATEST) throw errors.invalidExpire(name);
  return at;
}

/** The fields behind `FIELDS numfields`, which begins at argument i. */
function fieldsAt(args: Args, i: number, notPositive: typeof errors.fieldCountNotPositive): string[] {
  if (!args.is(i, 'fields')) throw errors.fieldsMissing();
  // The word may be the last one where a condition took the place of the count.
  if (i + 1 >= args.count || longFrom(args, i + 1, 1, notPositive) !== args.count - i - 2) {
    throw errors.fieldCountWrong();
  }
  return args.binaries(i + 2);
}

function timeOf(unit: ExpiryUnit): Handler {
  return (call) => {
    const { now, reply } = call;
    const hash = call.db.hashToRead(call.args, 1);
    const fields = fieldsAt(call.args, 2, errors.fieldCountNotPositive);
    reply.array(fields.length);
    for (const field of fields) {
      const at = hash?.has(field) ? hash.expireAt(field) : NO_FIELD;
      if (at < 0) reply.integer(at);
      else {
        const milliseconds = unit === 'ex' || unit === 'px' ? at - now : at;
        reply.integer(unit === 'ex' || unit === 'exat' ? Math.ceil(milliseconds / 1000) : milliseconds);
      }
    }
  };
}

function persist(call: Call): void {
  const { args, db, reply } = call;
  const hash = db.hash(args, 1);
  const fields = fieldsAt(args, 2, errors.fieldCountNotPositive);
  reply.array(fields.length);
  let persisted = 0;
  for (const field of fields) {
    if (!hash?.has(field) || db.fieldIsExpired(hash, field)) reply.integer(NO_FIELD);
    else if (!hash.persist(field)) reply.integer(NO_EXPIRY);
    else {
      persisted++;
      reply.integer(CHANGED);
    }
  }
  if (persisted > 0) call.changed(1, 'hpersist', persisted);
}
