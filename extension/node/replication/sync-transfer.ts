/**
 * A full sync as its replica sees it: where the image goes, what becomes of the old data meanwhile, and what when the
 * image is in, or will never be.
 */
import { Buffer } from 'node:buffer';
import { type Binary, textOf } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { Connection, Timer } from '../../redis/world.ts';
import type { LoadProgress } from '../persistence/file-load.ts';
import type { RdbLoader } from '../persistence/loader.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { ReplicationHost } from './contract.ts';
import type { Point, ReplicationHistory } from './history.ts';
import { DirectPayload, type Ending, endingOf, type Payload, SpooledPayload } from './payload.ts';

/** What happens to the link because of the transfer. */
export interface TransferOwner {
  /** Reading in begins, and clients hear of it. */
  loading(): void;
  /** Replicas of ours have to ask anew: the history changes under them. */
  historyChanged(): void;
  /** The data is the image's. The stream begins in `database`, with `bytes` that came behind an image of `size` bytes. */
  loaded(database: number, bytes: Uint8Array, size: number): void;
  /** It can't go on. */
  failed(why: string): void;
}

const NOTHING = new Uint8Array(0);

export class SyncTransfer {
  readonly #host: ReplicationHost;
  readonly #persistence: NodePersistence;
  readonly #history: ReplicationHistory;
  readonly #connection: Connection;
  readonly #point: Point;
  readonly #owner: TransferOwner;
  #ending: Ending | undefined;
  #payload: Payload | undefined;
  /** The image is being read in, and clients know it. */
  #loading = false;
  /** Where it is read in, so that the old data stays until it is there; undefined: in place of the old data. */
  #beside: readonly Keyspace[] | undefined;
  /** Where its beginning is read in, for as long as nobody is told of it. */
  #beginning: readonly Keyspace[] | undefined;
  /** Goes on reading (key-load-delay). */
  #restTimer: Timer | undefined;
  /** Bytes that came behind an image that is still being loaded. */
  #behind: Uint8Array = NOTHING;

