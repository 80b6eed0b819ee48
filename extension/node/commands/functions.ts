/** FUNCTION and FCALL. */
import {
  ALLOW_BUSY,
  type Command,
  command,
  DENYOOM,
  LOADING,
  MAY_REPLICATE,
  NO_MANDATORY_KEYS,
  NOSCRIPT,
  type Park,
  READONLY,
  SKIP_MONITOR,
  STALE,
  WRITE,
} from '../../redis/commands/command.ts';
import { countedKeys, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { globMatches } from '../../redis/glob.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import { dumpLibraries, isDumpPayload, restoreLibraries } from '../../redis/store/rdb/dump.ts';
import type { NodeCall } from '../call.ts';
import { FLAG_NAMES } from '../scripting/flags.ts';
import type { Library, LibraryFunction } from '../scripting/functions.ts';
import { listArguments } from '../scripting/scripting.ts';
import { replyHelp } from './help.ts';
import { showToMonitors } from './scripting.ts';

const RUN = NOSCRIPT | SKIP_MONITOR | NO_MANDATORY_KEYS | STALE;

export const functionCommands: readonly Command<NodeCall>[] = [
  command('fcall', -3, RUN | MAY_REPLICATE, countedKeys(2, 'RW access update'), fcall),
  command('fcall_ro', -3, RUN | READONLY, countedKeys(2, 'RO access'), fcall),
  command('function', -2, 0, NO_KEYS, help),
  command('function|delete', 3, NOSCRIPT | WRITE, NO_KEYS, remove),
  command('function|dump', 2, NOSCRIPT, NO_KEYS, dump),
  command('function|flush', -2, NOSCRIPT | WRITE, NO_KEYS, flush),
  command('function|help', 2, LOADING | STALE, NO_KEYS, help),
  command('function|kill', 2, NOSCRIPT | ALLOW_BUSY, NO_KEYS, kill),
  command('function|list', -2, NOSCRIPT, NO_KEYS, list),
  command('function|load', -3, NOSCRIPT | WRITE | DENYOOM, NO_KEYS, load),
  command('function|restore', -3, NOSCRIPT | WRITE | DENYOOM, NO_KEYS, restore),
  command('function|stats', 2, NOSCRIPT | ALLOW_BUSY, NO_KEYS, stats),
];

function fcall(call: NodeCall): Park | undefined {
  showToMonitors(call);
  const { args, entry, node } = call;
  const { scripting } = node;
  const found = scripting.functions.find(args.binary(1));
  if (found === undefined) throw errors.functionNotFound();
  const keys = keyCount(args);
  return scripting.run(call, {
    call: found.call,
    args: [listArguments(args, 3, 3 + keys), listArguments(args, 3 + keys, args.count)],
    name: found.name,
    flags: found.flags,
    isEval: false,
    readOnly: (entry.flags & READONLY) !== 0,
  });
}

function keyCount(args: Args): number {
  const count = /^-?\d+$/.test(args.binary(2)) ? args.integer(2) : Number.NaN;
  if (Number.isNaN(count)) throw errors.badKeyCount();
  if (count > args.count - 3) throw errors.moreKeysThanArguments();
  if (count < 0) throw errors.negative('Number of keys');
  return count;
}

function load(call: NodeCall): void {
  const { args, client, node, reply } = call;
  let replace = false;
  for (let i = 2; i < args.count - 1; i++) {
    if (!args.is(i, 'replace')) throw errors.functionOption(args.binary(i));
    replace = true;
  }
  const patient = client.isPrimary || node.loading;
  const name = node.scripting.functions.load(args.binary(args.count - 1), replace, patient);
  call.changedMany(1);
  reply.binary(name);
}

function remove(call: NodeCall): void {
  call.node.scripting.functions.delete(call.args.binary(2));
  call.changedMany(1);
  call.reply.ok();
}

function flush(call: NodeCall): void {
  const { args } = call;
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'FUNCTION');
  if (args.count === 3 && !args.is(2, 'async') && !args.is(2, 'sync')) throw errors.functionFlushMode();
  call.node.scripting.functions.flush();
  call.changedMany(1);
  call.reply.ok();
}

