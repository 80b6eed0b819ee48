/** What a node does by itself, `hz` times a second: expire keys, drop idle clients, sample rates. */
import type { Timer } from '../redis/world.ts';
import type { NodeServices } from './call.ts';
import { ClientsCron } from './clients/clients-cron.ts';
import { memoryUse } from './introspection/memory-use.ts';

/** It takes no longer at a time; what is left then follows when the share of time allows. */
const EXPIRE_SLICE_MS = 5;
/** Keys removed between two looks at the clock. */
const EXPIRE_BATCH = 64;
/** Active expiry takes at most this part of the time (ACTIVE_EXPIRE_CYCLE_SLOW_TIME_PERC). */
const EXPIRE_SHARE = 0.25;
/** ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP: keys of a database from which INFO's expired_stale_perc is estimated. */
const STALE_SAMPLES = 20;

export class Cron {
  readonly #node: NodeServices;
  readonly #turn: (work: () => void) => void;
  #timer: Timer | undefined;
  #expiry: Timer | undefined;
  #lastSampleMs = 0;
  readonly #clients: ClientsCron;

  /** `turn` runs its work as one turn of the node. */
  constructor(node: NodeServices, turn: (work: () => void) => void) {
    this.#node = node;
    this.#turn = turn;
    this.#clients = new ClientsCron(node);
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#expiry?.cancel();
    this.#timer = this.#expiry = undefined;
  }

  /** INFO's `hz`: how often it runs. */
  get hz(): number {
    // CONFIG_MIN_HZ and CONFIG_MAX_HZ.
    return Math.min(500, Math.max(1, this.#node.settings.number('hz')));
  }

  #schedule(): void {
    this.#timer = this.#node.world.clock.after(1000 / this.hz, () => {
      if (!this.#node.cronPaused) this.#turn(() => this.#run());
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
      node.statistics.peakUsedBytes = Math.max(node.statistics.peakUsedBytes, memoryUse(node).used);
    }
    // While expiry has more to do than its share of time allows it runs on a timer of its own.
    if (this.#expiry === undefined) this.#expire();
    if (node.blockedKeys.active && node.cluster !== undefined) node.blockedKeys.recheck();
    node.tracking.limit();
    node.shutdown.takeUp();
    node.appendOnly.rewrite.cron();
    this.#clients.run(now, this.hz);
    node.statistics.cronEnded(node.world.clock.monotonicMs() - now);
  }

  #expire(): void {
    const node = this.#node;
    // A pause is there to keep the data as it is.
    if (!node.activeExpiry || node.loading || node.scripting.suspended || node.pauses.kind !== undefined)
      return;
    const { clock } = node.world;
    const startMs = clock.monotonicMs();
    const limitMs = Math.min(EXPIRE_SLICE_MS, (1000 / this.hz) * EXPIRE_SHARE);
    let removed = 0;
    let tookMs = 0;
    for (const db of node.databases) {
      do {
        removed = db.expireSome(EXPIRE_BATCH);
        removed += db.expireSomeFields(EXPIRE_BATCH - removed);
        tookMs = clock.monotonicMs() - startMs;
      } while (removed === EXPIRE_BATCH && tookMs < limitMs);
      if (tookMs >= limitMs) break;
    }
    node.latency.add('expire-cycle', tookMs, clock.wallMs());
    node.statistics.expiryMs += tookMs;
    this.#estimateStale();
    if (tookMs < limitMs || removed < EXPIRE_BATCH) return;
    node.statistics.expiryCutShort++;
    this.#expireLater(tookMs / EXPIRE_SHARE - tookMs);
  }

  #estimateStale(): void {
    let looked = 0;
    let due = 0;
    for (const db of this.#node.databases) {
      // A replica waits for its primary to remove them.
      if (!db.removesExpired) continue;
      const sample = db.sampleExpiry(STALE_SAMPLES);
      looked += sample.looked;
      due += sample.due;
    }
    this.#node.statistics.expiryEnded(looked === 0 ? 0 : due / looked);
  }

  #expireLater(ms: number): void {
    this.#expiry = this.#node.world.clock.after(ms, () => {
      this.#expiry = undefined;
      this.#turn(() => this.#expire());
    });
  }
}
