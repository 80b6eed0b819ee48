/**
 * Sorted sets: members one by one. Ranges are in sorted-set-ranges.ts, pops in sorted-set-pops.ts, unions,
 * intersections and differences in sorted-set-algebra.ts.
 */
import { errors } from '../errors.ts';
import { formatDouble, formatDouble17 } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import { SortedSetValue } from '../store/sorted-set-value.ts';
import { signedCount } from './arguments.ts';
import { scanCollection } from './collection-scan.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';
import { samplePositions } from './random-sample.ts';

export const sortedSets: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('zadd', -4, WRITE | DENYOOM | FAST, keyAt(1, 'RW update'), (call) => add(call, false)),
  command('zincrby', 4, WRITE | DENYOOM | FAST, keyAt(1, 'RW access update'), (call) => add(call, true)),
  command('zrem', -3, WRITE | FAST, keyAt(1, 'RW delete'), zrem),
  command('zcard', 2, READONLY | FAST, keyAt(1, 'RO'), zcard),
  command('zscore', 3, READONLY | FAST, keyAt(1, 'RO access'), zscore),
  command('zmscore', -3, READONLY | FAST, keyAt(1, 'RO access'), zmscore),
  command('zrank', -3, READONLY | FAST, keyAt(1, 'RO access'), (call) => rank(call, 'zrank', false)),
  command('zrevrank', -3, READONLY | FAST, keyAt(1, 'RO access'), (call) => rank(call, 'zrevrank', true)),
  command('zrandmember', -2, READONLY, keyAt(1, 'RO access'), zrandmember),
  command('zscan', -3, READONLY, keyAt(1, 'RO access'), zscan),
];

/** A and all letters behind it. */
const LETTERS_FROM = 0x41;

export interface AddOptions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  ch: boolean;
  incr: boolean;
}

/** ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]; ZINCRBY is ZADD with INCR. */
function add(call: Call, increment: boolean): void {
  const { args } = call;
  const options = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: increment };
  const first = readOptions(args, options);
  // All scores are looked at before the first one counts.
  const scores = [args.float(first)];
  for (let i = first + 2; i < args.count; i += 2) scores.push(args.float(i));
  addMembers(call, options, scores, { first: first + 1, step: 2 });
}

/**
 * Gives the members at key 1, new or not, their scores, and replies. The first one is argument `first`, the others follow
 * `step` arguments apart.
 */
export function addMembers(
  call: Call,
  options: Readonly<AddOptions>,
  scores: readonly number[],
  { first, step }: { readonly first: number; readonly step: number },
): void {
  const { args, db, reply } = call;
  let set = db.sortedSet(args, 1);
  if (set === undefined && options.xx) {
    if (options.incr) reply.null();
    else reply.integer(0);
    return;
  }
  if (set === undefined) {
    set = new SortedSetValue(db.limits);
    db.put(args, 1, set);
  }
  set.expect(scores.length, args.size(first));
  const { nx, xx, gt, lt, incr, ch } = options;
  const conditional = nx || xx || gt || lt || incr;
  let added = 0;
  let updated = 0;
  let score: number | undefined;
  for (let k = 0; k < scores.length; k++) {
    const member = first + k * step;
    score = conditional ? scoreToSet(set.scoreOfArgument(args, member), scores[k], options) : scores[k];
    if (score === undefined) continue;
    const outcome = set.setArgument(args, member, score);
    if (outcome === 'added') added++;
    else if (outcome === 'updated') updated++;
  }
  if (added + updated > 0) call.changed(1, incr ? 'zincr' : 'zadd', added + updated);
  if (incr) replyScore(call, score);
  else reply.integer(ch ? added + updated : added);
}

/** Reads the options into `options`; returns the argument of the first score. */
function readOptions(args: Args, options: AddOptions): number {
  let first = 2;
  for (; first < args.count && startsAsWord(args, first); first++) {
    if (args.is(first, 'nx')) options.nx = true;
    else if (args.is(first, 'xx')) options.xx = true;
    else if (args.is(first, 'gt')) options.gt = true;
    else if (args.is(first, 'lt')) options.lt = true;
    else if (args.is(first, 'ch')) options.ch = true;
    else if (args.is(first, 'incr')) options.incr = true;
    else break;
  }
  const { nx, xx, gt, lt } = options;
  const pairs = (args.count - first) / 2;
  if (pairs === 0 || !Number.isInteger(pairs)) throw errors.syntax();
  if (nx && xx) throw errors.xxAndNx();
  if ((gt && nx) || (lt && nx) || (gt && lt)) throw errors.gtLtNx();
  if (options.incr && pairs > 1) throw errors.incrSinglePair();
  return first;
}

