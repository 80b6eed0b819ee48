/**
 * The append-only file: everything that changes the data, in the order in which it did, in a folder of a base and
 * increments that a manifest lists. Here is its life: read at the start, switched on and off, rewritten.
 */
import { systemError } from '../../redis/system-error.ts';
import type { Timer } from '../../redis/world.ts';
import { AofFolder } from './aof-folder.ts';
import { AofLoad, type AofLoaded } from './aof-load.ts';
import { AofRewrite } from './aof-rewrite.ts';
import { AofWriter } from './aof-writer.ts';
import type { AofHost, AofState, InfoField, LoadingPart } from './contract.ts';
import { Increment } from './increment.ts';
import { isEmpty, withNewIncrement } from './manifest.ts';
import type { NodePersistence } from './rdb.ts';

/** restartAOFAfterSYNC tries so often, a second apart. */
const RESTART_TRIES = 10;

export class AppendOnly implements LoadingPart {
  /** DEBUG AOF-FLUSH-SLEEP: how long the node stands still before it writes, milliseconds. */
  flushSleepMs = 0;
  readonly rewrite: AofRewrite;
  readonly #host: AofHost;
  readonly #folder: AofFolder;
  #state: AofState = 'off';
  #load: AofLoad | undefined;
  /** Until `restart` tries again. */
  #retry: Timer | undefined;
  readonly #writer: AofWriter;

