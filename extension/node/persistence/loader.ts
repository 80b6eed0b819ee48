/** Puts what an RDB file holds into the databases: the node's own file at its start, or its primary's. */
import { type Binary, binaryOf, textOf } from '../../redis/bytes.ts';
import type { EncodingLimits } from '../../redis/store/encoding-limits.ts';
import type { Collection, Keyspace } from '../../redis/store/keyspace.ts';
import type { RdbVisitor, Use } from '../../redis/store/rdb/file-reader.ts';
import { RdbError } from '../../redis/store/rdb/format.ts';
import type { LogLevel } from '../observer.ts';
import type { ExpiredKey, History } from './contract.ts';

export interface LoaderOptions {
  readonly databases: readonly Keyspace[];
  readonly log: (level: LogLevel, text: string) => void;
  /** Wall clock, ms: keys whose time was up by then are left out. Undefined: kept, the primary will delete them. */
  readonly dropExpiredAt: number | undefined;
  readonly wallMs: number;
}

/** Empty collections that are logged by name, as Redis does. */
const EMPTY_KEYS_LOGGED = 10;

export class RdbLoader implements RdbVisitor {
  /** Their sources, for whoever reads the file in. */
  readonly functionLibraries: Binary[] = [];
  loaded = 0;
  readonly expired: ExpiredKey[] = [];
  readonly #options: LoaderOptions;
  #databases: readonly Keyspace[];
  readonly #aux = new Map<Binary, Binary>();
  #database: Keyspace;
  #empty = 0;
  #refusesDuplicates = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#databases = options.databases;
    this.#database = options.databases[0];
  }

  /** What was loaded so far is in other databases now, and the rest goes there. */
  goOnIn(databases: readonly Keyspace[]): void {
    this.#databases = databases;
    this.#database = databases[this.#database.index];
  }

  /** A key that is there already makes the file a broken one. */
  refuseDuplicates(): void {
    this.#refusesDuplicates = true;
  }

  get limits(): EncodingLimits {
    return this.#database.limits;
  }

  /** Read so far, those included whose time was up. */
  get keys(): number {
    return this.loaded + this.expired.length;
  }

  /** Bytes that the data took where the file was written; 0: it does not tell, or has not yet. */
  get usedMemory(): number {
    return Number(this.#aux.get('used-mem') ?? 0) || 0;
  }

  aux(name: Binary, value: Binary): void {
    const { log, wallMs } = this.#options;
    this.#aux.set(name, value);
    if (name.startsWith('%')) log('notice', `RDB '${textOf(name)}': ${textOf(value)}`);
    else if (name === 'redis-ver') log('notice', `Loading RDB produced by version ${textOf(value)}`);
    else if (name === 'ctime') {
      log('notice', `RDB age ${Math.max(0, Math.floor(wallMs / 1000) - Number(value))} seconds`);
    } else if (name === 'used-mem') {
      log('notice', `RDB memory usage when created ${(Number(value) / (1024 * 1024)).toFixed(2)} Mb`);
    } else if (name === 'aof-base' && value === '1') log('notice', 'RDB is base AOF');
  }

  functionLibrary(source: Binary): void {
    this.functionLibraries.push(source);
  }

  selectDatabase(index: number): void {
    const { length } = this.#databases;
    if (index >= length) {
      throw new RdbError(
        'FATAL: Data file was created with a Redis server configured to handle more than ' +
          `${length} databases. Exiting`,
      );
    }
    this.#database = this.#databases[index];
  }

  expectKeys(count: number): void {
    this.#database.expectKeys(count);
  }

  string(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    expireAt: number,
    view: DataView,
  ): void {
    // A file that is checked for duplicates, or a key that may have to be left out, goes the long way.
    if (this.#refusesDuplicates || (expireAt >= 0 && this.#options.dropExpiredAt !== undefined)) {
      this.entry(bytes.subarray(keyStart, keyEnd), bytes.subarray(start, end), expireAt, undefined);
      return;
    }
    this.loaded++;
    const { wallMs } = this.#options;
    this.#database.loadString(bytes, keyStart, keyEnd, start, end, expireAt, view, wallMs);
  }

  entry(
    key: Uint8Array,
    value: Uint8Array | Collection | undefined,
    expireAt: number,
    use: Use | undefined,
  ): void {
    const { log, dropExpiredAt } = this.#options;
    if (value === undefined) {
      this.#empty++;
      if (this.#empty <= EMPTY_KEYS_LOGGED) {
        log('notice', `rdbLoadObject skipping empty key: ${textOf(binaryOf(key))}`);
      }
      return;
    }
    if (expireAt >= 0 && dropExpiredAt !== undefined && expireAt < dropExpiredAt) {
      this.expired.push({ database: this.#database.index, key: binaryOf(key) });
      return;
    }
    if (this.#refusesDuplicates && this.#database.seeKey(key) !== 0) {
      const name = textOf(binaryOf(key));
      throw new RdbError(`RDB has duplicated key '${name}' in DB ${this.#database.index}`);
    }
    this.loaded++;
    const until = expireAt < 0 ? undefined : expireAt;
    if (value instanceof Uint8Array) this.#database.setStringBytes(key, value, until);
    else this.#database.putKey(key, value, until);
    if (use !== undefined) this.#used(key, use);
  }

  /** Of no effect where eviction reckons otherwise here. */
  #used(key: Uint8Array, use: Use): void {
    const database = this.#database;
    const entry = database.seeKey(key);
    if (entry === 0) return;
    if ('frequency' in use) database.setFrequency(entry, use.frequency);
    else database.setIdleSeconds(entry, use.idleSeconds);
  }

  /** What the file tells of the history of its data; undefined when it tells nothing (or not all). */
  history(): History | undefined {
    const replicationId = this.#aux.get('repl-id');
    const offset = Number(this.#aux.get('repl-offset') ?? Number.NaN);
    const database = Number(this.#aux.get('repl-stream-db') ?? 0);
    if (replicationId?.length !== 40 || !Number.isSafeInteger(offset) || offset < 0) return undefined;
    return { replicationId, offset, database: Number.isSafeInteger(database) && database > 0 ? database : 0 };
  }

  /** The line with which the log closes the matter. */
  summary(): string {
    const empty = this.#empty > 0 ? `, empty keys skipped: ${this.#empty}` : '';
    return `Done loading RDB, keys loaded: ${this.loaded}, keys expired: ${this.expired.length}${empty}.`;
  }
}