function dump({ node, reply }: NodeCall): void {
  const sources = [...node.scripting.functions.libraries.values()].map(({ source }) => source);
  reply.bulk(dumpLibraries(sources, node.settings.flag('rdbcompression')));
}

function restore(call: NodeCall): void {
  const { args, node, reply } = call;
  if (args.count > 4) throw errors.unknownSubcommandOrArguments(args.binary(1), 'FUNCTION');
  const policy = args.count === 4 ? args.binary(3).toLowerCase() : 'append';
  if (policy !== 'append' && policy !== 'replace' && policy !== 'flush') throw errors.restorePolicy();
  const payload = args.copy(2);
  if (!isDumpPayload(payload, !node.skipsChecksums)) throw errors.dumpChecksum();
  const sources = restoreLibraries(payload);
  if (sources === 'other') throw errors.notAFunction();
  if (sources === undefined) throw errors.badFunctionPayload();
  node.scripting.functions.restore(sources, policy);
  call.changedMany(1);
  reply.ok();
}

function list({ args, node, reply }: NodeCall): void {
  let withCode = false;
  let pattern: string | undefined;
  for (let i = 2; i < args.count; i++) {
    if (!withCode && args.is(i, 'withcode')) withCode = true;
    else if (pattern === undefined && args.is(i, 'libraryname')) {
      if (i === args.count - 1) throw errors.noLibraryNameArgument();
      pattern = args.binary(++i);
    } else throw errors.functionListArgument(args.binary(i));
  }
  const shown = [...node.scripting.functions.libraries.values()].filter(
    ({ name }) => pattern === undefined || globMatches(pattern.toLowerCase(), name.toLowerCase()),
  );
  reply.array(shown.length);
  for (const library of shown) replyLibrary(reply, library, withCode);
}

function replyLibrary(reply: Reply, { name, source, functions }: Library, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.binary('library_name');
  reply.binary(name);
  reply.binary('engine');
  reply.binary('LUA');
  reply.binary('functions');
  reply.array(functions.size);
  for (const one of functions.values()) replyFunction(reply, one);
  if (!withCode) return;
  reply.binary('library_code');
  reply.binary(source);
}

function replyFunction(reply: Reply, { name, description, flags }: LibraryFunction): void {
  reply.map(3);
  reply.binary('name');
  reply.binary(name);
  reply.binary('description');
  if (description === undefined) reply.null();
  else reply.binary(description);
  reply.binary('flags');
  const names = FLAG_NAMES.filter(([, flag]) => (flags & flag) !== 0);
  reply.set(names.length);
  for (const [word] of names) reply.simple(word);
}

function kill({ node, reply }: NodeCall): void {
  node.scripting.kill(false);
  reply.ok();
}

function stats({ node, reply }: NodeCall): void {
  const { current, functions } = node.scripting;
  if (current?.run.program.isEval === true) throw errors.busy('SCRIPT');
  reply.map(2);
  reply.binary('running_script');
  if (current === undefined) reply.null();
  else {
    reply.map(3);
    reply.binary('name');
    reply.binary(current.run.program.name);
    reply.binary('command');
    reply.array(current.args.count);
    for (const word of current.args.binaries()) reply.binary(word);
    reply.binary('duration_ms');
    reply.integer(Math.floor(current.run.elapsedMs));
  }
  reply.binary('engines');
  reply.map(1);
  reply.binary('LUA');
  reply.map(2);
  reply.binary('libraries_count');
  reply.integer(functions.libraries.size);
  reply.binary('functions_count');
  reply.integer(functions.count);
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'FUNCTION', [
    ['DELETE <library-name>', 'Removes a library.'],
    ['DUMP', 'All libraries, as RESTORE takes them.'],
    ['FLUSH [ASYNC|SYNC]', 'Removes all libraries.'],
    ['KILL', 'Ends the function that is running, unless it has written.'],
    ['LIST [LIBRARYNAME <pattern>] [WITHCODE]', 'The libraries and their functions.'],
    ['LOAD [REPLACE] <code>', 'Adds a library.'],
    [
      'RESTORE <payload> [FLUSH|APPEND|REPLACE]',
      'Adds the libraries of a DUMP, or puts them in place of these.',
    ],
    ['STATS', 'The function that is running, and how many there are.'],
  ]);
}
