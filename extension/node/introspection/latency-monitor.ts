/** LATENCY: moments at which an event took at least `latency-monitor-threshold` milliseconds. */

export interface LatencySample {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly ms: number;
}

/** LATENCY_TS_LEN: samples kept of each event; those of one second count as one, the longest. */
const HISTORY = 160;

export class LatencyMonitor {
  readonly events = new Map<string, { samples: LatencySample[]; maxMs: number }>();
  /** Milliseconds; 0: nothing is watched. */
  threshold = 0;

  add(event: string, ms: number, wallMs: number): void {
    if (this.threshold === 0 || ms < this.threshold) return;
    const at = Math.floor(wallMs / 1000);
    const known = this.events.get(event) ?? { samples: [], maxMs: 0 };
    this.events.set(event, known);
    const whole = Math.floor(ms);
    known.maxMs = Math.max(known.maxMs, whole);
    const last = known.samples.at(-1);
    if (last?.at === at) known.samples[known.samples.length - 1] = { at, ms: Math.max(last.ms, whole) };
    else known.samples.push({ at, ms: whole });
    if (known.samples.length > HISTORY) known.samples.shift();
  }

  /** LATENCY RESET: all events, or those named. Returns how many there were. */
  reset(names: readonly string[]): number {
    if (names.length === 0) {
      const count = this.events.size;
      this.events.clear();
      return count;
    }
    return names.filter((name) => this.events.delete(name)).length;
  }
}
