/**
 * Connections to the nodes that MIGRATE sends keys to. One that is free again is kept for ten seconds: who moves a slot
 * sends many small batches to the same node.
 */
import { type Binary, binaryOf } from '../redis/bytes.ts';
import type { Address, Connection, DialEvents, Timer, TlsContext, World } from '../redis/world.ts';

/** MIGRATE_SOCKET_CACHE_TTL and MIGRATE_SOCKET_CACHE_ITEMS. */
const KEPT_MS = 10_000;
const KEPT_CONNECTIONS = 64;

export interface Batch {
  readonly host: string;
  readonly port: number;
  /** Silence of the target that is borne, at each step. */
  readonly timeoutMs: number;
  /** Selected on the target before `commands`, unless the connection has it selected. */
  readonly database: number;
  readonly select: Uint8Array;
  /** AUTH, where one is needed. */
  readonly login: Uint8Array | undefined;
  readonly commands: readonly Uint8Array[];
}

/** `replies`: one line for each of the commands, as far as they came. */
export interface Outcome {
  /** The first refusal of AUTH or SELECT, without its `-`. */
  readonly refusal: string | undefined;
  readonly replies: readonly Binary[];
  readonly failed: 'connect' | 'read' | undefined;
}

type Dial = (address: Address, events: DialEvents) => Connection;

export class MigrationTargets {
  readonly #dial: Dial;
  readonly #world: World;
  readonly #free: Target[] = [];

  /** `tls`: what connections are encrypted by, if they are. */
  constructor(world: World, tls: () => TlsContext | undefined) {
    this.#world = world;
    this.#dial = (address, events) => world.network.connect(address, events, undefined, tls());
  }

  /** Connections kept for the next batch. */
  get kept(): number {
    return this.#free.length;
  }

  /** Sends a batch; `done` hears once how it ended. */
  send(batch: Batch, done: (outcome: Outcome) => void): void {
    this.#sendOnce(batch, (outcome, replied, timedOut) => {
      // A kept connection is often found closed; when nothing was answered, another one may do.
      const again = outcome.failed === 'read' && !replied && !timedOut;
      if (again) this.#sendOnce(batch, done);
      else done(outcome);
    });
  }

  #sendOnce(batch: Batch, done: Done): void {
    const { host, port } = batch;
    const index = this.#free.findIndex(({ address }) => address.host === host && address.port === port);
    const target = index < 0 ? new Target(this.#world, this.#dial, host, port) : this.#free[index];
    if (index >= 0) this.#free.splice(index, 1);
    target.run(batch, (outcome, replied, timedOut) => {
      if (outcome.failed === undefined) this.#keep(target);
      done(outcome, replied, timedOut);
    });
  }

  #keep(target: Target): void {
    if (this.#free.length >= KEPT_CONNECTIONS) this.#free.shift()?.close();
    this.#free.push(target);
    target.closeIn(KEPT_MS, () => {
      const index = this.#free.indexOf(target);
      if (index >= 0) this.#free.splice(index, 1);
    });
  }
}

type Done = (outcome: Outcome, replied: boolean, timedOut: boolean) => void;

/** One connection, with one batch on it at a time. */
class Target {
  readonly address: { readonly host: string; readonly port: number };
  readonly #connect: Dial;
  readonly #world: World;
  #connection: Connection | undefined;
  #connected = false;
  /** The database selected there; -1: not known. */
  #database = -1;
  #batch: Batch | undefined;
  #done: Done = () => {};
  /** Replies of AUTH and SELECT that stand before those of the commands. */
  #preliminaries = 0;
  #refusal: string | undefined;
  #replies: Binary[] = [];
  #replied = false;
  #line: Binary = '';
  #timer: Timer | undefined;
  #forgotten: () => void = () => {};

  constructor(world: World, connect: Dial, host: string, port: number) {
    this.#world = world;
    this.#connect = connect;
    this.address = { host, port };
  }

  run(batch: Batch, done: Done): void {
    this.#timer?.cancel();
    this.#batch = batch;
    this.#done = done;
    this.#replies = [];
    this.#refusal = undefined;
    this.#replied = false;
    this.#watch();
    if (this.#connected) this.#send(batch);
    else this.#dial();
  }

  /** Free for now; `forgotten` hears when it is not worth keeping any more. */
  closeIn(ms: number, forgotten: () => void): void {
    this.#forgotten = forgotten;
    this.#timer = this.#world.clock.after(ms, () => {
      this.close();
      forgotten();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#connected = false;
  }

  #dial(): void {
    this.#connection = this.#connect(this.address, {
      connected: () => {
        this.#connected = true;
        this.#watch();
        if (this.#batch !== undefined) this.#send(this.#batch);
      },
      data: (bytes, start, end) => this.#take(binaryOf(bytes, start, end)),
      drained: () => this.#watch(),
      closed: () => this.#fail(false),
    });
  }

  #send(batch: Batch): void {
    const select = this.#database !== batch.database;
    this.#preliminaries = (batch.login === undefined ? 0 : 1) + (select ? 1 : 0);
    if (batch.login !== undefined) this.#connection?.write(batch.login);
    if (select) this.#connection?.write(batch.select);
    for (const command of batch.commands) this.#connection?.write(command);
  }

  /** Replies are lines: +OK or an error. */
  #take(text: Binary): void {
    if (this.#batch === undefined) return;
    this.#watch();
    const lines = (this.#line + text).split('\r\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      this.#replied = true;
      if (this.#preliminaries === 0) this.#replies.push(line);
      else {
        this.#preliminaries--;
        if (line.startsWith('-')) this.#refusal ??= line.slice(1);
      }
    }
    if (this.#preliminaries > 0 || this.#replies.length < this.#batch.commands.length) return;
    const failed = this.#refusal !== undefined || this.#replies.some((line) => line.startsWith('-'));
    this.#database = failed ? -1 : this.#batch.database;
    this.#end(undefined, false);
  }

  #watch(): void {
    this.#timer?.cancel();
    const ms = this.#batch?.timeoutMs;
    this.#timer = ms === undefined ? undefined : this.#world.clock.after(ms, () => this.#fail(true));
  }

  #fail(timedOut: boolean): void {
    const failed = this.#connected ? 'read' : 'connect';
    this.close();
    if (this.#batch === undefined) this.#forgotten();
    else this.#end(failed, timedOut);
  }

  #end(failed: Outcome['failed'], timedOut: boolean): void {
    this.#timer?.cancel();
    this.#batch = undefined;
    this.#done({ refusal: this.#refusal, replies: this.#replies, failed }, this.#replied, timedOut);
  }
}
