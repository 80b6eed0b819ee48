/**
 * One event is one turn: a read of a client, a message of the bus, a timer. What it collected (sessions that go on,
 * effects of the cluster, pushes, the log's lines) is done at its end, before the next begins. What a turn sets off at
 * once belongs to it: turns nest, and the outermost ends them.
 */
import type { Clock } from '../redis/world.ts';

/** A session, as far as turns see it. */
export interface TurnSession {
  /** Takes the commands that came while it was parked. */
  goOn(): void;
  flushPushes(): void;
  endIfClosing(): void;
}

/** What the node does around each turn. */
export interface TurnHost {
  readonly clock: Clock;
  /** `nowMs`: by the monotonic clock. */
  begun(nowMs: number): void;
  /** Commands have run: keys that became ready let sessions go on. */
  serveBlocked(): void;
  /** No session has anything to do any more; what the turn asked for outside of sessions follows. */
  settle(): void;
  /** Nobody may hear of what happened yet. */
  holdsReplies(): boolean;
  /** What could leave has left. */
  ended(): void;
}

export class Turns {
  /** When the turn began, by the monotonic clock. */
  startMs = 0;
  readonly #host: TurnHost;
  #depth = 0;
  #waking = false;
  #over = false;
  readonly #goingOn = new Set<TurnSession>();
  readonly #flushing = new Set<TurnSession>();

  constructor(host: TurnHost) {
    this.#host = host;
  }

  enter(): void {
    if (this.#depth++ > 0) return;
    this.startMs = this.#host.clock.monotonicMs();
    this.#host.begun(this.startMs);
  }

  leave(): void {
    if (this.#depth > 1) {
      this.#depth--;
      return;
    }
    this.#host.serveBlocked();
    while (this.#goingOn.size > 0) {
      for (const session of this.#goingOn) {
        this.#goingOn.delete(session);
        session.goOn();
      }
    }
    this.#host.settle();
    if (this.#flushing.size > 0 && !this.#host.holdsReplies()) this.flushAll();
    this.#host.ended();
    this.#depth--;
  }

  /** A turn that does `work`. */
  run(work: () => void): void {
    this.enter();
    try {
      work();
    } finally {
      this.leave();
    }
  }

  /** A resumed session goes on when the turn ends. */
  goOnLater(session: TurnSession): void {
    this.#goingOn.add(session);
    this.wakeUp();
  }

  /** Pushes to it leave when the turn ends. */
  flushLater(session: TurnSession): void {
    this.#flushing.add(session);
    this.wakeUp();
  }

  forget(session: TurnSession): void {
    this.#goingOn.delete(session);
    this.#flushing.delete(session);
  }

  flushAll(): void {
    for (const session of this.#flushing) {
      this.#flushing.delete(session);
      session.flushPushes();
      session.endIfClosing();
    }
  }

  /** The node ends: no turn begins by itself any more. */
  end(): void {
    this.#over = true;
  }

  /** Something happened outside a turn (the bus delivered a message, a timer fired): it gets a turn of its own. */
  wakeUp(): void {
    if (this.#depth > 0 || this.#waking || this.#over) return;
    this.#waking = true;
    this.#host.clock.after(0, () => {
      this.#waking = false;
      this.run(() => {});
    });
  }
}