  constructor(host: AofHost, persistence: NodePersistence) {
    this.#host = host;
    this.#folder = new AofFolder(host);
    const append = this;
    this.#writer = new AofWriter(host, {
      get counts() {
        return append.state === 'on';
      },
      get writesImage() {
        return persistence.saving;
      },
    });
    this.rewrite = new AofRewrite(host, this.#folder, persistence, {
      state: () => this.#state,
      incrementBytes: () => this.#writer.increment?.size ?? 0,
      begin: () => this.#beginRewrite(),
      finished: () => this.#rewritten(),
      failed: () => this.#rewriteFailed(),
    });
  }

  get state(): AofState {
    return this.#state;
  }

  get loading(): boolean {
    return this.#load !== undefined;
  }

  /** False: nothing need be fed. */
  get feeding(): boolean {
    return this.#writer.increment !== undefined;
  }

  /** Something was fed that is not written: no reply may leave before `flush`. */
  get pending(): boolean {
    return this.#writer.pending;
  }

  /** What was fed and is not in the file. */
  get bufferedBytes(): number {
    return this.#writer.increment?.buffered ?? 0;
  }

  /** The stream's offset up to which all is on the disk; -1 while there is no file. */
  get syncedOffset(): number {
    return this.#writer.syncedOffset;
  }

  /** Why writes are refused; undefined when all is well. */
  get writeError(): string | undefined {
    return this.#writer.error;
  }

  /** After a change of the configuration. */
  configure(): void {
    if (this.#state !== 'off') this.#writer.configure();
  }

  // Start and end.

  /** Reads in what the folder holds and opens it for writing. `done` hears of the text with which the node must end. */
  load(done: (fatal?: string) => void): void {
    const startMs = this.#host.world.clock.monotonicMs();
    const fatal = this.#folder.read() ?? this.#folder.upgrade();
    if (fatal !== undefined) {
      done(fatal);
      return;
    }
    if (isEmpty(this.#folder.manifest)) {
      done(this.#openAtStart());
      return;
    }
    this.#loadFiles((loaded) => {
      if (loaded.outcome === 'failed') {
        done(loaded.why);
        return;
      }
      const seconds = (this.#host.world.clock.monotonicMs() - startMs) / 1000;
      this.#host.log('notice', `DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
      done(this.#openAtStart());
    });
  }

  /** DEBUG LOADAOF: what is in memory now is replaced by what the folder holds. `done` gets why it could not be. */
  reload(done: (failure?: string) => void): void {
    this.#writer.flush(true);
    const fatal = this.#folder.read();
    if (fatal !== undefined) {
      done(fatal);
      return;
    }
    this.#folder.removeHistory();
    if (isEmpty(this.#folder.manifest)) {
      done('there is no append-only file');
      return;
    }
    this.#loadFiles(({ outcome, why }) => done(outcome === 'ok' || outcome === 'empty' ? undefined : why));
  }

  cancelLoad(): void {
    this.#load?.cancel();
    this.#load = undefined;
  }

  #loadFiles(done: (loaded: AofLoaded) => void): void {
    const { path, manifest, name } = this.#folder;
    this.#load = new AofLoad(this.#host, path, manifest, name, (loaded) => {
      this.#load = undefined;
      if (loaded.outcome === 'ok' || loaded.outcome === 'truncated') {
        this.rewrite.loaded(loaded.baseBytes, loaded.totalBytes);
      }
      done(loaded);
    });
    this.#load.start();
  }

  #openAtStart(): string | undefined {
    const { log } = this.#host;
    const folder = this.#folder;
    this.#writer.configure();
    try {
      folder.make();
      if (isEmpty(folder.manifest)) this.rewrite.writeFirstBase();
      const known = folder.manifest.increments.at(-1);
      const manifest = known === undefined ? withNewIncrement(folder.manifest, folder.name) : folder.manifest;
      const increment = known ?? manifest.increments.at(-1);
      if (increment === undefined) return 'no increment';
      const { name } = increment;
      const file = new Increment(known === undefined ? folder.create(name) : folder.open(name));
      this.#writer.open(file);
      this.rewrite.opened(file.size);
      folder.save(manifest);
      const what = known === undefined ? 'Creating' : 'Opening';
      log('notice', `${what} AOF incr file ${increment.name} on server start`);
    } catch (error) {
      return `Can't open or create the append-only file: ${systemError(error)}`;
    }
    folder.removeHistory();
    this.#state = 'on';
    this.#writer.syncedOffset = 0;
    // Clients are about to see what was read in; `always` keeps all that they see.
    this.#writer.flush();
    return undefined;
  }

  /** CONFIG SET appendonly yes. False: it could not begin, and the log says why. */
  switchOn(): boolean {
    if (this.#state !== 'off') return true;
    const { log, inTransaction } = this.#host;
    const fatal = this.#folder.readOnce();
    if (fatal !== undefined) {
      log('warning', fatal);
      return false;
    }
    this.#state = 'waiting';
    this.#writer.configure();
    if (this.rewrite.underWay) {
      log(
        'notice',
        'AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a ' +
          'rewrite now.',
      );
      this.rewrite.cancel();
    }
    const why = this.rewrite.blocked
      ? 'AOF was enabled but there is already another background operation.'
      : inTransaction
        ? 'AOF was enabled during a transaction.'
        : undefined;
    if (why !== undefined) {
      this.rewrite.scheduled = true;
      log('notice', `${why} An AOF background was scheduled to start when possible.`);
    } else if (!this.rewrite.start()) {
      this.#state = 'off';
      this.rewrite.scheduled = false;
      log(
        'warning',
        "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for " +
          'more info about the error.',
      );
      return false;
    }
    if (this.#writer.error !== undefined) log('warning', 'AOF reopen, just ignore the last error.');
    this.#writer.error = undefined;
    return true;
  }

  /** CONFIG SET appendonly no, and before a full sync: what follows is not written. */
  switchOff(): void {
    this.#retry?.cancel();
    if (this.#state === 'off') return;
    this.rewrite.cancel();
    this.rewrite.scheduled = false;
    this.#writer.close();
    this.#state = 'off';
    this.#writer.syncedOffset = -1;
    this.#writer.error = undefined;
    this.#host.synced();
  }

  /** Behind a full sync, when the configuration wants a file. */
  restart(tries = RESTART_TRIES): void {
    this.#retry?.cancel();
    if (!this.#host.settings.flag('appendonly') || this.switchOn()) return;
    const { log, world, fatal } = this.#host;
    if (tries === 1) {
      fatal(
        'FATAL: this replica instance finished the synchronization with its master, but the AOF ' +
          "can't be turned on. Exiting now.",
      );
      return;
    }
    log(
      'warning',
      'Failed enabling the AOF after successful master synchronization! Trying it again in one second.',
    );
    this.#retry = world.clock.after(1000, () => this.restart(tries - 1));
  }

  /** SHUTDOWN: false while the only thing that could be read again is still being written. */
  mayEnd(force: boolean): boolean {
    const { log } = this.#host;
    if (this.rewrite.underWay) {
      if (this.#state === 'waiting') {
        log('warning', force ? 'Writing initial AOF. Exit anyway.' : "Writing initial AOF, can't exit.");
        if (!force) return false;
      }
      log('warning', 'There is a child rewriting the AOF. Killing it!');
      this.rewrite.cancel();
    }
    if (this.feeding) {
      log('notice', 'Calling fsync() on the AOF file.');
      this.#writer.settle();
    }
    return true;
  }

  /** The end of the node: what was fed is on the disk afterwards. */
  stop(): void {
    this.cancelLoad();
    this.#retry?.cancel();
    this.rewrite.cancel();
    this.#writer.close();
    this.#state = 'off';
  }

  // Writing.

  /** `bytes[start, end)` is a command executed in `database` (-1: in any). */
  feed(database: number, bytes: Uint8Array, start: number, end: number): void {
    this.#writer.feed(database, bytes, start, end);
  }

  /** Writes what was fed, and asks the disk for it as `appendfsync` says. */
  flush(): void {
    this.#writer.flush();
  }

  // Rewriting.

  /** The image is about to be taken: what comes from here on goes into a new increment. Throws when it can't be. */
  #beginRewrite(): void {
    if (this.#state === 'off') return;
    const folder = this.#folder;
    // Behind a hole nothing could be read: the old one is complete before the new one begins.
    if (!this.#writer.settle()) throw new Error(this.#writer.error ?? 'not all of it could be written');
    let name = folder.temporaryIncrement;
    if (this.#state === 'on') {
      const manifest = withNewIncrement(folder.manifest, folder.name);
      name = manifest.increments.at(-1)?.name ?? name;
      const file = folder.create(name);
      try {
        folder.save(manifest);
      } catch (error) {
        file.close();
        throw error;
      }
      this.#takeIncrement(new Increment(file));
    } else this.#takeIncrement(new Increment(folder.create(name)));
    this.#host.log('notice', `Creating AOF incr file ${name} on background rewrite`);
  }

  #takeIncrement(increment: Increment): void {
    this.rewrite.closed(this.#writer.increment?.size ?? 0);
    this.#writer.open(increment);
  }

  #rewritten(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'on';
    // From now on its content counts.
    this.#writer.syncedOffset = 0;
    this.#writer.flush(true);
  }

  /** Without a base, what was written meanwhile is worth nothing. */
  #rewriteFailed(): void {
    if (this.#state !== 'waiting') return;
    this.#writer.discard();
    const { log } = this.#host;
    const name = this.#folder.temporaryIncrement;
    log('notice', `Removing the temp incr aof file ${name} in the background`);
    this.#folder.removeUnnamed(name);
    this.rewrite.scheduled = true;
  }

  /** aof-disable-auto-gc no. */
  removeHistory(): void {
    if (this.#folder.isRead) this.#folder.removeHistory();
  }

  // INFO.

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    this.rewrite.resetCounts();
    this.#writer.delayedSyncs = 0;
  }

  info(): readonly InfoField[] {
    const { rewrite } = this;
    const fields: InfoField[] = [
      ['aof_enabled', this.#state === 'off' ? 0 : 1],
      ['aof_rewrite_in_progress', rewrite.underWay ? 1 : 0],
      ['aof_rewrite_scheduled', rewrite.scheduled ? 1 : 0],
      ['aof_last_rewrite_time_sec', rewrite.lastSeconds],
      ['aof_current_rewrite_time_sec', rewrite.currentSeconds],
      ['aof_last_bgrewrite_status', rewrite.lastOk ? 'ok' : 'err'],
      ['aof_rewrites', rewrite.count],
      ['aof_rewrites_consecutive_failures', rewrite.failures],
      ['aof_last_write_status', this.#writer.error === undefined ? 'ok' : 'err'],
      ['aof_last_cow_size', 0],
      ['module_fork_in_progress', 0],
      ['module_fork_last_cow_size', 0],
    ];
    if (!this.#host.settings.flag('appendonly')) return fields;
    const { increment } = this.#writer;
    return [
      ...fields,
      ['aof_current_size', rewrite.currentBytes],
      ['aof_base_size', rewrite.baseBytes],
      ['aof_pending_rewrite', rewrite.scheduled ? 1 : 0],
      ['aof_buffer_length', increment?.buffered ?? 0],
      ['aof_pending_bio_fsync', increment?.syncing === true ? 1 : 0],
      ['aof_delayed_fsync', this.#writer.delayedSyncs],
    ];
  }

  loadingInfo(): readonly InfoField[] {
    return this.#load?.info() ?? [];
  }
}
