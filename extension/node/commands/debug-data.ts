/** DEBUG, as far as it looks at data, makes some, or makes them anew. */
import { Buffer } from 'node:buffer';
import { bytesOf } from '../../redis/bytes.ts';
import { count } from '../../redis/commands/arguments.ts';
import { encodingOf } from '../../redis/commands/object.ts';
import { readMemory } from '../../redis/config/numbers.ts';
import { errors } from '../../redis/errors.ts';
import { digestOfDatabases, digestOfValue } from '../../redis/store/digest.ts';
import { DEFAULT_LONE_BYTES } from '../../redis/store/encoding-limits.ts';
import { ListValue } from '../../redis/store/list-value.ts';
import { serializedLength } from '../../redis/store/rdb/dump.ts';
import type { NodeCall } from '../call.ts';

/** Whether keys expire by themselves, or only when they are looked at. */
export function setActiveExpire({ args, node, reply }: NodeCall): void {
  node.activeExpiry = args.binary(2) !== '0';
  reply.ok();
}

export function skipChecksums({ args, node, reply }: NodeCall): void {
  node.skipsChecksums = args.binary(2) !== '0';
  reply.ok();
}

/** `<count> [<prefix>] [<size>]`: so many strings under numbered keys, of any slot. Replicas are not told. */
export function populate({ args, client, node, db, reply }: NodeCall): void {
  if (args.count > 5) throw errors.unknownSubcommandOrArguments(args.binary(1), 'DEBUG');
  const keys = count(args, 2);
  const prefix = args.count > 3 ? args.binary(3) : 'key';
  const size = args.count > 4 ? count(args, 4) : 0;
  for (let i = 0; i < keys; i++) {
    const name = `${prefix}:${i}`;
    const key = bytesOf(name);
    if (db.findKey(key) !== 0) continue;
    const text = bytesOf(`value:${i}`);
    const value = size === 0 ? text : Buffer.alloc(size);
    if (size > 0) value.set(text.subarray(0, size));
    db.setStringBytes(key, value);
    node.watchedKeys.changed(db.index, name);
    node.tracking.changed(name, client);
  }
  reply.ok();
}

export function object({ args, db, node, reply }: NodeCall): void {
  const { ignoresExpiry } = db;
  // Also what nobody else can see any more.
  db.ignoresExpiry = true;
  const entry = db.peek(args, 2);
  db.ignoresExpiry = ignoresExpiry;
  if (entry === 0) throw errors.noSuchKey();
  const value = db.collection(entry) ?? db.stringBytes(entry);
  const length = serializedLength(value, node.settings.flag('rdbcompression'));
  const blocks = value instanceof ListValue && value.encoding === 'quicklist' ? blocksOf(value) : '';
  reply.simple(
    `Value at:0x${entry.toString(16)} refcount:1 encoding:${encodingOf(db, entry)} serializedlength:${length} ` +
      `lru:${db.useClock(entry)} lru_seconds_idle:${db.idleSeconds(entry)}${blocks}`,
  );
}

function blocksOf({ blockCount, size }: ListValue): string {
  return ` ql_nodes:${blockCount} ql_avg_node:${(size / blockCount).toFixed(2)}`;
}

/** redis-server's blocks count their bytes in 32 bits, with a MiB to spare. */
const MOST_LONE_BYTES = 2 ** 32 - 2 ** 20;

/** From how many bytes on an element of a list stands alone in its block. 0: the usual size. */
export function quicklistPackedThreshold({ args, db, reply }: NodeCall): void {
  const bytes = readMemory(args.binary(2))?.bytes;
  if (bytes === undefined || bytes > MOST_LONE_BYTES) throw errors.packedThreshold();
  db.limits.listLoneBytes = bytes === 0n ? DEFAULT_LONE_BYTES : Number(bytes);
  reply.ok();
}

export function digest({ databases, reply }: NodeCall): void {
  reply.simple(digestOfDatabases(databases).toString());
}

export function digestValue({ args, db, reply }: NodeCall): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.simple(digestOfValue(db, db.peek(args, i)).toString());
}
