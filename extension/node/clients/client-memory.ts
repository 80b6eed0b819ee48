/**
 * What sessions hold in memory: counted for maxmemory, and bounded by maxmemory-clients, above which the largest are
 * dropped. Replicas and our primary are not among them.
 */
import type { World } from '../../redis/world.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Statistics } from '../introspection/statistics.ts';
import type { LogLevel } from '../observer.ts';
import type { Client } from './client.ts';
import { type Clients, clientBytes, describeClient } from './clients.ts';

/** A smaller limit would end every session at once (getClientEvictionLimit). */
const LEAST_LIMIT = 128 * 1024;

interface Host {
  readonly clients: Clients;
  readonly statistics: Statistics;
  readonly world: World;
  log(level: LogLevel, text: string): void;
}

export class ClientMemory {
  /** Somebody wants to know: maxmemory or maxmemory-clients is set. Sessions ask nothing else when they read or write. */
  counting = false;
  /** Bytes of all sessions, as they were counted last. */
  total = 0;
  /** 0: none. */
  #limit = 0;
  readonly #node: Host;

  constructor(node: Host) {
    this.#node = node;
  }

  configure(settings: Configuration): void {
    const maxMemory = settings.number('maxmemory');
    const limit = settings.percentOf('maxmemory-clients', maxMemory);
    this.#limit = limit === 0 ? 0 : Math.max(limit, LEAST_LIMIT);
    this.counting = maxMemory > 0 || this.#limit > 0;
    if (this.counting) this.recount();
  }

  get limited(): boolean {
    return this.#limit > 0;
  }

  /** `more`: what it holds besides, of a command that is about to run. */
  count(client: Client, more = 0): void {
    const bytes = client.isReplica || client.isPrimary || client.closing ? 0 : clientBytes(client) + more;
    this.total += bytes - client.countedBytes;
    client.countedBytes = bytes;
  }

  /** What the kernel took meanwhile is seen here only. */
  recount(): void {
    for (const client of this.#node.clients) this.count(client);
  }

  /** Drops the largest sessions while all together hold too much, sparing those with CLIENT NO-EVICT. */
  evict(): void {
    if (this.#limit === 0 || this.total <= this.#limit) return;
    const candidates = [...this.#node.clients].filter((client) => !client.noEvict && client.countedBytes > 0);
    candidates.sort((a, b) => b.countedBytes - a.countedBytes);
    for (const client of candidates) {
      if (this.total <= this.#limit) return;
      this.#node.statistics.evictedClients++;
      this.#node.log('notice', `Evicting client: ${describeClient(client, this.#node.world.clock)}`);
      client.close();
    }
  }
}
