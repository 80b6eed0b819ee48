/**
 * Reads a stream as any server since 5.0 writes it: types 15, 19 (7.0: with what was ever added, read and deleted) and
 * 21 (7.2: with when consumers were last active). How it is laid out is told in stream-writer.ts.
 */
import { Buffer } from 'node:buffer';
import type { EncodingLimits } from '../encoding-limits.ts';
import { type Consumer, ConsumerGroup } from '../stream/consumer-group.ts';
import { readsUpTo } from '../stream/read-counter.ts';
import { asSigned, compareIds, idText, type StreamId, type Wide, wide } from '../stream/stream-id.ts';
import { StreamValue } from '../stream/stream-value.ts';
import { RdbError, RdbType } from './format.ts';
import type { RdbReader } from './reader.ts';
import { readBlock } from './stream-block-reader.ts';

const KEY_BYTES = 16;

/** Something that comes several times. */
interface Parts {
  left: number;
  readonly read: (reader: RdbReader) => void;
}

/** What is known of a pending entry before it is known whose it is. */
interface Delivery {
  readonly at: number;
  readonly count: Wide;
}

export class StreamReader {
  readonly #type: number;
  readonly #value: StreamValue;
  /** What is still to come, the next of it last. */
  readonly #ahead: Parts[] = [];
  readonly #unowned = new Map<string, Delivery>();

  constructor(type: number, limits: EncodingLimits) {
    this.#type = type;
    this.#value = new StreamValue(limits);
    this.#expect(1, (reader) => this.#start(reader));
  }

  /** When the bytes end within the stream this throws, and can be called again with what was not committed. */
  read(reader: RdbReader): StreamValue {
    for (let parts = this.#ahead.at(-1); parts !== undefined; parts = this.#ahead.at(-1)) {
      if (parts.left === 0) {
        this.#ahead.pop();
        continue;
      }
      parts.read(reader);
      parts.left--;
      reader.commit();
    }
    return this.#value;
  }

  /** Comes before all that was expected so far. */
  #expect(count: number, read: (reader: RdbReader) => void): void {
    this.#ahead.push({ left: count, read });
  }

  #start(reader: RdbReader): void {
    const blocks = reader.length();
    this.#expect(1, (rest) => this.#readFacts(rest));
    this.#expect(blocks, (rest) => this.#readBlock(rest));
  }

  #readBlock(reader: RdbReader): void {
    const id = keyFrom(reader.string());
    const block = readBlock(id, reader.string());
    const before = this.#value.blocks.at(-1);
    if (before !== undefined && compareIds(before, block) >= 0) {
      throw new RdbError('Listpack re-added with existing key');
    }
    this.#value.addBlock(block);
  }

  #readFacts(reader: RdbReader): void {
    const value = this.#value;
    if (reader.length() !== value.size) throw new RdbError('Stream length inconsistent with rax entries');
    value.lastId = readId(reader);
    value.entriesAdded = value.size;
    if (this.#type >= RdbType.streamListpacks2) {
      value.firstId = readId(reader);
      value.maxDeletedId = readId(reader);
      value.entriesAdded = asSigned(reader.wide());
    } else value.resetFirstId();
    this.#expect(reader.length(), (rest) => this.#readGroup(rest));
  }

  #readGroup(reader: RdbReader): void {
    const value = this.#value;
    const name = reader.binary();
    const lastId = readId(reader);
    const counted = this.#type >= RdbType.streamListpacks2;
    const entriesRead = counted ? unlessUnknown(asSigned(reader.wide())) : readsUpTo(value, lastId);
    const pending = reader.length();
    if (value.groups.has(name)) throw new RdbError(`Duplicated consumer group name ${name}`);
    const group = new ConsumerGroup(lastId, entriesRead);
    value.groups.set(name, group);
    this.#expect(1, (rest) => this.#expectConsumers(rest, group));
    this.#expect(pending, (rest) => this.#readDelivery(rest));
  }

  #readDelivery(reader: RdbReader): void {
    const id = idText(keyFrom(reader.raw(KEY_BYTES)));
    const at = reader.int64();
    const count = asSigned(reader.wide());
    if (this.#unowned.has(id)) {
      throw new RdbError('Duplicated global PEL entry loading stream consumer group');
    }
    this.#unowned.set(id, { at, count });
  }

  #expectConsumers(reader: RdbReader, group: ConsumerGroup): void {
    const consumers = reader.length();
    this.#expect(1, () => this.#endGroup());
    this.#expect(consumers, (rest) => this.#readConsumer(rest, group));
  }

  #readConsumer(reader: RdbReader, group: ConsumerGroup): void {
    const name = reader.binary();
    const seenAt = reader.int64();
    // Before 7.2 nobody knew when it got something: at the latest when it last tried to.
    const activeAt = this.#type >= RdbType.streamListpacks3 ? reader.int64() : seenAt;
    const pending = reader.length();
    if (group.consumers.has(name)) throw new RdbError('Duplicate stream consumer detected.');
    const consumer = group.addConsumer(name, seenAt);
    consumer.activeAt = activeAt;
    this.#expect(pending, (rest) => this.#readPending(rest, group, consumer));
  }

  #readPending(reader: RdbReader, group: ConsumerGroup, consumer: Consumer): void {
    const id = keyFrom(reader.raw(KEY_BYTES));
    const delivery = this.#unowned.get(idText(id));
    if (delivery === undefined) throw new RdbError('Consumer entry not found in group global PEL');
    this.#unowned.delete(idText(id));
    group.addPending(id, consumer, delivery.at, delivery.count);
  }

  #endGroup(): void {
    if (this.#unowned.size > 0) throw new RdbError('Stream CG PEL entry without consumer');
  }
}

/** -1: nobody can tell. */
function unlessUnknown(entriesRead: Wide): Wide | undefined {
  return entriesRead === -1 ? undefined : entriesRead;
}

function readId(reader: RdbReader): StreamId {
  const ms = reader.wide();
  return { ms, seq: reader.wide() };
}

function keyFrom(bytes: Uint8Array): StreamId {
  if (bytes.length !== KEY_BYTES) {
    throw new RdbError('Stream node key entry is not the size of a stream ID');
  }
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { ms: wide(key.readBigUInt64BE(0)), seq: wide(key.readBigUInt64BE(8)) };
}
