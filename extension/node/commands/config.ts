/** CONFIG: the configuration at run time. */
import { binaryOfText } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import {
  ADMIN,
  type Command,
  command,
  LOADING,
  NOSCRIPT,
  type Park,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import { canonicalName } from '../configuration/configuration.ts';
import { rewriteConfiguration } from '../configuration/configuration-file.ts';
import { replyHelp } from './help.ts';
import { isLocal } from './local.ts';

const FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;

export const configCommands: readonly Command<NodeCall>[] = [
  command('config', -2, 0, NO_KEYS, help),
  command('config|get', -3, FLAGS, NO_KEYS, get),
  command('config|help', 2, LOADING | STALE, NO_KEYS, help),
  command('config|resetstat', 2, FLAGS, NO_KEYS, resetStatistics),
  command('config|rewrite', 2, FLAGS, NO_KEYS, rewrite),
  command('config|set', -4, FLAGS, NO_KEYS, set),
];

function get({ args, node, reply }: NodeCall): void {
  const found = node.settings.matching(args.binaries(2));
  reply.map(found.length);
  for (const [name, value] of found) {
    reply.binary(name);
    reply.binary(value);
  }
}

/** Where clients connect: these take effect when the port is open, which takes a moment. */
const LISTENING = new Set(['port', 'tls-port', 'bind']);

function set(call: NodeCall): Park | undefined {
  const { args, mayPark, node, reply } = call;
  if (args.count % 2 !== 0) throw errors.syntax();
  const pairs: [string, string][] = [];
  for (let i = 2; i < args.count; i += 2) {
    if (node.settings.isSensitive(args.binary(i))) call.redact(i + 1);
    pairs.push([args.binary(i), args.binary(i + 1)]);
  }
  // Of names that nobody knows, `set` will speak.
  const names = pairs.flatMap(([given]) => canonicalName(given) ?? []);
  const first = names.find((name) => LISTENING.has(name));
  if (first !== undefined && !mayPark) throw errors.configSet(first, "can't be changed within a transaction");
  const before = names.map((name): [string, string] => [name, node.settings.stored(name)]);
  node.settings.set(pairs, {
    mayProtected: mayChangeProtected(call),
    loading: node.loading || node.asyncLoading,
  });
  if (first === undefined) {
    reply.ok();
    return undefined;
  }
  return listenAnew(call, first, before);
}

/** Answers when the port is open; when it cannot be, all is as it was before. */
function listenAnew({ client, node }: NodeCall, name: string, before: [string, string][]): Park {
  const why =
    name === 'bind'
      ? 'Failed to bind to specified addresses.'
      : 'Unable to listen on this port. Check server logs.';
  // First: where there is nothing to open, the answer comes at once.
  const parked: Park = client.park({ timedOut: (late) => late.ok() });
  node.listenAnew((failure) => {
    if (failure === undefined) {
      client.resume((late) => late.ok());
      return;
    }
    node.settings.set(before, { mayProtected: true, loading: false });
    node.listenAnew(() => client.resume((late) => late.error(errors.configSet(name, why))));
  });
  return parked;
}

function mayChangeProtected({ node, client }: NodeCall): boolean {
  const allowed = node.settings.text('enable-protected-configs');
  return allowed === 'yes' || (allowed === 'local' && isLocal(client));
}

function resetStatistics({ node, reply }: NodeCall): void {
  node.statistics.reset();
  const { appendOnly, memoryLimit, persistence, replication, replyBuffers } = node;
  for (const part of [appendOnly, memoryLimit, persistence, replication, replyBuffers]) part.resetCounts();
  for (const db of node.databases) db.freedLazily = 0;
  for (const entry of node.commands.all()) entry.resetCounters();
  reply.ok();
}

function rewrite(call: NodeCall): void {
  rewriteFile(call);
}

/** DEBUG CONFIG-REWRITE-FORCE-ALL: every directive, not only those that changed. */
export function rewriteAll(call: NodeCall): void {
  rewriteFile(call, true);
}

function rewriteFile({ node, reply }: NodeCall, all = false): void {
  const { file } = node.settings;
  if (file === undefined) throw errors.noConfigFile();
  try {
    rewriteConfiguration(node.settings, node.world.disk, {
      primary: node.cluster === undefined ? node.replication.primary : undefined,
      users: node.acl.rewritten,
      all,
    });
  } catch (error) {
    const why = messageOf(error);
    node.log('warning', `CONFIG REWRITE failed: ${why}`);
    throw errors.configRewrite(binaryOfText(why));
  }
  node.log('notice', 'CONFIG REWRITE executed with success.');
  reply.ok();
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'CONFIG', [
    ['GET <pattern> [<pattern> ...]', 'Directives whose names match, with their values.'],
    ['RESETSTAT', 'Sets the counters of INFO to zero.'],
    ['REWRITE', 'Writes the values that changed into the configuration file.'],
    ['SET <directive> <value> [<directive> <value> ...]', 'Changes directives, all or none.'],
  ]);
}
