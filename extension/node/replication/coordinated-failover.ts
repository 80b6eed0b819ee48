/**
 * FAILOVER: a primary hands its role to a replica without losing a write. It holds back clients that write until a
 * replica has all there is, becomes that one's replica, and asks it, with the very first PSYNC, to take over.
 */
import type { Address, Timer, World } from '../../redis/world.ts';
import type { LogLevel } from '../observer.ts';
import type { ReplicaInfo } from './contract.ts';

/** As INFO tells it (master_failover_state). */
export type FailoverState = 'no-failover' | 'waiting-for-sync' | 'failover-in-progress';

export interface FailoverRequest {
  /** Undefined: whoever is the first to have everything. */
  readonly target: Address | undefined;
  /** Undefined: for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** When the time is over the target takes over with what it has. */
  readonly force: boolean;
}

/** What a failover needs of replication. */
export interface FailoverHost {
  readonly world: World;
  readonly offset: number;
  replicas(): readonly ReplicaInfo[];
  follow(primary: Address): void;
  promote(): void;
  requestAcknowledgements(): void;
  /** Clients that write have to wait, or may go on. */
  holdWrites(held: boolean): void;
  log(level: LogLevel, text: string): void;
}

export class CoordinatedFailover {
  readonly #host: FailoverHost;
  #state: FailoverState = 'no-failover';
  #request: FailoverRequest | undefined;
  #timer: Timer | undefined;

  constructor(host: FailoverHost) {
    this.#host = host;
  }

  get state(): FailoverState {
    return this.#state;
  }

  begin(request: FailoverRequest): void {
    const { target, timeoutMs } = request;
    this.#host.log('notice', `FAILOVER requested to ${target === undefined ? 'any replica' : name(target)}.`);
    // What replicas have acknowledged may be old: they tell anew, before the offset has to stand still.
    this.#host.requestAcknowledgements();
    this.#request = request;
    this.#state = 'waiting-for-sync';
    this.#host.holdWrites(true);
    if (timeoutMs !== undefined) {
      this.#timer = this.#host.world.clock.after(timeoutMs, () => this.#timedOut());
    }
    this.look();
  }

  /** A replica acknowledged: is it the one we wait for, and has it everything? */
  look(): void {
    if (this.#state !== 'waiting-for-sync') return;
    const target = this.#request?.target;
    const ready = this.#host
      .replicas()
      .find(
        ({ address, state, offset }) =>
          state === 'online' &&
          offset === this.#host.offset &&
          (target === undefined || name(target) === name(address)),
      );
    if (ready === undefined) return;
    this.#host.log('notice', `Failover target ${name(ready.address)} is synced, failing over.`);
    this.#handOver(ready.address);
  }

  /** What the target said to PSYNC … FAILOVER. */
  answered(accepted: boolean): void {
    if (this.#state !== 'failover-in-progress') return;
    if (accepted) this.#clear();
    else this.abort('Failover target rejected psync request');
  }

  abort(why: string): void {
    const target = this.#request?.target;
    const to = target === undefined ? 'any replica' : name(target);
    this.#host.log('notice', `FAILOVER to ${to} aborted: ${why}`);
    const followed = this.#state === 'failover-in-progress';
    this.#clear();
    if (followed) this.#host.promote();
  }

  #timedOut(): void {
    const { target, force } = this.#request ?? {};
    if (this.#state !== 'waiting-for-sync') return;
    if (target === undefined || !force) this.abort('Replica never caught up before timeout');
    else {
      this.#host.log('notice', `FAILOVER to ${name(target)} time out exceeded, failing over.`);
      this.#handOver(target);
    }
  }

  #handOver(target: Address): void {
    this.#timer?.cancel();
    this.#request = { target, timeoutMs: undefined, force: false };
    this.#state = 'failover-in-progress';
    this.#host.follow(target);
  }

  #clear(): void {
    this.#timer?.cancel();
    this.#request = undefined;
    this.#state = 'no-failover';
    this.#host.holdWrites(false);
  }
}

function name({ host, port }: Address): string {
  return `${host.toLowerCase()}:${port}`;
}
