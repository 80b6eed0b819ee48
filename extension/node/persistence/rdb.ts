/**
 * A node's RDB file: SAVE, BGSAVE, save points; and the one image at a time that is written in the
 * background, be it to the disk or to replicas.
 */
import type { Binary } from '../../redis/bytes.ts';
import { errorOf, messageOf } from '../../redis/caught.ts';
import { errors } from '../../redis/errors.ts';
import { RdbFileWriter } from '../../redis/store/rdb/file-writer.ts';
import type { Timer } from '../../redis/world.ts';
import { VERSION } from '../version.ts';
import type {
  History,
  ImageParts,
  InfoField,
  LoadingNode,
  Persistence,
  PersistenceHost,
} from './contract.ts';
import { RdbLoad } from './rdb-load.ts';
import { FileSink } from './save.ts';
import { type ImageWriter, Snapshot, type SnapshotSink } from './snapshot.ts';

/** Save points are looked at as often as Redis' cron runs (hz 10). */
const CRON_MS = 100;
/** CONFIG_BGSAVE_RETRY_DELAY: after a failure a save point waits this long. */
const RETRY_SECONDS = 5;

/** What an image is for: the RDB file, replicas, or the base of an append-only file. */
type ImageKind = 'file' | 'replicas' | 'aof-base';

/** The image being written: to sockets, or to a file. */
interface Running {
  readonly kind: ImageKind;
  readonly snapshot: Snapshot;
  readonly file?: FileSink;
  /** Hears that there will be no file, or that nothing more comes. */
  readonly cancelled?: () => void;
}

export class NodePersistence implements Persistence {
  dirty = 0;
  /** Sources of the function libraries, for images; what came in with one is compiled when a function is asked for. */
  functionLibraries: readonly Binary[] = [];
  /** Called whenever an image ended: the next one may begin. */
  onIdle: () => void = () => {};
  readonly reading: RdbLoad;
  readonly #host: PersistenceHost;
  #lastSave: number;
  #lastSaveOk = true;
  #lastTry = 0;
  #saves = 0;
  /** Seconds the last background save took; -1: none yet. */
  #lastDuration = -1;
  #startedAt = 0;
  #running: Running | undefined;
  #scheduled = false;
  #timer: Timer | undefined;

  constructor(host: PersistenceHost) {
    this.#host = host;
    this.reading = new RdbLoad(host, () => this.path);
    this.#lastSave = this.#now();
  }

  get loading(): boolean {
    return this.reading.underWay;
  }

  get saving(): boolean {
    return this.#running !== undefined;
  }

  get rewriting(): boolean {
    return this.#running?.kind === 'aof-base';
  }

  get lastSave(): number {
    return this.#lastSave;
  }

  get lastSaveOk(): boolean {
    return this.#lastSaveOk;
  }

  get hasSavePoints(): boolean {
    return this.#savePoints().length > 0;
  }

  /** Where the RDB file is. */
  get path(): string {
    return this.#inFolder(this.#host.settings.text('dbfilename'));
  }

  // Loading.

  load(done: (fatal?: string) => void): void {
    this.reading.start(done);
  }

  // Saving.

