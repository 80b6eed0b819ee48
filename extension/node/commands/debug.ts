/** DEBUG: for tests and teaching. Only what is truly done here is known. */

import { bytesOf, textOf } from '../../redis/bytes.ts';
import {
  ADMIN,
  type Command,
  command,
  type Handler,
  LOADING,
  NOSCRIPT,
  type Park,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors, ReplyError } from '../../redis/errors.ts';
import { digestOfDatabases, digestOfValue } from '../../redis/store/digest.ts';
import type { NodeCall } from '../call.ts';
import { replyHelp } from './help.ts';
import { isLocal } from './local.ts';

export const debugCommands: readonly Command<NodeCall>[] = [
  command('debug', -2, ADMIN | NOSCRIPT | LOADING | STALE, NO_KEYS, debug),
];

type Action = Handler<NodeCall>;

/** DEBUG has no subcommand rows in redis-server either: COMMAND INFO shows it as one command. */
const ACTIONS: ReadonlyMap<string, readonly [count: number, action: Action]> = new Map<
  string,
  readonly [number, Action]
>([
  ['help', [2, help]],
  ['sleep', [3, sleep]],
  ['set-active-expire', [3, setActiveExpire]],
  ['reload', [-2, reload]],
  ['object', [3, object]],
  ['protocol', [3, protocol]],
  ['digest', [2, digest]],
  ['digest-value', [-2, digestValue]],
  ['drop-cluster-packet-filter', [3, dropClusterPacketFilter]],
  ['error', [3, error]],
  ['log', [3, log]],
]);

function debug(call: NodeCall): ReturnType<Action> {
  const { args, node, client } = call;
  const allowed = node.settings.text('enable-debug-command');
  if (allowed !== 'yes' && !(allowed === 'local' && isLocal(client))) {
    throw errors.commandNotAllowed('DEBUG', 'enable-debug-command');
  }
  const [count, action] = ACTIONS.get(args.binary(1).toLowerCase()) ?? [0, undefined];
  if (action === undefined || (count > 0 ? args.count !== count : args.count < -count)) {
    throw errors.unknownSubcommandOrArguments(args.binary(1), 'DEBUG');
  }
  return action(call);
}

/** This node stands still, as a process that sleeps; its neighbours in the same process go on. */
function sleep(call: NodeCall): void {
  const ms = Number(call.args.binary(2)) * 1000;
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) call.takesLonger(ms);
  call.reply.ok();
}

function setActiveExpire({ args, node, reply }: NodeCall): void {
  node.activeExpiry = args.binary(2) !== '0';
  reply.ok();
}

/** Saves and loads again: what a restart would make of the data. */
function reload({ args, client, node, databases, mayPark, reply }: NodeCall): Park | undefined {
  const words = args.binaries(2).map((word) => word.toLowerCase());
  if (words.some((word) => word !== 'nosave')) throw errors.syntax();
  if (!words.includes('nosave') && !node.persistence.save()) throw errors.reloadFailed();
  for (const db of databases) db.clear();
  let answered = false;
  let failed = false;
  node.persistence.load((fatal) => {
    failed = fatal !== undefined;
    if (answered) client.resume((late) => (failed ? late.error(errors.reloadFailed()) : late.ok()));
    answered = true;
  });
  // A small file is in at once.
  if (answered || !mayPark) {
    if (failed) throw errors.reloadFailed();
    reply.ok();
    return undefined;
  }
  answered = true;
  return client.park({ timedOut: (late) => late.ok() });
}

function object({ args, db, reply }: NodeCall): void {
  const entry = db.peek(args, 2);
  if (entry === 0) throw errors.noSuchKey();
  const collection = db.collection(entry);
  const size = collection?.usedBytes ?? db.stringSize(entry);
  const encoding = collection?.encoding ?? (db.isRaw(entry) || size > 44 ? 'raw' : 'embstr');
  const idle = db.idleSeconds(entry);
  reply.simple(
    `Value at:0x${entry.toString(16)} refcount:1 encoding:${encoding} serializedlength:${size} lru:0 ` +
      `lru_seconds_idle:${idle}`,
  );
}

function digest({ databases, reply }: NodeCall): void {
  reply.simple(digestOfDatabases(databases).toString());
}

function digestValue({ args, db, reply }: NodeCall): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.simple(digestOfValue(db, db.peek(args, i)).toString());
}

/** One reply of each type, for testing clients. */
function protocol({ args, reply }: NodeCall): void {
  const kinds: Readonly<Record<string, () => void>> = {
    string: () => reply.binary('Hello World'),
    integer: () => reply.integer(12345),
    double: () => reply.double(1.5),
    bignum: () => reply.bigNumber(1234567999999999999999999999999999999n),
    null: () => reply.null(),
    array: () => reply.array(3),
    set: () => reply.set(3),
    map: () => reply.map(3),
    verbatim: () => reply.verbatim('This is a verbatim\nstring', 'txt'),
    attrib: () => {
      if (reply.protocol === 2) throw errors.needsResp3();
      reply.raw(bytesOf('|1\r\n'));
      reply.binary('key-popularity');
      reply.array(2);
      reply.binary('key:123');
      reply.integer(90);
      reply.binary('Some real reply following the attribute');
    },
    push: () => {
      if (reply.protocol === 2) throw errors.needsResp3();
      reply.push(2);
      reply.binary('server-cpu-usage');
      reply.integer(42);
      // A push answers nothing: whoever waits for a reply gets one.
      reply.binary('Some real reply following the push reply');
    },
    true: () => reply.boolean(true),
    false: () => reply.boolean(false),
  };
  const kind = args.binary(2).toLowerCase();
  const write = kinds[kind];
  if (write === undefined) throw errors.protocolType();
  write();
  if (!['array', 'set', 'map'].includes(kind)) return;
  for (let i = 0; i < 3; i++) {
    reply.integer(i);
    if (kind === 'map') reply.boolean(i === 1);
  }
}

function error({ args }: NodeCall): void {
  throw new ReplyError(args.binary(2).replace(/[\r\n]/g, ' '));
}

/** Messages of one type (by its number; -1: none) are not heard any more. */
function dropClusterPacketFilter({ args, node, reply }: NodeCall): void {
  const type = args.integer(2);
  if (node.cluster !== undefined) node.cluster.bus.ignoredType = type;
  reply.ok();
}

function log({ args, node, reply }: NodeCall): void {
  node.log('warning', `DEBUG LOG: ${textOf(args.binary(2))}`);
  reply.ok();
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'DEBUG', [
    ['DIGEST', 'A hash of all data: equal on servers that hold the same.'],
    ['DIGEST-VALUE <key> [<key> ...]', 'A hash of each value; zeros where there is none.'],
    ['DROP-CLUSTER-PACKET-FILTER <type>', 'Bus messages of this type (-1: none) are ignored.'],
    ['ERROR <string>', 'Answers with this error.'],
    ['LOG <message>', 'Writes into the log.'],
    ['OBJECT <key>', 'How a value is kept.'],
    ['PROTOCOL <type>', 'Answers with a value of this type.'],
    ['RELOAD [NOSAVE]', 'Saves the data and loads it again.'],
    ['SET-ACTIVE-EXPIRE (0|1)', 'Whether keys expire by themselves, or only when they are looked at.'],
    ['SLEEP <seconds>', 'The node stands still for so long.'],
  ]);
}
