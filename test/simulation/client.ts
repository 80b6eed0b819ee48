/** A cluster client: remembers who serves which slot, follows MOVED and ASK, tries again when told to. */
import { keySlotOf } from '../../extension/redis/slots.ts';
import type { Cluster } from './cluster.ts';
import { PORT } from './host.ts';
import { type Script, sleep } from './script.ts';
import { errorOf, type Reply, Session } from './session.ts';

/** What happens to a call on its way. */
const PATIENCE_MS = 1500;
const TRIES = 6;
const RETRY_MS = 200;

export interface Answer {
  readonly reply: Reply;
  /** The connection that was answered on: WAIT belongs there. */
  readonly session: Session | undefined;
  /** Virtual time at which the command was sent for the last time. */
  readonly sentAt: number;
}

export class Client {
  readonly ip: string;
  readonly #cluster: Cluster;
  readonly #sessions = new Map<string, Session>();
  readonly #owners = new Map<number, string>();

  constructor(cluster: Cluster, ip: string) {
    this.#cluster = cluster;
    this.ip = ip;
    cluster.clientIps.push(ip);
  }

  /** A command on one key. A write is sent once: again only after a reply that says it was not carried out. */
  *call(key: string, ...argv: readonly (string | number)[]): Script<Answer> {
    const { simulation } = this.#cluster;
    const slot = keySlotOf(key);
    let asking = false;
    let to = this.#owners.get(slot) ?? this.#anyHost();
    let answer: Answer = { reply: { type: 'lost' }, session: undefined, sentAt: simulation.nowMs };
    for (let tries = 0; tries < TRIES; tries++) {
      const session = this.#session(to);
      if (asking) session.send(['ASKING'], PATIENCE_MS, () => {});
      const sentAt = simulation.nowMs;
      answer = { reply: yield* session.call(PATIENCE_MS, ...argv), session, sentAt };
      asking = false;
      if (answer.reply.type === 'lost') {
        this.#owners.delete(slot);
        return answer;
      }
      const [code, , address] = errorOf(answer.reply)?.split(' ') ?? [];
      if (code === 'MOVED' || code === 'ASK') {
        to = address?.split(':')[0] ?? this.#anyHost();
        asking = code === 'ASK';
        if (!asking) this.#owners.set(slot, to);
      } else if (
        code === 'CLUSTERDOWN' ||
        code === 'TRYAGAIN' ||
        code === 'LOADING' ||
        code === 'MASTERDOWN'
      ) {
        yield* sleep(simulation, RETRY_MS);
        if (code !== 'TRYAGAIN') to = this.#anyHost();
      } else return answer;
    }
    return answer;
  }

  #anyHost(): string {
    const { hosts, simulation } = this.#cluster;
    return hosts[simulation.random.below(hosts.length)].ip;
  }

  #session(host: string): Session {
    let session = this.#sessions.get(host);
    if (session === undefined || session.closed) {
      session = new Session(this.#cluster.simulation, this.ip, { host, port: PORT });
      this.#sessions.set(host, session);
    }
    return session;
  }
}