/** Scores mostly start with a digit or a sign, and then are no option: `inf` and nonsense need a closer look. */
function startsAsWord(args: Args, i: number): boolean {
  return args.bytes[args.starts[i]] >= LETTERS_FROM;
}

/** The score to set where it was `current`; undefined when an option forbids to touch the member. */
function scoreToSet(
  current: number | undefined,
  score: number,
  { nx, xx, gt, lt, incr }: Readonly<AddOptions>,
): number | undefined {
  if (current === undefined) return xx ? undefined : score;
  if (nx) return undefined;
  const wanted = incr ? current + score : score;
  if (Number.isNaN(wanted)) throw errors.scoreNotNumber();
  if ((lt && wanted >= current) || (gt && wanted <= current)) return undefined;
  return wanted;
}

function zrem(call: Call): void {
  const { args } = call;
  const set = call.db.sortedSet(args, 1);
  let removed = 0;
  for (let i = 2; set !== undefined && i < args.count; i++) if (set.delete(args.binary(i))) removed++;
  if (set !== undefined && removed > 0) membersRemoved(call, 1, set, 'zrem', removed);
  call.reply.integer(removed);
}

export function membersRemoved(
  call: Call,
  i: number,
  set: SortedSetValue,
  event: string,
  count: number,
): void {
  call.changed(i, event, count);
  if (set.size > 0) return;
  call.db.remove(call.args, i);
  call.changed(i, 'del', 0);
}

function zcard(call: Call): void {
  call.reply.integer(call.db.sortedSet(call.args, 1)?.size ?? 0);
}

function zscore(call: Call): void {
  replyScore(call, call.db.sortedSet(call.args, 1)?.scoreOfArgument(call.args, 2));
}

function zmscore(call: Call): void {
  const { args } = call;
  const set = call.db.sortedSet(args, 1);
  call.reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyScore(call, set?.scoreOfArgument(args, i));
}

function replyScore(call: Call, score: number | undefined): void {
  if (score === undefined) call.reply.null();
  else call.reply.double(score);
}

/** ZRANK and ZREVRANK key member [WITHSCORE] */
function rank(call: Call, name: string, reverse: boolean): void {
  const { args, reply } = call;
  if (args.count > 4) throw errors.wrongArity(name);
  const withScore = args.count === 4;
  if (withScore && !args.is(3, 'withscore')) throw errors.syntax();
  const set = call.db.sortedSet(args, 1);
  const member = args.binary(2);
  const found = set?.rank(member);
  if (set === undefined || found === undefined) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  if (withScore) reply.array(2);
  reply.integer(reverse ? set.size - 1 - found : found);
  if (withScore) replyScore(call, set.score(member));
}

/** ZRANDMEMBER key [count [WITHSCORES]] */
function zrandmember(call: Call): void {
  const { args, db, random, reply } = call;
  if (args.count === 2) {
    const set = db.sortedSet(args, 1);
    if (set === undefined) reply.null();
    else reply.binary(set.memberAt(random.below(set.size)));
    return;
  }
  const count = signedCount(args, 2);
  const withScores = args.count > 3;
  if (args.count > 4 || (withScores && !args.is(3, 'withscores'))) throw errors.syntax();
  // Twice the count must fit a long, too.
  if (withScores && Math.abs(count) > 2 ** 62) throw errors.outOfRange();
  const set = db.sortedSet(args, 1);
  const positions = set === undefined ? [] : samplePositions(set.size, count, random, reply);
  reply.array(withScores && reply.protocol === 2 ? positions.length * 2 : positions.length);
  if (set === undefined) return;
  for (const position of positions) {
    if (withScores && reply.protocol === 3) reply.array(2);
    reply.binary(set.memberAt(position));
    if (withScores) reply.double(set.scoreAt(position));
  }
}

/** A listpack holds scores as their shortest text; from a skip list Redis prints them with 17 digits. */
function zscan(call: Call): void {
  scanCollection(call, () => {
    const set = call.db.sortedSet(call.args, 1);
    if (set === undefined) return undefined;
    const format = set.encoding === 'listpack' ? formatDouble : formatDouble17;
    return (cursor, count, visit) => set.scan(cursor, count, (member, score) => visit(member, format(score)));
  });
}
