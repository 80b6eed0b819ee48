/**
 * Rewriting the append-only file: the image of this moment becomes the new base, what follows goes into a new
 * increment, and when the base is on the disk the manifest names the two instead of all that came before. On request,
 * when the files have grown, and when the file is switched on.
 */
import { CommandFileWriter } from '../../redis/store/command-file-writer.ts';
import { systemError } from '../../redis/system-error.ts';
import type { AofFolder } from './aof-folder.ts';
import type { AofHost, AofState } from './contract.ts';
import { removeLeftover } from './leftover.ts';
import { withNewBase, withNewIncrement, withoutRewritten } from './manifest.ts';
import type { NodePersistence } from './rdb.ts';
import { FileSink } from './save.ts';
import { type ImageWriter, Snapshot } from './snapshot.ts';

/** After so many failures in a row rewrites nobody asked for wait: one minute, two, four … up to an hour. */
const LIMITED_AFTER_FAILURES = 3;
const LONGEST_DELAY_MINUTES = 60;

/** What the file itself does for its rewrite. */
export interface RewriteOwner {
  state(): AofState;
  /** Bytes of the increment that is being written. */
  incrementBytes(): number;
  /** What follows belongs into a new increment. Throws what the disk throws. */
  begin(): void;
  /** The manifest names the new base. */
  finished(): void;
  failed(): void;
}

interface Running {
  readonly snapshot: Snapshot;
  readonly sink: FileSink;
}

export class AofRewrite {
  /** As soon as no other image is being written. */
  scheduled = false;
  lastOk = true;
  /** Started so far, and failed since the last success. */
  count = 0;
  failures = 0;
  /** Seconds the last one took; -1: none yet. */
  lastSeconds = -1;
  /** Bytes of the base, and of the base and all increments, when the last rewrite ended or the node started. */
  baseBytes = 0;
  #filesBytes = 0;
  readonly #host: AofHost;
  readonly #folder: AofFolder;
  readonly #persistence: NodePersistence;
  readonly #owner: RewriteOwner;
  #running: Running | undefined;
  #startedAt = 0;
  #delayMinutes = 0;
  #waitUntilMs = 0;

  constructor(host: AofHost, folder: AofFolder, persistence: NodePersistence, owner: RewriteOwner) {
    this.#host = host;
    this.#folder = folder;
    this.#persistence = persistence;
    this.#owner = owner;
  }

  get underWay(): boolean {
    return this.#running !== undefined;
  }

  /** Another image is being written. */
  get blocked(): boolean {
    return this.#persistence.saving && !this.underWay;
  }

  get currentSeconds(): number {
    return this.underWay ? this.#seconds() - this.#startedAt : -1;
  }

  /** Bytes of all files that count. */
  get currentBytes(): number {
    return this.#filesBytes + this.#owner.incrementBytes();
  }

  /** The files were read in; the last of them is the increment that will be written on. */
  loaded(baseBytes: number, totalBytes: number): void {
    this.baseBytes = baseBytes;
    this.#filesBytes = totalBytes;
  }

  /** The increment that goes on holds this much of what was read in. */
  opened(incrementBytes: number): void {
    this.#filesBytes = Math.max(0, this.#filesBytes - incrementBytes);
  }

  /** An increment of so many bytes is not written on; it counts until a rewrite succeeds. */
  closed(incrementBytes: number): void {
    this.#filesBytes += incrementBytes;
  }

  /** CONFIG RESETSTAT: past failures delay nothing any more. */
  resetCounts(): void {
    this.count = 0;
    this.failures = 0;
  }

  /** Somebody asked for it: failures before do not delay it. */
  schedule(): void {
    this.scheduled = true;
    this.failures = 0;
  }