  save(): boolean {
    this.cancelBackgroundSave();
    let failure: Error | undefined;
    this.#saves++;
    try {
      const sink = this.#openFile('at once', (error) => {
        failure = error;
      });
      new Snapshot(this.#host, this.#rdbWriter(), sink).complete();
    } catch (error) {
      failure = errorOf(error);
    }
    if (failure !== undefined) {
      this.#host.log('warning', `Error saving DB on disk: ${failure.message}`);
      return false;
    }
    this.#saved(this.dirty);
    return true;
  }

  /** The same before the node ends: in slices, so that all else in the process goes on. Nobody may write meanwhile. */
  saveLast(done: (saved: boolean) => void): void {
    this.cancelBackgroundSave();
    // An image for replicas is under way: there can be one walk at a time.
    if (this.saving) {
      done(this.save());
      return;
    }
    const { dirty } = this;
    const { log, world } = this.#host;
    this.#saves++;
    try {
      const sink = this.#openFile('last', (error) => {
        this.#endRunning();
        if (error === undefined) this.#saved(dirty);
        else log('warning', `Error saving DB on disk: ${error.message}`);
        done(error === undefined);
      });
      const snapshot = new Snapshot(this.#host, this.#rdbWriter(), sink);
      // Only the primary of a replica can have flushed all.
      const again = () => world.clock.after(0, () => this.saveLast(done));
      this.#running = { kind: 'file', snapshot, file: sink, cancelled: again };
      snapshot.start();
    } catch (error) {
      log('warning', `Error saving DB on disk: ${messageOf(error)}`);
      done(false);
    }
  }

  /** The process ends at once: what is being written will not be finished. */
  removeUnfinished(): void {
    this.#running?.file?.abandon();
  }

  backgroundSave(schedule: boolean): 'started' | 'scheduled' {
    if (this.saving && !this.rewriting) throw errors.backgroundSaveRunning();
    if (this.rewriting && !schedule) throw errors.rewriteRunning();
    if (schedule) {
      this.#scheduled = true;
      this.#host.world.clock.after(0, () => this.#runScheduled());
      return 'scheduled';
    }
    this.#startToDisk(() => {});
    return 'started';
  }

  /**
   * Writes the RDB file in the background for replicas that will be sent it from there. `done` hears of the file's
   * path, or of undefined when it failed. Throws when it can't begin.
   */
  saveForReplicas(done: (path: string | undefined) => void): void {
    this.#startToDisk(done);
  }

  /**
   * Sends an image to replicas; `imageEnded` must be told when it is over. Only when not `saving`. `cancelled` hears that
   * it was given up, and is not to tell.
   */
  beginImage(sink: SnapshotSink, parts: ImageParts, cancelled: () => void): Snapshot {
    const { world, settings, pid, log } = this.#host;
    const databases = parts === 'all' ? this.#host.databases : [];
    const writer = this.rdbWriter(this.#host.history(), 0, parts);
    const snapshot = new Snapshot({ world, settings, databases }, writer, sink);
    this.#running = { kind: 'replicas', snapshot, cancelled };
    this.#startedAt = this.#now();
    log('notice', `Background RDB transfer started by pid ${pid}`);
    return snapshot;
  }

  /** The same for the base of an append-only file. */
  beginBase(sink: SnapshotSink, writer: ImageWriter): Snapshot {
    const snapshot = new Snapshot(this.#host, writer, sink);
    this.#running = { kind: 'aof-base', snapshot };
    this.#startedAt = this.#now();
    return snapshot;
  }

  imageEnded(snapshot: Snapshot): void {
    if (this.#running?.snapshot !== snapshot) return;
    snapshot.cancel();
    this.#endRunning();
    this.onIdle();
  }

  /** What is being written to the disk would be older than what comes, or nobody wants it any more: it is given up. */
  cancelBackgroundSave(): void {
    if (this.#running?.kind === 'file') this.#giveUp(this.#running);
  }

  /** All data is gone: an image of it is of no use, for the disk or for replicas. */
  cancelImages(): void {
    if (this.#running !== undefined && !this.rewriting) this.#giveUp(this.#running);
  }

  #giveUp(running: Running): void {
    running.file?.abandon();
    this.#endRunning();
    running.cancelled?.();
    this.onIdle();
  }

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    this.#saves = 0;
  }

  info(node?: LoadingNode): string {
    const aof = node?.appendOnly;
    const running = this.#running;
    const processed = running?.snapshot.keys ?? 0;
    const total = running?.snapshot.total ?? 0;
    const saving = running !== undefined && running.kind !== 'aof-base';
    const lines: InfoField[] = [
      ['loading', node?.loading || this.loading ? 1 : 0],
      ['async_loading', node?.asyncLoading ? 1 : 0],
      ['current_cow_peak', 0],
      ['current_cow_size', 0],
      ['current_cow_size_age', 0],
      ['current_fork_perc', (total === 0 ? 0 : (processed / total) * 100).toFixed(2)],
      ['current_save_keys_processed', processed],
      ['current_save_keys_total', total],
      ['rdb_changes_since_last_save', this.dirty],
      ['rdb_bgsave_in_progress', saving ? 1 : 0],
      ['rdb_last_save_time', this.#lastSave],
      ['rdb_last_bgsave_status', this.#lastSaveOk ? 'ok' : 'err'],
      ['rdb_last_bgsave_time_sec', this.#lastDuration],
      ['rdb_current_bgsave_time_sec', saving ? this.#now() - this.#startedAt : -1],
      ['rdb_saves', this.#saves],
      // There is no fork, and so no copy of what changes while it writes.
      ['rdb_last_cow_size', 0],
      ['rdb_last_load_keys_expired', this.reading.last.expired],
      ['rdb_last_load_keys_loaded', this.reading.last.loaded],
      ...(aof?.info() ?? []),
      // It is one of these, or none.
      ...this.reading.info(),
      ...(aof?.loadingInfo() ?? []),
      ...(node?.replication.loadingInfo() ?? []),
    ];
    return lines.map(([name, value]) => `${name}:${value}\r\n`).join('');
  }

  start(): void {
    this.#timer = this.#host.world.clock.after(CRON_MS, () => {
      this.#checkSavePoints();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.reading.cancel();
    this.#scheduled = false;
    const running = this.#running;
    this.#running = undefined;
    running?.snapshot.cancel();
    running?.file?.abandon();
  }

  #startToDisk(done: (path: string | undefined) => void): void {
    const { log } = this.#host;
    const dirty = this.dirty;
    this.#saves++;
    this.#startedAt = this.#lastTry = this.#now();
    const sink = this.#openFile('background', (error) => {
      this.#lastSaveOk = error === undefined;
      this.#lastDuration = this.#now() - this.#startedAt;
      this.#endRunning();
      if (error === undefined) {
        this.#saved(dirty);
        log('notice', 'Background saving terminated with success');
      } else log('warning', `Background saving error: ${error.message}`);
      done(error === undefined ? sink.path : undefined);
      this.onIdle();
    });
    const snapshot = new Snapshot(this.#host, this.#rdbWriter(), sink);
    this.#running = { kind: 'file', snapshot, file: sink, cancelled: () => done(undefined) };
    log('notice', `Background saving started by pid ${this.#host.pid}`);
    snapshot.start();
  }

  /** Throws the reply of a BGSAVE that can't begin. */
  #openFile(when: 'at once' | 'background' | 'last', done: (error?: Error) => void): FileSink {
    if (this.reading.refused) throw errors.saveFailedNow();
    const { path } = this;
    const temporary = this.#inFolder(`temp-${this.#host.pid}.rdb`);
    try {
      const incremental = this.#host.settings.flag('rdb-save-incremental-fsync');
      return new FileSink(this.#host.world, path, temporary, when === 'at once', incremental, done);
    } catch (error) {
      // Who asked for SAVE or SHUTDOWN is told; writes are refused when saving in the background fails.
      if (when === 'background') this.#lastSaveOk = false;
      this.#host.log(
        'warning',
        `Failed opening the temp RDB file ${temporary} for saving: ${messageOf(error)}`,
      );
      throw errors.saveFailedNow();
    }
  }

  /** An RDB with its header. A base of an append-only file has no part in anybody's history. */
  #rdbWriter(): ImageWriter {
    return this.rdbWriter(this.#host.history(), 0);
  }

  rdbWriter(history: History | undefined, aofBase: 0 | 1, parts: ImageParts = 'all'): ImageWriter {
    const { databases, settings } = this.#host;
    const options = { compress: settings.flag('rdbcompression'), checksum: settings.flag('rdbchecksum') };
    const writer = new RdbFileWriter(options);
    writer.aux('redis-ver', VERSION);
    writer.aux('redis-bits', 64);
    writer.aux('ctime', this.#now());
    writer.aux(
      'used-mem',
      databases.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    );
    if (history !== undefined) {
      writer.aux('repl-stream-db', history.database);
      writer.aux('repl-id', history.replicationId);
      writer.aux('repl-offset', history.offset);
    }
    writer.aux('aof-base', aofBase);
    if (parts !== 'nothing') for (const source of this.functionLibraries) writer.functionLibrary(source);
    return writer;
  }

  #saved(dirty: number): void {
    this.dirty -= dirty;
    this.#lastSave = this.#now();
    this.#lastSaveOk = true;
    this.#host.log('notice', 'DB saved on disk');
  }

  #endRunning(): void {
    this.#running?.snapshot.cancel();
    this.#running = undefined;
  }

  #runScheduled(): void {
    if (!this.#scheduled || this.saving || this.#host.isLoading) return;
    this.#scheduled = false;
    this.#tryBackgroundSave();
  }

  #checkSavePoints(): void {
    if (this.saving || this.#host.isLoading || this.#host.inTransaction) return;
    if (this.#scheduled) {
      this.#runScheduled();
      return;
    }
    if (this.dirty === 0) return;
    const now = this.#now();
    if (!this.#lastSaveOk && now - this.#lastTry <= RETRY_SECONDS) return;
    const reached = this.#savePoints().find(
      ({ seconds, changes }) => this.dirty >= changes && now - this.#lastSave > seconds,
    );
    if (reached === undefined) return;
    this.#host.log('notice', `${reached.changes} changes in ${reached.seconds} seconds. Saving...`);
    this.#tryBackgroundSave();
  }

  #tryBackgroundSave(): void {
    try {
      this.backgroundSave(false);
    } catch {
      // The log has it, and the next save point tries again.
      this.#lastSaveOk = false;
    }
  }

  /** `save` as CONFIG GET prints it: seconds and changes, in turn. */
  #savePoints(): { readonly seconds: number; readonly changes: number }[] {
    const numbers = this.#host.settings.text('save').split(' ').map(Number);
    const points = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      points.push({ seconds: numbers[i], changes: numbers[i + 1] });
    }
    return points;
  }

  #inFolder(name: string): string {
    return `${this.#host.settings.text('dir')}/${name}`;
  }

  #now(): number {
    return Math.floor(this.#host.world.clock.wallMs() / 1000);
  }
}
