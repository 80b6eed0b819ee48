/** Sorted sets: unions, intersections and differences of sorted sets and sets (whose members score 1). */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { EncodingLimits } from '../store/encoding-limits.ts';
import type { SetValue } from '../store/set-value.ts';
import { SortedSetValue } from '../store/sorted-set-value.ts';
import { long, longFrom } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, READONLY, WRITE } from './command.ts';
import { countedKeys, type KeySpec, keyAt } from './key-spec.ts';

const INPUTS = countedKeys(1, 'RO access');
const STORED: readonly KeySpec[] = [...keyAt(1, 'OW update'), ...countedKeys(2, 'RO access')];

export const sortedSetAlgebra: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('zunion', -3, READONLY, INPUTS, (call) => reply(call, 'zunion', union)),
  command('zinter', -3, READONLY, INPUTS, (call) => reply(call, 'zinter', intersection)),
  command('zdiff', -3, READONLY, INPUTS, (call) => reply(call, 'zdiff', difference)),
  command('zunionstore', -4, WRITE | DENYOOM, STORED, (call) => store(call, 'zunionstore', union)),
  command('zinterstore', -4, WRITE | DENYOOM, STORED, (call) => store(call, 'zinterstore', intersection)),
  command('zdiffstore', -4, WRITE | DENYOOM, STORED, (call) => store(call, 'zdiffstore', difference)),
  command('zintercard', -3, READONLY, INPUTS, zintercard),
];

interface Input {
  /** undefined: no such key. */
  readonly value: SortedSetValue | SetValue | undefined;
  weight: number;
}

type Aggregate = (a: number, b: number) => number;

/** inf + -inf counts as 0. */
const sum: Aggregate = (a, b) => (Number.isNaN(a + b) ? 0 : a + b);
/** What is not a number (0 × inf) is passed over. */
const smaller: Aggregate = (a, b) => (Number.isNaN(b) ? a : Math.min(a, b));
const larger: Aggregate = (a, b) => (Number.isNaN(b) ? a : Math.max(a, b));

interface Request {
  readonly inputs: Input[];
  aggregate: Aggregate;
  withScores: boolean;
}

type Operation = (request: Request, limits: EncodingLimits) => SortedSetValue;

/** The numkeys inputs from argument `i` on. */
function readInputs(call: Call, name: string, i: number): Input[] {
  const { args } = call;
  const count = long(args, i);
  if (count < 1) throw errors.noInputKeys(name);
  if (count > args.count - (i + 1)) throw errors.syntax();
  const inputs: Input[] = [];
  for (let key = i + 1; key <= i + count; key++) {
    inputs.push({ value: inputAt(call, key), weight: 1 });
  }
  return inputs;
}

function inputAt({ args, db }: Call, i: number): Input['value'] {
  const entry = db.find(args, i);
  if (entry === 0) return undefined;
  const value = db.collection(entry);
  if (value?.kind === 'sorted-set' || value?.kind === 'set') return value;
  throw errors.wrongType();
}

/** numkeys key … [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES], numkeys being argument `i`. */
function readRequest(call: Call, name: string, i: number, operation: Operation): Request {
  const { args } = call;
  const inputs = readInputs(call, name, i);
  const request: Request = { inputs, aggregate: sum, withScores: false };
  const weighted = operation !== difference;
  for (let at = i + 1 + inputs.length; at < args.count; ) {
    const remaining = args.count - at;
    if (weighted && remaining > inputs.length && args.is(at, 'weights')) {
      for (const input of inputs) input.weight = weight(call, ++at);
      at++;
    } else if (weighted && remaining >= 2 && args.is(at, 'aggregate')) {
      request.aggregate = aggregateAt(call, at + 1);
      at += 2;
    } else if (i === 1 && args.is(at, 'withscores')) {
      request.withScores = true;
      at++;
    } else {
      throw errors.syntax();
    }
  }
  return request;
}

function weight({ args }: Call, i: number): number {
  try {
    return args.float(i);
  } catch {
    throw errors.weightNotFloat();
  }
}

function aggregateAt({ args }: Call, i: number): Aggregate {
  if (args.is(i, 'sum')) return sum;
  if (args.is(i, 'min')) return smaller;
  if (args.is(i, 'max')) return larger;
  throw errors.syntax();
}

