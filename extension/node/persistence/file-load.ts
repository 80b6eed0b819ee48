/** An RDB file on its way from the disk into the databases. */
import { RdbFileReader } from '../../redis/store/rdb/file-reader.ts';
import { RdbError } from '../../redis/store/rdb/format.ts';
import type { DiskFile, Timer } from '../../redis/world.ts';
import type { PersistenceHost } from './contract.ts';
import { RdbLoader } from './loader.ts';

/** Bytes of a file read in before commands get their turn (and hear LOADING). */
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
    this.#buffer = new Uint8Array(Math.min(LOAD_SLICE_BYTES, Math.max(file.size, 1)));
    const wallMs = clock.wallMs();
    this.loader = new RdbLoader({
      databases: host.databases,
      log: (level, text) => host.log(level, text),
      dropExpiredAt: dropExpired ? wallMs : undefined,
      wallMs,
    });
    this.#reader = new RdbFileReader(this.loader, host.settings.flag('rdbchecksum'));
  }

  readOn(): void {
    try {
      const count = this.#file.read(this.#buffer, this.#position);
      this.#reader.feed(this.#buffer, 0, count);
      this.#position += count;
      if (!this.#reader.done) {
        if (count === 0) throw new RdbError('Unexpected EOF reading RDB file');
        this.#timer = this.#host.world.clock.after(0, () => this.readOn());
        return;
      }
    } catch (error) {
      this.#file.close();
      this.#refuse(error);
      return;
    }
    this.#file.close();
    this.#done();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#file.close();
  }

  seconds(): number {
    return (this.#host.world.clock.monotonicMs() - this.#startedAtMs) / 1000;
  }

  info(): (readonly [string, string | number])[] {
    const total = this.#file.size;
    const percent = total === 0 ? 0 : (this.#position / total) * 100;
    const elapsed = Math.floor(this.#host.world.clock.wallMs() / 1000) - this.#startedAt;
    const left = elapsed === 0 ? 1 : Math.floor((elapsed * (total - this.#position)) / (this.#position + 1));
    return [
      ['loading_start_time', this.#startedAt],
      ['loading_total_bytes', total],
      ['loading_loaded_bytes', this.#position],
      ['loading_loaded_perc', percent.toFixed(2)],
      ['loading_eta_seconds', left],
    ];
  }

  #refuse(error: unknown): void {
    const { log } = this.#host;
    if (error instanceof RdbError && /^(Wrong signature|Can't handle|FATAL)/.test(error.message)) {
      log('warning', error.message);
      this.#done('Fatal error loading the DB, check server logs. Exiting.');
      return;
    }
    log('warning', `Internal error in RDB reading offset ${this.#position} -> ${messageOf(error)}`);
    this.#done('Terminating server after rdb file reading failure.');
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
