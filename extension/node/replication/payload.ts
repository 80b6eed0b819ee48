/**
 * The image of a full sync as it arrives: `$<length>` or `$EOF:<40 bytes>`, then the RDB. An empty node reads it
 * straight in. A node that has data keeps it until the image is there, so that a link which breaks half-way costs
 * nothing: it comes to the disk first (repl-diskless-load disabled, which is the default), or into databases beside the
 * old ones (swapdb).
 */
import { Buffer } from 'node:buffer';
import { binaryOf } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import { RdbFileReader } from '../../redis/store/rdb/file-reader.ts';
import { RdbError } from '../../redis/store/rdb/format.ts';
import type { DiskFile, Timer } from '../../redis/world.ts';
import type { LogLevel } from '../observer.ts';
import { LOAD_SLICE_BYTES, type LoadProgress } from '../persistence/file-load.ts';
import { keyDelayMs } from '../persistence/key-delay.ts';
import { removeLeftover } from '../persistence/leftover.ts';
import { RdbLoader } from '../persistence/loader.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { ReplicationHost } from './contract.ts';

const MARK_BYTES = 40;

/** How the image's end is told: so many bytes, or this mark behind it. */
export type Ending = { readonly length: number } | { readonly mark: string };

export interface PayloadEvents {
  /** Clients are told from now on that an image is read in. Returns where to: what is there by now has moved there. */
  loading(): readonly Keyspace[];
  /** Reading stops until all is loaded: what the connection has more belongs to the stream. */
  held(): void;
  /** Reading stops for so long (key-load-delay). */
  rest(ms: number): void;
  loaded(loader: RdbLoader): void;
  failed(why: string): void;
}

export interface Payload {
  /** Bytes of the image so far. */
  readonly received: number;
  /** Of what is read in as it arrives. */
  readonly progress: LoadProgress | undefined;
  /** Takes what belongs to the image of `bytes[start, end)`, and returns where the rest begins. */
  feed(bytes: Uint8Array, start: number, end: number): number;
  /** What the log says when the connection ends in the middle of the reading in; undefined: it has not begun. */
  readonly cutShort: readonly string[] | undefined;
  /** Gives up. What was half loaded is the owner's to clear. */
  cancel(): void;
}

/** `$1234` or `$EOF:…`; undefined for anything else. */
export function endingOf(line: string): Ending | undefined {
  if (line.startsWith('$EOF:') && line.length >= 5 + MARK_BYTES)
    return { mark: line.slice(5, 5 + MARK_BYTES) };
  return /^\$\d+$/.test(line) ? { length: Number(line.slice(1)) } : undefined;
}

export interface Target {
  /** Where the image is read in until `loading` names another place. */
  readonly databases: readonly Keyspace[];
  /**
   * Clients hear LOADING while an image is read in. A small one is read in before anybody is told, as the same file would
   * be within one turn, and nobody hears it. Of no use where the old data is served meanwhile.
   */
  readonly quietly: boolean;
}

/** From the socket into databases. */
export class DirectPayload implements Payload {
  received = 0;
  readonly #host: ReplicationHost;
  readonly #ending: Ending;
  readonly #events: PayloadEvents;
  readonly #loader: RdbLoader;
  readonly #reader: RdbFileReader;
  readonly #quietly: boolean;
  readonly #startedAt: number;
  #told = false;
  /** What the loader had to say by then. */
  readonly #unsaid: (readonly [LogLevel, string])[] = [];
  /** Keys for which there was a rest (key-load-delay). */
  #restedFor = 0;
  #timer: Timer | undefined;
  #mark = '';

