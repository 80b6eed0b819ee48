/** Who listens to which channel, pattern and shard channel of one node, and what they are told. */
import type { Binary } from '../../redis/bytes.ts';
import { globMatches } from '../../redis/glob.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import { ReplyWriter } from '../../redis/resp/reply-writer.ts';
import { keySlotOf } from '../../redis/slots.ts';
import { type ClientFlags, SUBSCRIBED } from './client-flags.ts';

export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** The words clients read, by kind. */
const WORDS = {
  channel: { subscribed: 'subscribe', unsubscribed: 'unsubscribe', message: 'message' },
  pattern: { subscribed: 'psubscribe', unsubscribed: 'punsubscribe', message: 'pmessage' },
  shard: { subscribed: 'ssubscribe', unsubscribed: 'sunsubscribe', message: 'smessage' },
} as const;

export interface Subscriber {
  readonly protocol: 2 | 3;
  readonly subscriptions: Subscriptions;
  /** Sends bytes that are no reply. */
  push(bytes: Uint8Array): void;
}

/** What one session listens to. */
export class Subscriptions {
  readonly #names = { channel: new Set<Binary>(), pattern: new Set<Binary>(), shard: new Set<Binary>() };
  readonly #client: ClientFlags;

  constructor(client: ClientFlags) {
    this.#client = client;
  }

  get channel(): ReadonlySet<Binary> {
    return this.#names.channel;
  }

  get pattern(): ReadonlySet<Binary> {
    return this.#names.pattern;
  }

  get shard(): ReadonlySet<Binary> {
    return this.#names.shard;
  }

  add(kind: SubscriptionKind, name: Binary): void {
    this.#names[kind].add(name);
    this.#client.set(SUBSCRIBED, true);
  }

  delete(kind: SubscriptionKind, name: Binary): void {
    this.#names[kind].delete(name);
    this.#client.set(SUBSCRIBED, this.size > 0);
  }

  /** As (un)subscribing reports it: shard channels are counted by themselves. */
  count(kind: SubscriptionKind): number {
    return kind === 'shard' ? this.shard.size : this.channel.size + this.pattern.size;
  }

  get size(): number {
    return this.channel.size + this.pattern.size + this.shard.size;
  }

  get any(): boolean {
    return this.#client.has(SUBSCRIBED);
  }
}

export class PubSub {
  readonly channel = new Map<Binary, Set<Subscriber>>();
  readonly pattern = new Map<Binary, Set<Subscriber>>();
  readonly shard = new Map<Binary, Set<Subscriber>>();
  readonly #writer = new ReplyWriter();

  /** Adds the subscription and tells of it in `reply`. */
  subscribe(subscriber: Subscriber, kind: SubscriptionKind, name: Binary, reply: Reply): void {
    subscriber.subscriptions.add(kind, name);
    const listeners = this[kind].get(name);
    if (listeners === undefined) this[kind].set(name, new Set([subscriber]));
    else listeners.add(subscriber);
    tell(reply, WORDS[kind].subscribed, name, subscriber.subscriptions.count(kind));
  }

  /** The same for what `subscriber` may or may not listen to. */
  unsubscribe(subscriber: Subscriber, kind: SubscriptionKind, name: Binary, reply: Reply): void {
    this.#remove(subscriber, kind, name);
    tell(reply, WORDS[kind].unsubscribed, name, subscriber.subscriptions.count(kind));
  }

  /** All of a kind; with none there is still one answer, about no channel. */
  unsubscribeAll(subscriber: Subscriber, kind: SubscriptionKind, reply: Reply): void {
    const names = [...subscriber.subscriptions[kind]];
    for (const name of names) this.unsubscribe(subscriber, kind, name, reply);
    if (names.length > 0) return;
    tell(reply, WORDS[kind].unsubscribed, undefined, subscriber.subscriptions.count(kind));
  }

  /** The session is gone, or RESET: without a word. */
  forget(subscriber: Subscriber): void {
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of subscriber.subscriptions[kind]) this.#remove(subscriber, kind, name);
    }
  }

  /** Tells this node's subscribers; returns how many were told (once for each matching pattern). */
  publish(channel: Binary, message: Uint8Array, sharded: boolean): number {
    let told = 0;
    const kind = sharded ? 'shard' : 'channel';
    const listeners = this[kind].get(channel);
    if (listeners !== undefined) told += this.#deliver(listeners, [WORDS[kind].message, channel], message);
    if (sharded || this.pattern.size === 0) return told;
    for (const [pattern, watchers] of this.pattern) {
      if (!globMatches(pattern, channel)) continue;
      told += this.#deliver(watchers, [WORDS.pattern.message, pattern, channel], message);
    }
    return told;
  }

  /** Shard channels of slots that this node no longer serves: their subscribers are told that it is over. */
  dropSlots(slots: ReadonlySet<number>): void {
    for (const [name, listeners] of [...this.shard]) {
      if (!slots.has(keySlotOf(name))) continue;
      for (const subscriber of [...listeners]) {
        this.pushTo(subscriber, (reply) => this.unsubscribe(subscriber, 'shard', name, reply));
      }
    }
  }

  /** Sends what `write` writes, which is no reply. */
  pushTo(subscriber: Subscriber, write: (reply: Reply) => void): void {
    this.#writer.protocol = subscriber.protocol;
    write(this.#writer);
    subscriber.push(this.#writer.take());
  }

  #deliver(listeners: ReadonlySet<Subscriber>, head: readonly Binary[], message: Uint8Array): number {
    // One encoding for all that speak the same protocol.
    const encoded: { [protocol in 2 | 3]?: Uint8Array } = {};
    for (const subscriber of listeners) {
      const { protocol } = subscriber;
      encoded[protocol] ??= this.#encode(protocol, head, message);
      subscriber.push(encoded[protocol]);
    }
    return listeners.size;
  }

  #encode(protocol: 2 | 3, head: readonly Binary[], message: Uint8Array): Uint8Array {
    const writer = this.#writer;
    writer.protocol = protocol;
    writer.push(head.length + 1);
    for (const part of head) writer.binary(part);
    writer.bulk(message);
    return writer.take();
  }

  #remove(subscriber: Subscriber, kind: SubscriptionKind, name: Binary): void {
    subscriber.subscriptions.delete(kind, name);
    const listeners = this[kind].get(name);
    listeners?.delete(subscriber);
    if (listeners?.size === 0) this[kind].delete(name);
  }
}

function tell(reply: Reply, word: string, name: Binary | undefined, count: number): void {
  reply.push(3);
  reply.binary(word);
  if (name === undefined) reply.null();
  else reply.binary(name);
  reply.integer(count);
}
