/** DEBUG: for tests and teaching. Only what is truly done here is known. */

import { bytesOf, textOf } from '../../redis/bytes.ts';
import { long } from '../../redis/commands/arguments.ts';
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
import type { NodeCall } from '../call.ts';
import { DEFAULT_PEAK_MS } from '../clients/reply-buffer.ts';
import { SIGSEGV } from '../introspection/crash-report.ts';
import { rewriteAll } from './config.ts';
import {
  digest,
  digestValue,
  object,
  populate,
  quicklistPackedThreshold,
  setActiveExpire,
  skipChecksums,
} from './debug-data.ts';
import { changeReplicationId, clusterLink, dropClusterPacketFilter, replicate } from './debug-links.ts';
import { aofFlushSleep, loadAppendOnly, reload } from './debug-reload.ts';
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
  ['segfault', [2, segfault]],
  ['error', [3, error]],
  ['log', [3, log]],
  ['protocol', [3, protocol]],
  ['set-active-expire', [3, setActiveExpire]],
  ['set-disable-deny-scripts', [3, setDisableDenyScripts]],
  ['set-skip-checksum-validation', [3, skipChecksums]],
  ['config-rewrite-force-all', [2, rewriteAll]],
  ['pause-cron', [3, pauseCron]],
  ['populate', [-3, populate]],
  ['reload', [-2, reload]],
  ['loadaof', [-2, loadAppendOnly]],
  ['aof-flush-sleep', [3, aofFlushSleep]],
  ['object', [3, object]],
  ['quicklist-packed-threshold', [3, quicklistPackedThreshold]],
  ['digest', [2, digest]],
  ['digest-value', [-2, digestValue]],
  ['drop-cluster-packet-filter', [3, dropClusterPacketFilter]],
  ['clusterlink', [5, clusterLink]],
  ['replybuffer', [4, replyBuffer]],
  ['replicate', [-3, replicate]],
  ['change-repl-id', [2, changeReplicationId]],
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

/** This node crashes, at the end of the turn, and answers nobody any more; its neighbours in the same process go on. */
function segfault({ client, node }: NodeCall): Park {
  const { stack = '' } = new Error('DEBUG SEGFAULT');
  node.world.clock.after(0, () => node.crash(SIGSEGV, stack));
  return client.park({ timedOut: () => {} });
}

function setDisableDenyScripts({ args, node, reply }: NodeCall): void {
  node.scripting.allowsAll = args.binary(2) !== '0';
  reply.ok();
}

function pauseCron({ args, node, reply }: NodeCall): void {
  node.cronPaused = args.binary(2) !== '0';
  reply.ok();
}

/** When the sessions' buffers for replies are resized: see reply-buffer.ts. */
function replyBuffer({ args, node, reply }: NodeCall): void {
  const { replyBuffers } = node;
  const what = args.binary(2).toLowerCase();
  const value = args.binary(3).toLowerCase();
  if (what === 'resizing') replyBuffers.enabled = value !== '0';
  else if (what !== 'peak-reset-time') throw errors.unknownSubcommandOrArguments(args.binary(1), 'DEBUG');
  else if (value === 'never') replyBuffers.peakMs = -1;
  else if (value === 'reset') replyBuffers.peakMs = DEFAULT_PEAK_MS;
  else replyBuffers.peakMs = long(args, 3);
  reply.ok();
}

/** One reply of each type, for testing clients. */
function protocol({ args, reply }: NodeCall): void {
  const kinds: Readonly<Record<string, () => void>> = {
    string: () => reply.binary('Hello World'),
    integer: () => reply.integer(12345),
    double: () => reply.double(3141 / 1000),
    bignum: () => reply.bigNumber(1234567999999999999999999999999999999n),
    null: () => reply.null(),
    array: () => reply.array(3),
    set: () => reply.set(3),
    map: () => reply.map(3),
    verbatim: () => reply.verbatim('This is a verbatim\nstring', 'txt'),
    attrib: () => {
      if (reply.protocol === 3) {
        reply.raw(bytesOf('|1\r\n'));
        reply.binary('key-popularity');
        reply.array(2);
        reply.binary('key:123');
        reply.integer(90);
      }
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
  throw new ReplyError(args.binary(2));
}

function log({ args, node, reply }: NodeCall): void {
  node.log('warning', `DEBUG LOG: ${textOf(args.binary(2))}`);
  reply.ok();
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'DEBUG', [
    ['AOF-FLUSH-SLEEP <microseconds>', 'The node stands still before it writes its append-only file.'],
    ['CHANGE-REPL-ID', 'Nobody can go on from here: who asks is sent everything.'],
    ['CLUSTERLINK KILL <to|from|all> <node-id>', 'Closes the links with another node.'],
    ['DIGEST', 'A hash of all data: equal on servers that hold the same.'],
    ['DIGEST-VALUE <key> [<key> ...]', 'A hash of each value; zeros where there is none.'],
    ['DROP-CLUSTER-PACKET-FILTER <type>', 'Bus messages of this type (-1: none) are ignored.'],
    ['ERROR <string>', 'Answers with this error.'],
    ['LOG <message>', 'Writes into the log.'],
    ['OBJECT <key>', 'How a value is kept.'],
    ['CONFIG-REWRITE-FORCE-ALL', 'As CONFIG REWRITE, but every directive gets its line.'],
    ['PAUSE-CRON (0|1)', 'Whether what the node does by itself now and then stands still.'],
    ['POPULATE <count> [<prefix>] [<size>]', 'Makes so many strings, of which replicas do not hear.'],
    ['PROTOCOL <type>', 'Answers with a value of this type.'],
    [
      'QUICKLIST-PACKED-THRESHOLD <size>',
      'An element of a list that is as large stands alone in its block; 0: 1 GiB.',
    ],
    ['LOADAOF', 'Loads the append-only file again.'],
    ['RELOAD [MERGE] [NOFLUSH] [NOSAVE]', 'Saves the data and loads it again.'],
    ['REPLICATE <command> [<argument> ...]', 'Replicas execute this, and this node does not.'],
    [
      'REPLYBUFFER PEAK-RESET-TIME <milliseconds|never|reset>',
      'How long it counts what a session\'s buffer for replies had to hold; "reset": 5000.',
    ],
    ['REPLYBUFFER RESIZING (0|1)', 'Whether these buffers are resized.'],
    ['SEGFAULT', 'The node crashes, as a bug would make it.'],
    ['SET-ACTIVE-EXPIRE (0|1)', 'Whether keys expire by themselves, or only when they are looked at.'],
    ['SET-DISABLE-DENY-SCRIPTS (0|1)', 'Whether scripts may call what is not meant for scripts.'],
    ['SET-SKIP-CHECKSUM-VALIDATION (0|1)', 'Whether payloads and files are read whatever their checksum.'],
    ['SLEEP <seconds>', 'The node stands still for so long.'],
  ]);
}
