/**
 * The side of a replica: dialling the primary, the handshake, partial sync, the stream, ACKs, time-outs and coming back
 * after a loss. A full sync is a `SyncTransfer`.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Address, Connection } from '../../redis/world.ts';
import type { LoadProgress } from '../persistence/file-load.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { ReplicationHost } from './contract.ts';
import { Handshake } from './handshake.ts';
import type { Point, ReplicationHistory } from './history.ts';
import { SyncTransfer } from './sync-transfer.ts';
import { UnexecutedBytes } from './unexecuted.ts';

/**
 * connect: to be dialled at the next tick. handshake: see there. announced: a full sync is on, its first line is to
 * come. receiving: the image, which may have to be loaded yet. connected: the stream.
 */
export type LinkState = 'connect' | 'connecting' | 'handshake' | 'announced' | 'receiving' | 'connected';

/** What happens to the rest of replication because of the link. */
export interface LinkOwner {
  /** Replicas of ours have to ask anew: the history changes under them. */
  historyChanged(): void;
  /** Bytes of the stream, executed. */
  applied(bytes: Uint8Array, start: number, end: number): void;
  /** The link came up or went down. */
  linkChanged(): void;
  /** FAILOVER: this primary is a replica of ours, and shall take over when it is asked for its stream. */
  readonly failingOver: boolean;
  /** It was asked, and said so. */
  answered(accepted: boolean): void;
}

/** Longest line of a handshake, as Redis reads it. */
const LINE_LIMIT = 1024;
const NEWLINE = Buffer.from('\n');
const NO_TRANSFER = { total: 0, received: 0 };

export class PrimaryLink {
  readonly primary: Address;
  state: LinkState = 'connect';
  readonly #host: ReplicationHost;
  readonly #history: ReplicationHistory;
  readonly #persistence: NodePersistence;
  readonly #owner: LinkOwner;
  #connection: Connection | undefined;
  #line: Binary = '';
  #handshake: Handshake | undefined;
  /** A full sync is on. */
  #transfer: SyncTransfer | undefined;
  readonly #unexecuted = new UnexecutedBytes((bytes, start, end) => this.#owner.applied(bytes, start, end));
  #wantsAck = false;
  #heardAtMs: number;
  /** Monotonic ms of the last loss; undefined while up, and before it ever was. */
  #downSinceMs: number | undefined;
  #stopped = false;

  constructor(
    host: ReplicationHost,
    history: ReplicationHistory,
    persistence: NodePersistence,
    owner: LinkOwner,
    primary: Address,
  ) {
    this.#host = host;
    this.#history = history;
    this.#persistence = persistence;
    this.#owner = owner;
    this.primary = primary;
    this.#heardAtMs = this.#now();
  }

  get up(): boolean {
    return this.state === 'connected';
  }

  get inTransfer(): boolean {
    return this.state === 'announced' || this.state === 'receiving';
  }

  /** Bytes of the image: all (0: not known) and received. */
  get transfer(): { readonly total: number; readonly received: number } {
    return this.#transfer?.size ?? NO_TRANSFER;
  }

  /** While an image is read in as it arrives. */
  get loadProgress(): LoadProgress | undefined {
    return this.#transfer?.progress;
  }

  /** Bytes of the stream that came, executed or not. */
  get readOffset(): number {
    return this.#history.offset + this.#unexecuted.size;
  }

