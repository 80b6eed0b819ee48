/** What happens to sessions now and then: each has its turn about once a second, a few at a time (clientsCron). */
import type { Configuration } from '../configuration/configuration.ts';
import type { LogLevel } from '../observer.ts';
import type { Client } from './client.ts';
import type { ClientMemory } from './client-memory.ts';
import type { Clients } from './clients.ts';
import type { ReplyBufferSizing } from './reply-buffer.ts';

/** So many at least, however few there are (CLIENTS_CRON_MIN_ITERATIONS). */
const LEAST_AT_ONCE = 5;

/** Who sent nothing for longer needs no room for input. */
const IDLE_SECONDS = 2;

interface Host {
  readonly clients: Clients;
  readonly clientMemory: ClientMemory;
  readonly replyBuffers: ReplyBufferSizing;
  readonly settings: Configuration;
  log(level: LogLevel, text: string): void;
}

export class ClientsCron {
  readonly #node: Host;
  /** Goes through all of them; who comes meanwhile comes last. */
  #round: Iterator<Client>;

  constructor(node: Host) {
    this.#node = node;
    this.#round = node.clients[Symbol.iterator]();
  }

  /** Called `hz` times a second. */
  run(now: number, hz: number): void {
    const { size } = this.#node.clients;
    const idleMs = this.#node.settings.number('timeout') * 1000;
    for (let left = Math.min(size, Math.max(LEAST_AT_ONCE, size / hz)); left > 0; left--) {
      const client = this.#next();
      if (client === undefined) return;
      this.#look(client, now, idleMs);
    }
  }

  #next(): Client | undefined {
    const { done, value } = this.#round.next();
    if (done !== true) return value;
    this.#round = this.#node.clients[Symbol.iterator]();
    return this.#round.next().value;
  }

  #look(client: Client, now: number, idleMs: number): void {
    const { clientMemory, replyBuffers } = this.#node;
    client.output.check();
    client.decoder.trim(Math.floor((now - client.lastActiveMs) / 1000) > IDLE_SECONDS);
    client.output.replies.resize(replyBuffers, now);
    // What the kernel took meanwhile is seen here only.
    if (clientMemory.counting) clientMemory.count(client);
    const exempt = client.isReplica || client.isMonitor || client.parked || client.subscriptions.any;
    if (idleMs === 0 || exempt || now - client.lastActiveMs <= idleMs) return;
    this.#node.log('verbose', 'Closing idle client');
    client.close();
  }
}