  /** Ten times a second. */
  cron(): void {
    if (this.#persistence.saving || this.#host.isLoading || this.#host.inTransaction) return;
    if (this.scheduled) {
      if (!this.#limited()) this.start();
      return;
    }
    if (this.#owner.state() !== 'on') return;
    const { settings, log } = this.#host;
    const percentage = settings.number('auto-aof-rewrite-percentage');
    const bytes = this.currentBytes;
    if (percentage === 0 || bytes <= settings.number('auto-aof-rewrite-min-size')) return;
    const growth = Math.floor((bytes * 100) / (this.baseBytes === 0 ? 1 : this.baseBytes)) - 100;
    if (growth < percentage || this.#limited()) return;
    log('notice', `Starting automatic rewriting of AOF on ${growth}% growth`);
    this.start();
  }

  /** False: it could not begin, and the log says why. */
  start(): boolean {
    const { log, world, pid } = this.#host;
    if (this.#persistence.saving) return false;
    const fatal = this.#folder.readOnce();
    if (fatal !== undefined) {
      log('warning', fatal);
      this.lastOk = false;
      return false;
    }
    let sink: FileSink | undefined;
    try {
      this.#folder.make();
      this.#folder.settle();
      const path = this.#folder.beside(`temp-rewriteaof-bg-${pid}.aof`);
      const temporary = this.#folder.beside(`temp-rewriteaof-${pid}.aof`);
      const incremental = this.#host.settings.flag('aof-rewrite-incremental-fsync');
      sink = new FileSink(world, path, temporary, false, incremental, (error) => this.#written(error));
      // Last: a rewrite that can't begin leaves no increment behind.
      this.#owner.begin();
    } catch (error) {
      const name = this.#folder.path;
      log('warning', `Can't open or create append-only dir or file in ${name}: ${systemError(error)}`);
      sink?.abandon();
      this.#failed();
      return false;
    }
    this.scheduled = false;
    this.count++;
    this.#startedAt = this.#seconds();
    log('notice', `Background append only file rewriting started by pid ${pid}`);
    const snapshot = this.#persistence.beginBase(sink, this.#writer());
    this.#running = { snapshot, sink };
    snapshot.start();
    return true;
  }

  /** Gives up: the files stay as they are. */
  cancel(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#host.log('notice', `Killing running AOF rewrite child: ${this.#host.pid}`);
    this.#running = undefined;
    running.sink.abandon();
    this.#owner.failed();
    this.#persistence.imageEnded(running.snapshot);
  }

  /** The base of a folder that has none, before it returns. Throws what the disk throws. */
  writeFirstBase(): void {
    const { world, log, pid } = this.#host;
    const manifest = withNewBase(this.#folder.manifest, this.#folder.name, this.#format);
    const name = manifest.base?.name ?? '';
    const temporary = this.#folder.beside(`temp-rewriteaof-${pid}.aof`);
    let failure: Error | undefined;
    const sink = new FileSink(world, this.#folder.pathOf(name), temporary, true, false, (error) => {
      failure = error;
    });
    new Snapshot(this.#host, this.#writer(), sink).complete();
    if (failure !== undefined) throw failure;
    this.#folder.save(manifest);
    this.baseBytes = this.#filesBytes = sink.size;
    log('notice', `Creating AOF base file ${name} on server start`);
  }

  get #format(): 'rdb' | 'aof' {
    return this.#host.settings.flag('aof-use-rdb-preamble') ? 'rdb' : 'aof';
  }

  #writer(): ImageWriter {
    if (this.#format === 'rdb') return this.#persistence.rdbWriter(undefined, 1);
    const { settings } = this.#host;
    const seconds = settings.flag('aof-timestamp-enabled') ? this.#seconds() : undefined;
    return new CommandFileWriter(this.#persistence.functionLibraries, seconds);
  }

  /** The image is whole and on the disk, or will never be. */
  #written(error: Error | undefined): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    const { log } = this.#host;
    this.lastSeconds = this.#seconds() - this.#startedAt;
    if (error !== undefined) {
      log('warning', `Write error writing append only file on disk: ${systemError(error)}`);
      log('warning', 'Background AOF rewrite terminated with error');
      this.#failed();
    } else {
      log('notice', 'Background AOF rewrite terminated with success');
      this.#put(running.sink);
    }
    this.#persistence.imageEnded(running.snapshot);
  }

  #put({ path, size }: FileSink): void {
    const { log, world } = this.#host;
    const folder = this.#folder;
    const state = this.#owner.state();
    let manifest = withNewBase(folder.manifest, folder.name, this.#format);
    const base = manifest.base?.name ?? '';
    try {
      world.disk.rename(path, folder.pathOf(base));
      log('notice', `Successfully renamed the temporary AOF base file ${path} into ${base}`);
      if (state === 'waiting') {
        manifest = withNewIncrement(manifest, folder.name);
        const increment = manifest.increments.at(-1)?.name ?? '';
        world.disk.rename(folder.pathOf(folder.temporaryIncrement), folder.pathOf(increment));
        log(
          'notice',
          `Successfully renamed the temporary AOF incr file ${folder.temporaryIncrement} into ${increment}`,
        );
      }
      folder.save(withoutRewritten(manifest, state === 'off' ? 0 : 1));
    } catch (error) {
      log('warning', `Error putting the rewritten AOF in its place: ${systemError(error)}`);
      removeLeftover(world.disk, path);
      folder.removeUnnamed(base);
      this.#failed();
      return;
    }
    if (state !== 'off') {
      this.#filesBytes = size;
      this.baseBytes = this.currentBytes;
    }
    folder.removeHistory();
    this.lastOk = true;
    this.failures = 0;
    this.#delayMinutes = this.#waitUntilMs = 0;
    log('notice', 'Background AOF rewrite finished successfully');
    this.#owner.finished();
  }

  #failed(): void {
    this.lastOk = false;
    this.failures++;
    this.#owner.failed();
  }

  /** Failing again and again would fill the folder with small increments. */
  #limited(): boolean {
    if (this.failures < LIMITED_AFTER_FAILURES) {
      this.#delayMinutes = this.#waitUntilMs = 0;
      return false;
    }
    const now = this.#host.world.clock.monotonicMs();
    if (this.#waitUntilMs !== 0) {
      if (now < this.#waitUntilMs) return true;
      this.#waitUntilMs = 0;
      return false;
    }
    this.#delayMinutes = Math.min(
      LONGEST_DELAY_MINUTES,
      this.#delayMinutes === 0 ? 1 : 2 * this.#delayMinutes,
    );
    this.#waitUntilMs = now + this.#delayMinutes * 60_000;
    this.#host.log(
      'warning',
      'Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ' +
        `${this.#delayMinutes} minutes`,
    );
    return true;
  }

  #seconds(): number {
    return Math.floor(this.#host.world.clock.wallMs() / 1000);
  }
}
