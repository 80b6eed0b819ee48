/** One RDB file being written: beside the old one, in slices or at once, and put in its place when it is whole. */
import { errorOf } from '../../redis/caught.ts';
import type { DiskFile, World } from '../../redis/world.ts';
import { removeLeftover } from './leftover.ts';
import type { SnapshotSink } from './snapshot.ts';

/**
 * A background save asks the disk for what it has so far whenever this much has come, so that it does not have to move
 * everything at once in the end (REDIS_AUTOSYNC_BYTES; rdb-save-incremental-fsync, aof-rewrite-incremental-fsync).
 */
const SYNC_EVERY_BYTES = 4 * 1024 * 1024;

export class FileSink implements SnapshotSink {
  /** The file takes a copy. */
  readonly borrows = true;
  readonly path: string;
  readonly #world: World;
  readonly #temporary: string;
  readonly #done: (error?: Error) => void;
  readonly #synchronous: boolean;
  readonly #incremental: boolean;
  #size = 0;
  #unsynced = 0;
  /** Syncs under way. */
  #asked = 0;
  #whole = false;
  #file: DiskFile | undefined;
  #failed = false;

  /**
   * Writes `path` by way of `temporary`, in the same folder. `done` hears once how it ended: with `synchronous`
   * before `finished` returns, otherwise when the disk has it. Throws when the file can't be opened.
   * `incremental`: the disk is asked all along, not only in the end.
   */
  constructor(
    world: World,
    path: string,
    temporary: string,
    synchronous: boolean,
    incremental: boolean,
    done: (error?: Error) => void,
  ) {
    this.#world = world;
    this.path = path;
    this.#temporary = temporary;
    this.#synchronous = synchronous;
    this.#incremental = incremental && !synchronous;
    this.#done = done;
    this.#file = world.disk.open(temporary, 'create');
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): boolean {
    this.#attempt(() => this.#file?.append(bytes));
    this.#size += bytes.length;
    this.#unsynced += bytes.length;
    if (this.#incremental && this.#unsynced >= SYNC_EVERY_BYTES) this.#sync();
    return true;
  }

  finished(): void {
    const file = this.#file;
    if (file === undefined) return;
    if (this.#synchronous) {
      this.#attempt(() => file.syncNow());
      this.#settle();
    } else {
      this.#whole = true;
      this.#sync();
    }
  }

  /** A disk tells of a write that failed once, and to whom it likes: the file is good when all who asked have heard so. */
  #sync(): void {
    this.#unsynced = 0;
    this.#asked++;
    this.#file?.sync((error) => {
      this.#asked--;
      if (error !== undefined) this.#fail(error);
      else if (this.#whole && this.#asked === 0) this.#settle();
    });
  }

  /** Gives up: the old file stays, the new one goes. */
  abandon(): void {
    this.#failed = true;
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    removeLeftover(this.#world.disk, this.#temporary);
  }

  #settle(): void {
    if (this.#failed || this.#file === undefined) return;
    this.#file.close();
    const { disk } = this.#world;
    if (this.#synchronous) this.#attempt(() => disk.rename(this.#temporary, this.path));
    else this.#attempt(() => disk.rename(this.#temporary, this.path, (error) => this.#renamed(error)));
    if (this.#failed) return;
    this.#file = undefined;
    if (this.#synchronous) this.#done();
  }

  #renamed(error?: Error): void {
    if (!this.#failed) this.#done(error);
  }

  #attempt(run: () => void): void {
    if (this.#failed) return;
    try {
      run();
    } catch (error) {
      this.#fail(errorOf(error));
    }
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.abandon();
    this.#done(error);
  }
}