  constructor(host: ReplicationHost, { databases, quietly }: Target, ending: Ending, events: PayloadEvents) {
    this.#host = host;
    this.#ending = ending;
    this.#events = events;
    this.#quietly = quietly;
    const wallMs = host.world.clock.wallMs();
    this.#startedAt = Math.floor(wallMs / 1000);
    this.#loader = new RdbLoader({
      databases,
      log: (level, text) => this.#log(level, text),
      dropExpiredAt: undefined,
      wallMs,
    });
    this.#reader = new RdbFileReader(this.#loader, host.verifiesChecksums);
  }

  get progress(): LoadProgress {
    return {
      startedAt: this.#startedAt,
      totalBytes: 'length' in this.#ending ? this.#ending.length : 0,
      loadedBytes: this.received,
      usedMemory: this.#loader.usedMemory,
    };
  }

  feed(bytes: Uint8Array, start: number, end: number): number {
    const ending = this.#ending;
    const limit = 'length' in ending ? Math.min(end, start + ending.length - this.received) : end;
    if (!this.#quietly && !this.#told) this.#tell();
    let at: number;
    try {
      at = this.#reader.feed(bytes, start, limit);
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      this.#events.failed(error.message);
      return end;
    }
    this.received += at - start;
    if ('mark' in ending) {
      if (this.#reader.done) {
        const count = Math.min(MARK_BYTES - this.#mark.length, end - at);
        this.#mark += binaryOf(bytes, at, at + count);
        at += count;
      }
      if (this.#mark.length < MARK_BYTES) this.#goOn();
      else if (this.#mark === ending.mark) this.#whole();
      else this.#events.failed('Replication stream EOF marker is broken');
    } else if (!this.#reader.done && this.received < ending.length) this.#goOn();
    else if (this.#reader.done && this.received === ending.length) this.#whole();
    else this.#events.failed('the RDB does not end where its length says');
    return at;
  }

  #goOn(): void {
    if (!this.#told && this.received >= LOAD_SLICE_BYTES) this.#tell();
    const restMs = this.#rest();
    if (restMs > 0) this.#events.rest(restMs);
  }

  #whole(): void {
    if (!this.#told) this.#tell();
    const restMs = this.#rest();
    if (restMs === 0) {
      this.#events.loaded(this.#loader);
      return;
    }
    this.#events.held();
    this.#timer = this.#host.world.clock.after(restMs, () => this.#events.loaded(this.#loader));
  }

  #tell(): void {
    this.#told = true;
    this.#loader.goOnIn(this.#events.loading());
    for (const [level, text] of this.#unsaid) this.#host.log(level, text);
  }

  #log(level: LogLevel, text: string): void {
    if (this.#told) this.#host.log(level, text);
    else this.#unsaid.push([level, text]);
  }

  /** For so many ms reading stops, for the keys that came since the last time. */
  #rest(): number {
    if (!this.#told) return 0;
    const keys = this.#loader.keys - this.#restedFor;
    this.#restedFor = this.#loader.keys;
    return keys * keyDelayMs(this.#host.settings, 'key-load-delay');
  }

  get cutShort(): readonly string[] | undefined {
    if (!this.#told) return undefined;
    const where = `Internal error in RDB reading offset ${this.received}`;
    return [
      'Short read or OOM loading DB. Unrecoverable error, aborting now.',
      `${where} -> Unexpected EOF reading RDB file. Failure loading rdb format from socket, assuming connection ` +
        'error, resuming operation.',
      'Failed trying to load the MASTER synchronization DB from socket, check server logs.',
    ];
  }

  cancel(): void {
    this.#timer?.cancel();
  }
}

/** The last bytes so far, where a mark would stand. */
function lastBytes(before: Buffer, bytes: Uint8Array, start: number, end: number): Buffer<ArrayBuffer> {
  const tail = Buffer.concat([before, bytes.subarray(Math.max(start, end - MARK_BYTES), end)]);
  return tail.subarray(Math.max(0, tail.length - MARK_BYTES));
}

/** From the socket to the disk, and when it is all there, from the disk into the databases. */
export class SpooledPayload implements Payload {
  received = 0;
  readonly #host: ReplicationHost;
  readonly #persistence: NodePersistence;
  readonly #ending: Ending;
  readonly #events: PayloadEvents;
  readonly #temporary: string;
  #file: DiskFile | undefined;
  /** The last bytes that came, where a mark would stand. */
  #tail = Buffer.alloc(0);
  #cancelled = false;

  /** Throws when the file can't be opened. */
  constructor(host: ReplicationHost, persistence: NodePersistence, ending: Ending, events: PayloadEvents) {
    this.#host = host;
    this.#persistence = persistence;
    this.#ending = ending;
    this.#events = events;
    this.#temporary = `${persistence.path}.from-primary`;
    this.#file = host.world.disk.open(this.#temporary, 'create');
  }

  feed(bytes: Uint8Array, start: number, end: number): number {
    const ending = this.#ending;
    // A primary that marks the end sends nothing behind it before it heard our ACK.
    const limit = 'length' in ending ? Math.min(end, start + ending.length - this.received) : end;
    try {
      this.#file?.append(Buffer.from(bytes.subarray(start, limit)));
    } catch (error) {
      this.#fail(error);
      return end;
    }
    this.received += limit - start;
    if ('mark' in ending) {
      this.#tail = lastBytes(this.#tail, bytes, start, limit);
      if (this.#tail.toString('latin1') === ending.mark) {
        this.#file?.truncate(this.received - MARK_BYTES);
        this.#settle();
      }
    } else if (this.received === ending.length) this.#settle();
    return limit;
  }

  /** Nothing is read in before it is all there; then persistence tells of the file. */
  get progress(): undefined {
    return undefined;
  }

  get cutShort(): undefined {
    return undefined;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#persistence.reading.cancel();
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    removeLeftover(this.#host.world.disk, this.#temporary);
  }

  #settle(): void {
    this.#events.held();
    this.#file?.sync((error) => {
      if (this.#cancelled) return;
      if (error !== undefined) this.#fail(error);
      else this.#load();
    });
  }

  #load(): void {
    const { path } = this.#persistence;
    // An image of the old data must not replace the new one's file.
    this.#persistence.cancelBackgroundSave();
    try {
      this.#file?.close();
      this.#host.world.disk.rename(this.#temporary, path);
      this.#file = undefined;
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#events.loading();
    this.#persistence.reading.fromPrimary((loader, why) => {
      if (this.#cancelled) return;
      this.#removeUnwanted();
      if (loader !== undefined) this.#events.loaded(loader);
      else this.#events.failed(why);
    });
  }

  /** rdb-del-sync-files: a node that keeps nothing on its disk does not keep this either. */
  #removeUnwanted(): void {
    const { settings, world } = this.#host;
    if (!settings.flag('rdb-del-sync-files') || this.#persistence.hasSavePoints) return;
    if (!settings.flag('appendonly')) removeLeftover(world.disk, this.#persistence.path);
  }

  #fail(error: unknown): void {
    const why = messageOf(error);
    this.cancel();
    this.#events.failed(why);
  }
}
