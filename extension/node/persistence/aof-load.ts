/**
 * The files of a manifest on their way from the disk into the databases: the base, then the increments, each command
 * executed as it was when it was written. In slices, so that clients hear LOADING meanwhile.
 */
import { RdbFileReader } from '../../redis/store/rdb/file-reader.ts';
import { systemError } from '../../redis/system-error.ts';
import type { DiskFile, Timer } from '../../redis/world.ts';
import { AofReader } from './aof-reader.ts';
import type { AofHost, InfoField } from './contract.ts';
import { LOAD_SLICE_BYTES, loadingFields, refusalOf } from './file-load.ts';
import { keyDelayMs } from './key-delay.ts';
import { RdbLoader } from './loader.ts';
import type { AofFile, Manifest } from './manifest.ts';

/**
 * How a file, or all of them, ended. Truncated: its last command was not whole. Of the last file that has been cut off;
 * with any other the node does not start, so the file stays as it is (redis-server cuts it first).
 */
export type AofOutcome = 'ok' | 'truncated' | 'empty' | 'failed';

export interface AofLoaded {
  readonly outcome: AofOutcome;
  /** Of the base, and of all files, in bytes. */
  readonly baseBytes: number;
  readonly totalBytes: number;
  /** With `failed`: the line with which the log closes, and a starting node ends. */
  readonly why: string;
}

const REDIS = Buffer.from('REDIS', 'latin1');

export class AofLoad {
  readonly #host: AofHost;
  readonly #folder: string;
  readonly #files: readonly AofFile[];
  readonly #base: AofFile | undefined;
  readonly #oldStyleName: string;
  readonly #done: (loaded: AofLoaded) => void;
  readonly #startedAt: number;
  #sizes: readonly number[] = [];
  #index = 0;
  #fileStartedMs = 0;
  #current: OneFile | undefined;
  #readBytes = 0;
  /** As the base tells it. */
  #usedMemory = 0;
  #outcome: AofOutcome = 'ok';
  #timer: Timer | undefined;

  /** `oldStyleName`: a file of this name was one whole AOF before it came into the folder. */
  constructor(
    host: AofHost,
    folder: string,
    manifest: Manifest,
    oldStyleName: string,
    done: (loaded: AofLoaded) => void,
  ) {
    this.#host = host;
    this.#folder = folder;
    this.#base = manifest.base;
    this.#files = manifest.base === undefined ? manifest.increments : [manifest.base, ...manifest.increments];
    this.#oldStyleName = oldStyleName;
    this.#done = done;
    this.#startedAt = Math.floor(host.world.clock.wallMs() / 1000);
  }

  start(): void {
    const sizes: number[] = [];
    for (const { name } of this.#files) {
      try {
        const file = this.#host.world.disk.open(`${this.#folder}/${name}`, 'read');
        sizes.push(file.size);
        file.close();
      } catch (error) {
        this.#fail(`Unable to obtain the AOF file ${name} length. stat: ${systemError(error)}`);
        return;
      }
    }
    this.#sizes = sizes;
    if (this.#total === 0) this.#finish('empty');
    else this.#readOn();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#current?.close();
  }

  info(): InfoField[] {
    return loadingFields(this.#host, {
      startedAt: this.#startedAt,
      totalBytes: this.#total,
      loadedBytes: this.#readBytes,
      usedMemory: this.#usedMemory,
    });
  }

