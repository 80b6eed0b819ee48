/** Clients at work: each writes to keys of its own, reads them, waits for replicas now and then. */
import type { Answer, Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Ledger } from './ledger.ts';
import { type Script, sleep } from './script.ts';
import { itemsOf } from './session.ts';
import { checkAlive, fieldsOf, NEVER, setUntil, timed, YEAR_MS } from './timed-fields.ts';

const KEYS_OF_A_CLIENT = 8;
/** Commands of a client in a node timeout, at least: however long it is, as much happens between two faults. */
const PACE = 10;
const WAIT_MS = 300;
/** What expires lives no longer than this. */
export const LIFETIME_MS = 5000;

export class Workload {
  operations = 0;
  readonly #cluster: Cluster;
  readonly #ledger: Ledger;
  /** The youngest field of each hash, while it has the time it was made with, as its node said. */
  readonly #young = new Map<string, string>();

  constructor(cluster: Cluster, ledger: Ledger) {
    this.#cluster = cluster;
    this.#ledger = ledger;
  }

  *work(client: Client): Script {
    const { simulation } = this.#cluster;
    const { random } = simulation;
    const thinkingMs = this.#cluster.nodeTimeout / PACE;
    for (let serial = 1; ; serial++) {
      yield* sleep(simulation, random.between(1, thinkingMs));
      this.operations++;
      const key = `set:${client.ip}:${random.below(KEYS_OF_A_CLIENT)}`;
      const hash = `fields:${client.ip}:${random.below(KEYS_OF_A_CLIENT)}`;
      const roll = random.below(13);
      if (roll < 5) yield* this.#write(client, key, String(serial));
      else if (roll < 7) yield* this.#read(client, key);
      else if (roll < 9) yield* this.#time(client, hash, String(serial));
      else if (roll < 10) yield* this.#readFields(client, hash);
      else yield* this.#anything(client, `${client.ip}:${random.below(KEYS_OF_A_CLIENT)}`, serial);
    }
  }

