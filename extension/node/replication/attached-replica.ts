/** One replica that is attached to this node: how far it is with its full sync, and what of the stream it has. */
import { Buffer } from 'node:buffer';
import { type Backlog, moveOn, type Place } from './backlog.ts';
import type { ReplicaSession } from './contract.ts';

/**
 * waiting: for an image to be begun. saving: for the file it will be sent. receiving: the image is on its way.
 * online: it has the image, or never needed one.
 */
export type ReplicaState = 'waiting' | 'saving' | 'receiving' | 'online';

export class AttachedReplica {
  readonly session: ReplicaSession;
  readonly #countSent: (bytes: number) => void;
  /** It asked with SYNC: it sends no ACKs and must not be expected to. */
  readonly withoutAcks: boolean;
  state: ReplicaState = 'waiting';
  /** The byte of the stream that is sent next, from the moment its image was begun. */
  place: Place | undefined;
  /** Its connection keeps what it was given last: nothing more until it drained. */
  blocked = false;
  /** Where in the stream that begins, as far as it is of the stream. */
  #keptFrom = Number.POSITIVE_INFINITY;
  /** The image went without a length: the stream begins with the first ACK, or its end could not be told apart. */
  waitsForAck = false;
  acknowledged = 0;
  /** What of it is on the replica's disk; -1: nothing that we know of. */
  syncedOffset = -1;
  /** Monotonic ms of the last ACK, or of what makes up for it. */
  heardAtMs: number;
  readonly arrivedAtMs: number;
  /** Monotonic ms since when the connection takes nothing. */
  blockedSinceMs = 0;
  /** Monotonic ms since when what it has yet to be sent exceeds the soft limit. */
  softLimitSinceMs: number | undefined;

  constructor(
    session: ReplicaSession,
    withoutAcks: boolean,
    nowMs: number,
    countSent: (bytes: number) => void,
  ) {
    this.session = session;
    this.#countSent = countSent;
    this.withoutAcks = withoutAcks;
    this.arrivedAtMs = nowMs;
    this.heardAtMs = nowMs;
  }

  /** host:port as logs name it: where it can be reached, if it said so. */
  get name(): string {
    const { host, port } = this.address;
    return `${host}:${port}`;
  }

  get address(): { readonly host: string; readonly port: number } {
    const { announcedIp, listeningPort, connection } = this.session;
    return { host: announcedIp || connection.remote.host, port: listeningPort || connection.remote.port };
  }

  /** The offset of the first byte of the stream that has not left this process for it; infinite before it has a place. */
  get unsentFrom(): number {
    const { place } = this;
    if (place === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(place.block.start + place.at, this.#keptFrom);
  }

  drained(): void {
    this.blocked = false;
    this.#keptFrom = Number.POSITIVE_INFINITY;
  }

  /** Bytes of the stream that have not left this process for it. */
  pendingBytes(backlog: Backlog | undefined): number {
    const behind = this.place && backlog ? backlog.end - this.place.block.start - this.place.at : 0;
    return this.session.connection.pendingBytes + behind;
  }

  /** Sends bytes that are not of the stream. False: wait until drained. */
  write(bytes: Uint8Array, nowMs: number): boolean {
    this.#countSent(bytes.length);
    if (this.session.connection.write(bytes)) return true;
    this.#block(nowMs);
    return false;
  }

  writeLine(line: string, nowMs: number): void {
    this.write(Buffer.from(line, 'latin1'), nowMs);
  }

  /** Sends what there is of the stream, as much as the connection takes. */
  sendStream(nowMs: number): void {
    const { place } = this;
    if (this.state !== 'online' || this.waitsForAck || place === undefined) return;
    while (!this.blocked) {
      moveOn(place);
      const { block, at } = place;
      if (at === block.size) return;
      place.at = block.size;
      this.#countSent(block.size - at);
      if (this.session.connection.write(block.bytes, at, block.size)) continue;
      this.#keptFrom = block.start + at;
      this.#block(nowMs);
    }
  }

  #block(nowMs: number): void {
    if (this.blocked) return;
    this.blocked = true;
    this.blockedSinceMs = nowMs;
  }
}