  get #total(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** One slice. */
  #readOn(): void {
    const file = this.#files[this.#index];
    if (file === undefined) {
      this.#finish(this.#outcome);
      return;
    }
    if (this.#current === undefined) {
      this.#fileStartedMs = this.#host.world.clock.monotonicMs();
      if (this.#sizes[this.#index] === 0) {
        this.#fileEnded(file, 'empty');
        return;
      }
      const path = `${this.#folder}/${file.name}`;
      try {
        this.#current = new OneFile(this.#host, path, {
          name: file.name,
          oldStyle: file.name === this.#oldStyleName,
          isLast: this.#isLast,
        });
      } catch (error) {
        const why = systemError(error);
        this.#fail(`Fatal error: can't open the append log file ${file.name} for reading: ${why}`);
        return;
      }
    }
    const current = this.#current;
    const before = current.taken;
    const { bytes, outcome } = current.readSlice(() => this.#goOn(current, file));
    this.#readBytes += bytes;
    this.#usedMemory ||= current.usedMemory;
    this.#took(current, file, outcome, current.taken - before);
  }

  /** A command that took its time has ended; the rest of its slice follows. */
  #goOn(current: OneFile, file: AofFile): void {
    const before = current.taken;
    this.#took(current, file, current.goOn(), current.taken - before);
  }

  /** So many commands or keys of the file were taken in. */
  #took(current: OneFile, file: AofFile, outcome: SliceStep['outcome'], count: number): void {
    if (outcome === 'later') return;
    const { clock } = this.#host.world;
    const restMs = count * keyDelayMs(this.#host.settings, 'key-load-delay');
    if (outcome === undefined) this.#timer = clock.after(restMs, () => this.#readOn());
    else if (restMs > 0) this.#timer = clock.after(restMs, () => this.#close(current, file, outcome));
    else this.#close(current, file, outcome);
  }

  #close(current: OneFile, file: AofFile, outcome: AofOutcome): void {
    current.close();
    this.#current = undefined;
    if (outcome === 'failed') this.#fail(current.why);
    else this.#fileEnded(file, outcome);
  }

  get #isLast(): boolean {
    return this.#index === this.#files.length - 1;
  }

  #fileEnded(file: AofFile, outcome: AofOutcome): void {
    if (outcome === 'truncated' && !this.#isLast) {
      this.#fail('Fatal error: the truncated file is not the last file');
      return;
    }
    if (outcome !== 'empty') {
      const seconds = (this.#host.world.clock.monotonicMs() - this.#fileStartedMs) / 1000;
      const kind = file === this.#base ? 'base' : 'incr';
      this.#host.log('notice', `DB loaded from ${kind} file ${file.name}: ${seconds.toFixed(3)} seconds`);
      this.#outcome = outcome;
    }
    this.#index++;
    this.#readOn();
  }

  #fail(why: string): void {
    this.#done({ outcome: 'failed', baseBytes: 0, totalBytes: 0, why });
  }

  #finish(outcome: AofOutcome): void {
    const [first = 0] = this.#sizes;
    this.#done({
      outcome,
      baseBytes: this.#base === undefined ? 0 : first,
      totalBytes: this.#total,
      why: '',
    });
  }
}

interface SliceStep {
  readonly bytes: number;
  /** Undefined: there is more to read. later: a command takes its time, and whoever asked hears of its end. */
  readonly outcome: AofOutcome | 'later' | undefined;
}

interface FilePlace {
  readonly name: string;
  /** It is the single file that older servers wrote. */
  readonly oldStyle: boolean;
  readonly isLast: boolean;
}

class OneFile {
  /** Why it failed, for the log. */
  why = '';
  /** Commands executed so far. */
  #executed = 0;
  readonly #host: AofHost;
  readonly #path: string;
  readonly #name: string;
  readonly #oldStyle: boolean;
  readonly #isLast: boolean;
  readonly #file: DiskFile;
  #position = 0;
  #format: 'unknown' | 'rdb' | 'commands' = 'unknown';
  #rdb: RdbFileReader | undefined;
  #loader: RdbLoader | undefined;
  #reader = new AofReader(0);
  /** All there is has been read. */
  #last = false;
  #done: () => void = () => {};
  /** What stands before the transaction that is open. */
  #beforeMulti = 0;

  constructor(host: AofHost, path: string, { name, oldStyle, isLast }: FilePlace) {
    this.#host = host;
    this.#path = path;
    this.#name = name;
    this.#oldStyle = oldStyle;
    this.#isLast = isLast;
    this.#file = host.world.disk.open(path, 'read');
    host.replay.begin();
  }

  close(): void {
    this.#file.close();
    this.#host.replay.end();
  }

  /** Keys and commands so far. */
  get taken(): number {
    return this.#executed + (this.#loader?.keys ?? 0);
  }

  get usedMemory(): number {
    return this.#loader?.usedMemory ?? 0;
  }

