/** What a node does by itself, `hz` times a second: expire keys, drop idle clients, sample rates. */
import type { Timer } from '../redis/world.ts';
import type { NodeServices } from './call.ts';

/** Keys removed between two looks at the clock. */
const EXPIRE_BATCH = 64;
/** Active expiry takes at most this part of the time between two runs (ACTIVE_EXPIRE_CYCLE_SLOW_TIME_PERC). */
const EXPIRE_SHARE = 0.25;

export class Cron {
  readonly #node: NodeServices;
  readonly #turn: (work: () => void) => void;
  #timer: Timer | undefined;
  #lastSecondMs = 0;
  #lastSampleMs = 0;

  /** `turn` runs its work as one turn of the node. */
  constructor(node: NodeServices, turn: (work: () => void) => void) {
    this.#node = node;
    this.#turn = turn;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** INFO's `hz`: how often it runs. */
  get hz(): number {
    // CONFIG_MIN_HZ and CONFIG_MAX_HZ.
    return Math.min(500, Math.max(1, this.#node.settings.number('hz')));
  }

  #schedule(): void {
    this.#timer = this.#node.world.clock.after(1000 / this.hz, () => {
      this.#turn(() => this.#run());
      this.#schedule();
    });
  }

  #run(): void {
    const node = this.#node;
    const now = node.world.clock.monotonicMs();
    // Rates are means over samples 100 ms apart, whatever hz is.
    if (now - this.#lastSampleMs >= 100) {
      this.#lastSampleMs = now;
      node.statistics.sample(now);
      node.statistics.peakUsedBytes = Math.max(node.statistics.peakUsedBytes, node.usedBytes);
    }
    // A pause is there to keep the data as it is.
    if (node.activeExpiry && !node.loading && !node.scripting.suspended && node.pauses.kind === undefined)
      this.#expire(now);
    if (node.blockedKeys.active && node.cluster !== undefined) node.blockedKeys.recheck();
    node.tracking.limit();
    node.appendOnly.rewrite.cron();
    if (now - this.#lastSecondMs < 1000) return;
    this.#lastSecondMs = now;
    this.#checkClients(now);
  }

  #expire(startMs: number): void {
    const { clock } = this.#node.world;
    const endMs = startMs + (1000 / this.hz) * EXPIRE_SHARE;
    for (const db of this.#node.databases) {
      while (db.expireSome(EXPIRE_BATCH) === EXPIRE_BATCH && clock.monotonicMs() < endMs);
    }
    this.#node.latency.add('expire-cycle', clock.monotonicMs() - startMs, clock.wallMs());
  }

  #checkClients(now: number): void {
    const { clients, settings } = this.#node;
    const idleMs = settings.number('timeout') * 1000;
    for (const client of clients) {
      client.checkOutput();
      const exempt = client.isReplica || client.isMonitor || client.parked || client.subscriptions.any;
      if (idleMs > 0 && !exempt && now - client.lastActiveMs > idleMs) {
        this.#node.log('verbose', 'Closing idle client');
        client.close();
      }
    }
  }
}
