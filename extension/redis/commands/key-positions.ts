/** From a row's key specifications to the keys of one command: what routing, COMMAND GETKEYS and ACLs ask. */
import { parseSmallInteger } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import type { Command } from './command.ts';
import type { KeyFlags, KeySpec } from './key-spec.ts';

export interface KeyPosition {
  /** Index among the arguments. */
  readonly at: number;
  readonly flags: KeyFlags;
}

/** The keys in the order of the specifications; undefined when the arguments make no sense (a bad count of keys). */
export function keyPositions(specs: readonly KeySpec[], args: Args): KeyPosition[] | undefined {
  const found: KeyPosition[] = [];
  for (const spec of specs) {
    const positions = positionsOf(spec, args);
    if (positions === undefined) return undefined;
    for (const at of positions) found.push({ at, flags: spec.flags });
  }
  return found;
}

function positionsOf(spec: KeySpec, args: Args): readonly number[] | undefined {
  if (spec.find !== undefined) return spec.find(args);
  if (spec.at === 'range') {
    return steps(spec.first, spec.last < 0 ? args.count + spec.last : spec.last, spec.step, args);
  }
  if (spec.at === 'numkeys') return countedKeys(spec, args);
  return spec.at === 'keyword' ? keysBehind(spec, args) : [];
}

/** undefined when a position lies beyond the arguments. */
function steps(first: number, last: number, step: number, args: Args): number[] | undefined {
  const positions: number[] = [];
  for (let at = first; at <= last; at += step) {
    if (at >= args.count) return undefined;
    positions.push(at);
  }
  return positions;
}

function countedKeys(spec: KeySpec & { at: 'numkeys' }, args: Args): number[] | undefined {
  if (spec.count >= args.count) return undefined;
  const count = parseSmallInteger(args.bytes, args.starts[spec.count], args.ends[spec.count]);
  if (Number.isNaN(count) || count < 0) return undefined;
  return steps(spec.first, spec.first + (count - 1) * spec.step, spec.step, args);
}

function keysBehind(spec: KeySpec & { at: 'keyword' }, args: Args): number[] | undefined {
  const word = spec.keyword.toLowerCase();
  const backwards = spec.from < 0;
  const direction = backwards ? -1 : 1;
  let at = backwards ? args.count + spec.from : spec.from;
  while (at > 0 && at < args.count && !args.is(at, word)) at += direction;
  // Without the keyword there are no keys: MIGRATE with a single key, for one.
  if (at <= 0 || at >= args.count) return [];
  const first = at + 1;
  // XREAD STREAMS a b 0 0: of what follows, the first half are keys.
  const last =
    spec.limit > 1
      ? first + Math.floor((args.count - first) / spec.limit) - 1
      : lastOf(spec.last, first, args);
  return steps(first, last, spec.step, args);
}

function lastOf(last: number, first: number, args: Args): number {
  return last < 0 ? args.count + last : first + last;
}

/** The keys of a command, with what it does to each this time; channels that only route like keys are none. */
export function keyUses(
  { name, keys }: Pick<Command, 'name' | 'keys'>,
  args: Args,
): KeyPosition[] | undefined {
  const found = keyPositions(
    keys.filter(({ flags }) => flags !== 'not_key'),
    args,
  );
  if (!keys.some(({ flags }) => flags.includes('variable_flags'))) return found;
  return found?.map(({ at }) => ({ at, flags: flagsInUse(name, args) }));
}

/** What SET and BITFIELD do with their key depends on their other arguments. */
function flagsInUse(name: string, args: Args): KeyFlags {
  if (name !== 'set') return onlyGets(args) ? 'RO access' : 'RW access update';
  for (let i = 3; i < args.count; i++) if (args.is(i, 'get')) return 'RW access update';
  return 'OW update';
}

/** BITFIELD … GET type offset: what is no GET may write. */
function onlyGets(args: Args): boolean {
  for (let i = 2; i < args.count; ) {
    const left = args.count - 1 - i;
    if (args.is(i, 'get') && left >= 2) i += 3;
    else if (args.is(i, 'overflow') && left >= 1) i += 2;
    else return false;
  }
  return true;
}
