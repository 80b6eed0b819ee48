/** Executes the stream of our primary, through the same road as every command, answering nobody. */
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { Connection } from '../../redis/world.ts';
import type { PrimaryStream, StreamPeer } from '../replication/contract.ts';
import type { TurnSession } from '../turns.ts';
import { Client, type ClientHost } from './client.ts';

/** Takes every reply and loses it. */
export const NOWHERE: Connection = {
  local: { host: '', port: 0 },
  remote: { host: '', port: 0 },
  pendingBytes: 0,
  write: () => true,
  pause() {},
  resume() {},
  end() {},
  destroy() {},
};

/** A session without a client: its commands are executed, its replies are lost. */
export function sessionOfPrimary(host: ClientHost, id: number, peer?: StreamPeer): Client {
  const connection =
    peer === undefined
      ? NOWHERE
      : { ...NOWHERE, local: peer.local, remote: peer.remote, destroy: () => peer.close() };
  return new Client(id, connection, host, true);
}

export class NodePrimaryStream implements PrimaryStream, TurnSession {
  client: Client;
  readonly #host: ClientHost;
  readonly #databases: readonly Keyspace[];
  readonly #nextId: () => number;
  /** Bytes whose commands have taken effect. */
  #applied = 0;
  #progressed: ((executed: number) => void) | undefined;

  constructor(host: ClientHost, databases: readonly Keyspace[], nextId: () => number) {
    this.#host = host;
    this.#databases = databases;
    this.#nextId = nextId;
    // No id of a real client is 0.
    this.client = sessionOfPrimary(host, 0);
  }

  get database(): number {
    return this.client.database;
  }

  reset(database: number, peer?: StreamPeer): void {
    this.#host.turns.forget(this);
    this.client = sessionOfPrimary(this.#host, this.#nextId(), peer);
    this.client.database = database;
    this.#applied = 0;
    this.#progressed = peer?.progressed;
  }

  feed(bytes: Uint8Array, start: number, end: number): number {
    this.#unexpired(() => this.client.data(bytes, start, end));
    return this.#takeExecuted();
  }

  /** What had to wait, for a pause or a script of this node, runs when the turn ends. */
  release(): void {
    if (this.client.takeUp()) this.#host.turns.goOnLater(this);
  }

  goOn(): void {
    this.#unexpired(() => this.client.goOn());
    this.#progressed?.(this.#takeExecuted());
  }

  flushPushes(): void {}

  endIfClosing(): void {}

  /** What the primary changes is there for it, even when its time is up by our clock: its DEL will come. */
  #unexpired(work: () => void): void {
    for (const db of this.#databases) db.ignoresExpiry = true;
    work();
    for (const db of this.#databases) db.ignoresExpiry = false;
  }

  #takeExecuted(): number {
    const { client } = this;
    // Inside a transaction nothing has happened yet.
    if (client.transaction.open) return 0;
    const reached = client.decoder.consumed - client.postponedBytes;
    const executed = reached - this.#applied;
    this.#applied = reached;
    return executed;
  }
}