  *#write(client: Client, key: string, member: string): Script {
    this.#ledger.attempt(key, member);
    const answer = yield* client.call(key, 'SADD', key, member);
    if (answer.reply.type === 'integer') yield* this.#acknowledged(key, member, answer);
  }

  *#acknowledged(key: string, member: string, { session, sentAt }: Answer): Script {
    if (session === undefined) return;
    const write = this.#ledger.acknowledge(key, member, sentAt, session.address.host);
    if (write === undefined || this.#cluster.simulation.random.below(2) === 0) return;
    const replicas = yield* session.call(WAIT_MS * 4, 'WAIT', 1, WAIT_MS);
    if (replicas.type === 'integer' && replicas.value > 0) this.#ledger.confirm(write, session.address.host);
  }

  /** Old it may be, but nothing that nobody wrote. */
  *#read(client: Client, key: string): Script {
    const { reply } = yield* client.call(key, 'SMEMBERS', key);
    this.#ledger.saw(key, itemsOf(reply));
  }

  /** A new field that lives for a while, or another time for the last one. */
  *#time(client: Client, key: string, serial: string): Script {
    const { random } = this.#cluster.simulation;
    const young = this.#young.get(key);
    if (young !== undefined) {
      this.#young.delete(key);
      yield* this.#keep(client, key, young);
      return;
    }
    const until = this.#nowMs(client) + 1 + random.below(LIFETIME_MS);
    this.#ledger.attempt(key, timed(serial, until));
    const { reply } = yield* client.call(key, ...setUntil(key, serial, until));
    // Without an answer it may still be on its way, and come after what is said of the field later.
    if (reply.type === 'array' && random.below(2) === 0) this.#young.set(key, serial);
  }

  /** By each of the ways there are: from then on it may not go any more. */
  *#keep(client: Client, key: string, field: string): Script {
    const roll = this.#cluster.simulation.random.below(3);
    const until = roll === 0 ? this.#nowMs(client) + YEAR_MS : NEVER;
    this.#ledger.attempt(key, timed(field, until));
    let answer: Answer;
    if (roll === 0) answer = yield* client.call(key, 'HPEXPIREAT', key, until, 'FIELDS', 1, field);
    else if (roll === 1) answer = yield* client.call(key, 'HPERSIST', key, 'FIELDS', 1, field);
    else answer = yield* client.call(key, 'HSET', key, field, field);
    const { reply } = answer;
    const [done] = reply.type === 'array' ? reply.items : [reply];
    // HSET makes anew what is gone already. To the others that is -2.
    if (done?.type !== 'integer' || (roll < 2 && Number(done.value) !== 1)) return;
    yield* this.#acknowledged(key, timed(field, until), answer);
    // That changes no time, but makes a field that was lost meanwhile.
    this.#ledger.attempt(key, timed(field, NEVER));
    yield* client.call(key, 'HINCRBYFLOAT', key, field, '0.1');
  }

  /** By a clock that is never wrong. */
  #nowMs({ ip }: Client): number {
    return this.#cluster.simulation.world(ip).clock.wallMs();
  }

  /** What a node shows is alive by its own clock, unless that was set meanwhile. */
  *#readFields(client: Client, key: string): Script {
    const cluster = this.#cluster;
    const { clocksSet } = cluster;
    const { reply, session, sentAt } = yield* client.call(key, 'HGETALL', key);
    const node = cluster.hosts.find(({ ip }) => ip === session?.address.host)?.node;
    if (node === undefined || cluster.clocksSet !== clocksSet) return;
    const takenMs = cluster.simulation.nowMs - sentAt;
    const sentAtWall = Math.floor(node.world.clock.wallMs() - takenMs);
    checkAlive(key, fieldsOf(reply), this.#ledger.attempted(key), sentAtWall);
  }

  /** What replicas must copy besides: other types, expiry, effects that differ from the request, transactions. */
  *#anything(client: Client, name: string, serial: number): Script {
    const { random } = this.#cluster.simulation;
    switch (random.below(10)) {
      case 0:
        yield* client.call(`s:${name}`, 'SET', `s:${name}`, serial, 'PX', 1 + random.below(LIFETIME_MS));
        break;
      case 1:
        yield* client.call(`n:${name}`, 'INCRBYFLOAT', `n:${name}`, '0.1');
        break;
      case 2:
        yield* client.call(`l:${name}`, 'RPUSH', `l:${name}`, serial, 'x'.repeat(random.below(300)));
        break;
      case 3:
        yield* client.call(`l:${name}`, 'LPOP', `l:${name}`, 1 + random.below(4));
        break;
      case 4:
      case 5:
      case 6:
        yield* this.#hash(client, `h:${name}`, `f${random.below(5)}`, serial);
        break;
      case 7:
        yield* client.call(`p:${name}`, 'ZADD', `p:${name}`, serial % 7, `m${random.below(30)}`);
        break;
      case 8:
        yield* client.call(`r:${name}`, 'SADD', `r:${name}`, serial, serial + 1);
        yield* client.call(`r:${name}`, 'SPOP', `r:${name}`);
        break;
      default:
        yield* this.#remove(client, `${'hnlp'[random.below(4)]}:${name}`);
    }
  }

  /** Fields that get values and lifetimes in any order. */
  *#hash(client: Client, key: string, field: string, serial: number): Script {
    const { random } = this.#cluster.simulation;
    const lifetime = random.below(2) === 0 ? YEAR_MS : 1 + random.below(LIFETIME_MS);
    switch (random.below(7)) {
      case 0:
        yield* client.call(key, 'HINCRBYFLOAT', key, field, '0.1');
        break;
      case 1:
        yield* client.call(key, 'HPEXPIRE', key, lifetime, 'FIELDS', 2, field, 'f0');
        break;
      case 2: {
        const condition = ['NX', 'XX', 'GT', 'LT'][random.below(4)];
        yield* client.call(key, 'HPEXPIRE', key, lifetime, condition, 'FIELDS', 2, field, 'f1');
        break;
      }
      case 3:
        yield* client.call(key, 'HPERSIST', key, 'FIELDS', 2, field, 'f0');
        break;
      case 4:
        yield* client.call(key, 'HDEL', key, field);
        break;
      default:
        yield* client.call(key, 'HSET', key, field, serial);
    }
  }

  *#remove(client: Client, key: string): Script {
    yield* client.call(key, this.#cluster.simulation.random.below(2) === 0 ? 'DEL' : 'UNLINK', key);
  }
}
