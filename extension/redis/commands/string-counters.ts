/** Strings that are numbers: INCR and its kin, INCRBYFLOAT. */
import { type Binary, binaryOf, bytesOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import { addLongDoubles, formatLongDouble, parseLongDouble } from '../long-double.ts';
import {
  INT64_MAX,
  INT64_MIN,
  integerSize,
  parseInt64,
  parseSmallInteger,
  writeInteger,
} from '../numbers.ts';
import type { Entry, Keyspace } from '../store/keyspace.ts';
import { type Call, type Command, command, DENYOOM, FAST, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';

const COUNTER_KEY = keyAt(1, 'RW access update');

export const stringCounters: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('incr', 2, WRITE | DENYOOM | FAST, COUNTER_KEY, (call) => add(call, 1)),
  command('decr', 2, WRITE | DENYOOM | FAST, COUNTER_KEY, (call) => add(call, -1)),
  command('incrby', 3, WRITE | DENYOOM | FAST, COUNTER_KEY, incrby),
  command('decrby', 3, WRITE | DENYOOM | FAST, COUNTER_KEY, decrby),
  command('incrbyfloat', 3, WRITE | DENYOOM | FAST, COUNTER_KEY, incrbyfloat),
];

/** -9223372036854775808 */
const LONGEST_INTEGER = 20;

function incrby(call: Call): void {
  const { args } = call;
  const small = parseSmallInteger(args.bytes, args.starts[2], args.ends[2]);
  add(call, Number.isNaN(small) ? args.bigint(2) : small);
}

function decrby(call: Call): void {
  const decrement = call.args.bigint(2);
  if (decrement === INT64_MIN) throw errors.decrementOverflow();
  add(call, -decrement);
}

function add(call: Call, increment: number | bigint): void {
  const { args, db, reply } = call;
  const entry = db.find(args, 1);
  const sum = sumOf(counterAt(db, entry), increment);
  if (typeof sum === 'number') {
    const size = integerSize(sum);
    const place = db.overwriteString(args, 1, entry, size);
    writeInteger(db.stringSlab(place), db.stringStart(place), sum, size);
  } else {
    const digits = bytesOf(String(sum));
    db.setStringAt(args, 1, digits, 0, digits.length, true);
  }
  call.changed(1, 'incrby');
  reply.integer(sum);
}

/** The number at `entry`, 0 when there is none; a bigint when it has more than 15 digits. */
function counterAt(db: Keyspace, entry: Entry): number | bigint {
  if (entry === 0) return 0;
  const size = db.stringSize(entry);
  const start = db.stringStart(entry);
  const small = parseSmallInteger(db.stringSlab(entry), start, start + size);
  if (!Number.isNaN(small)) return small;
  const large = size <= LONGEST_INTEGER ? parseInt64(binaryOf(db.stringBytes(entry))) : undefined;
  if (large === undefined) throw errors.notInteger();
  return large;
}

function sumOf(value: number | bigint, increment: number | bigint): number | bigint {
  if (typeof value === 'number' && typeof increment === 'number') return value + increment;
  const sum = BigInt(value) + BigInt(increment);
  if (sum > INT64_MAX || sum < INT64_MIN) throw errors.overflow();
  return sum;
}

function incrbyfloat(call: Call): void {
  const { args, db, reply } = call;
  const entry = db.find(args, 1);
  const value = longDouble(entry === 0 ? '0' : binaryOf(db.stringBytes(entry)));
  const sum = addLongDoubles(value, longDouble(args.binary(2)));
  if (sum === undefined || sum.infinite) throw errors.sumNotFinite();
  const text = formatLongDouble(sum);
  db.setStringAt(args, 1, bytesOf(text), 0, text.length, true);
  call.changed(1, 'incrbyfloat');
  // The sum and not the summand: replicas need not reckon alike.
  call.replicateAs('SET', args.copy(1), text, 'KEEPTTL');
  reply.binary(text);
}

function longDouble(text: Binary) {
  const value = parseLongDouble(text);
  if (value === undefined) throw errors.notFloat();
  return value;
}