function reply(call: Call, name: string, operation: Operation): void {
  // What is not stored redis-server leaves in a skip list, which knows -0 from 0.
  const limits = { ...call.db.limits, sortedSetEntries: 0 };
  const request = readRequest(call, name, 1, operation);
  const result = operation(request, limits);
  const { withScores } = request;
  const pairs = withScores && call.reply.protocol === 3;
  call.reply.array(withScores && !pairs ? result.size * 2 : result.size);
  result.each(0, result.size, false, (member, score) => {
    if (pairs) call.reply.array(2);
    call.reply.binary(member);
    if (withScores) call.reply.double(score);
  });
}

/** An empty result removes the target. */
function store(call: Call, name: string, operation: Operation): void {
  const { args, db } = call;
  const result = operation(readRequest(call, name, 2, operation), db.limits);
  if (result.size > 0) {
    db.put(args, 1, result);
    call.changed(1, name);
  } else if (db.remove(args, 1)) {
    call.changed(1, 'del');
  }
  call.reply.integer(result.size);
}

function sizeOf(input: Input | undefined): number {
  return input?.value?.size ?? 0;
}

function scoreIn({ value }: Input, member: Binary): number | undefined {
  if (value?.kind === 'sorted-set') return value.score(member);
  return value?.has(member) ? 1 : undefined;
}

function* membersOf({ value }: Input): IterableIterator<[member: Binary, score: number]> {
  if (value?.kind === 'sorted-set') yield* value.entries();
  else for (const member of value?.values() ?? []) yield [member, 1];
}

/** 0 × inf counts as 0. */
function weighed(score: number, factor: number): number {
  return Number.isNaN(score * factor) ? 0 : score * factor;
}

/** In the order in which Redis adds scores up, on which the last digit of a sum depends: smallest input first. */
function bySize(inputs: readonly Input[]): Input[] {
  return inputs.toSorted((a, b) => sizeOf(a) - sizeOf(b));
}

function union({ inputs, aggregate }: Request, limits: EncodingLimits): SortedSetValue {
  const scores = new Map<Binary, number>();
  for (const input of bySize(inputs)) {
    for (const [member, score] of membersOf(input)) {
      const value = weighed(score, input.weight);
      const known = scores.get(member);
      scores.set(member, known === undefined ? value : aggregate(known, value));
    }
  }
  const result = new SortedSetValue(limits);
  for (const [member, score] of scores) result.set(member, score);
  return result;
}

function intersection({ inputs, aggregate }: Request, limits: EncodingLimits): SortedSetValue {
  const result = new SortedSetValue(limits);
  const [first, ...others] = bySize(inputs);
  if (sizeOf(first) === 0) return result;
  for (const [member, score] of membersOf(first)) {
    let total: number | undefined = weighed(score, first.weight);
    for (const other of others) {
      const value = scoreIn(other, member);
      total = value === undefined ? undefined : aggregate(total, value * other.weight);
      if (total === undefined) break;
    }
    if (total !== undefined) result.set(member, total);
  }
  return result;
}

function difference({ inputs }: Request, limits: EncodingLimits): SortedSetValue {
  const result = new SortedSetValue(limits);
  const [first, ...others] = inputs;
  if (others.some(({ value }) => value !== undefined && value === first.value)) return result;
  // Most hits come from the largest set.
  others.sort((a, b) => sizeOf(b) - sizeOf(a));
  for (const [member, score] of membersOf(first)) {
    if (!others.some((other) => scoreIn(other, member) !== undefined)) result.set(member, score);
  }
  return result;
}

/** ZINTERCARD numkeys key [key ...] [LIMIT limit] */
function zintercard(call: Call): void {
  const { args } = call;
  const inputs = readInputs(call, 'zintercard', 1);
  let limit = 0;
  for (let i = 2 + inputs.length; i < args.count; i += 2) {
    if (!args.is(i, 'limit') || i + 1 >= args.count) throw errors.syntax();
    limit = longFrom(args, i + 1, 0, () => errors.negative('LIMIT'));
  }
  const [first, ...others] = bySize(inputs);
  let cardinality = 0;
  for (const [member] of membersOf(first)) {
    if (!others.every((other) => scoreIn(other, member) !== undefined)) continue;
    if (++cardinality === limit) break;
  }
  call.reply.integer(cardinality);
}
