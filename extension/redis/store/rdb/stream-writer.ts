/**
 * Writes a stream as 7.0 does (type 19): the blocks, each behind its first id; what is known of the stream as a whole;
 * and its groups with what is pending, first of all of the group, then by consumer the ids alone. Ids stand as 16
 * bytes, the highest first, where they are keys, and as two lengths elsewhere.
 */
import { Buffer } from 'node:buffer';
import { bytesOf } from '../../bytes.ts';
import { ELEMENT_OVERHEAD, writeInteger, writeText } from '../listpack.ts';
import type { ConsumerGroup } from '../stream/consumer-group.ts';
import type { StreamBlock } from '../stream/stream-block.ts';
import { asUnsigned, type StreamId } from '../stream/stream-id.ts';
import type { StreamValue } from '../stream/stream-value.ts';
import { LISTPACK_HEAD, LISTPACK_UNCOUNTED } from './packed.ts';
import type { RdbWriter } from './writer.ts';

export function writeStream(writer: RdbWriter, stream: StreamValue): void {
  writer.length(stream.blocks.length);
  for (const block of stream.blocks) {
    writer.string(keyBytes(block));
    writer.string(listpackOf(block));
  }
  writer.length(stream.size);
  writeId(writer, stream.lastId);
  writeId(writer, stream.firstId);
  writeId(writer, stream.maxDeletedId);
  writer.length(asUnsigned(stream.entriesAdded));
  writer.length(stream.groups.size);
  for (const [name, group] of stream.groups) {
    writer.binary(name);
    writeGroup(writer, group);
  }
}

function writeGroup(writer: RdbWriter, group: ConsumerGroup): void {
  writeId(writer, group.lastId);
  // -1: nobody can tell.
  writer.length(asUnsigned(group.entriesRead ?? -1));
  writer.length(group.pending.size);
  for (const pending of group.pending) {
    writer.raw(keyBytes(pending));
    writer.int64(pending.deliveredAt);
    writer.length(asUnsigned(pending.deliveries));
  }
  writer.length(group.consumers.size);
  for (const { name, seenAt, pending } of group.consumers.values()) {
    writer.binary(name);
    writer.int64(seenAt);
    writer.length(pending.size);
    for (const each of pending) writer.raw(keyBytes(each));
  }
}

function writeId(writer: RdbWriter, { ms, seq }: StreamId): void {
  writer.length(ms);
  writer.length(seq);
}

function keyBytes({ ms, seq }: StreamId): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeBigUInt64BE(BigInt(ms), 0);
  key.writeBigUInt64BE(BigInt(seq), 8);
  return key;
}

/** The block with its head, as redis-server keeps it. */
function listpackOf(block: StreamBlock): Buffer {
  const pack = Buffer.allocUnsafe(block.packedBytes + ELEMENT_OVERHEAD);
  let at = writeInteger(pack, LISTPACK_HEAD, block.live);
  at = writeInteger(pack, at, block.deleted);
  at = writeInteger(pack, at, block.fields.length);
  for (const field of block.fields) {
    const bytes = bytesOf(field);
    at = writeText(pack, at, bytes, 0, bytes.length);
  }
  at = writeInteger(pack, at, 0);
  block.bytes.copy(pack, at, 0, block.size);
  at += block.size;
  pack[at++] = 0xff;
  pack.writeUInt32LE(at, 0);
  pack.writeUInt16LE(Math.min(block.headElements + block.elements, LISTPACK_UNCOUNTED), 4);
  return pack.subarray(0, at);
}
