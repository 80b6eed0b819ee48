/**
 * The increment of an append-only file on its way to the disk: what a turn of the event loop fed is one write, and the
 * disk is asked for it as `appendfsync` says. No reply may leave before.
 */
import { bytesOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import { systemError } from '../../redis/system-error.ts';
import type { Timer } from '../../redis/world.ts';
import type { AofHost } from './contract.ts';
import type { Increment } from './increment.ts';

/** With `everysec`, between two fsyncs. */
const SYNC_EVERY_MS = 1000;
/** How long a write waits for an fsync under way, which would block it. */
const LONGEST_DELAY_MS = 2000;
/** AOF_WRITE_LOG_ERROR_RATE: a disk that stays full is not told of more often, in seconds. */
const ERROR_LOG_SECONDS = 30;

type Policy = 'always' | 'everysec' | 'no';

export interface WriterOwner {
  /** What is on the disk could be read again: there is a base before it. */
  readonly counts: boolean;
  /** An image is being written, here or anywhere: no-appendfsync-on-rewrite looks at it. */
  readonly writesImage: boolean;
}

export class AofWriter {
  /** Something was fed that is not written: no reply may leave before `flush`. */
  pending = false;
  /** The stream's offset up to which all is on the disk; -1 while there is no file. */
  syncedOffset = -1;
  /** Nothing of what was promised can be kept: the node is about to end, and may not say anything any more. */
  failed = false;
  /** Why the last write or fsync failed. */
  error: string | undefined;
  /** Writes that did not wait any longer for an fsync under way. */
  delayedSyncs = 0;
  readonly #host: AofHost;
  readonly #owner: WriterOwner;
  #increment: Increment | undefined;
  /** The database the increment has selected; -1: it has to say so before the next command. */
  #selected = -1;
  #policy: Policy = 'everysec';
  #annotates = false;
  #lastSyncMs = 0;
  #syncTimer: Timer | undefined;
  #delayedSinceMs: number | undefined;
  #errorLoggedAt = Number.NEGATIVE_INFINITY;
  /** Of the last annotation, in seconds since the epoch. */
  #annotatedAt = 0;

  constructor(host: AofHost, owner: WriterOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  get increment(): Increment | undefined {
    return this.#increment;
  }

  configure(): void {
    const { settings } = this.#host;
    this.#policy = policyOf(settings.text('appendfsync'));
    this.#annotates = settings.flag('aof-timestamp-enabled');
    // What was written under a laxer policy counts under this one, too.
    if (this.#increment?.settled === false) this.flush();
  }

  /** What is fed from here on goes into this one; the one before, complete or worth nothing, is closed as it is. */
  open(increment: Increment): void {
    this.#increment?.close();
    this.#increment = increment;
    this.error = undefined;
    this.#selected = -1;
    this.#lastSyncMs = this.#host.world.clock.monotonicMs();
  }

  /** All that was fed is on the disk afterwards. */
  close(): void {
    if (!this.failed) this.settle();
    this.discard();
  }

  /** What was fed is worth nothing. */
  discard(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    this.#increment?.close();
    this.#increment = undefined;
    this.#selected = -1;
    if (!this.failed) this.pending = false;
  }

  /** Writes and syncs, whatever the policy; false: not all that was fed is on the disk. */
  settle(): boolean {
    const increment = this.#increment;
    if (increment === undefined) return true;
    this.flush(true);
    try {
      increment.syncNow();
    } catch (error) {
      this.#host.log('warning', `Fail to fsync the AOF file: ${systemError(error)}`);
      return false;
    }
    return increment.buffered === 0;
  }

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
    if (this.failed) return;
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
    this.delayedSyncs++;
    this.#host.log(
      'notice',
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to ' +
        'complete, this may slow down Redis.',
    );
    return false;
  }

  #write(increment: Increment): boolean {
    const { log, world } = this.#host;
    const startMs = world.clock.monotonicMs();
    let failure: unknown;
    try {
      increment.write();
    } catch (error) {
      failure = error;
    }
    this.#tellTime(increment, world.clock.monotonicMs() - startMs);
    if (failure !== undefined) {
      this.#writeFailed(systemError(failure));
      return false;
    }
    this.#delayedSinceMs = undefined;
    if (this.error !== undefined) {
      log('notice', 'AOF write error looks solved, Redis can write again.');
      this.error = undefined;
    }
    return true;
  }

  /** As LATENCY names it: by what may have slowed a write down, and all together. */
  #tellTime(increment: Increment, ms: number): void {
    const { took } = this.#host;
    if (increment.syncing) took('aof-write-pending-fsync', ms);
    else took(this.#owner.writesImage ? 'aof-write-active-child' : 'aof-write-alone', ms);
    took('aof-write', ms);
  }

  #writeFailed(why: string): void {
    const seconds = this.#host.world.clock.monotonicMs() / 1000;
    if (seconds - this.#errorLoggedAt > ERROR_LOG_SECONDS) {
      this.#errorLoggedAt = seconds;
      this.#host.log('warning', `Error writing to the AOF file: ${why}`);
    }
    this.error = why;
    if (this.#policy === 'always') {
      this.#fail("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
    } else this.#flushLater(SYNC_EVERY_MS);
  }

  /** Nothing of what was promised can be kept: the replies that wait must not leave. */
  #fail(text: string): void {
    this.failed = true;
    this.pending = true;
    this.#host.fatal(text);
  }

  #sync(increment: Increment): void {
    const { settings, world } = this.#host;
    if (increment.settled) {
      if (increment.syncing) return;
      this.error = undefined;
      this.#tellSynced(this.#host.replicationOffset);
      return;
    }
    if (this.#policy === 'no') {
      // Whether the disk has it is asked no more.
      this.error = undefined;
      return;
    }
    if (settings.flag('no-appendfsync-on-rewrite') && this.#owner.writesImage) {
      this.#flushLater(SYNC_EVERY_MS);
      return;
    }
    if (this.#policy === 'always') {
      this.#syncAtOnce(increment);
      return;
    }
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
      // The one before: its own last fsync need not have been told.
      else if (error !== undefined && this.#increment !== undefined) this.#syncFailed(error);
    });
  }

  #syncAtOnce(increment: Increment): void {
    const { clock } = this.#host.world;
    const startMs = clock.monotonicMs();
    try {
      increment.syncNow();
    } catch (error) {
      const why = systemError(error);
      this.#fail(
        `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${why}. Exiting...`,
      );
      return;
    }
    this.#host.took('aof-fsync-always', clock.monotonicMs() - startMs);
    this.#tellSynced(this.#host.replicationOffset);
  }

  #syncEnded(increment: Increment, offset: number, error: Error | undefined): void {
    if (error === undefined) {
      if (increment.buffered === 0) this.error = undefined;
      this.#tellSynced(offset);
    } else this.#syncFailed(error);
    if (increment.buffered > 0 && this.#delayedSinceMs !== undefined) this.flush();
  }

  #syncFailed(error: Error): void {
    this.error = systemError(error);
    this.#host.log('warning', `Fail to fsync the AOF file: ${this.error}`);
    this.#flushLater(SYNC_EVERY_MS);
  }

  #tellSynced(offset: number): void {
    // While there is no base yet, nothing is safe.
    if (!this.#owner.counts || offset <= this.syncedOffset) return;
    this.syncedOffset = offset;
    this.#host.synced();
  }

  #flushLater(ms: number): void {
    this.#syncTimer ??= this.#host.world.clock.after(ms, () => {
      this.#syncTimer = undefined;
      this.flush();
    });
  }
}

function policyOf(text: string): Policy {
  return text === 'always' || text === 'no' ? text : 'everysec';
}
