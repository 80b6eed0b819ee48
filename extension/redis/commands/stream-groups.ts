/** Groups of readers of a stream: XGROUP, and XACK. What they have pending is in stream-pending.ts. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { ConsumerGroup } from '../store/stream/consumer-group.ts';
import { type StreamId, type Wide, wide, ZERO_ID } from '../store/stream/stream-id.ts';
import { StreamValue } from '../store/stream/stream-value.ts';
import { type Call, type Command, command, DENYOOM, FAST, LOADING, STALE, WRITE } from './command.ts';
import { keyAt, NO_KEYS } from './key-spec.ts';
import { boundAt, idAt, idsFrom } from './stream-arguments.ts';

export const streamGroups: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('xgroup', -2, 0, NO_KEYS, unknown),
  command('xgroup|create', -5, WRITE | DENYOOM, keyAt(2, 'RW insert'), create),
  command('xgroup|setid', -5, WRITE, keyAt(2, 'RW update'), setId),
  command('xgroup|destroy', 4, WRITE, keyAt(2, 'RW delete'), destroy),
  command('xgroup|createconsumer', 5, WRITE | DENYOOM, keyAt(2, 'RW insert'), createConsumer),
  command('xgroup|delconsumer', 5, WRITE, keyAt(2, 'RW delete'), deleteConsumer),
  command('xgroup|help', 2, LOADING | STALE, NO_KEYS, help),
  command('xack', -4, WRITE | FAST, keyAt(1, 'RW update'), xack),
];

interface GroupOptions {
  readonly makeStream: boolean;
  readonly entriesRead: Wide | undefined;
}

/** [MKSTREAM] [ENTRIESREAD entries-read] from argument 5 on. */
function groupOptions({ args }: Call, mayMake: boolean): GroupOptions {
  let makeStream = false;
  let entriesRead: Wide = -1;
  for (let i = 5; i < args.count; i++) {
    if (mayMake && args.is(i, 'mkstream')) makeStream = true;
    else if (args.is(i, 'entriesread') && i + 1 < args.count) {
      entriesRead = wide(args.bigint(++i));
      if (entriesRead < -1) throw errors.entriesReadNegative();
    } else throw errors.unknownSubcommandOrArguments(args.binary(1), 'XGROUP');
  }
  return { makeStream, entriesRead: entriesRead === -1 ? undefined : entriesRead };
}

/** XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries-read] */
function create(call: Call): void {
  const { args, db } = call;
  const { makeStream, entriesRead } = groupOptions(call, true);
  let stream = db.stream(args, 2);
  if (stream === undefined && !makeStream) throw errors.groupNeedsKey();
  if (args.count > 8) throw errors.unknownSubcommandOrArguments(args.binary(1), 'XGROUP');
  const last = stream?.lastId ?? ZERO_ID;
  const id = args.is(4, '$') ? last : idAt(args, 4);
  const name = args.binary(3);
  if (stream?.groups.has(name)) throw errors.groupExists();
  if (stream === undefined) {
    stream = new StreamValue(db.limits);
    db.put(args, 2, stream);
    call.changed(2, undefined, 0);
  }
  stream.groups.set(name, new ConsumerGroup(id, entriesRead));
  call.changedBeside(2, 'xgroup-create');
  call.reply.ok();
}

/** XGROUP SETID key group id|$ [ENTRIESREAD entries-read] */
function setId(call: Call): void {
  const { args } = call;
  const { entriesRead } = groupOptions(call, false);
  const [stream, group] = existing(call);
  if (args.count > 7) throw errors.unknownSubcommandOrArguments(args.binary(1), 'XGROUP');
  const id: StreamId = args.is(4, '$') ? stream.lastId : boundAt(args, 4, 0);
  group.lastId = id;
  group.entriesRead = entriesRead;
  call.changedBeside(2, 'xgroup-setid');
  call.reply.ok();
}

function destroy(call: Call): void {
  const { args, db, reply } = call;
  const stream = db.stream(args, 2);
  if (stream === undefined) throw errors.groupNeedsKey();
  const found = stream.groups.delete(args.binary(3));
  if (found) call.changedBeside(2, 'xgroup-destroy');
  reply.integer(found ? 1 : 0);
}

function createConsumer(call: Call): void {
  const { args, now, reply } = call;
  const [, group] = existing(call);
  const name = args.binary(4);
  if (group.consumers.has(name)) {
    reply.integer(0);
    return;
  }
  group.addConsumer(name, now);
  call.changedBeside(2, 'xgroup-createconsumer');
  reply.integer(1);
}

/** Replies how many entries were pending with it. */
function deleteConsumer(call: Call): void {
  const { args, reply } = call;
  const [, group] = existing(call);
  const consumer = group.consumers.get(args.binary(4));
  if (consumer === undefined) {
    reply.integer(0);
    return;
  }
  group.removeConsumer(consumer);
  call.changedBeside(2, 'xgroup-delconsumer');
  reply.integer(consumer.pending.size);
}

/** The stream at key 2 and its group 3, which must be there. */
function existing({ args, db }: Call): readonly [StreamValue, ConsumerGroup] {
  const stream = db.stream(args, 2);
  if (stream === undefined) throw errors.groupNeedsKey();
  const group = stream.groups.get(args.binary(3));
  if (group === undefined) throw errors.noSuchGroup(args.binary(3), args.binary(2));
  return [stream, group];
}

function xack(call: Call): void {
  const { args, db, reply } = call;
  const group = db.stream(args, 1)?.groups.get(args.binary(2));
  let acknowledged = 0;
  if (group !== undefined) {
    for (const id of idsFrom(args, 3)) {
      const pending = group.pending.get(id);
      if (pending === undefined) continue;
      group.removePending(pending);
      acknowledged++;
    }
  }
  if (acknowledged > 0) call.changedBeside(1, undefined, acknowledged);
  reply.integer(acknowledged);
}

function unknown({ args }: Call): void {
  throw errors.unknownSubcommand(args.binary(1), 'xgroup');
}

function help({ reply }: Call): void {
  const lines: readonly Binary[] = [
    'XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
    'CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]',
    '    Makes a group that reads behind <id>, and with MKSTREAM the stream if there is none.',
    'CREATECONSUMER <key> <group> <consumer>',
    '    Makes a consumer of a group.',
    'DELCONSUMER <key> <group> <consumer>',
    '    Removes a consumer, and forgets what was pending with it.',
    'DESTROY <key> <group>',
    '    Removes a group.',
    'SETID <key> <group> <id|$> [ENTRIESREAD <count>]',
    '    Makes a group go on reading behind <id>.',
    'HELP',
    '    Print this help.',
  ];
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
