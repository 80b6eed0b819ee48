/** XINFO: what a stream is made of, who reads it and how far they are. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Reply } from '../resp/reply.ts';
import type { Consumer, ConsumerGroup, Pending } from '../store/stream/consumer-group.ts';
import { radixTreeNodes } from '../store/stream/radix-tree.ts';
import { lagOf } from '../store/stream/read-counter.ts';
import { idText, MAX_ID, type Wide, ZERO_ID } from '../store/stream/stream-id.ts';
import type { StreamValue } from '../store/stream/stream-value.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, LOADING, READONLY, STALE } from './command.ts';
import { keyAt, NO_KEYS } from './key-spec.ts';
import { replyEntries } from './streams.ts';

const INFO_KEY = keyAt(2, 'RO access');

export const streamInfo: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('xinfo', -2, 0, NO_KEYS, unknown),
  command('xinfo|stream', -3, READONLY, INFO_KEY, stream),
  command('xinfo|groups', 3, READONLY, INFO_KEY, groups),
  command('xinfo|consumers', 4, READONLY, INFO_KEY, consumers),
  command('xinfo|help', 2, LOADING | STALE, NO_KEYS, help),
];

/** How many entries of each kind FULL shows. */
const FULL_COUNT = 10;

function existing({ args, db }: Call): StreamValue {
  const value = db.stream(args, 2);
  if (value === undefined) throw errors.noSuchKey();
  return value;
}

/** XINFO STREAM key [FULL [COUNT count]] */
function stream(call: Call): void {
  const { args, reply } = call;
  const value = existing(call);
  const full = args.count > 3;
  const count = full ? fullCount(call) : 0;
  reply.map(full ? 9 : 10);
  replyFacts(reply, value);
  if (full) replyFull(reply, value, count === 0 ? Number.POSITIVE_INFINITY : count);
  else replyEnds(reply, value);
}

function fullCount({ args }: Call): number {
  const counted = args.count === 6;
  const right = args.is(3, 'full') && (counted ? args.is(4, 'count') : args.count === 4);
  if (!right) throw errors.unknownSubcommandOrArguments(args.binary(1), 'XINFO');
  const count = counted ? long(args, 5) : FULL_COUNT;
  return count < 0 ? FULL_COUNT : count;
}

function replyFacts(reply: Reply, value: StreamValue): void {
  integer(reply, 'length', value.size);
  integer(reply, 'radix-tree-keys', value.blocks.length);
  integer(reply, 'radix-tree-nodes', radixTreeNodes(value.blocks));
  text(reply, 'last-generated-id', idText(value.lastId));
  text(reply, 'max-deleted-entry-id', idText(value.maxDeletedId));
  integer(reply, 'entries-added', value.entriesAdded);
  text(reply, 'recorded-first-entry-id', idText(value.firstId));
}

function replyEnds(reply: Reply, value: StreamValue): void {
  integer(reply, 'groups', value.groups.size);
  for (const reverse of [false, true]) {
    reply.binary(reverse ? 'last-entry' : 'first-entry');
    if (value.size === 0) reply.null();
    value.each(ZERO_ID, MAX_ID, reverse, (entry) => {
      entry.replyTo(reply);
      return false;
    });
  }
}

function replyFull(reply: Reply, value: StreamValue, count: number): void {
  reply.binary('entries');
  replyEntries(reply, value, ZERO_ID, MAX_ID, count);
  reply.binary('groups');
  reply.array(value.groups.size);
  for (const [name, group] of sortedGroups(value)) {
    reply.map(7);
    text(reply, 'name', name);
    replyProgress(reply, value, group);
    integer(reply, 'pel-count', group.pending.size);
    reply.binary('pending');
    replyPending(reply, group.pending, count, true);
    reply.binary('consumers');
    reply.array(group.consumers.size);
    for (const consumer of group.sortedConsumers()) replyConsumer(reply, consumer, count);
  }
}

function replyConsumer(reply: Reply, { name, seenAt, activeAt, pending }: Consumer, count: number): void {
  reply.map(5);
  text(reply, 'name', name);
  integer(reply, 'seen-time', seenAt);
  integer(reply, 'active-time', activeAt);
  integer(reply, 'pel-count', pending.size);
  reply.binary('pending');
  replyPending(reply, pending, count, false);
}

/** The first `count` of them: id, consumer, when they were delivered and how often. */
function replyPending(
  reply: Reply,
  pending: Iterable<Pending> & { readonly size: number },
  count: number,
  withConsumer: boolean,
): void {
  let left = Math.min(pending.size, count);
  reply.array(left);
  for (const each of pending) {
    if (left-- === 0) break;
    reply.array(withConsumer ? 4 : 3);
    reply.binary(idText(each));
    if (withConsumer) reply.binary(each.consumer.name);
    reply.integer(each.deliveredAt);
    reply.integer(each.deliveries);
  }
}

function groups(call: Call): void {
  const { reply } = call;
  const value = existing(call);
  reply.array(value.groups.size);
  for (const [name, group] of sortedGroups(value)) {
    reply.map(6);
    text(reply, 'name', name);
    integer(reply, 'consumers', group.consumers.size);
    integer(reply, 'pending', group.pending.size);
    replyProgress(reply, value, group);
  }
}

function replyProgress(reply: Reply, value: StreamValue, group: ConsumerGroup): void {
  text(reply, 'last-delivered-id', idText(group.lastId));
  reply.binary('entries-read');
  replyKnown(reply, group.entriesRead);
  reply.binary('lag');
  replyKnown(reply, lagOf(value, group));
}

function consumers(call: Call): void {
  const { args, now, reply } = call;
  const group = existing(call).groups.get(args.binary(3));
  if (group === undefined) throw errors.noSuchGroup(args.binary(3), args.binary(2));
  reply.array(group.consumers.size);
  for (const { name, seenAt, activeAt, pending } of group.sortedConsumers()) {
    reply.map(4);
    text(reply, 'name', name);
    integer(reply, 'pending', pending.size);
    integer(reply, 'idle', Math.max(0, now - seenAt));
    integer(reply, 'inactive', activeAt === -1 ? -1 : now - activeAt);
  }
}

/** In the byte order of their names. */
function sortedGroups(value: StreamValue): [Binary, ConsumerGroup][] {
  return [...value.groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function integer(reply: Reply, name: string, value: Wide): void {
  reply.binary(name);
  reply.integer(value);
}

function text(reply: Reply, name: string, value: Binary): void {
  reply.binary(name);
  reply.binary(value);
}

function replyKnown(reply: Reply, value: Wide | undefined): void {
  if (value === undefined) reply.null();
  else reply.integer(value);
}

function unknown({ args }: Call): void {
  throw errors.unknownSubcommand(args.binary(1), 'xinfo');
}

function help({ reply }: Call): void {
  const lines = [
    'XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
    'CONSUMERS <key> <group>',
    '    The consumers of a group.',
    'GROUPS <key>',
    '    The groups of a stream.',
    'STREAM <key> [FULL [COUNT <count>]]',
    '    The stream itself; with FULL also its entries, groups and consumers.',
    'HELP',
    '    Print this help.',
  ];
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
