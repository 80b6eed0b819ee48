/** Clients at work: each writes to keys of its own, reads them, waits for replicas now and then. */
import type { Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Ledger } from './ledger.ts';
import { type Script, sleep } from './script.ts';
import { itemsOf } from './session.ts';

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
      const roll = random.below(10);
      if (roll < 5) yield* this.#write(client, key, String(serial));
      else if (roll < 7) yield* this.#read(client, key);
      else yield* this.#anything(client, `${client.ip}:${random.below(KEYS_OF_A_CLIENT)}`, serial);
    }
  }

  *#write(client: Client, key: string, member: string): Script {
    this.#ledger.attempt(key, member);
    const { reply, session, sentAt } = yield* client.call(key, 'SADD', key, member);
    if (reply.type !== 'integer' || session === undefined) return;
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

  /** What replicas must copy besides: other types, expiry, effects that differ from the request, transactions. */
  *#anything(client: Client, name: string, serial: number): Script {
    const { random } = this.#cluster.simulation;
    switch (random.below(8)) {
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
        yield* client.call(`h:${name}`, 'HSET', `h:${name}`, `f${random.below(20)}`, serial);
        break;
      case 5:
        yield* client.call(`p:${name}`, 'ZADD', `p:${name}`, serial % 7, `m${random.below(30)}`);
        break;
      case 6:
        yield* client.call(`r:${name}`, 'SADD', `r:${name}`, serial, serial + 1);
        yield* client.call(`r:${name}`, 'SPOP', `r:${name}`);
        break;
      default:
        yield* this.#remove(client, `${'hnlp'[random.below(4)]}:${name}`);
    }
  }

  *#remove(client: Client, key: string): Script {
    yield* client.call(key, this.#cluster.simulation.random.below(2) === 0 ? 'DEL' : 'UNLINK', key);
  }
}
