/**
 * maxmemory: what is over it is evicted before the next command, for as long as one run may take, and then between
 * commands until it fits. A limit that was lowered by gigabytes stalls nobody.
 */
import type { Timer, World } from '../redis/world.ts';
import type { Pauses } from './clients/pauses.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Data } from './data.ts';
import type { LatencyMonitor } from './introspection/latency-monitor.ts';
import type { Replication } from './replication/contract.ts';

/** `maxmemory-eviction-tenacity` from here on means no limit of time. */
const UNLIMITED = 100;

/** What one run may take: half a millisecond at the default of 10, and above that 15 % more for each step. */
export function evictionLimitMs(tenacity: number): number {
  if (tenacity >= UNLIMITED) return Number.POSITIVE_INFINITY;
  return tenacity <= 10 ? 0.05 * tenacity : 0.5 * 1.15 ** (tenacity - 10);
}

/** What the limit needs of its node. */
interface MemoryHost {
  readonly world: World;
  readonly settings: Configuration;
  readonly data: Data;
  readonly latency: LatencyMonitor;
  readonly pauses: Pauses;
  readonly replication: Replication;
  readonly loading: boolean;
  /** Of keys and values; and of what counts besides. */
  readonly usedBytes: number;
  readonly overheadBytes: number;
}

export class MemoryLimit {
  readonly #node: MemoryHost;
  readonly #turn: (work: () => void) => void;
  /** Bytes; 0: none. */
  #limit = 0;
  #runMs = 0;
  #ignored = false;
  /** When it was last looked at, too much was used and nothing might go. */
  full = false;
  #timer: Timer | undefined;
  #exceededSinceMs: number | undefined;
  /** Without the time that goes on. */
  #exceededMs = 0;

  /** `turn` runs its work as one turn of the node. */
  constructor(node: MemoryHost, turn: (work: () => void) => void) {
    this.#node = node;
    this.#turn = turn;
  }

  configure(): void {
    const { settings } = this.#node;
    this.#limit = settings.number('maxmemory');
    this.#runMs = evictionLimitMs(settings.number('maxmemory-eviction-tenacity'));
    this.#ignored = settings.flag('replica-ignore-maxmemory');
    this.#noteExceeded(this.exceeded);
    if (this.exceeded) this.#goOnLater();
    else this.full = false;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#limit = 0;
  }

  get set(): boolean {
    return this.#limit > 0;
  }

  /** More memory is used than may be. */
  get exceeded(): boolean {
    return this.#limit > 0 && this.#node.usedBytes + this.#node.overheadBytes > this.#limit;
  }

  /** For how long, in milliseconds, memory has been over the limit: in all, and by now at a stretch. */
  get exceededMs(): { readonly total: number; readonly current: number } {
    const since = this.#exceededSinceMs;
    const current = since === undefined ? 0 : this.#node.world.clock.monotonicMs() - since;
    return { total: this.#exceededMs + current, current };
  }

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    this.#exceededMs = 0;
    if (this.#exceededSinceMs !== undefined) this.#exceededSinceMs = this.#node.world.clock.monotonicMs();
  }

  #noteExceeded(exceeded: boolean): void {
    if (exceeded) this.#exceededSinceMs ??= this.#node.world.clock.monotonicMs();
    else if (this.#exceededSinceMs !== undefined) {
      this.#exceededMs = this.exceededMs.total;
      this.#exceededSinceMs = undefined;
    }
  }

  /** Makes room, or some of it. False: too much is used, and nothing may go. */
  makeRoom(): boolean {
    this.full = false;
    if (!this.exceeded) {
      this.#noteExceeded(false);
      return true;
    }
    const { data, latency, loading, overheadBytes, pauses, replication, world } = this.#node;
    // A pause is there to keep the data as it is.
    if (loading || pauses.kind !== undefined || (this.#ignored && replication.role === 'replica'))
      return true;
    const startMs = world.clock.monotonicMs();
    const tired = () => world.clock.monotonicMs() - startMs > this.#runMs;
    const outcome = data.makeRoom(this.#limit - overheadBytes, tired);
    latency.add('eviction-cycle', world.clock.monotonicMs() - startMs, world.clock.wallMs());
    if (outcome === 'tired') this.#goOnLater();
    this.full = outcome === 'full';
    this.#noteExceeded(outcome !== 'done');
    return !this.full;
  }

  #goOnLater(): void {
    this.#timer?.cancel();
    this.#timer = this.#node.world.clock.after(0, () => this.#turn(() => this.makeRoom()));
  }
}
