/**
 * Sending the image of a full sync: straight into the sockets of all replicas that wait for it, as it is made, or from
 * the RDB file, to each at its own pace.
 */
import { Buffer } from 'node:buffer';
import type { DiskFile, World } from '../../redis/world.ts';
import type { SnapshotSink } from '../persistence/snapshot.ts';
import type { AttachedReplica } from './attached-replica.ts';

/** Bytes read from the file at a time. */
const FILE_CHUNK_BYTES = 64 * 1024;

/**
 * One image into several sockets: `$EOF:<40 bytes>` and a line break, the RDB, the same 40 bytes. It goes at the pace
 * of the slowest, so that nothing piles up here.
 */
export class SocketSync implements SnapshotSink {
  readonly replicas: Set<AttachedReplica>;
  readonly #now: () => number;
  readonly #mark: Buffer;
  readonly #finished: () => void;

  constructor(replicas: Iterable<AttachedReplica>, mark: string, now: () => number, finished: () => void) {
    this.replicas = new Set(replicas);
    this.#mark = Buffer.from(mark, 'latin1');
    this.#now = now;
    this.#finished = finished;
    this.#send(Buffer.from(`$EOF:${mark}\r\n`, 'latin1'));
  }

  write(bytes: Uint8Array): boolean {
    this.#send(bytes);
    return this.flowing;
  }

  finished(): void {
    this.#send(this.#mark);
    this.#finished();
  }

  /** No socket holds the others up. */
  get flowing(): boolean {
    for (const replica of this.replicas) if (replica.blocked) return false;
    return true;
  }

  #send(bytes: Uint8Array): void {
    const now = this.#now();
    for (const replica of this.replicas) replica.write(bytes, now);
  }
}

/** A file into one socket: `$<length>` and a line break, the RDB. */
export class FileSync {
  readonly #replica: AttachedReplica;
  readonly #file: DiskFile;
  readonly #now: () => number;
  readonly #finished: () => void;
  #position = 0;

  /** Throws when the file can't be opened. */
  constructor(world: World, path: string, replica: AttachedReplica, now: () => number, finished: () => void) {
    this.#replica = replica;
    this.#now = now;
    this.#finished = finished;
    this.#file = world.disk.open(path, 'read');
    replica.writeLine(`$${this.#file.size}\r\n`, now());
  }

  /** Sends as much as the connection takes; called again when it drained. */
  send(): void {
    while (!this.#replica.blocked) {
      // Each piece is given away: connections keep what they could not send.
      const chunk = Buffer.allocUnsafe(Math.min(FILE_CHUNK_BYTES, this.#file.size - this.#position));
      const count = chunk.length === 0 ? 0 : this.#file.read(chunk, this.#position);
      if (count === 0) {
        this.close();
        this.#finished();
        return;
      }
      this.#position += count;
      this.#replica.write(chunk.subarray(0, count), this.#now());
    }
  }

  close(): void {
    this.#file.close();
  }
}
