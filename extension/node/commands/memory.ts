/** MEMORY: where the bytes are. */
import { longFrom } from '../../redis/commands/arguments.ts';
import { type Command, command, LOADING, READONLY, STALE } from '../../redis/commands/command.ts';
import { keyAt, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { NodeCall } from '../call.ts';
import { type Excess, memoryHeld, memoryUse } from '../introspection/memory-use.ts';
import { replyHelp } from './help.ts';

export const memoryCommands: readonly Command<NodeCall>[] = [
  command('memory', -2, 0, NO_KEYS, help),
  command('memory|doctor', 2, 0, NO_KEYS, doctor),
  command('memory|help', 2, LOADING | STALE, NO_KEYS, help),
  command('memory|malloc-stats', 2, 0, NO_KEYS, allocator),
  command('memory|purge', 2, 0, NO_KEYS, purge),
  command('memory|stats', 2, 0, NO_KEYS, stats),
  command('memory|usage', -3, READONLY, keyAt(2, 'RO'), usage),
];

/** An entry's header and its place in the index: entries.ts and slot-index.ts. */
const ENTRY_BYTES = 20;

function usage({ args, db, reply }: NodeCall): void {
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, 'samples') || i + 1 >= args.count) throw errors.syntax();
    // Nothing is estimated here: collections know their size.
    longFrom(args, i + 1, 0, errors.syntax);
  }
  const entry = db.peek(args, 2);
  if (entry === 0) {
    reply.null();
    return;
  }
  const collection = db.collection(entry);
  reply.integer(ENTRY_BYTES + args.size(2) + (collection?.usedBytes ?? db.stringSize(entry)));
}

function stats({ node, databases, reply }: NodeCall): void {
  const { dataset, clients, replicas, backlog, used } = memoryUse(node);
  const held = memoryHeld(node, used);
  const peak = Math.max(used, node.statistics.peakUsedBytes);
  const filled = databases.filter((db) => db.size > 0);
  const keys = filled.reduce((sum, db) => sum + db.size, 0);
  const { scripts, functions } = node.scripting;
  reply.map(27 + filled.length);
  integers(reply, [
    ['peak.allocated', peak],
    ['total.allocated', used],
    ['startup.allocated', 0],
    ['replication.backlog', backlog],
    ['clients.slaves', replicas],
    ['clients.normal', clients],
    ['cluster.links', node.cluster?.bus.queuedBytes ?? 0],
    ['aof.buffer', node.appendOnly.bufferedBytes],
    ['lua.caches', scripts.usedBytes],
    ['functions.caches', functions.usedBytes],
  ]);
  for (const { index, indexBytes } of filled) {
    reply.binary(`db.${index}`);
    reply.map(3);
    integers(reply, [
      ['overhead.hashtable.main', indexBytes.keys],
      ['overhead.hashtable.expires', indexBytes.expiring],
      // The index is one by slots.
      ['overhead.hashtable.slot-to-keys', 0],
    ]);
  }
  integers(reply, [
    ['overhead.total', used - dataset],
    ['keys.count', keys],
    ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(used / keys)],
    ['dataset.bytes', dataset],
  ]);
  percentage(reply, 'dataset.percentage', dataset, used);
  percentage(reply, 'peak.percentage', used, peak);
  integers(reply, [
    ['allocator.allocated', held.allocated],
    ['allocator.active', held.active],
    ['allocator.resident', held.resident],
  ]);
  excess(reply, 'allocator-fragmentation', held.fragmentation);
  excess(reply, 'allocator-rss', held.untouched);
  excess(reply, 'rss-overhead', held.overhead);
  reply.binary('fragmentation');
  reply.double(held.total.ratio);
  integers(reply, [['fragmentation.bytes', held.total.bytes]]);
}

function integers(reply: Reply, fields: readonly (readonly [name: string, value: number])[]): void {
  for (const [name, value] of fields) {
    reply.binary(name);
    reply.integer(value);
  }
}

function percentage(reply: Reply, name: string, part: number, whole: number): void {
  reply.binary(name);
  reply.double(whole === 0 ? 0 : (part / whole) * 100);
}

function excess(reply: Reply, name: string, { ratio, bytes }: Excess): void {
  reply.binary(`${name}.ratio`);
  reply.double(ratio);
  integers(reply, [[`${name}.bytes`, bytes]]);
}

function doctor({ node, reply }: NodeCall): void {
  const limit = node.settings.number('maxmemory');
  const report =
    limit > 0 && node.usedBytes > limit
      ? 'Keys and values take more than maxmemory allows: writes are refused or keys evicted.'
      : 'Nothing stands out: the memory in use is that of keys, values and connections.';
  reply.verbatim(`${report}\n`, 'txt');
}

function allocator({ reply }: NodeCall): void {
  reply.verbatim(
    'Keys and values live in slabs of their own; there is no allocator that keeps statistics.',
    'txt',
  );
}

function purge({ reply }: NodeCall): void {
  // Slabs that are empty are given back when they become so: there is nothing to purge.
  reply.ok();
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'MEMORY', [
    ['DOCTOR', 'What stands out about the use of memory.'],
    ['MALLOC-STATS', 'What the allocator tells.'],
    ['PURGE', 'Gives unused memory back.'],
    ['STATS', 'Where the bytes are.'],
    ['USAGE <key> [SAMPLES <count>]', 'The bytes that a key and its value take.'],
  ]);
}
