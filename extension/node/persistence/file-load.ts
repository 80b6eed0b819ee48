/** An RDB file on its way from the disk into the databases. */
import { messageOf } from '../../redis/caught.ts';
import { RdbFileReader } from '../../redis/store/rdb/file-reader.ts';
import { RdbError } from '../../redis/store/rdb/format.ts';
import type { DiskFile, Timer } from '../../redis/world.ts';
import type { InfoField, PersistenceHost } from './contract.ts';
import { keyDelayMs } from './key-delay.ts';
import { RdbLoader } from './loader.ts';

/** Bytes of an image read in before commands get their turn (and hear LOADING). */
export const LOAD_SLICE_BYTES = 1024 * 1024;

/** One file being read in, slice by slice. */
export class FileLoad {
  readonly loader: RdbLoader;
  readonly #host: PersistenceHost;
  readonly #file: DiskFile;
  readonly #done: (fatal?: string) => void;
  readonly #reader: RdbFileReader;
  readonly #buffer: Uint8Array;
  readonly #startedAtMs: number;
  readonly #startedAt: number;
  #position = 0;
  #timer: Timer | undefined;

  constructor(host: PersistenceHost, file: DiskFile, dropExpired: boolean, done: (fatal?: string) => void) {
    const { clock } = host.world;
    this.#host = host;
    this.#file = file;
    this.#done = done;
    this.#startedAtMs = clock.monotonicMs();
    this.#startedAt = Math.floor(clock.wallMs() / 1000);
    const slice = Math.min(LOAD_SLICE_BYTES, host.settings.number('loading-process-events-interval-bytes'));
    this.#buffer = new Uint8Array(Math.min(slice, Math.max(file.size, 1)));
    const wallMs = clock.wallMs();
    this.loader = new RdbLoader({
      databases: host.databases,
      log: (level, text) => host.log(level, text),
      dropExpiredAt: dropExpired ? wallMs : undefined,
      wallMs,
    });
    this.#reader = new RdbFileReader(this.loader, host.verifiesChecksums);
  }

  readOn(): void {
    const before = this.loader.keys;
    try {
      const count = this.#file.read(this.#buffer, this.#position);
      this.#reader.feed(this.#buffer, 0, count);
      this.#position += count;
      if (!this.#reader.done && count === 0) throw new RdbError('Unexpected EOF reading RDB file');
    } catch (error) {
      this.#file.close();
      this.#refuse(error);
      return;
    }
    const restMs = (this.loader.keys - before) * keyDelayMs(this.#host.settings, 'key-load-delay');
    if (!this.#reader.done) this.#timer = this.#host.world.clock.after(restMs, () => this.readOn());
    else if (restMs > 0) this.#timer = this.#host.world.clock.after(restMs, () => this.#end());
    else this.#end();
  }

  #end(): void {
    this.#file.close();
    this.#done();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#file.close();
  }

  /** Since it began. */
  get seconds(): number {
    return (this.#host.world.clock.monotonicMs() - this.#startedAtMs) / 1000;
  }

  info(): InfoField[] {
    return loadingFields(this.#host, {
      startedAt: this.#startedAt,
      totalBytes: this.#file.size,
      loadedBytes: this.#position,
      usedMemory: this.loader.usedMemory,
    });
  }

  #refuse(error: unknown): void {
    const { lines, foreign } = refusalOf(error, this.#position);
    for (const line of lines) this.#host.log('warning', line);
    this.#done(
      foreign
        ? 'Fatal error loading the DB, check server logs. Exiting.'
        : 'Terminating server after rdb file reading failure.',
    );
  }
}

/** What the log says of an RDB file that can't be read, and whether it is one of another kind, or damaged. */
export function refusalOf(error: unknown, offset: number): { lines: string[]; foreign: boolean } {
  if (error instanceof RdbError && /^(Wrong signature|Can't handle|FATAL)/.test(error.message)) {
    return { lines: [error.message], foreign: true };
  }
  const internal = (why: string) => `Internal error in RDB reading offset ${offset} -> ${why}`;
  if (error instanceof RdbError && error.message.startsWith('Wrong RDB checksum')) {
    return { lines: [error.message, internal('RDB CRC error')], foreign: false };
  }
  return { lines: [internal(messageOf(error))], foreign: false };
}

/** How far the reading in of files, or of a primary's image, has come. */
export interface LoadProgress {
  /** Seconds since the epoch. */
  readonly startedAt: number;
  /** Bytes; of an image whose end is marked it is not known how many there will be (0). */
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** What the data took in the memory of whoever wrote it; 0: not told, or not yet. */
  readonly usedMemory: number;
}

/** INFO's `loading_*`. */
export function loadingFields(
  { world }: Pick<PersistenceHost, 'world'>,
  progress: LoadProgress,
): InfoField[] {
  const { startedAt, totalBytes, loadedBytes, usedMemory } = progress;
  // An image is about as large as the data, and when it is not, all but the last of it is there for long.
  const expected = totalBytes > 0 ? totalBytes : Math.max(usedMemory, loadedBytes + 1);
  const percent = (loadedBytes / expected) * 100;
  const elapsed = Math.floor(world.clock.wallMs() / 1000) - startedAt;
  const left = elapsed === 0 ? 1 : Math.floor((elapsed * (expected - loadedBytes)) / (loadedBytes + 1));
  return [
    ['loading_start_time', startedAt],
    ['loading_total_bytes', totalBytes],
    ['loading_rdb_used_mem', usedMemory],
    ['loading_loaded_bytes', loadedBytes],
    ['loading_loaded_perc', (totalBytes > 0 ? percent : Math.min(percent, 99.99)).toFixed(2)],
    ['loading_eta_seconds', left],
  ];
}
