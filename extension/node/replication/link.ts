/**
 * The side of a replica: dialling the primary, the handshake, full or partial sync, the stream, ACKs, time-outs and
 * coming back after a loss.
 */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf, textOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { Address, Connection, Timer } from '../../redis/world.ts';
import type { LoadProgress } from '../persistence/file-load.ts';
import type { RdbLoader } from '../persistence/loader.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { ReplicationHost } from './contract.ts';
import { Handshake } from './handshake.ts';
import type { ReplicationHistory } from './history.ts';
import { DirectPayload, type Ending, endingOf, type Payload, SpooledPayload } from './payload.ts';
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
const NOTHING = new Uint8Array(0);

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
  /** What FULLRESYNC said. */
  #announced = { id: '', offset: 0 };
  #ending: Ending | undefined;
  #payload: Payload | undefined;
  /** An image is being read in. */
  #loading = false;
  /** Where it is read in, so that the old data stays until it is there; undefined: in place of the old data. */
  #beside: readonly Keyspace[] | undefined;
  /** Where its beginning is read in, for as long as nobody is told of it. */
  #beginning: readonly Keyspace[] | undefined;
  /** Goes on reading (key-load-delay). */
  #restTimer: Timer | undefined;
  /** Bytes that came behind an image that is still being loaded. */
  #behind: Uint8Array = NOTHING;
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
    const total = this.#ending !== undefined && 'length' in this.#ending ? this.#ending.length : 0;
    return { total, received: this.#payload?.received ?? 0 };
  }

  /** While an image is read in as it arrives. */
  get loadProgress(): LoadProgress | undefined {
    return this.#loading ? this.#payload?.progress : undefined;
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
    else if (this.#loading) this.#connection?.write(NEWLINE);
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
    if (this.state === 'announced') {
      this.#announcedBy(line);
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
      this.#announced = verdict;
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

  // The image.

  #announcedBy(line: Binary): void {
    if (line === '') return;
    if (line.startsWith('-')) {
      this.#giveUp(`MASTER aborted replication with an error: ${textOf(line.slice(1))}`);
      return;
    }
    const ending = endingOf(line);
    if (ending === undefined) {
      this.#giveUp(
        "Bad protocol from MASTER, the first byte is not '$' " +
          `(we received '${textOf(line)}'), are you sure the host and port are right?`,
      );
      return;
    }
    this.#ending = ending;
    const empty = this.#host.databases.every(({ size }) => size === 0);
    const beside = !empty && this.#host.settings.text('repl-diskless-load') === 'swapdb';
    const direct = empty || beside;
    const size = 'length' in ending ? `receiving ${ending.length} bytes` : 'receiving streamed RDB';
    const mode = 'length' in ending ? '' : ' with EOF';
    this.#host.log(
      'notice',
      `MASTER <-> REPLICA sync: ${size} from master${mode} ${direct ? 'to parser' : 'to disk'}`,
    );
    const events = {
      loading: () => this.#beginLoading(),
      held: () => {
        this.#restTimer?.cancel();
        this.#connection?.pause();
      },
      rest: (ms: number) => this.#rest(ms),
      loaded: (loader: RdbLoader) => this.#loaded(loader),
      failed: (why: string) => this.#giveUp(`Failed trying to load the MASTER synchronization DB: ${why}`),
    };
    this.state = 'receiving';
    this.#beside = beside ? this.#host.makeDatabases() : undefined;
    this.#beginning = empty ? this.#host.makeDatabases() : undefined;
    const databases = this.#beside ?? this.#beginning ?? this.#host.databases;
    try {
      this.#payload = direct
        ? new DirectPayload(this.#host, { databases, quietly: !this.#servesMeanwhile }, ending, events)
        : new SpooledPayload(this.#host, this.#persistence, ending, events);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#giveUp(`Opening the temp file needed for MASTER <-> REPLICA synchronization: ${why}`);
    }
  }

  #beginLoading(): readonly Keyspace[] {
    const { id, offset } = this.#announced;
    this.#host.observe({
      type: 'sync',
      step: 'full-started',
      peer: `${this.primary.host}:${this.primary.port}`,
    });
    this.#loading = true;
    this.#host.beforeFullSync(this.#servesMeanwhile);
    if (this.#beside === undefined) this.#flushOldData();
    if (this.#beginning !== undefined) this.#putIn(this.#beginning);
    this.#beginning = undefined;
    this.#host.log('notice', `MASTER <-> REPLICA sync: Loading DB in memory (${id}:${offset})`);
    return this.#beside ?? this.#host.databases;
  }

  /** What we have is old, but of the same history: better than nothing until the image is in. */
  get #servesMeanwhile(): boolean {
    return this.#beside !== undefined && this.#announced.id === this.#history.id;
  }

  #flushOldData(): void {
    this.#host.beforeReplacing();
    // Our replicas have a history that ends here; they start over when we have the new one.
    this.#history.invalidate();
    this.#owner.historyChanged();
    this.#persistence.cancelBackgroundSave();
    this.#host.log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
    for (const database of this.#host.databases) database.clear();
  }

  /** The image is whole: what came in beside the old data takes its place. */
  #swapIn(image: readonly Keyspace[]): void {
    this.#flushOldData();
    this.#host.log('notice', 'MASTER <-> REPLICA sync: Swapping active DB with loaded DB');
    this.#putIn(image);
    this.#beside = undefined;
  }

  #putIn(image: readonly Keyspace[]): void {
    for (const [i, database] of this.#host.databases.entries()) database.swap(image[i]);
  }

  /** Reads nothing more for so long. */
  #rest(ms: number): void {
    const connection = this.#connection;
    connection?.pause();
    this.#restTimer = this.#host.world.clock.after(ms, () => connection?.resume());
  }

  #loaded(loader: RdbLoader): void {
    const { id, offset } = this.#announced;
    const bytes = this.#payload?.received ?? 0;
    this.#payload = undefined;
    this.#loading = false;
    if (this.#beside !== undefined) this.#swapIn(this.#beside);
    this.#persistence.functionLibraries = loader.functionLibraries;
    this.#persistence.dirty++;
    this.#history.adopt(id, offset);
    this.#host.log('notice', loader.summary());
    this.#host.afterFullSync(true);
    this.#connected(loader.history()?.database ?? 0);
    this.#host.log('notice', 'MASTER <-> REPLICA sync: Finished with success');
    this.#host.observe({
      type: 'sync',
      step: 'full-finished',
      peer: `${this.primary.host}:${this.primary.port}`,
      bytes,
    });
    // The primary sends the stream once it knows that the image is in.
    this.#acknowledge();
    const behind = this.#behind;
    this.#behind = NOTHING;
    this.#connection?.resume();
    if (behind.length > 0) this.#take(behind, 0, behind.length);
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
      if (this.#payload === undefined) at = this.#takeLine(bytes, at, end);
      else if (this.#payload.received > 0 && this.#isWhole()) {
        this.#behind = Buffer.concat([this.#behind, bytes.subarray(at, end)]);
        return;
      } else at = this.#payload.feed(bytes, at, end);
    }
  }

  /** The image is there and only its loading is not done. */
  #isWhole(): boolean {
    return (
      this.#ending !== undefined &&
      'length' in this.#ending &&
      this.#payload?.received === this.#ending.length
    );
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
      const lines = this.#payload?.cutShort ?? [`I/O error trying to sync with MASTER: ${why}`];
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
    this.#payload?.cancel();
    this.#payload = undefined;
    this.#restTimer?.cancel();
    this.#ending = undefined;
    this.#line = '';
    this.#handshake = undefined;
    this.#behind = NOTHING;
    this.#unexecuted.clear();
    this.#wantsAck = false;
    this.state = 'connect';
    // What had to wait will come again: executed by and by, it would be so twice, or on a node that is a primary by then.
    if (wasUp) this.#host.fromPrimary.reset(this.#host.fromPrimary.database);
    if (this.#loading) {
      this.#loading = false;
      if (this.#beside === undefined) for (const database of this.#host.databases) database.clear();
      this.#host.afterFullSync(false);
      if (this.#beside !== undefined) {
        this.#host.log('notice', 'MASTER <-> REPLICA sync: Discarding temporary DB in background');
      }
    }
    this.#beside = this.#beginning = undefined;
    if (!wasUp) return;
    this.#downSinceMs = this.#now();
    this.#owner.linkChanged();
  }

  #now(): number {
    return this.#host.world.clock.monotonicMs();
  }
}
