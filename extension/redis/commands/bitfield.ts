/** BITFIELD: a string as an array of integers of 1 to 64 bits, read, set and incremented. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { INT64_MAX, parseInt64 } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import { bitOffset } from './bitmaps.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';

export const bitfields: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('bitfield', -2, WRITE | DENYOOM, keyAt(1, 'RW access update variable_flags'), bitfield),
  command('bitfield_ro', -2, READONLY | FAST, keyAt(1, 'RO access'), bitfieldRo),
];

interface FieldType {
  readonly signed: boolean;
  readonly bits: number;
}

type Overflow = 'wrap' | 'sat' | 'fail';

interface Operation {
  readonly name: 'get' | 'set' | 'incrby';
  readonly type: FieldType;
  readonly offset: number;
  /** What to set or to add. */
  readonly operand: bigint;
  readonly overflow: Overflow;
}

/** BITFIELD key [GET type offset | [OVERFLOW WRAP|SAT|FAIL] SET|INCRBY type offset value ...] */
function bitfield(call: Call): void {
  const { args, db, reply } = call;
  const operations = readOperations(call);
  const entry = db.find(args, 1);
  const size = entry === 0 ? 0 : db.stringSize(entry);
  const needed = bytesNeeded(operations);
  const grown = needed > size;
  if (needed > 0) db.markRaw(db.resizeString(args, 1, Math.max(size, needed)));
  let changes = 0;
  reply.array(operations.length);
  for (const operation of operations) if (run(call, operation, grown)) changes++;
  // A longer string is a change, even if nothing could be written: replicas must hear of it.
  if (grown || changes > 0) call.changed(1, 'setbit', Math.max(1, changes));
}

function bitfieldRo(call: Call): void {
  const { args, db, reply } = call;
  const operations = readOperations(call);
  if (operations.some(({ name }) => name !== 'get')) throw errors.bitfieldReadOnly();
  const entry = db.find(args, 1);
  if (entry !== 0) db.stringSize(entry);
  reply.array(operations.length);
  for (const { type, offset } of operations) reply.integer(readField(call, type, offset));
}

function readOperations(call: Call): Operation[] {
  const { args } = call;
  const operations: Operation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < args.count; ) {
    const left = args.count - i - 1;
    if (args.is(i, 'overflow') && left >= 1) {
      overflow = overflowAt(args, i + 1);
      i += 2;
      continue;
    }
    const name = operationName(args, i, left);
    const type = fieldType(args.binary(i + 1));
    const offset = bitOffset(call, i + 2, type.bits);
    const operand = name === 'get' ? 0n : args.bigint(i + 3);
    operations.push({ name, type, offset, operand, overflow });
    i += name === 'get' ? 3 : 4;
  }
  return operations;
}

function operationName(args: Args, i: number, left: number): Operation['name'] {
  if (args.is(i, 'get') && left >= 2) return 'get';
  if (args.is(i, 'set') && left >= 3) return 'set';
  if (args.is(i, 'incrby') && left >= 3) return 'incrby';
  throw errors.syntax();
}

function overflowAt(args: Args, i: number): Overflow {
  for (const name of ['wrap', 'sat', 'fail'] as const) if (args.is(i, name)) return name;
  throw errors.bitfieldOverflow();
}

/** `i16`, `u8`: up to i64 and u63, as replies hold signed 64-bit integers. */
function fieldType(text: Binary): FieldType {
  const signed = text.startsWith('i');
  const bits = signed || text.startsWith('u') ? Number(parseInt64(text.slice(1)) ?? 0n) : 0;
  if (bits < 1 || bits > (signed ? 64 : 63)) throw errors.bitfieldType();
  return { signed, bits };
}

/** Size of the string that holds the last field written; 0 when none is. */
function bytesNeeded(operations: readonly Operation[]): number {
  let needed = 0;
  for (const { name, type, offset } of operations) {
    if (name !== 'get') needed = Math.max(needed, Math.floor((offset + type.bits - 1) / 8) + 1);
  }
  return needed;
}

/** Replies the operation's result; true when it changed the field, or wrote it into a string that has `grown` for it. */
function run(call: Call, { name, type, offset, operand, overflow }: Operation, grown: boolean): boolean {
  const old = readField(call, type, offset);
  if (name === 'get') {
    call.reply.integer(old);
    return false;
  }
  const wanted = name === 'incrby' ? old + operand : valueToSet(operand, type);
  const value = fitted(wanted, type, overflow);
  if (value === undefined) {
    call.reply.null();
    return false;
  }
  call.reply.integer(name === 'set' ? old : value);
  writeField(call, type, offset, value);
  return grown || value !== old;
}

/**
 * SET's operand as the field's type sees its 64 bits. Redis takes a signed one's distance to the largest value in 64
 * bits, too: where that overflows, the lowest operands pass for too high, which counts when they are saturated.
 */
function valueToSet(operand: bigint, { signed, bits }: FieldType): bigint {
  if (!signed) return BigInt.asUintN(64, operand);
  const tooFar = 2n ** BigInt(bits - 1) - 1n - operand > INT64_MAX;
  // The same bits, seen as a positive number.
  return tooFar && bits < 64 ? BigInt.asUintN(64, operand) : operand;
}

/** What of `value` goes into the field; undefined when it does not fit and that is to fail. */
function fitted(value: bigint, { signed, bits }: FieldType, overflow: Overflow): bigint | undefined {
  const max = signed ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n;
  const min = signed ? -max - 1n : 0n;
  if (value >= min && value <= max) return value;
  if (overflow === 'fail') return undefined;
  if (overflow === 'sat') return value > max ? max : min;
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** Zeros follow the string. */
function readField({ args, db }: Call, { signed, bits }: FieldType, offset: number): bigint {
  const entry = db.find(args, 1);
  if (entry === 0) return 0n;
  const size = db.stringSize(entry);
  const bytes = db.stringSlab(entry);
  const start = db.stringStart(entry);
  let value = 0n;
  const last = Math.floor((offset + bits - 1) / 8);
  for (let at = Math.floor(offset / 8); at <= last; at++) {
    value = (value << 8n) | BigInt(at < size ? bytes[start + at] : 0);
  }
  value >>= BigInt(last * 8 + 7 - (offset + bits - 1));
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** The string is long enough. */
function writeField({ args, db }: Call, { bits }: FieldType, offset: number, value: bigint): void {
  const entry = db.find(args, 1);
  const bytes = db.stringSlab(entry);
  const start = db.stringStart(entry);
  const last = Math.floor((offset + bits - 1) / 8);
  const behind = BigInt(last * 8 + 7 - (offset + bits - 1));
  let mask = (2n ** BigInt(bits) - 1n) << behind;
  let rest = BigInt.asUintN(bits, value) << behind;
  for (let at = last; mask > 0n; at--) {
    const byteMask = Number(mask & 0xffn);
    bytes[start + at] = (bytes[start + at] & ~byteMask) | Number(rest & 0xffn);
    mask >>= 8n;
    rest >>= 8n;
  }
}
