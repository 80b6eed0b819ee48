/** Persistence and the node it lives in see each other through these two interfaces only. */
import type { Binary } from '../../redis/bytes.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import type { World } from '../../redis/world.ts';
import type { Settings } from '../cluster/contract.ts';
import type { LogLevel } from '../observer.ts';

/** What persistence needs of its node. Paths are dir + file name, as `settings` has them. */
export interface PersistenceHost {
  readonly world: World;
  readonly settings: Settings;
  readonly databases: readonly Keyspace[];
  /** Of the process: it writes images itself, where redis-server has a child for it. */
  readonly pid: number;
  log(level: LogLevel, text: string): void;
  /** RDB files whose checksum is wrong are refused. */
  readonly verifiesChecksums: boolean;
  /** True: a replica keeps keys whose time is up (its primary will delete them); a primary drops them on loading. */
  readonly isReplica: boolean;
  /** Where this node's history stood: kept in the RDB file so that replicas can continue after a restart. */
  history(): History | undefined;
  /** A transaction or a script runs: half of its effects are in the data already. */
  readonly inTransaction: boolean;
  /** Data comes in, from a file or from the primary, and is not whole yet. */
  readonly isLoading: boolean;
  /** Libraries of functions came with the file; `merge`: they replace those of the same name. Returns why not. */
  functionsLoaded(libraries: readonly Binary[], merge: boolean): string | undefined;
  /**
   * The file that was loaded told of a history. `expired`: keys in it whose time was up and which were left out, so
   * that replicas which continue this history can be told.
   */
  historyLoaded(history: History, expired: readonly ExpiredKey[]): void;
}

/** What an image holds: everything, function libraries without data, or just its header. */
export type ImageParts = 'all' | 'functions' | 'nothing';

export interface ExpiredKey {
  readonly database: number;
  readonly key: Binary;
}

export interface History {
  readonly replicationId: string;
  readonly offset: number;
  /** The database that the replication stream had selected. */
  readonly database: number;
}

/** What the node needs of persistence. */
export interface Persistence {
  /** Keys changed since the last save; the node counts up. */
  dirty: number;
  /** True while a file is read in: clients get LOADING. */
  readonly loading: boolean;
  /** True while an image is being written in the background, to disk or to replicas. */
  readonly saving: boolean;
  /** Seconds since the epoch of the last good save, or of the start. */
  readonly lastSave: number;
  /** False when the last background save failed: writes are refused if `stop-writes-on-bgsave-error yes`. */
  readonly lastSaveOk: boolean;
  /**
   * Reads the RDB file in slices. `done` hears once that it is in (or that there is none), or of the text with which
   * the process must end: a corrupt file is refused, never overwritten. Called at once when there is no file.
   */
  load(done: (fatal?: string) => void): void;
  /** Writes the RDB file before it returns. False: it failed, and the log says why. */
  save(): boolean;
  /** The same in slices, before the node ends; while it goes on no client may write. */
  saveLast(done: (saved: boolean) => void): void;
  /** Starts BGSAVE; with `schedule` it waits for the image that is being written. Throws Redis' errors. */
  backgroundSave(schedule: boolean): 'started' | 'scheduled';
  /** True when the `save` directive names save points: SHUTDOWN then saves by itself. */
  readonly hasSavePoints: boolean;
  /** INFO persistence, its lines, with those that `node` has. */
  info(node?: LoadingNode): string;
  /** Save points are watched from now on. */
  start(): void;
  stop(): void;
}

export type InfoField = readonly [name: string, value: string | number];

/** What INFO persistence tells of the node besides. */
export interface LoadingNode {
  readonly loading: boolean;
  readonly asyncLoading: boolean;
  readonly appendOnly: LoadingPart & { info(): readonly InfoField[] };
  readonly replication: LoadingPart;
}

export interface LoadingPart {
  /** INFO's `loading_*`; none while it loads nothing. */
  loadingInfo(): readonly InfoField[];
}

/**
 * waiting: switched on at run time, or after a full sync; the base that it needs is being written, and what happens
 * meanwhile goes into a temporary increment.
 */
export type AofState = 'off' | 'waiting' | 'on';

/** What the append-only file needs of its node besides. */
export interface AofHost extends PersistenceHost {
  /** Bytes of the replication stream: what is on the disk is told in these. */
  readonly replicationOffset: number;
  readonly replay: AofReplay;
  /** Writing to the file, or waiting for the disk, took so many milliseconds. */
  took(event: string, ms: number): void;
  /** There is something to write: `flush` is to be called before anybody hears of it. */
  flushSoon(): void;
  /** `syncedOffset` has grown. */
  synced(): void;
  /** Ends the node. */
  fatal(text: string): void;
}

/** Executes the commands of a file: nobody is asked, nobody is told. */
export interface AofReplay {
  begin(): void;
  /**
   * unknown: no such command. malformed: not with so many arguments. later: it runs a script that takes its time, and
   * `done` will hear of its end.
   */
  execute(args: Args, done: () => void): 'done' | 'later' | 'unknown' | 'malformed';
  /** MULTI came, and its EXEC did not. */
  readonly inTransaction: boolean;
  end(): void;
}
