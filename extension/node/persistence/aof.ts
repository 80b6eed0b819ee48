/**
 * The append-only file: everything that changes the data, in the order in which it did, in a folder of a base and
 * increments that a manifest lists. What a turn of the event loop fed is written once, before any of its replies leave,
 * and with `appendfsync always` is on the disk by then.
 */
import { bytesOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import { systemError } from '../../redis/system-error.ts';
import type { Timer } from '../../redis/world.ts';
import { AofFolder } from './aof-folder.ts';
import { AofLoad, type AofLoaded } from './aof-load.ts';
import { AofRewrite } from './aof-rewrite.ts';
import type { AofHost, InfoField, InfoPart } from './contract.ts';
import { Increment } from './increment.ts';
import { isEmpty, withNewIncrement } from './manifest.ts';
import type { NodePersistence } from './rdb.ts';

/**
 * waiting: switched on at run time, or after a full sync; the base that it needs is being written, and what happens
 * meanwhile goes into a temporary increment. failed: the node is about to end, and may not say anything any more.
 */
export type AofState = 'off' | 'waiting' | 'on' | 'failed';

/** With `everysec`, between two fsyncs. */
const SYNC_EVERY_MS = 1000;
/** How long a write waits for an fsync under way, which would block it. */
const LONGEST_DELAY_MS = 2000;
/** AOF_WRITE_LOG_ERROR_RATE: a disk that stays full is not told of more often, in seconds. */
const ERROR_LOG_SECONDS = 30;
/** restartAOFAfterSYNC tries so often, a second apart. */
const RESTART_TRIES = 10;

type Policy = 'always' | 'everysec' | 'no';

export class AppendOnly implements InfoPart {
  /** Something was fed that is not written: no reply may leave before `flush`. */
  pending = false;
  /** The stream's offset up to which all is on the disk; -1 while there is no file. */
  syncedOffset = -1;
  /** DEBUG AOF-FLUSH-SLEEP: how long the node stands still before it writes, milliseconds. */
  flushSleepMs = 0;
  readonly rewrite: AofRewrite;
  readonly #host: AofHost;
  readonly #folder: AofFolder;
  #state: AofState = 'off';
  #increment: Increment | undefined;
  /** The database the increment has selected; -1: it has to say so before the next command. */
  #selected = -1;
  #load: AofLoad | undefined;
  #policy: Policy = 'everysec';
  #annotates = false;
  #lastSyncMs = 0;
  #syncTimer: Timer | undefined;
  #delayedSinceMs: number | undefined;
  #delayedSyncs = 0;
  /** Why the last write or fsync failed. */
  #writeError: string | undefined;
  #errorLoggedAt = Number.NEGATIVE_INFINITY;
  /** Of the last annotation, in seconds since the epoch. */
  #annotatedAt = 0;

  constructor(host: AofHost, persistence: NodePersistence) {
    this.#host = host;
    this.#folder = new AofFolder(host);
    this.rewrite = new AofRewrite(host, this.#folder, persistence, {
      state: () => this.#state,
      incrementBytes: () => this.#increment?.size ?? 0,
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
    return this.#increment !== undefined;
  }

  /** Why writes are refused; undefined when all is well. */
  get writeError(): string | undefined {
    return this.#writeError;
  }

  /** After a change of the configuration. */
  configure(): void {
    if (this.#state === 'off') return;
    this.#readSettings();
    // What was written under a laxer policy counts under this one, too.
    if (this.#increment?.settled === false) this.flush();
  }

  #readSettings(): void {
    const { settings } = this.#host;
    this.#policy = policyOf(settings.text('appendfsync'));
    this.#annotates = settings.flag('aof-timestamp-enabled');
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
    if (this.#state !== 'off') this.flush(true);
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
    this.#readSettings();
    try {
      folder.make();
      if (isEmpty(folder.manifest)) this.rewrite.writeFirstBase();
      const known = folder.manifest.increments.at(-1);
      const manifest = known === undefined ? withNewIncrement(folder.manifest, folder.name) : folder.manifest;
      const increment = known ?? manifest.increments.at(-1);
      if (increment === undefined) return 'no increment';
      this.#increment = new Increment(folder.open(increment.name, 'append'));
      this.rewrite.opened(this.#increment.size);
      folder.save(manifest);
      const what = known === undefined ? 'Creating' : 'Opening';
      log('notice', `${what} AOF incr file ${increment.name} on server start`);
    } catch (error) {
      return `Can't open or create the append-only file: ${systemError(error)}`;
    }
    folder.removeHistory();
    this.#state = 'on';
    this.#selected = -1;
    this.syncedOffset = 0;
    this.#lastSyncMs = this.#host.world.clock.monotonicMs();
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
    this.#readSettings();
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
      log(
        'warning',
        "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for " +
          'more info about the error.',
      );
      return false;
    }
    if (this.#writeError !== undefined) log('warning', 'AOF reopen, just ignore the last error.');
    this.#writeError = undefined;
    return true;
  }

  /** CONFIG SET appendonly no, and before a full sync: what follows is not written. */
  switchOff(): void {
    if (this.#state === 'off') return;
    this.rewrite.cancel();
    this.rewrite.scheduled = false;
    this.#closeIncrement();
    this.#state = 'off';
    this.syncedOffset = -1;
    this.#writeError = undefined;
    this.#host.synced();
  }

  /** Behind a full sync, when the configuration wants a file. */
  restart(tries = RESTART_TRIES): void {
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
    world.clock.after(1000, () => this.restart(tries - 1));
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
    if (this.#increment !== undefined) {
      log('notice', 'Calling fsync() on the AOF file.');
      this.flush(true);
      this.#syncBeforeClose(this.#increment);
    }
    return true;
  }

  /** The end of the node: what was fed is on the disk afterwards. */
  stop(): void {
    this.cancelLoad();
    this.rewrite.cancel();
    this.#closeIncrement();
    if (this.#state !== 'failed') this.#state = 'off';
  }

  #closeIncrement(): void {
    const increment = this.#increment;
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    if (increment === undefined) return;
    if (this.#state !== 'failed') {
      this.flush(true);
      this.#syncBeforeClose(increment);
    }
    this.#increment = undefined;
    this.#selected = -1;
    increment.close();
  }

  #syncBeforeClose(increment: Increment): void {
    try {
      increment.syncNow();
    } catch (error) {
      this.#host.log('warning', `Fail to fsync the AOF file: ${systemError(error)}`);
    }
  }

  // Writing.

  /** `bytes[start, end)` is a command executed in `database` (-1: in any). */
  feed(database: number, bytes: Uint8Array, start: number, end: number): void {
    const increment = this.#increment;
    if (increment === undefined) return;
    if (this.#annotates) this.#annotate(increment);
    if (database >= 0 && database !== this.#selected) {
      const select = encodeCommand(['SELECT', String(database)]).bytes;
      increment.feed(select, 0, select.length);
      this.#selected = database;
    }
    increment.feed(bytes, start, end);
    if (this.pending) return;
    this.pending = true;
    this.#host.flushSoon();
  }

  #annotate(increment: Increment): void {
    const seconds = Math.floor(this.#host.world.clock.wallMs() / 1000);
    if (seconds <= this.#annotatedAt) return;
    this.#annotatedAt = seconds;
    const line = bytesOf(`#TS:${seconds}\r\n`);
    increment.feed(line, 0, line.length);
  }

  /** Writes what was fed, and asks the disk for it as `appendfsync` says. `force`: even while an fsync is under way. */
  flush(force = false): void {
    const increment = this.#increment;
    if (this.#state === 'failed') return;
    this.pending = false;
    if (increment === undefined) return;
    if (increment.buffered > 0 && (this.#mustDelay(increment, force) || !this.#write(increment))) return;
    this.#sync(increment);
  }

  /** With `everysec` a write would wait for the fsync under way; the data waits instead, but not too long. */
  #mustDelay(increment: Increment, force: boolean): boolean {
    if (this.#policy !== 'everysec' || force || !increment.syncing) return false;
    const now = this.#host.world.clock.monotonicMs();
    this.#delayedSinceMs ??= now;
    if (now - this.#delayedSinceMs < LONGEST_DELAY_MS) {
      this.#flushLater(LONGEST_DELAY_MS);
      return true;
    }
    this.#delayedSyncs++;
    this.#host.log(
      'notice',
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to ' +
        'complete, this may slow down Redis.',
    );
    return false;
  }

  #write(increment: Increment): boolean {
    const { log } = this.#host;
    try {
      increment.write();
    } catch (error) {
      this.#writeFailed(systemError(error));
      return false;
    }
    this.#delayedSinceMs = undefined;
    if (this.#writeError !== undefined) {
      log('notice', 'AOF write error looks solved, Redis can write again.');
      this.#writeError = undefined;
    }
    return true;
  }

  #writeFailed(why: string): void {
    const seconds = this.#host.world.clock.monotonicMs() / 1000;
    if (seconds - this.#errorLoggedAt > ERROR_LOG_SECONDS) {
      this.#errorLoggedAt = seconds;
      this.#host.log('warning', `Error writing to the AOF file: ${why}`);
    }
    this.#writeError = why;
    if (this.#policy === 'always') {
      this.#fail("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
    } else this.#flushLater(SYNC_EVERY_MS);
  }

  /** Nothing of what was promised can be kept: the replies that wait must not leave. */
  #fail(text: string): void {
    this.#state = 'failed';
    this.pending = true;
    this.#host.fatal(text);
  }

  #sync(increment: Increment): void {
    const { settings, world } = this.#host;
    if (increment.settled) {
      if (!increment.syncing) this.#tellSynced(this.#host.replicationOffset);
      return;
    }
    if (settings.flag('no-appendfsync-on-rewrite') && (this.rewrite.underWay || this.rewrite.blocked)) return;
    if (this.#policy === 'always') {
      this.#syncAtOnce(increment);
      return;
    }
    if (this.#policy === 'no') return;
    const now = world.clock.monotonicMs();
    const left = this.#lastSyncMs + SYNC_EVERY_MS - now;
    if (left > 0 || increment.syncing) {
      this.#flushLater(Math.max(left, 1));
      return;
    }
    this.#lastSyncMs = now;
    const { replicationOffset } = this.#host;
    increment.sync((error) => {
      if (increment === this.#increment) this.#syncEnded(increment, replicationOffset, error);
    });
  }

  #syncAtOnce(increment: Increment): void {
    try {
      increment.syncNow();
    } catch (error) {
      const why = systemError(error);
      this.#fail(
        `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${why}. Exiting...`,
      );
      return;
    }
    this.#tellSynced(this.#host.replicationOffset);
  }

  #syncEnded(increment: Increment, offset: number, error: Error | undefined): void {
    if (error === undefined) this.#tellSynced(offset);
    else {
      this.#writeError = systemError(error);
      this.#host.log('warning', `Fail to fsync the AOF file: ${this.#writeError}`);
    }
    if (increment.buffered > 0 && this.#delayedSinceMs !== undefined) this.flush();
  }

  #tellSynced(offset: number): void {
    // While there is no base yet, nothing is safe.
    if (this.#state !== 'on' || offset <= this.syncedOffset) return;
    this.syncedOffset = offset;
    this.#host.synced();
  }

  #flushLater(ms: number): void {
    this.#syncTimer ??= this.#host.world.clock.after(ms, () => {
      this.#syncTimer = undefined;
      this.flush();
    });
  }

  // Rewriting.

  /** The image is about to be taken: what comes from here on goes into a new increment. Throws when it can't be. */
  #beginRewrite(): void {
    if (this.#state === 'off') return;
    const folder = this.#folder;
    if (this.#increment !== undefined) {
      this.flush(true);
      // Behind a hole nothing could be read: the old one is complete before the new one begins.
      this.#syncBeforeClose(this.#increment);
    }
    let name = folder.temporaryIncrement;
    if (this.#state === 'on') {
      const manifest = withNewIncrement(folder.manifest, folder.name);
      name = manifest.increments.at(-1)?.name ?? name;
      const file = folder.create(name);
      folder.save(manifest);
      this.#takeIncrement(new Increment(file));
    } else this.#takeIncrement(new Increment(folder.create(name)));
    this.#host.log('notice', `Creating AOF incr file ${name} on background rewrite`);
  }

  #takeIncrement(increment: Increment): void {
    const old = this.#increment;
    if (old !== undefined) {
      this.rewrite.closed(old.size);
      old.close();
    }
    this.#increment = increment;
    this.#selected = -1;
    this.#lastSyncMs = this.#host.world.clock.monotonicMs();
  }

  #rewritten(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'on';
    const increment = this.#increment;
    this.syncedOffset = 0;
    if (increment === undefined) return;
    // From now on its content counts.
    this.flush(true);
    if (increment.settled) this.#tellSynced(this.#host.replicationOffset);
  }

  /** Without a base, what was written meanwhile is worth nothing. */
  #rewriteFailed(): void {
    if (this.#state !== 'waiting') return;
    this.#increment?.close();
    this.#increment = undefined;
    this.#selected = -1;
    this.pending = false;
    const { log } = this.#host;
    const name = this.#folder.temporaryIncrement;
    log('notice', `Removing the temp incr aof file ${name} in the background`);
    this.#folder.remove(name);
    this.rewrite.scheduled = true;
  }

  /** aof-disable-auto-gc no. */
  removeHistory(): void {
    if (this.#folder.isRead) this.#folder.removeHistory();
  }

  // INFO.

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
      ['aof_last_write_status', this.#writeError === undefined ? 'ok' : 'err'],
      ['aof_last_cow_size', 0],
      ['module_fork_in_progress', 0],
      ['module_fork_last_cow_size', 0],
    ];
    if (!this.#host.settings.flag('appendonly')) return fields;
    return [
      ...fields,
      ['aof_current_size', rewrite.currentBytes],
      ['aof_base_size', rewrite.baseBytes],
      ['aof_pending_rewrite', rewrite.scheduled ? 1 : 0],
      ['aof_buffer_length', this.#increment?.buffered ?? 0],
      ['aof_pending_bio_fsync', this.#increment?.syncing === true ? 1 : 0],
      ['aof_delayed_fsync', this.#delayedSyncs],
    ];
  }

  loadingInfo(): readonly InfoField[] {
    return this.#load?.info() ?? [];
  }
}

function policyOf(text: string): Policy {
  return text === 'always' || text === 'no' ? text : 'everysec';
}
