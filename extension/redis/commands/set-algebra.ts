/** Sets: intersections, unions and differences, replied or stored. */
import { errors } from '../errors.ts';
import { SetValue } from '../store/set-value.ts';
import { longFrom, numkeys } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, READONLY, WRITE } from './command.ts';
import { countedKeys, type KeySpec, keyAt, keys } from './key-spec.ts';

const INPUTS = keys(1, -1, 1, 'RO access');
const storing = (flags: string): readonly KeySpec[] => [...keyAt(1, flags), ...keys(2, -1, 1, 'RO access')];

export const setAlgebra: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('sinter', -2, READONLY, INPUTS, (call) => replySet(call, intersection)),
  command('sunion', -2, READONLY, INPUTS, (call) => replySet(call, union)),
  command('sdiff', -2, READONLY, INPUTS, (call) => replySet(call, difference)),
  command('sintercard', -3, READONLY, countedKeys(1, 'RO access'), sintercard),
  command('sinterstore', -3, WRITE | DENYOOM, storing('RW update'), (call) =>
    storeSet(call, intersection, 'sinterstore'),
  ),
  command('sunionstore', -3, WRITE | DENYOOM, storing('OW update'), (call) =>
    storeSet(call, union, 'sunionstore'),
  ),
  command('sdiffstore', -3, WRITE | DENYOOM, storing('OW update'), (call) =>
    storeSet(call, difference, 'sdiffstore'),
  ),
];

/** Makes a new set of the inputs, of which undefined ones are keys that do not exist. */
type Operation = (inputs: readonly (SetValue | undefined)[], call: Call) => SetValue;

function inputsFrom(call: Call, first: number, last: number): (SetValue | undefined)[] {
  const inputs = [];
  for (let i = first; i <= last; i++) inputs.push(call.db.members(call.args, i));
  return inputs;
}

function replySet(call: Call, operation: Operation): void {
  const result = operation(inputsFrom(call, 1, call.args.count - 1), call);
  call.reply.set(result.size);
  for (const member of result.values()) call.reply.binary(member);
}

/** An empty result removes the target, as every collection goes when its last member goes. */
function storeSet(call: Call, operation: Operation, event: string): void {
  const { args, db, reply } = call;
  const result = operation(inputsFrom(call, 2, args.count - 1), call);
  if (result.size > 0) {
    db.put(args, 1, result);
    call.changed(1, event);
  } else if (db.remove(args, 1)) {
    call.changed(1, 'del');
  }
  reply.integer(result.size);
}

function intersection(inputs: readonly (SetValue | undefined)[], call: Call): SetValue {
  const result = new SetValue(call.db.limits);
  const smallest = smallestFirst(inputs)?.[0];
  if (smallest === undefined) return result;
  // Found in a listpack or hash table, integers are gathered as strings first and packed at the end.
  if (smallest.encoding !== 'intset') result.expect(1, '');
  eachCommonMember(inputs, (member) => {
    result.add(member);
    return true;
  });
  if (result.size > 0) result.compact();
  return result;
}

/** Tells `visit` each member of all inputs until it returns false. */
function eachCommonMember(
  inputs: readonly (SetValue | undefined)[],
  visit: (member: string) => boolean,
): void {
  const [smallest, ...others] = smallestFirst(inputs) ?? [];
  for (const member of smallest?.values() ?? []) {
    if (others.every((other) => other.has(member)) && !visit(member)) return;
  }
}

/** Undefined when one of them is empty, which makes the intersection empty. */
function smallestFirst(inputs: readonly (SetValue | undefined)[]): SetValue[] | undefined {
  const present = inputs.filter((input) => input !== undefined);
  if (present.length < inputs.length) return undefined;
  return present.sort((a, b) => a.size - b.size);
}

function union(inputs: readonly (SetValue | undefined)[], call: Call): SetValue {
  const result = new SetValue(call.db.limits);
  for (const input of inputs) for (const member of input?.values() ?? []) result.add(member);
  return result;
}

/**
 * Either each member of the first set is looked for in all others, or the members of all others are removed from a
 * copy of the first: whichever looks at fewer members, with the first way counted half as it stops at the first find.
 */
function difference(inputs: readonly (SetValue | undefined)[], call: Call): SetValue {
  const result = new SetValue(call.db.limits);
  const [first, ...rest] = inputs;
  const others = rest.filter((other) => other !== undefined);
  if (first === undefined || others.includes(first)) return result;
  const total = others.reduce((sum, other) => sum + other.size, first.size);
  if ((first.size * (others.length + 1)) / 2 <= total) {
    others.sort((a, b) => b.size - a.size);
    for (const member of first.values()) if (!others.some((other) => other.has(member))) result.add(member);
    return result;
  }
  for (const member of first.values()) result.add(member);
  for (const other of others) for (const member of other.values()) result.delete(member);
  return result;
}

/** SINTERCARD numkeys key [key ...] [LIMIT limit] */
function sintercard(call: Call): void {
  const { args } = call;
  const inputs = numkeys(args, 1);
  if (inputs > args.count - 2) throw errors.moreKeysThanArguments();
  let limit = 0;
  for (let i = 2 + inputs; i < args.count; i += 2) {
    if (!args.is(i, 'limit') || i + 1 >= args.count) throw errors.syntax();
    limit = longFrom(args, i + 1, 0, () => errors.negative('LIMIT'));
  }
  let cardinality = 0;
  eachCommonMember(inputsFrom(call, 2, 1 + inputs), () => ++cardinality !== limit);
  call.reply.integer(cardinality);
}
