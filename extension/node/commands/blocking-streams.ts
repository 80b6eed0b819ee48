/** XREAD and XREADGROUP, which wait for entries when they are told to. */
import type { Binary } from '../../redis/bytes.ts';
import { BLOCKING, type Command, command, type Park, READONLY, WRITE } from '../../redis/commands/command.ts';
import { streamKeys } from '../../redis/commands/key-spec.ts';
import { readStreams, type Unserved } from '../../redis/commands/stream-reading.ts';
import { Args } from '../../redis/resp/args.ts';
import { idText, ZERO_ID } from '../../redis/store/stream/stream-id.ts';
import type { NodeCall } from '../call.ts';

export const blockingStreamCommands: readonly Command<NodeCall>[] = [
  // name, arity, flags, keys, handler
  command('xread', -4, READONLY | BLOCKING, streamKeys(1, 'RO access'), (call) => read(call, false)),
  command('xreadgroup', -7, WRITE | BLOCKING, streamKeys(4, 'RO access'), (call) => read(call, true)),
];

function read(call: NodeCall, inGroup: boolean): Park | undefined {
  const unserved = readStreams(call, inGroup, call.node.scripting.isScript(call.client));
  if (unserved === undefined) return undefined;
  const { timeoutMs } = unserved.request;
  if (timeoutMs !== undefined && call.mayPark) return wait(call, unserved, timeoutMs);
  call.reply.nullArray();
  return undefined;
}

/** `$` is what was last now, and not when the command is run again. */
function wait(call: NodeCall, { request, sources }: Unserved, timeoutMs: number): Park {
  const { args } = call;
  const words = args.binaries();
  const keys: Binary[] = [];
  for (const { at, after = ZERO_ID } of sources) {
    keys.push(words[at]);
    if (words[at + request.streams] === '$') words[at + request.streams] = idText(after);
  }
  return call.node.blockedKeys.wait(call, {
    kind: 'stream',
    keys,
    timeoutMs,
    args: Args.from(words),
    // A group that is gone, with its stream or without, is told of at once.
    untilGone: request.inGroup,
  });
}
