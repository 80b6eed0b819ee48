/**
 * A point-in-time image of the databases without a fork: keys are written in slices between commands, and a key that is
 * about to change before its turn is written first (`Keyspace.watcher`). What the image holds is what the databases held
 * when it began; what it costs is one walk over the data, and never a copy of it.
 */
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { Collection, Entry, Keyspace, WriteWatcher } from '../../redis/store/keyspace.ts';
import { HASH_END } from '../../redis/store/slot-index.ts';
import type { Timer, World } from '../../redis/world.ts';
import type { Settings } from '../cluster/contract.ts';
import { keyDelayMs } from './key-delay.ts';
import { WrittenAhead } from './written-ahead.ts';

/** Where an image goes: a file, the sockets of replicas, memory. */
export interface SnapshotSink {
  /** Takes bytes, for good unless it `borrows` them. False: enough for now, `Snapshot.resume` will be called. */
  write(bytes: Uint8Array): boolean;
  /** It has no use for bytes when `write` has returned: fresh ones for each chunk would have V8 collect its heap. */
  readonly borrows?: boolean;
  /** All has been written. */
  finished(): void;
}

/** The form of an image: RDB, or the commands of an append-only file. What stands in front of the keys is in already. */
export interface ImageWriter {
  /** Bytes written since the last `take`. */
  readonly size: number;
  /** A key of `database`, which may be another one than that of the key before. */
  entry(database: Keyspace, entry: Entry): void;
  /** Values are large and begun only. Other keys may be written meanwhile, and come behind them. */
  readonly unfinished: boolean;
  /** Goes on with them until there are so many bytes to take. */
  goOn(bytes: number): void;
  /** This value is about to change: what is left of it, if it is one of them, stays as it was. */
  beforeChange(value: Collection | undefined): void;
  /** What was written since the last `take`, for the caller to keep, or to give back. */
  take(): Uint8Array;
  giveBack(): void;
  /** Ends the image and gives its last bytes. */
  end(): Uint8Array;
}

export interface SnapshotHost {
  readonly world: World;
  readonly settings: Settings;
  readonly databases: readonly Keyspace[];
}

/** Bytes handed to the sink at a time. */
const CHUNK_BYTES = 64 * 1024;
/**
 * Bytes written before other work of the node gets its turn: about 2 ms. Counted in bytes and not in time, so that a
 * simulated run, whose clock stands still within a turn, is cut in the same places.
 */
const SLICE_BYTES = 128 * 1024;
/** Of a long wait behind a key so much passes before the setting is looked at again. */
const LOOK_AGAIN_MS = 100;

export class Snapshot {
  /** Keys that there were when the image began, and are to be in it. */
  readonly total: number;
  readonly #world: World;
  readonly #sink: SnapshotSink;
  readonly #writer: ImageWriter;
  /** Databases that held anything when the image began. */
  readonly #parts: Part[];
  /** Index of the part whose turn it is. */
  #part = 0;
  /** What waiting behind a key comes to (rdb-key-save-delay), and what has not been waited yet; milliseconds. */
  #delayMs = 0;
  #restMs = 0;
  #timer: Timer | undefined;
  #waiting = false;
  #ended = false;
  #watching = false;
  #keys = 0;
  readonly #settings: Settings;

  constructor({ world, settings, databases }: SnapshotHost, writer: ImageWriter, sink: SnapshotSink) {
    this.#world = world;
    this.#settings = settings;
    this.#sink = sink;
    this.#writer = writer;
    this.total = databases.reduce((sum, { size }) => sum + size, 0);
    this.#parts = databases
      .filter(({ size }) => size > 0)
      .map(
        (database) =>
          new Part(database.view(), {
            write: (view, entry) => this.#write(view, entry),
            unfinished: () => this.#writer.unfinished,
            beforeChange: (value) => this.#writer.beforeChange(value),
          }),
      );
  }

  /** Keys written so far. */
  get keys(): number {
    return this.#keys;
  }

