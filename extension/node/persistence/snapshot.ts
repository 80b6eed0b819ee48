/**
 * A point-in-time image of the databases without a fork: slots are written in slices between commands, and a
 * slot that is about to change before its turn is written first (`Keyspace.beforeWrite`). What the image holds is what
 * the databases held when it began; what it costs is one walk over the data, and never a copy of it.
 */
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { Entry, Keyspace } from '../../redis/store/keyspace.ts';
import type { Timer, World } from '../../redis/world.ts';
import type { Settings } from '../cluster/contract.ts';
import { keyDelayMs } from './key-delay.ts';

/** Where an image goes: a file, the sockets of replicas, memory. */
export interface SnapshotSink {
  /** Takes bytes for good. False: enough for now, `Snapshot.resume` will be called. */
  write(bytes: Uint8Array): boolean;
  /** All has been written. */
  finished(): void;
}

/** The form of an image: RDB, or the commands of an append-only file. What stands in front of the keys is in already. */
export interface ImageWriter {
  /** Bytes written since the last `take`. */
  readonly size: number;
  /** A key of `database`, which may be another one than that of the key before. */
  entry(database: Keyspace, entry: Entry): void;
  /** What was written since the last `take`, for the caller to keep. */
  take(): Uint8Array;
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
const SLICE_BYTES = 256 * 1024;

export class Snapshot {
  readonly #world: World;
  readonly #sink: SnapshotSink;
  readonly #writer: ImageWriter;
  /** Databases that held anything when the image began. */
  readonly #parts: Part[];
  /** Index of the part whose turn it is. */
  #part = 0;
  /** What waiting behind keys comes to (rdb-key-save-delay) and has not been waited yet, milliseconds. */
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
    this.#parts = databases.filter(({ size }) => size > 0).map((database) => new Part(database));
  }

  /** Keys written so far. */
  get keys(): number {
    return this.#keys;
  }

  /** Writes the first slice, which for a small node is all of it, and goes on by itself. */
  start(): void {
    for (const part of this.#parts) {
      part.database.beforeWrite = (slot) => {
        if (slot >= 0) this.#writeAhead(part, slot);
        // Everything in it is about to go: now or never.
        else
          for (let next = part.next(); next < SLOT_COUNT; next = part.next()) {
            this.#writeSlot(part.database, next);
          }
      };
    }
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
    while (!this.#ended) {
      const part = this.#parts[this.#part];
      if (part === undefined) {
        this.#finish();
        return;
      }
      const slot = part.next();
      if (slot === SLOT_COUNT) {
        this.#part++;
        continue;
      }
      const before = this.#writer.size;
      this.#writeSlot(part.database, slot);
      written += this.#writer.size - before;
      const open = this.#writer.size < CHUNK_BYTES || this.#sink.write(this.#writer.take());
      if (limit === Number.POSITIVE_INFINITY || (written < limit && open && this.#restMs < 1)) continue;
      this.#waiting = !open;
      if (open) this.#goOnLater();
      return;
    }
  }

  #goOnLater(): void {
    this.#timer = this.#world.clock.after(this.#restMs, () => this.#writeSlice(SLICE_BYTES));
    this.#restMs = 0;
  }

  /** A slot is about to change. */
  #writeAhead(part: Part, slot: number): void {
    if (part.takeAhead(slot)) this.#writeSlot(part.database, slot);
  }

  #writeSlot(database: Keyspace, slot: number): void {
    const before = this.#keys;
    database.eachStoredInSlot(slot, (entry) => {
      this.#writer.entry(database, entry);
      this.#keys++;
    });
    this.#restMs += (this.#keys - before) * keyDelayMs(this.#settings, 'rdb-key-save-delay');
  }

  #finish(): void {
    this.#end();
    this.#sink.write(this.#writer.end());
    this.#sink.finished();
  }

  #end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    if (this.#watching) for (const { database } of this.#parts) database.beforeWrite = undefined;
    this.#watching = false;
  }
}

/** One database, and which of its slots are in the image: those before the walk, and those written ahead of it. */
class Part {
  readonly database: Keyspace;
  #walked = 0;
  readonly #ahead = new Set<number>();

  constructor(database: Keyspace) {
    this.database = database;
  }

  /** The next slot that has to be written, which the caller does now; SLOT_COUNT at the end. */
  next(): number {
    while (this.#walked < SLOT_COUNT) {
      const slot = this.#walked++;
      if (this.database.countInSlot(slot) > 0 && !this.#ahead.delete(slot)) return slot;
    }
    return SLOT_COUNT;
  }

  /** True when this slot, out of turn, has to be written, which the caller does now. */
  takeAhead(slot: number): boolean {
    if (slot < this.#walked || this.#ahead.has(slot)) return false;
    // Also when it is empty: what is put into it later is not in the image.
    this.#ahead.add(slot);
    return this.database.countInSlot(slot) > 0;
  }
}
