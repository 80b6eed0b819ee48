/**
 * A point-in-time image of the databases, in RDB, without a fork: slots are written in slices between commands, and a
 * slot that is about to change before its turn is written first (`Keyspace.beforeWrite`). What the image holds is what
 * the databases held when it began; what it costs is one walk over the data, and never a copy of it.
 */
import type { Binary } from '../../redis/bytes.ts';
import { SLOT_COUNT } from '../../redis/slots.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import { type RdbFileOptions, RdbFileWriter } from '../../redis/store/rdb/file-writer.ts';
import type { Timer, World } from '../../redis/world.ts';

/** Where an image goes: a file, the sockets of replicas, memory. */
export interface SnapshotSink {
  /** Takes bytes for good. False: enough for now, `Snapshot.resume` will be called. */
  write(bytes: Uint8Array): boolean;
  /** All has been written. */
  finished(): void;
}

/** What stands in front of the keys. */
export interface SnapshotHeader {
  readonly aux: readonly (readonly [name: string, value: string | number])[];
  readonly functionLibraries: readonly Binary[];
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
  readonly #file: RdbFileWriter;
  /** Databases that held anything when the image began. */
  readonly #parts: Part[];
  /** Index of the part and the slot whose turn it is. */
  #part = 0;
  #slot = 0;
  #timer: Timer | undefined;
  #waiting = false;
  #ended = false;
  #watching = false;
  #keys = 0;

  constructor(
    world: World,
    databases: readonly Keyspace[],
    header: SnapshotHeader,
    options: RdbFileOptions,
    sink: SnapshotSink,
  ) {
    this.#world = world;
    this.#sink = sink;
    this.#file = new RdbFileWriter(options);
    for (const [name, value] of header.aux) this.#file.aux(name, value);
    for (const source of header.functionLibraries) this.#file.functionLibrary(source);
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
        if (slot >= 0) this.#write(part, slot);
        // Everything in it is about to go: now or never.
        else for (let each = 0; each < SLOT_COUNT; each++) this.#write(part, each);
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
    this.#timer = this.#world.clock.after(0, () => this.#writeSlice(SLICE_BYTES));
  }

  /** Nothing more is written or told. */
  cancel(): void {
    this.#end();
  }

  #writeSlice(limit: number): void {
    if (this.#ended) return;
    let written = 0;
    for (;;) {
      const part = this.#parts[this.#part];
      if (part === undefined) {
        this.#finish();
        return;
      }
      const before = this.#file.size;
      this.#write(part, this.#slot);
      written += this.#file.size - before;
      this.#slot++;
      if (this.#slot === SLOT_COUNT) {
        this.#slot = 0;
        this.#part++;
      }
      const open = this.#file.size < CHUNK_BYTES || this.#sink.write(this.#file.take());
      if (written < limit && (open || limit === Number.POSITIVE_INFINITY)) continue;
      this.#waiting = !open;
      if (open) this.#timer = this.#world.clock.after(0, () => this.#writeSlice(limit));
      return;
    }
  }

  #write(part: Part, slot: number): void {
    if (!part.begin(slot)) return;
    const { database } = part;
    database.eachInSlot(slot, (entry) => {
      this.#file.entry(database, entry);
      this.#keys++;
    });
  }

  #finish(): void {
    this.#end();
    this.#sink.write(this.#file.end());
    this.#sink.finished();
  }

  #end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    if (this.#watching) for (const { database } of this.#parts) database.beforeWrite = undefined;
    this.#watching = false;
  }
}

/** One database, and which of its slots are in the image. */
class Part {
  readonly database: Keyspace;
  readonly #written = new Uint8Array(SLOT_COUNT / 8);

  constructor(database: Keyspace) {
    this.database = database;
  }

  /** True when this slot has to be written, which the caller does now. */
  begin(slot: number): boolean {
    const bit = 1 << (slot & 7);
    if (this.#written[slot >> 3] & bit) return false;
    this.#written[slot >> 3] |= bit;
    return this.database.countInSlot(slot) > 0;
  }
}
