/** CLIENT PAUSE, and the pause of a manual failover: which commands have to wait, and until when. */
import type { Clock, Timer } from '../../redis/world.ts';

export type PauseKind = 'write' | 'all';
/** Each has a pause of its own; the strictest of those under way counts. */
export type PausePurpose = 'client' | 'failover' | 'shutdown';

interface Pause {
  readonly kind: PauseKind;
  readonly endsAtMs: number;
}

export class Pauses {
  readonly #pauses = new Map<PausePurpose, Pause>();
  readonly #clock: Clock;
  readonly #changed: () => void;
  #timer: Timer | undefined;

  /** `changed` hears whenever commands may go on, or have to wait. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** A pause that is under way for this purpose gets no shorter, and no weaker. */
  begin(purpose: PausePurpose, kind: PauseKind, endsAtMs: number): void {
    const before = this.#pauses.get(purpose);
    this.#pauses.set(purpose, {
      kind: before?.kind === 'all' ? 'all' : kind,
      endsAtMs: Math.max(endsAtMs, before?.endsAtMs ?? 0),
    });
    this.#rearm();
  }

  end(purpose: PausePurpose): void {
    if (this.#pauses.delete(purpose)) this.#rearm();
  }

  has(purpose: PausePurpose): boolean {
    return this.#pauses.has(purpose);
  }

  get kind(): PauseKind | undefined {
    let strictest: PauseKind | undefined;
    for (const { kind } of this.#pauses.values()) if (strictest !== 'all') strictest = kind;
    return strictest;
  }

  #rearm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const next = Math.min(...[...this.#pauses.values()].map(({ endsAtMs }) => endsAtMs));
    if (Number.isFinite(next)) {
      this.#timer = this.#clock.after(Math.max(0, next - this.#clock.monotonicMs()), () => this.#expire());
    }
    this.#changed();
  }

  #expire(): void {
    const now = this.#clock.monotonicMs();
    for (const [purpose, { endsAtMs }] of this.#pauses) if (endsAtMs <= now) this.#pauses.delete(purpose);
    this.#rearm();
  }
}