  /** `point`: what FULLRESYNC said, the history that the image continues. */
  constructor(
    host: ReplicationHost,
    persistence: NodePersistence,
    history: ReplicationHistory,
    connection: Connection,
    point: Point,
    owner: TransferOwner,
  ) {
    this.#host = host;
    this.#persistence = persistence;
    this.#history = history;
    this.#connection = connection;
    this.#point = point;
    this.#owner = owner;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** While the image is read in as it arrives. */
  get progress(): LoadProgress | undefined {
    return this.#loading ? this.#payload?.progress : undefined;
  }

  /** Bytes of the image: all (0: not known) and received. */
  get size(): { readonly total: number; readonly received: number } {
    const total = this.#ending !== undefined && 'length' in this.#ending ? this.#ending.length : 0;
    return { total, received: this.#payload?.received ?? 0 };
  }

  /** What the log says when the connection ends in the middle of the reading in; undefined: it has not begun. */
  get cutShort(): readonly string[] | undefined {
    return this.#payload?.cutShort;
  }

  /** A line before the image. True when it was the last: the image follows. */
  announce(line: Binary): boolean {
    // Empty lines keep us waiting while the image is made.
    if (line === '') return false;
    if (line.startsWith('-')) {
      this.#owner.failed(`MASTER aborted replication with an error: ${textOf(line.slice(1))}`);
      return false;
    }
    const ending = endingOf(line);
    if (ending === undefined) {
      this.#owner.failed(
        "Bad protocol from MASTER, the first byte is not '$' " +
          `(we received '${textOf(line)}'), are you sure the host and port are right?`,
      );
      return false;
    }
    this.#ending = ending;
    try {
      this.#payload = this.#payloadFor(ending);
    } catch (error) {
      const why = messageOf(error);
      this.#owner.failed(`Opening the temp file needed for MASTER <-> REPLICA synchronization: ${why}`);
      return false;
    }
    return true;
  }

  /** Takes what belongs to the image of `bytes[start, end)`, or has to wait for it, and returns where the rest begins. */
  feed(bytes: Uint8Array, start: number, end: number): number {
    if (!this.#isWhole) return this.#payload?.feed(bytes, start, end) ?? end;
    this.#behind = Buffer.concat([this.#behind, bytes.subarray(start, end)]);
    return end;
  }

  /** The link is gone, and with it what came of the image; the databases are empty if the old data had to make room. */
  cancel(): void {
    this.#payload?.cancel();
    this.#restTimer?.cancel();
    if (!this.#loading) return;
    this.#loading = false;
    if (this.#beside === undefined) for (const database of this.#host.databases) database.clear();
    this.#host.afterFullSync(false);
    if (this.#beside !== undefined) {
      this.#host.log('notice', 'MASTER <-> REPLICA sync: Discarding temporary DB in background');
    }
  }

  /** Throws when the image shall go to the disk, and there is no file for it. */
  #payloadFor(ending: Ending): Payload {
    const host = this.#host;
    const empty = host.databases.every(({ size }) => size === 0);
    const beside = !empty && host.settings.text('repl-diskless-load') === 'swapdb';
    const size = 'length' in ending ? `receiving ${ending.length} bytes` : 'receiving streamed RDB';
    const mode = 'length' in ending ? '' : ' with EOF';
    const way = empty || beside ? 'to parser' : 'to disk';
    host.log('notice', `MASTER <-> REPLICA sync: ${size} from master${mode} ${way}`);
    const events = {
      loading: () => this.#beginLoading(),
      held: () => {
        this.#restTimer?.cancel();
        this.#connection.pause();
      },
      rest: (ms: number) => this.#rest(ms),
      loaded: (loader: RdbLoader) => this.#loaded(loader),
      failed: (why: string) =>
        this.#owner.failed(`Failed trying to load the MASTER synchronization DB: ${why}`),
    };
    const databases = empty || beside ? host.makeDatabases() : undefined;
    if (databases === undefined) return new SpooledPayload(host, this.#persistence, ending, events);
    if (beside) this.#beside = databases;
    else this.#beginning = databases;
    return new DirectPayload(host, { databases, quietly: !this.#servesMeanwhile }, ending, events);
  }

  /** All of an image whose length is known is there: only its loading is not done. */
  get #isWhole(): boolean {
    const { total, received } = this.size;
    return received > 0 && received === total;
  }

  #beginLoading(): readonly Keyspace[] {
    const { id, offset } = this.#point;
    this.#loading = true;
    this.#owner.loading();
    this.#host.beforeFullSync(this.#servesMeanwhile);
    if (this.#beside === undefined) this.#flushOldData();
    if (this.#beginning !== undefined) this.#putIn(this.#beginning);
    this.#beginning = undefined;
    this.#host.log('notice', `MASTER <-> REPLICA sync: Loading DB in memory (${id}:${offset})`);
    return this.#beside ?? this.#host.databases;
  }

  /** What we have is old, but of the same history: better than nothing until the image is in. */
  get #servesMeanwhile(): boolean {
    return this.#beside !== undefined && this.#point.id === this.#history.id;
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
    this.#connection.pause();
    this.#restTimer = this.#host.world.clock.after(ms, () => this.#connection.resume());
  }

  #loaded(loader: RdbLoader): void {
    const { received } = this.size;
    this.#payload = undefined;
    this.#loading = false;
    if (this.#beside !== undefined) this.#swapIn(this.#beside);
    this.#persistence.functionLibraries = loader.functionLibraries;
    this.#persistence.dirty++;
    this.#history.adopt(this.#point.id, this.#point.offset);
    this.#host.log('notice', loader.summary());
    this.#host.afterFullSync(true);
    this.#owner.loaded(loader.history()?.database ?? 0, this.#behind, received);
  }
}