  /** `done` hears of the end of a command that takes its time. */
  readSlice(done: () => void): SliceStep {
    const left = this.#file.size - this.#position;
    // An argument that is larger than a slice comes in one piece.
    const slice = Math.min(
      LOAD_SLICE_BYTES,
      this.#host.settings.number('loading-process-events-interval-bytes'),
    );
    const size = Math.min(left, Math.max(slice, this.#reader.missing));
    const bytes = Buffer.allocUnsafe(size);
    let count = 0;
    try {
      count = this.#file.read(bytes, this.#position);
    } catch (error) {
      this.why = `Unrecoverable error reading the append only file ${this.#name}: ${systemError(error)}`;
      return { bytes: 0, outcome: 'failed' };
    }
    this.#position += count;
    const last = count === 0 || this.#position === this.#file.size;
    this.#last = last;
    this.#done = done;
    if (this.#format === 'unknown') this.#recognize(bytes.subarray(0, count));
    let at = 0;
    if (this.#rdb !== undefined) {
      const rest = this.#readRdb(this.#rdb, bytes, count, last);
      if (typeof rest !== 'number') return { bytes: count, outcome: rest };
      at = rest;
      if (this.#rdb !== undefined && !this.#rdb.done) return { bytes: count, outcome: undefined };
    }
    this.#reader.feed(bytes, at, count);
    return { bytes: count, outcome: this.goOn() };
  }

  #recognize(bytes: Uint8Array): void {
    const isRdb = REDIS.every((byte, i) => bytes[i] === byte);
    this.#format = isRdb ? 'rdb' : 'commands';
    if (!isRdb) return;
    const host = this.#host;
    const what = this.#oldStyle
      ? 'Reading RDB preamble from AOF file...'
      : 'Reading RDB base file on AOF loading...';
    host.log('notice', what);
    this.#loader = new RdbLoader({
      databases: host.databases,
      log: (level, text) => host.log(level, text),
      // What the increments do to a key counts, also when its time is up by now.
      dropExpiredAt: undefined,
      wallMs: host.world.clock.wallMs(),
    });
    this.#rdb = new RdbFileReader(this.#loader, host.verifiesChecksums);
  }

  /** Where the commands behind it begin in `bytes`; the whole of `bytes` while it goes on. */
  #readRdb(rdb: RdbFileReader, bytes: Uint8Array, count: number, last: boolean): number | 'failed' {
    if (rdb.done) return 0;
    let at: number;
    try {
      at = rdb.feed(bytes, 0, count);
      if (!rdb.done && last) throw new Error('Unexpected EOF reading RDB file');
    } catch (error) {
      this.why = this.#refuseRdb(error);
      return 'failed';
    }
    if (rdb.done && this.#loader !== undefined) {
      const refusal = this.#host.functionsLoaded(this.#loader.functionLibraries, false);
      if (refusal !== undefined) {
        this.why = `Failed creating the library: ${refusal}`;
        return 'failed';
      }
      this.#host.log('notice', this.#loader.summary());
      this.#reader = new AofReader(this.#position - count + at);
      if (this.#oldStyle) this.#host.log('notice', 'Reading the remaining AOF tail...');
    }
    return at;
  }

  #refuseRdb(error: unknown): string {
    const { lines, foreign } = refusalOf(error, this.#position);
    for (const line of lines) this.#host.log('warning', line);
    if (!foreign) return 'Terminating server after rdb file reading failure.';
    const what = this.#oldStyle ? 'RDB preamble of the AOF file' : 'RDB base file';
    return `Error reading the ${what} ${this.#name}, AOF loading aborted`;
  }

  /** Executes what is there, or what is left of it; undefined: go on reading. */
  goOn(): SliceStep['outcome'] {
    const { replay } = this.#host;
    for (;;) {
      const before = this.#reader.offset;
      const step = this.#reader.next(this.#last);
      switch (step) {
        case 'command': {
          const { args } = this.#reader;
          if (args.is(0, 'multi')) this.#beforeMulti = before;
          const outcome = replay.execute(args, this.#done);
          this.#executed++;
          if (outcome === 'done') break;
          if (outcome === 'later') return outcome;
          this.why =
            outcome === 'unknown'
              ? `Unknown command '${args.binary(0)}' reading the append only file ${this.#name}`
              : this.#badFormat();
          return 'failed';
        }
        case 'more':
          // No need to read the rest of a file that can't be long enough.
          if (this.#reader.missing <= this.#file.size - this.#position) return undefined;
          return this.#cutShort(this.#validUpTo);
        case 'short':
          return this.#cutShort(this.#validUpTo);
        case 'corrupt':
          this.why = this.#badFormat();
          return 'failed';
        case 'end':
          if (!replay.inTransaction) return 'ok';
          this.#host.log('warning', `Revert incomplete MULTI/EXEC transaction in AOF file ${this.#name}`);
          return this.#cutShort(this.#validUpTo);
      }
    }
  }

  /**
   * Nothing of a transaction counts without its end (redis-server keeps its commands when the file ends inside one; what
   * is appended then becomes part of it, and is lost with it at the next start).
   */
  get #validUpTo(): number {
    return this.#host.replay.inTransaction ? this.#beforeMulti : this.#reader.offset;
  }

  #badFormat(): string {
    return (
      `Bad file format reading the append only file ${this.#name}: ` +
      'make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>'
    );
  }

  /** The file ends in the middle of something that begins at `valid`. */
  #cutShort(valid: number): AofOutcome {
    const { log, settings } = this.#host;
    const name = this.#name;
    if (settings.flag('aof-load-truncated')) {
      log('warning', `!!! Warning: short read while loading the AOF file ${name}!!!`);
      if (!this.#isLast) return 'truncated';
      log('warning', `!!! Truncating the AOF ${name} at offset ${valid} !!!`);
      const failure = this.#truncate(valid);
      if (failure === undefined) {
        log('warning', `AOF ${name} loaded anyway because aof-load-truncated is enabled`);
        return 'truncated';
      }
      log('warning', `Error truncating the AOF file ${name}: ${failure}`);
    }
    this.why =
      `Unexpected end of file reading the append only file ${name}. You can: ` +
      '1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. ' +
      "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.";
    return 'failed';
  }

  #truncate(size: number): string | undefined {
    try {
      const file = this.#host.world.disk.open(this.#path, 'append');
      file.truncate(size);
      file.syncNow();
      file.close();
      return undefined;
    } catch (error) {
      return systemError(error);
    }
  }
}
