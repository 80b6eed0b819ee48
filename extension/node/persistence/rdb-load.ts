/** Reading the RDB file in: the node's own at its start and for DEBUG RELOAD, or what its primary sent. */
import { messageOf } from '../../redis/caught.ts';
import type { DiskFile } from '../../redis/world.ts';
import type { InfoField, PersistenceHost } from './contract.ts';
import { FileLoad } from './file-load.ts';
import type { RdbLoader } from './loader.ts';

export class RdbLoad {
  /** The file at hand could not be read: it must not be replaced by what we have instead. */
  refused = false;
  /** Keys of the file at the start: loaded, and left out because their time was up. */
  last = { loaded: 0, expired: 0 };
  readonly #host: PersistenceHost;
  readonly #path: () => string;
  #load: FileLoad | undefined;

  constructor(host: PersistenceHost, path: () => string) {
    this.#host = host;
    this.#path = path;
  }

  get underWay(): boolean {
    return this.#load !== undefined;
  }

  /** INFO's `loading_*`. */
  info(): InfoField[] {
    return this.#load?.info() ?? [];
  }

  /** See `Persistence.load`. */
  start(done: (fatal?: string) => void): void {
    const path = this.#path();
    if (!this.#host.world.disk.exists(path)) {
      done();
      return;
    }
    let file: DiskFile;
    try {
      file = this.#open();
    } catch (error) {
      this.refused = true;
      done(`Fatal error loading the DB, check server logs. Exiting. (${path}: ${messageOf(error)})`);
      return;
    }
    const load = this.#begin(file, !this.#host.isReplica, (fatal) => this.#loaded(load, fatal, done));
    load.readOn();
  }

  /** Reads in the file that the primary sent: `done` gets what it told, or why it could not be read. */
  fromPrimary(done: (loader: RdbLoader | undefined, why: string) => void): void {
    let file: DiskFile;
    try {
      file = this.#open();
    } catch (error) {
      done(undefined, messageOf(error));
      return;
    }
    const load = this.#begin(file, false, (fatal) =>
      done(fatal === undefined ? load.loader : undefined, fatal ?? ''),
    );
    load.readOn();
  }

  /**
   * DEBUG RELOAD: reads the file into what is there. A key that is there already is replaced when `merge`, and else
   * makes the file a broken one. `done` gets why it could not be read.
   */
  again(merge: boolean, done: (failure?: string) => void): void {
    let file: DiskFile;
    try {
      file = this.#open();
    } catch (error) {
      done(messageOf(error));
      return;
    }
    const load = this.#begin(file, !this.#host.isReplica, (fatal) => {
      if (fatal === undefined) this.#host.log('notice', load.loader.summary());
      done(fatal ?? this.#host.functionsLoaded(load.loader.functionLibraries, merge));
    });
    if (!merge) load.loader.refuseDuplicates();
    load.readOn();
  }

  cancel(): void {
    this.#load?.cancel();
    this.#load = undefined;
  }

  #open(): DiskFile {
    return this.#host.world.disk.open(this.#path(), 'read');
  }

  /** `dropsExpired`: a replica keeps what has expired until its primary says otherwise. */
  #begin(file: DiskFile, dropsExpired: boolean, done: (fatal?: string) => void): FileLoad {
    this.#load = new FileLoad(this.#host, file, dropsExpired, (fatal) => {
      this.#load = undefined;
      done(fatal);
    });
    return this.#load;
  }

  #loaded({ loader, seconds }: FileLoad, fatal: string | undefined, done: (fatal?: string) => void): void {
    if (fatal !== undefined) {
      this.refused = true;
      done(fatal);
      return;
    }
    this.#host.log('notice', loader.summary());
    this.#host.log('notice', `DB loaded from disk: ${seconds.toFixed(3)} seconds`);
    this.last = { loaded: loader.loaded, expired: loader.expired.length };
    const refusal = this.#host.functionsLoaded(loader.functionLibraries, false);
    if (refusal !== undefined) {
      this.refused = true;
      done(`Failed creating the library: ${refusal}`);
      return;
    }
    const history = loader.history();
    if (history !== undefined) this.#host.historyLoaded(history, loader.expired);
    done();
  }
}
