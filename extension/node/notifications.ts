/** Keyspace notifications: what changed, told on `__keyspace@0__:key` and `__keyevent@0__:event`. */
import { type Binary, bytesOf } from '../redis/bytes.ts';
import type { PubSub } from './clients/pubsub.ts';

/**
 * The class letter of `notify-keyspace-events` that an event belongs to (Redis' documentation, "Keyspace
 * notifications"). Generic events (`g`) are those that any kind of key has.
 */
const CLASS_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    g: 'del rename_from rename_to move_from move_to copy_to restore expire persist sortstore',
    $: 'set setrange append incrby incrbyfloat decrby setbit pfadd',
    l: 'lpush rpush lpop rpop linsert lset lrem ltrim',
    s: 'sadd srem spop sinterstore sunionstore sdiffstore',
    h: 'hset hincrby hincrbyfloat hdel',
    z: 'zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zdiffstore zinterstore zunionstore zrangestore zpopmin zpopmax geosearchstore georadiusstore',
    t:
      'xadd xtrim xdel xsetid xgroup-create xgroup-createconsumer xgroup-delconsumer xgroup-destroy xgroup-setid ' +
      'xclaim xautoclaim',
    x: 'expired',
    e: 'evicted',
    n: 'new',
    m: 'keymiss',
  }).flatMap(([letter, events]) => events.split(' ').map((event) => [event, letter])),
);

/** What `A` stands for: all but key misses and new keys. */
const ALL = 'g$lshzxetd';

export class Notifications {
  /** True while anybody could hear of anything: the hot path asks nothing else. */
  active = false;
  #classes = new Set<string>();
  readonly #pubsub: PubSub;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** The value of `notify-keyspace-events`. */
  configure(classes: string): void {
    this.#classes = new Set(classes.replace('A', ALL));
    const channels = this.#classes.has('K') || this.#classes.has('E');
    this.active = channels && this.#classes.size > 1;
  }

  /** Somebody could hear of keys that came to be, or that are not there. */
  get ofLookups(): boolean {
    return this.active && (this.#classes.has('n') || this.#classes.has('m'));
  }

  notify(event: string, database: number, key: Binary): void {
    if (!this.active || !this.#classes.has(CLASS_OF[event] ?? 'g')) return;
    if (this.#classes.has('K')) {
      this.#pubsub.publish(`__keyspace@${database}__:${key}`, bytesOf(event), false);
    }
    if (this.#classes.has('E')) {
      this.#pubsub.publish(`__keyevent@${database}__:${event}`, bytesOf(key), false);
    }
  }
}
