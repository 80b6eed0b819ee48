/** EVAL and SCRIPT. */
import {
  ALLOW_BUSY,
  type Command,
  command,
  LOADING,
  MAY_REPLICATE,
  NO_MANDATORY_KEYS,
  NOSCRIPT,
  type Park,
  READONLY,
  SKIP_MONITOR,
  STALE,
} from '../../redis/commands/command.ts';
import { countedKeys, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { NO_VALUES } from '../../redis/lua/values.ts';
import type { NodeCall } from '../call.ts';
import { sourceName } from '../clients/clients.ts';
import { monitorLine } from '../introspection/monitor.ts';
import { listArguments } from '../scripting/scripting.ts';
import type { Script } from '../scripting/scripts.ts';
import { replyHelp } from './help.ts';

const RUN = NOSCRIPT | SKIP_MONITOR | NO_MANDATORY_KEYS | STALE;

export const scriptingCommands: readonly Command<NodeCall>[] = [
  command('eval', -3, RUN | MAY_REPLICATE, countedKeys(2, 'RW access update'), evalText),
  command('evalsha', -3, RUN | MAY_REPLICATE, countedKeys(2, 'RW access update'), evalSha),
  command('evalsha_ro', -3, RUN | READONLY, countedKeys(2, 'RO access'), evalSha),
  command('eval_ro', -3, RUN | READONLY, countedKeys(2, 'RO access'), evalText),
  command('script', -2, 0, NO_KEYS, help),
  command('script|debug', 3, NOSCRIPT, NO_KEYS, debug),
  command('script|exists', -3, NOSCRIPT, NO_KEYS, exists),
  command('script|flush', -2, NOSCRIPT, NO_KEYS, flush),
  command('script|help', 2, LOADING | STALE, NO_KEYS, help),
  command('script|kill', 2, NOSCRIPT | ALLOW_BUSY, NO_KEYS, kill),
  command('script|load', 3, NOSCRIPT | STALE, NO_KEYS, load),
];

/** SHA-1 in hex. */
const SHA_LENGTH = 40;

function evalText(call: NodeCall): Park | undefined {
  showToMonitors(call);
  const { scripts, debugging } = call.node.scripting;
  if (debugging.used && debugging.modeOf(call.client) !== undefined) {
    return debugging.evaluate(call, () => setKeys(call, keyCount(call)));
  }
  const keys = keyCount(call);
  const body = call.args.binary(1);
  return run(call, scripts.known(body) ?? scripts.load(body), keys);
}

function evalSha(call: NodeCall): Park | undefined {
  showToMonitors(call);
  const { args } = call;
  if (args.size(1) !== SHA_LENGTH) throw errors.noScript();
  if (call.node.scripting.debugging.modeOf(call.client) !== undefined) throw errors.scriptDebugEvalSha();
  const keys = keyCount(call);
  const script = call.node.scripting.scripts.findArgument(args, 1);
  if (script === undefined) throw errors.noScript();
  return run(call, script, keys);
}

/** MONITOR shows a script in front of what it calls. */
export function showToMonitors({ args, client, node, now }: NodeCall): void {
  if (node.monitors.size === 0 || node.loading) return;
  const line = monitorLine(args, now, client.database, sourceName(client));
  for (const monitor of node.monitors) monitor.push(line);
}

function keyCount({ args }: NodeCall): number {
  const count = args.integer(2);
  if (count > args.count - 3) throw errors.moreKeysThanArguments();
  if (count < 0) throw errors.negative('Number of keys');
  return count;
}

function run(call: NodeCall, { call: program, flags, sha }: Script, keys: number): Park | undefined {
  const { entry, node } = call;
  setKeys(call, keys);
  const readOnly = (entry.flags & READONLY) !== 0;
  return node.scripting.run(call, {
    call: program,
    args: NO_VALUES,
    name: sha,
    flags,
    isEval: true,
    readOnly,
  });
}

function setKeys({ args, node }: NodeCall, keys: number): void {
  const { globals } = node.scripting.scripts.state;
  globals.set('KEYS', listArguments(args, 3, 3 + keys));
  globals.set('ARGV', listArguments(args, 3 + keys, args.count));
}

function load({ args, node, reply }: NodeCall): void {
  reply.binary(node.scripting.scripts.load(args.binary(2)).sha);
}

function exists({ args, node, reply }: NodeCall): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.integer(node.scripting.scripts.has(args.binary(i)) ? 1 : 0);
}

function flush({ args, node, reply }: NodeCall): void {
  if (args.count > 3 || (args.count === 3 && !args.is(2, 'async') && !args.is(2, 'sync'))) {
    throw errors.scriptFlushMode();
  }
  node.scripting.scripts.flush();
  reply.ok();
}

function kill({ node, reply }: NodeCall): void {
  node.scripting.kill(true);
  reply.ok();
}

function debug({ args, client, node, reply, mayPark }: NodeCall): void {
  // What the debugger says must not come between replies.
  if (!mayPark || client.hasReplies) throw errors.scriptDebugInPipeline();
  const mode = (['yes', 'sync', 'no'] as const).find((word) => args.is(2, word));
  if (mode === undefined) throw errors.scriptDebugMode();
  node.scripting.debugging.set(client, mode === 'no' ? undefined : mode);
  reply.ok();
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'SCRIPT', [
    [
      'DEBUG (YES|SYNC|NO)',
      'Whether EVAL stops in the debugger: on a copy of the data, or on the data itself.',
    ],
    ['EXISTS <sha1> [<sha1> ...]', 'Whether these scripts are known.'],
    ['FLUSH [ASYNC|SYNC]', 'Forgets all scripts.'],
    ['KILL', 'Ends the script that is running, unless it has written.'],
    ['LOAD <script>', 'Takes a script and answers its SHA-1.'],
  ]);
}
