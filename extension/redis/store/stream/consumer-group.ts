/** A group of consumers: how far it has read, and what each of its consumers was given and has not acknowledged. */
import type { Binary } from '../../bytes.ts';
import { PendingEntries } from './pending-entries.ts';
import type { StreamId, Wide } from './stream-id.ts';

const GROUP_BYTES = 200;
const CONSUMER_BYTES = 160;
/** A pending entry: one object, its numbers and its place in the group's blocks. */
const PENDING_BYTES = 112;

export class Consumer {
  readonly name: Binary;
  readonly pending = new PendingEntries<Pending>();
  /** Wall clock in milliseconds: when it last tried to get something. */
  seenAt: number;
  /** When it last got something; -1: never. */
  activeAt = -1;

  constructor(name: Binary, seenAt: number) {
    this.name = name;
    this.seenAt = seenAt;
  }
}

/** An entry that was given to a consumer, and is not acknowledged. */
export class Pending implements StreamId {
  readonly ms: Wide;
  readonly seq: Wide;
  consumer: Consumer;
  /** Wall clock in milliseconds. */
  deliveredAt: number;
  deliveries: Wide;

  constructor({ ms, seq }: StreamId, consumer: Consumer, deliveredAt: number, deliveries: Wide) {
    this.ms = ms;
    this.seq = seq;
    this.consumer = consumer;
    this.deliveredAt = deliveredAt;
    this.deliveries = deliveries;
  }
}

export class ConsumerGroup {
  /** The last id that was delivered. */
  lastId: StreamId;
  /** How many entries of the stream were read up to there; undefined: nobody can tell. */
  entriesRead: Wide | undefined;
  readonly pending = new PendingEntries<Pending>();
  readonly consumers = new Map<Binary, Consumer>();

  constructor(lastId: StreamId, entriesRead: Wide | undefined) {
    this.lastId = lastId;
    this.entriesRead = entriesRead;
  }

  get usedBytes(): number {
    let bytes = GROUP_BYTES + PENDING_BYTES * this.pending.size;
    for (const { name, pending } of this.consumers.values()) {
      bytes += CONSUMER_BYTES + name.length + pending.usedBytes;
    }
    return bytes;
  }

  addConsumer(name: Binary, now: number): Consumer {
    const consumer = new Consumer(name, now);
    this.consumers.set(name, consumer);
    return consumer;
  }

  /** What was pending with it is pending no more. */
  removeConsumer(consumer: Consumer): void {
    for (const pending of consumer.pending) this.pending.remove(pending);
    this.consumers.delete(consumer.name);
  }

  /** A new entry is pending with a consumer. */
  addPending(id: StreamId, consumer: Consumer, deliveredAt: number, deliveries: Wide): Pending {
    const pending = new Pending(id, consumer, deliveredAt, deliveries);
    this.pending.add(pending);
    consumer.pending.add(pending);
    return pending;
  }

  /** It was acknowledged, or its entry is gone. */
  removePending(pending: Pending): void {
    this.pending.remove(pending);
    pending.consumer.pending.remove(pending);
  }

  /** From now on it is another consumer's. */
  hand(pending: Pending, consumer: Consumer): void {
    if (pending.consumer === consumer) return;
    pending.consumer.pending.remove(pending);
    pending.consumer = consumer;
    consumer.pending.add(pending);
  }

  /** In the byte order of their names. */
  sortedConsumers(): Consumer[] {
    return [...this.consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  clone(): ConsumerGroup {
    const copy = new ConsumerGroup(this.lastId, this.entriesRead);
    for (const { name, seenAt, activeAt } of this.consumers.values()) {
      copy.addConsumer(name, seenAt).activeAt = activeAt;
    }
    for (const { ms, seq, consumer, deliveredAt, deliveries } of this.pending) {
      const owner = copy.consumers.get(consumer.name);
      if (owner !== undefined) copy.addPending({ ms, seq }, owner, deliveredAt, deliveries);
    }
    return copy;
  }
}
