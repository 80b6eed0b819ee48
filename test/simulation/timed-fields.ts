/**
 * Fields of hashes that live for a while. Each is made once, together with the time until which it lives, and that may
 * be changed once later. What is said of one, `field@time`, is a word in the ledger, as a member of a set is: a time
 * that was acknowledged is there in the end with its field, and no other time than what somebody asked for ever is.
 */
import type { Client } from './client.ts';
import type { Script } from './script.ts';
import { itemsOf, type Reply } from './session.ts';

/** The time of a field that does not expire. */
export const NEVER = -1;
/** A time that no test sees, whatever clocks jump by. */
export const YEAR_MS = 365 * 86_400_000;

/** A field and its time in one step: on its own a field without a time could be what a crash leaves. */
const SET_UNTIL = `
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[1])
  return redis.call('HPEXPIREAT', KEYS[1], ARGV[2], 'FIELDS', 1, ARGV[1])`;

export function setUntil(key: string, field: string, until: number): (string | number)[] {
  return ['EVAL', SET_UNTIL, 1, key, field, until];
}

/** What the ledger remembers; milliseconds since the epoch, or NEVER. */
export function timed(field: string, until: number): string {
  return `${field}@${until}`;
}

export function parseTimed(word: string): { readonly field: string; readonly until: number } {
  const [field = '', until = ''] = word.split('@');
  return { field, until: Number(until) };
}

/** Throws when a field is among those shown at `nowMs` though every time that was ever asked for it is over. */
export function checkAlive(
  key: string,
  shown: Iterable<string>,
  asked: Iterable<string>,
  nowMs: number,
): void {
  const last = new Map<string, number>();
  for (const { field, until } of Array.from(asked, parseTimed)) {
    const at = until === NEVER ? Number.POSITIVE_INFINITY : until;
    last.set(field, Math.max(at, last.get(field) ?? 0));
  }
  for (const field of shown) {
    const late = nowMs - (last.get(field) ?? Number.POSITIVE_INFINITY);
    if (late > 0) throw new Error(`${key} shows ${field}, which expired ${late} ms before`);
  }
}

export function namesTimedFields(key: string): boolean {
  return key.startsWith('fields:');
}

/** Every name of a reply to HGETALL. */
export function fieldsOf(reply: Reply): string[] {
  return itemsOf(reply).filter((_, at) => at % 2 === 0);
}

/** All fields of a hash that nobody changes, as the ledger has them; undefined when there was no answer. */
export function* timedFieldsOf(client: Client, key: string): Script<string[] | undefined> {
  const all = (yield* client.call(key, 'HGETALL', key)).reply;
  if (all.type !== 'array') return undefined;
  const fields = fieldsOf(all);
  if (fields.length === 0) return [];
  const times = (yield* client.call(key, 'HPEXPIRETIME', key, 'FIELDS', fields.length, ...fields)).reply;
  if (times.type !== 'array') return undefined;
  return times.items.map((time, at) =>
    timed(fields[at] ?? '', time.type === 'integer' ? Number(time.value) : 0),
  );
}