  get secondsSinceHeard(): number {
    return Math.floor((this.#now() - this.#heardAtMs) / 1000);
  }

  get downSinceMs(): number | undefined {
    return this.#downSinceMs;
  }

  connect(): void {
    const { host, port } = this.primary;
    this.#host.log('notice', `Connecting to MASTER ${host}:${port}`);
    this.#heardAtMs = this.#now();
    this.state = 'connecting';
    const from = this.#host.settings.text('bind-source-addr');
    const guard = (run: () => void) => {
      if (connection === this.#connection) run();
    };
    const connection = this.#host.world.network.connect(
      this.primary,
      {
        connected: () => guard(() => this.#greet()),
        data: (bytes, start, end) =>
          guard(() => {
            this.#host.countTraffic(end - start, 0);
            this.#take(bytes, start, end);
          }),
        closed: (error) => guard(() => this.#lost(error?.message ?? 'Connection lost')),
      },
      from === '' ? undefined : from,
      this.#host.tls?.(),
    );
    this.#connection = connection;
    this.#host.log('notice', 'MASTER <-> REPLICA sync started');
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#hangUp();
  }

  /** GETACK: as soon as the commands that came with it are counted. */
  acknowledgeSoon(): void {
    this.#wantsAck = true;
  }

  /** Once a second. */
  cron(): void {
    const silence = this.#now() - this.#heardAtMs;
    if (silence > this.#host.settings.number('repl-timeout') * 1000 && this.state !== 'connect') {
      this.#timedOut();
      return;
    }
    if (this.state === 'connect') this.connect();
    else if (this.up) this.#acknowledge();
    // The primary must not take us for dead while we read the image in.
    else if (this.#transfer?.loading) this.#connection?.write(NEWLINE);
  }

  #timedOut(): void {
    const why = this.up
      ? 'MASTER timeout: no data nor PING received...'
      : this.inTransfer
        ? 'Timeout receiving bulk data from MASTER... If the problem persists try to set the ' +
          "'repl-timeout' parameter in redis.conf to a larger value."
        : 'Timeout connecting to the MASTER...';
    this.#host.log('warning', why);
    this.#hangUp();
    this.connect();
  }

  // The handshake.

  #greet(): void {
    this.state = 'handshake';
    const { failingOver } = this.#owner;
    const { id, offset } = this.#history;
    const point = failingOver ? { id, offset } : this.#history.resumePoint();
    this.#handshake = new Handshake(this.#host, point, failingOver, (bytes) =>
      this.#connection?.write(bytes),
    );
  }

  /** A line of the handshake, or the first of a full sync. */
  #reply(line: Binary): void {
    if (this.#transfer !== undefined) {
      if (this.#transfer.announce(line)) this.state = 'receiving';
      return;
    }
    const handshake = this.#handshake;
    const verdict = handshake?.reply(line);
    if (verdict !== undefined && verdict.how !== 'failed') this.#owner.answered(true);
    if (verdict?.how === 'failed') {
      this.#giveUp(verdict.why);
      if (handshake?.asked) this.#owner.answered(false);
    } else if (verdict?.how === 'continue') this.#continue(verdict.id);
    else if (verdict !== undefined) {
      this.#host.log('notice', `Full resync from master: ${verdict.id}:${verdict.offset}`);
      this.#transfer = this.#transferFrom(verdict);
      this.state = 'announced';
    }
  }

  #continue(id: string): void {
    this.#host.log('notice', 'Successful partial resynchronization with master.');
    const point = this.#history.resumePoint();
    // We may have gone on under an id of our own, without doing anything under it.
    if (point !== undefined && this.#history.returnTo(point.id)) this.#owner.historyChanged();
    if (id.length === 40 && id !== this.#history.id) {
      this.#history.rename(id);
      this.#host.log('notice', `Master replication ID changed to ${id}`);
      this.#owner.historyChanged();
    }
    this.#history.startBacklog();
    this.#connected(this.#host.fromPrimary.database);
    this.#host.log('notice', 'MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.');
  }

  // Full sync.

  #transferFrom(point: Point): SyncTransfer | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    return new SyncTransfer(this.#host, this.#persistence, this.#history, connection, point, {
      loading: () => this.#observeSync('full-started'),
      historyChanged: () => this.#owner.historyChanged(),
      loaded: (database, bytes, size) => this.#synced(database, bytes, size),
      failed: (why) => this.#giveUp(why),
    });
  }

  #observeSync(step: 'full-started' | 'full-finished', bytes?: number): void {
    const peer = `${this.primary.host}:${this.primary.port}`;
    this.#host.observe({ type: 'sync', step, peer, ...(bytes !== undefined && { bytes }) });
  }

  #synced(database: number, bytes: Uint8Array, size: number): void {
    this.#transfer = undefined;
    this.#connected(database);
    this.#host.log('notice', 'MASTER <-> REPLICA sync: Finished with success');
    this.#observeSync('full-finished', size);
    // The primary sends the stream once it knows that the image is in.
    this.#acknowledge();
    this.#connection?.resume();
    if (bytes.length > 0) this.#take(bytes, 0, bytes.length);
  }

  #connected(database: number): void {
    this.#unexecuted.clear();
    const connection = this.#connection;
    const close = () => {
      if (connection === this.#connection) this.#lost('killed by a client');
    };
    this.#host.fromPrimary.reset(
      database,
      connection && {
        local: connection.local,
        remote: connection.remote,
        close,
        progressed: (executed) => {
          if (connection !== this.#connection) return;
          this.#unexecuted.executed(executed);
          if (this.#wantsAck) this.#acknowledge();
        },
      },
    );
    this.state = 'connected';
    this.#downSinceMs = undefined;
    this.#owner.linkChanged();
  }

  // Bytes.

  #take(bytes: Uint8Array, start: number, end: number): void {
    this.#heardAtMs = this.#now();
    const connection = this.#connection;
    let at = start;
    // Any step may end the connection.
    while (at < end && this.#connection === connection) {
      if (this.up) {
        this.#apply(bytes, at, end);
        return;
      }
      if (this.#transfer !== undefined && this.state === 'receiving')
        at = this.#transfer.feed(bytes, at, end);
      else at = this.#takeLine(bytes, at, end);
    }
  }

  #takeLine(bytes: Uint8Array, start: number, end: number): number {
    const found = bytes.subarray(start, end).indexOf(10);
    const stop = found < 0 ? end : start + found;
    this.#line += binaryOf(bytes, start, stop);
    if (this.#line.length > LINE_LIMIT) {
      this.#giveUp('MASTER sent a line that is too long');
      return end;
    }
    if (found < 0) return end;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#reply(line);
    return stop + 1;
  }

  /** Executes the stream; what was executed, byte for byte, is our own stream to our replicas. */
  #apply(bytes: Uint8Array, start: number, end: number): void {
    const executed = this.#host.fromPrimary.feed(bytes, start, end);
    // The execution may have ended this link (a REPLICAOF can't come this way, a bug could).
    if (this.#stopped) return;
    this.#unexecuted.take(bytes, start, end, executed);
    if (this.#wantsAck) this.#acknowledge();
  }

  #acknowledge(): void {
    this.#wantsAck = false;
    const { syncedOffset } = this.#host;
    const words = ['REPLCONF', 'ACK', String(this.#history.offset)];
    if (syncedOffset >= 0) words.push('FACK', String(syncedOffset));
    this.#connection?.write(encodeCommand(words).bytes);
  }

  // Endings.

  /** The connection is gone. */
  #lost(why: string): void {
    const wasUp = this.up;
    if (wasUp) this.#host.log('notice', 'Connection with master lost.');
    else if (this.inTransfer) {
      const lines = this.#transfer?.cutShort ?? [`I/O error trying to sync with MASTER: ${why}`];
      for (const line of lines) this.#host.log('warning', line);
    } else this.#host.log('warning', `Error condition on socket for SYNC: ${why}`);
    const broken = this.inTransfer;
    this.#hangUp();
    // A link that worked is dialled again at once, before the primary's backlog has moved on; one that never came
    // about waits for the next tick.
    if ((wasUp || broken) && !this.#stopped) {
      this.#host.log('notice', `Reconnecting to MASTER ${this.primary.host}:${this.primary.port}`);
      this.connect();
    }
  }

  /** The primary said something with which we can't go on: again at the next tick. */
  #giveUp(why: string): void {
    this.#host.log('warning', why);
    this.#hangUp();
  }

  #hangUp(): void {
    const wasUp = this.up;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy();
    const transfer = this.#transfer;
    this.#transfer = undefined;
    this.#line = '';
    this.#handshake = undefined;
    this.#unexecuted.clear();
    this.#wantsAck = false;
    this.state = 'connect';
    // What had to wait will come again: executed by and by, it would be so twice, or on a node that is a primary by then.
    if (wasUp) this.#host.fromPrimary.reset(this.#host.fromPrimary.database);
    transfer?.cancel();
    if (!wasUp) return;
    this.#downSinceMs = this.#now();
    this.#owner.linkChanged();
  }

  #now(): number {
    return this.#host.world.clock.monotonicMs();
  }
}
