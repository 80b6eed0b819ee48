/** The server as a whole: INFO, flushing, SHUTDOWN, MONITOR, the slow log. */
import { long } from '../../redis/commands/arguments.ts';
import {
  ADMIN,
  ALLOW_BUSY,
  type Command,
  command,
  FAST,
  LOADING,
  NO_MULTI,
  NOSCRIPT,
  type Park,
  READONLY,
  STALE,
  WRITE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { NodeCall } from '../call.ts';
import { infoText } from '../introspection/info.ts';
import { VERSION } from '../version.ts';
import { replyHelp } from './help.ts';

const LOG = ADMIN | LOADING | STALE;

export const serverCommands: readonly Command<NodeCall>[] = [
  command('dbsize', 1, READONLY | FAST, NO_KEYS, databaseSize),
  command('flushall', -1, WRITE, NO_KEYS, flushAll),
  command('flushdb', -1, WRITE, NO_KEYS, flushDatabase),
  command('info', -1, LOADING | STALE, NO_KEYS, info),
  command('lolwut', -1, READONLY | FAST, NO_KEYS, lolwut),
  command('monitor', 1, ADMIN | NOSCRIPT | LOADING | STALE, NO_KEYS, monitor),
  command('shutdown', -1, ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY, NO_KEYS, shutdown),
  command('slowlog', -2, 0, NO_KEYS, slowLogHelp),
  command('slowlog|get', -2, LOG, NO_KEYS, slowLogGet),
  command('slowlog|help', 2, LOADING | STALE, NO_KEYS, slowLogHelp),
  command('slowlog|len', 2, LOG, NO_KEYS, slowLogLength),
  command('slowlog|reset', 2, LOG, NO_KEYS, slowLogReset),
  command('swapdb', 3, WRITE | FAST, NO_KEYS, swapDatabases),
  command('time', 1, LOADING | STALE | FAST, NO_KEYS, time),
];

function info({ args, node, reply }: NodeCall): void {
  const asked = args.binaries(1).map((name) => name.toLowerCase());
  reply.verbatim(infoText(node, asked), 'txt');
}

function databaseSize({ db, reply }: NodeCall): void {
  reply.integer(db.size);
}

function flushDatabase(call: NodeCall): void {
  call.changedMany(flush(call, [call.db]));
}

function flushAll(call: NodeCall): void {
  const count = flush(call, call.databases);
  const { persistence } = call.node;
  persistence.cancelImages();
  // An old file must not bring the keys back. What is saved at once is no change since the last save.
  const saved = persistence.hasSavePoints && persistence.save();
  if (!saved) call.changedMany(count);
}

/** Returns how many keys there were. */
function flush(call: NodeCall, databases: readonly Keyspace[]): number {
  const { args, node, reply } = call;
  if (args.count > 2 || (args.count === 2 && !args.is(1, 'async') && !args.is(1, 'sync')))
    throw errors.syntax();
  const lazily = args.count === 2 ? args.is(1, 'async') : node.settings.flag('lazyfree-lazy-user-flush');
  if (lazily) for (const db of databases) db.freedLazily += db.size;
  const count = node.data.clear(databases);
  // Also when there was nothing here: a replica may hold what we do not.
  call.replicateAs(...args.binaries());
  reply.ok();
  return count;
}

function swapDatabases(call: NodeCall): void {
  const { args, node, databases, reply } = call;
  if (node.cluster !== undefined) throw errors.notInCluster('SWAPDB');
  const first = long(args, 1, () => errors.invalidDatabase('first'));
  const second = long(args, 2, () => errors.invalidDatabase('second'));
  if (databases[first] === undefined || databases[second] === undefined) throw errors.databaseOutOfRange();
  node.data.swap(first, second);
  call.changedMany(1);
  reply.ok();
}

/** The time at which the command began; within a script it stands still. */
function time({ now: ms, reply }: NodeCall): void {
  reply.array(2);
  reply.binary(String(Math.floor(ms / 1000)));
  reply.binary(String((ms % 1000) * 1000));
}

/** Slots as a picture: the ring that a cluster shares out, one dot for 256 of them. */
const PICTURE = [
  '    · · · · · ·    ',
  '  · · ·     · · ·  ',
  ' · ·           · · ',
  '  · · ·     · · ·  ',
  '    · · · · · ·    ',
];

function lolwut({ reply }: NodeCall): void {
  reply.verbatim(`${PICTURE.join('\n')}\nRedis ver. ${VERSION}\n`, 'txt');
}

function monitor({ client, node, reply, mayPark }: NodeCall): void {
  if (!mayPark) throw errors.monitorNotHere();
  if (client.isReplica) return;
  client.isMonitor = true;
  node.monitors.add(client);
  reply.ok();
}

function shutdown(call: NodeCall): Park | undefined {
  const { args, client, node, reply } = call;
  const words = readShutdownWords(args);
  if (words.abort) {
    if (!node.abortShutdown()) throw errors.noShutdownToAbort();
    reply.ok();
    return undefined;
  }
  const { busyError } = node.scripting;
  // A script may be half done: that is not to be saved.
  if (busyError !== undefined && !words.nosave) throw busyError;
  const save = words.save ? true : words.nosave ? false : undefined;
  const parked: Park = client.park({ timedOut: () => {} });
  node.shutDown({ save, now: words.now, force: words.force }, () =>
    client.resume((late) => late.error(errors.shutdownFailed())),
  );
  return parked;
}

function readShutdownWords(args: Args): Record<'save' | 'nosave' | 'now' | 'force' | 'abort', boolean> {
  const words = { save: false, nosave: false, now: false, force: false, abort: false };
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, 'save')) words.save = true;
    else if (args.is(i, 'nosave')) words.nosave = true;
    else if (args.is(i, 'now')) words.now = true;
    else if (args.is(i, 'force')) words.force = true;
    else if (args.is(i, 'abort')) words.abort = true;
    else throw errors.syntax();
  }
  const alone = !words.save && !words.nosave && !words.now && !words.force;
  if ((words.abort && !alone) || (words.save && words.nosave)) throw errors.syntax();
  return words;
}

/** SLOWLOG GET without a count. */
const USUAL_ENTRIES = 10;

function slowLogGet({ args, node, reply }: NodeCall): void {
  const { entries } = node.slowLog;
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'SLOWLOG');
  const asked = args.count === 3 ? long(args, 2, errors.negativeCount) : USUAL_ENTRIES;
  if (asked < -1) throw errors.negativeCount();
  const shown = asked === -1 ? entries : entries.slice(0, asked);
  reply.array(shown.length);
  for (const entry of shown) {
    reply.array(6);
    reply.integer(entry.id);
    reply.integer(entry.at);
    reply.integer(entry.microseconds);
    reply.array(entry.args.length);
    for (const word of entry.args) reply.binary(word);
    reply.binary(entry.peer);
    reply.binary(entry.clientName);
  }
}

function slowLogLength({ node, reply }: NodeCall): void {
  reply.integer(node.slowLog.entries.length);
}

function slowLogReset({ node, reply }: NodeCall): void {
  node.slowLog.reset();
  reply.ok();
}

function slowLogHelp({ reply }: NodeCall): void {
  replyHelp(reply, 'SLOWLOG', [
    ['GET [<count>]', 'The latest slow commands, 10 of them or as many as asked for; -1: all.'],
    ['LEN', 'How many there are.'],
    ['RESET', 'Forgets them.'],
  ]);
}
