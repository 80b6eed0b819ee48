/** What a script returns, as a reply. */
import { bytesOf } from '../../redis/bytes.ts';
import { ReplyError } from '../../redis/errors.ts';
import type { LuaValue } from '../../redis/lua/values.ts';
import { LuaTable } from '../../redis/lua/values.ts';
import type { Reply } from '../../redis/resp/reply.ts';

/** Deeper than this a table is not followed (one that holds itself has no end). */
const DEEPEST = 600;

export interface ReplyOptions {
  /** redis.setresp: with 3 a boolean is one, with 2 it is 1 or null. */
  readonly scriptProtocol: 2 | 3;
  /** Hears of an error in what is returned, and whether it has been counted already. */
  readonly failed: (message: string, counted: boolean) => void;
}

export function replyValue(reply: Reply, value: LuaValue, options: ReplyOptions, depth = 0): void {
  if (depth > DEEPEST) {
    reply.error(new ReplyError('ERR reached lua stack limit'));
    return;
  }
  switch (typeof value) {
    case 'string':
      reply.binary(value);
      return;
    case 'number':
      reply.integer(integerOf(value));
      return;
    case 'boolean':
      if (options.scriptProtocol === 3) reply.boolean(value);
      else if (value) reply.integer(1);
      else reply.null();
      return;
  }
  if (value instanceof LuaTable) replyTable(reply, value, options, depth);
  else reply.null();
}

/** As C turns a double into a long long. */
function integerOf(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0;
  if (!(Math.abs(value) < 2 ** 63)) return -(2n ** 63n);
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

const oneLine = (text: string) => text.replace(/[\r\n]/g, ' ');

function replyTable(reply: Reply, table: LuaTable, options: ReplyOptions, depth: number): void {
  const error = table.get('err');
  if (typeof error === 'string') {
    const counted = table.get('ignore_error_stats_update') === true;
    options.failed(error, counted);
    reply.error(new ReplyError(error));
    return;
  }
  const status = table.get('ok');
  if (typeof status === 'string') {
    reply.simple(oneLine(status));
    return;
  }
  const double = table.get('double');
  if (typeof double === 'number') {
    reply.double(double);
    return;
  }
  const bigNumber = table.get('big_number');
  if (typeof bigNumber === 'string') {
    if (reply.protocol === 3) reply.raw(bytesOf(`(${oneLine(bigNumber)}\r\n`));
    else reply.binary(oneLine(bigNumber));
    return;
  }
  if (!replyVerbatim(reply, table.get('verbatim_string'))) replyAggregate(reply, table, options, depth + 1);
}

function replyVerbatim(reply: Reply, value: LuaValue): boolean {
  if (!(value instanceof LuaTable)) return false;
  const format = value.get('format');
  const text = value.get('string');
  if (typeof format !== 'string' || typeof text !== 'string') return false;
  if (reply.protocol === 2) reply.binary(text);
  else reply.raw(bytesOf(`=${text.length + 4}\r\n${format.slice(0, 3).padEnd(3, '\0')}:${text}\r\n`));
  return true;
}

function replyAggregate(reply: Reply, table: LuaTable, options: ReplyOptions, depth: number): void {
  const map = table.get('map');
  if (map instanceof LuaTable) {
    const entries = [...map.entries()];
    reply.map(entries.length);
    for (const entry of entries) for (const part of entry) replyValue(reply, part, options, depth);
    return;
  }
  const set = table.get('set');
  if (set instanceof LuaTable) {
    const entries = [...set.entries()];
    reply.set(entries.length);
    for (const [member] of entries) replyValue(reply, member, options, depth);
    return;
  }
  let length = 0;
  while (table.get(length + 1) !== undefined) length++;
  reply.array(length);
  for (let i = 1; i <= length; i++) replyValue(reply, table.get(i), options, depth);
}
