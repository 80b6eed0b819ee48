/** Sorted sets: ranges by rank, by score and by member, read, counted, stored and removed. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import { SortedSetValue } from '../store/sorted-set-value.ts';
import { indexRange, long } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { type KeySpec, keyAt } from './key-spec.ts';
import { lexRange, type RangeOf, type RankRange, scoreRange } from './sorted-set-bounds.ts';
import { membersRemoved } from './sorted-sets.ts';

const STORED: readonly KeySpec[] = [...keyAt(1, 'OW update'), ...keyAt(2, 'RO access')];
const READ = keyAt(1, 'RO access');
const REMOVED = keyAt(1, 'RW delete');

export const sortedSetRanges: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('zrange', -4, READONLY, READ, (call) => range(call, undefined, undefined)),
  command('zrevrange', -4, READONLY, READ, (call) => range(call, 'rank', true)),
  command('zrangebyscore', -4, READONLY, READ, (call) => range(call, 'score', false)),
  command('zrevrangebyscore', -4, READONLY, READ, (call) => range(call, 'score', true)),
  command('zrangebylex', -4, READONLY, READ, (call) => range(call, 'lex', false)),
  command('zrevrangebylex', -4, READONLY, READ, (call) => range(call, 'lex', true)),
  command('zrangestore', -5, WRITE | DENYOOM, STORED, zrangestore),
  command('zcount', 4, READONLY | FAST, READ, (call) => count(call, scoreRange(call.args, 2, 3))),
  command('zlexcount', 4, READONLY | FAST, READ, (call) => count(call, lexRange(call.args, 2, 3))),
  command('zremrangebyrank', 4, WRITE, REMOVED, zremrangebyrank),
  command('zremrangebyscore', 4, WRITE, REMOVED, (call) =>
    removeRange(call, scoreRange(call.args, 2, 3), 'zremrangebyscore'),
  ),
  command('zremrangebylex', 4, WRITE, REMOVED, (call) =>
    removeRange(call, lexRange(call.args, 2, 3), 'zremrangebylex'),
  ),
];

type By = 'rank' | 'score' | 'lex';

interface RangeOptions {
  readonly by: By;
  readonly reverse: boolean;
  readonly withScores: boolean;
  /** Which ranks of a set are meant. */
  readonly ranksOf: RangeOf;
}

/**
 * The arguments of ZRANGE from its key, argument `key`, on: min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]
 * [WITHSCORES]. Where the command's name says already what the range is by and which way it goes, the words are not
 * allowed.
 */
function rangeOptions(
  args: Args,
  key: number,
  givenBy: By | undefined,
  givenReverse: boolean | undefined,
  store: boolean,
): RangeOptions {
  let by = givenBy;
  let reverse = givenReverse;
  let withScores = false;
  let offset = 0;
  let limit = -1;
  for (let i = key + 3; i < args.count; i++) {
    if (!store && args.is(i, 'withscores')) {
      withScores = true;
    } else if (args.is(i, 'limit') && i + 2 < args.count) {
      offset = long(args, i + 1);
      limit = long(args, i + 2);
      i += 2;
    } else if (givenReverse === undefined && args.is(i, 'rev')) {
      reverse = true;
    } else if (by === undefined && args.is(i, 'bylex')) {
      by = 'lex';
    } else if (by === undefined && args.is(i, 'byscore')) {
      by = 'score';
    } else {
      throw errors.syntax();
    }
  }
  if (limit !== -1 && (by ?? 'rank') === 'rank') throw errors.limitNeedsBy();
  if (withScores && by === 'lex') throw errors.withScoresByLex();
  const backwards = reverse ?? false;
  const ranksOf = boundsOf(args, key + 1, by ?? 'rank', backwards);
  return {
    by: by ?? 'rank',
    reverse: backwards,
    withScores,
    ranksOf: (set) => limited(ranksOf(set), backwards, offset, limit),
  };
}

/** The bounds at arguments i and i + 1. By score or member, a reversed range is given from max to min. */
function boundsOf(args: Args, i: number, by: By, reverse: boolean): RangeOf {
  const [min, max] = reverse ? [i + 1, i] : [i, i + 1];
  if (by === 'score') return scoreRange(args, min, max);
  if (by === 'lex') return lexRange(args, min, max);
  const start = long(args, i);
  const stop = long(args, i + 1);
  return ({ size }) => {
    const { from, to } = indexRange(start, stop, size);
    return reverse ? { from: size - to, to: size - from } : { from, to };
  };
}

/** LIMIT: skips `offset` ranks in the direction of the range and keeps `limit` (all when negative). */
function limited({ from, to }: RankRange, reverse: boolean, offset: number, limit: number): RankRange {
  const length = Math.max(0, to - from);
  const skipped = offset < 0 ? length : Math.min(offset, length);
  const kept = limit < 0 ? length - skipped : Math.min(limit, length - skipped);
  if (reverse) return { from: to - skipped - kept, to: to - skipped };
  return { from: from + skipped, to: from + skipped + kept };
}

function range(call: Call, by: By | undefined, reverse: boolean | undefined): void {
  const { args, reply } = call;
  const options = rangeOptions(args, 1, by, reverse, false);
  const set = call.db.sortedSet(args, 1);
  const { from, to } = set === undefined ? { from: 0, to: 0 } : options.ranksOf(set);
  const { withScores } = options;
  const pairs = withScores && reply.protocol === 3;
  reply.array(withScores && !pairs ? (to - from) * 2 : to - from);
  set?.each(from, to, options.reverse, (member, score) => {
    if (pairs) reply.array(2);
    reply.binary(member);
    if (withScores) reply.double(score);
  });
}

/** ZRANGESTORE dst src min max … */
function zrangestore(call: Call): void {
  const { args, db, reply } = call;
  const { by, reverse, ranksOf } = rangeOptions(args, 2, undefined, undefined, true);
  const source = db.sortedSet(args, 2);
  const { from, to } = source === undefined ? { from: 0, to: 0 } : ranksOf(source);
  if (source === undefined || from >= to) {
    if (db.remove(args, 1)) call.changed(1, 'del');
    reply.integer(0);
    return;
  }
  const result = new SortedSetValue(db.limits);
  // Redis 7.2 knows the length of a range by rank only, and takes the others for too long for a listpack.
  result.expect(by === 'rank' ? to - from : Number.POSITIVE_INFINITY, 0);
  source.each(from, to, reverse, (member, score) => {
    result.set(member, score);
  });
  db.put(args, 1, result);
  call.changed(1, 'zrangestore');
  reply.integer(result.size);
}

function count(call: Call, ranksOf: RangeOf): void {
  const set = call.db.sortedSet(call.args, 1);
  const { from, to } = set === undefined ? { from: 0, to: 0 } : ranksOf(set);
  call.reply.integer(Math.max(0, to - from));
}

function zremrangebyrank(call: Call): void {
  const start = long(call.args, 2);
  const stop = long(call.args, 3);
  removeRange(call, ({ size }) => indexRange(start, stop, size), 'zremrangebyrank');
}

function removeRange(call: Call, ranksOf: RangeOf, event: string): void {
  const set = call.db.sortedSet(call.args, 1);
  const { from, to } = set === undefined ? { from: 0, to: 0 } : ranksOf(set);
  if (set !== undefined && from < to) {
    set.removeRanks(from, to);
    membersRemoved(call, 1, set, event, to - from);
  }
  call.reply.integer(Math.max(0, to - from));
}