  /** Writes the first slice, which for a small node is all of it, and goes on by itself. */
  start(): void {
    for (const part of this.#parts) part.database.watcher = part;
    this.#watching = true;
    this.#writeSlice(SLICE_BYTES);
  }

  /** Instead of `start`: writes everything before it returns, whatever the sink says. */
  complete(): void {
    this.#writeSlice(Number.POSITIVE_INFINITY);
  }

  /** The sink can take more. */
  resume(): void {
    if (!this.#waiting || this.#ended) return;
    this.#waiting = false;
    this.#goOnLater();
  }

  /** Nothing more is written or told. */
  cancel(): void {
    this.#end();
  }

  #writeSlice(limit: number): void {
    let written = 0;
    this.#delayMs = keyDelayMs(this.#settings, 'rdb-key-save-delay');
    while (!this.#ended) {
      const { unfinished } = this.#writer;
      const part = this.#parts[this.#part];
      if (part === undefined && !unfinished) {
        // Behind the last key, too, is waited.
        if (limit === Number.POSITIVE_INFINITY || this.#restMs < 1) this.#finish();
        else this.#goOnLater();
        return;
      }
      const before = this.#writer.size;
      if (unfinished) this.#writer.goOn(CHUNK_BYTES);
      else if (part?.step(this.#chunkIsFull) === false) this.#part++;
      written += this.#writer.size - before;
      const open = this.#writer.size < CHUNK_BYTES || this.#handOver();
      if (limit === Number.POSITIVE_INFINITY || (written < limit && open && this.#restMs < 1)) continue;
      this.#waiting = !open;
      if (open) this.#goOnLater();
      return;
    }
  }

  #handOver(): boolean {
    const open = this.#sink.write(this.#writer.take());
    if (this.#sink.borrows) this.#writer.giveBack();
    return open;
  }

  #goOnLater(): void {
    const waitMs = Math.min(this.#restMs, LOOK_AGAIN_MS);
    this.#timer = this.#world.clock.after(waitMs, () => {
      // There is no process that could be killed: who sets the delay to less does not wait for what was left of it.
      const delayMs = keyDelayMs(this.#settings, 'rdb-key-save-delay');
      this.#restMs = delayMs < this.#delayMs ? 0 : this.#restMs - waitMs;
      if (this.#restMs >= 1) this.#goOnLater();
      else {
        this.#restMs = 0;
        this.#writeSlice(SLICE_BYTES);
      }
    });
  }

  readonly #chunkIsFull = (): boolean =>
    this.#writer.size >= CHUNK_BYTES || this.#writer.unfinished || this.#restMs >= 1;

  #write(database: Keyspace, entry: Entry): void {
    this.#writer.entry(database, entry);
    this.#keys++;
    this.#restMs += this.#delayMs;
  }

  #finish(): void {
    this.#end();
    this.#sink.write(this.#writer.end());
    this.#sink.finished();
  }

  #end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    if (this.#watching) for (const { database } of this.#parts) database.watcher = undefined;
    this.#watching = false;
  }
}

/** Where a part's keys go. */
interface PartHost {
  write(database: Keyspace, entry: Entry): void;
  unfinished(): boolean;
  beforeChange(value: Collection | undefined): void;
}

/**
 * One database, and which of its keys are in the image: those before the walk, which goes through the slots and in each
 * through the hashes, and those written ahead of it.
 */
class Part implements WriteWatcher {
  readonly database: Keyspace;
  readonly #host: PartHost;
  #slot = 0;
  /** What the walk has passed in its slot: hashes below, unsigned. */
  #from = 0;
  /** What the walk skips: keys, also those that were not there. */
  readonly #ahead = new WrittenAhead();

  constructor(database: Keyspace, host: PartHost) {
    this.database = database;
    this.#host = host;
  }

  /** Writes keys of one slot until `enough` says so; false when nothing is left. */
  step(enough: () => boolean): boolean {
    while (this.#slot < SLOT_COUNT) {
      if (this.database.countInSlot(this.#slot) > 0) {
        this.#from = this.#walk(this.#slot, this.#from, enough);
        if (this.#from === HASH_END) this.#nextSlot();
        return true;
      }
      this.#nextSlot();
    }
    return false;
  }

  beforeKey(slot: number, hash: number): void {
    const passed = slot < this.#slot || (slot === this.#slot && hash >>> 0 < this.#from);
    if (!passed && this.#ahead.add(slot, hash)) {
      this.database.eachWithHash(slot, hash, (entry) => this.#host.write(this.database, entry));
    }
    if (!this.#host.unfinished()) return;
    this.database.eachWithHash(slot, hash, (entry) =>
      this.#host.beforeChange(this.database.collection(entry)),
    );
  }

  #walk(slot: number, from: number, enough: () => boolean): number {
    return this.database.walkSlot(slot, from, enough, (entry, hash) => {
      if (!this.#ahead.has(slot, hash)) this.#host.write(this.database, entry);
    });
  }

  #nextSlot(): void {
    this.#ahead.passed(this.#slot++);
    this.#from = 0;
  }
}
