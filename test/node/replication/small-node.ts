/**
 * The least that can replicate: databases, persistence and replication of the real node, with sessions that know a
 * handful of commands. It lets replication be tested by itself, over simulated networks and against redis-server.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Settings } from '../../../extension/node/cluster/contract.ts';
import type { LogLevel, NodeEvent } from '../../../extension/node/observer.ts';
import { NodePersistence } from '../../../extension/node/persistence/rdb.ts';
import type { PrimaryStream, ReplicationHost } from '../../../extension/node/replication/contract.ts';
import { NodeReplication } from '../../../extension/node/replication/replication.ts';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import type { Args } from '../../../extension/redis/resp/args.ts';
import { encodeCommand } from '../../../extension/redis/resp/encode-command.ts';
import { RequestDecoder } from '../../../extension/redis/resp/request-decoder.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import { ListValue } from '../../../extension/redis/store/list-value.ts';
import type {
  Address,
  Connection,
  ConnectionEvents,
  Listener,
  World,
} from '../../../extension/redis/world.ts';

import type { Simulation } from '../../../extension/worlds/simulated.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  appendonly: 'no',
  'cluster-enabled': 'no',
  'bind-source-addr': '',
  'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
  dbfilename: 'dump.rdb',
  dir: '.',
  'key-load-delay': '0',
  'loading-process-events-interval-bytes': '2097152',
  'lazyfree-lazy-expire': 'no',
  masterauth: '',
  masteruser: '',
  'min-replicas-max-lag': '10',
  'min-replicas-to-write': '0',
  port: '6379',
  'rdb-del-sync-files': 'no',
  'rdb-key-save-delay': '0',
  'rdb-save-incremental-fsync': 'yes',
  rdbchecksum: 'yes',
  rdbcompression: 'yes',
  'repl-backlog-size': '1048576',
  'repl-backlog-ttl': '3600',
  'repl-diskless-load': 'disabled',
  'repl-diskless-sync': 'yes',
  'repl-diskless-sync-delay': '0',
  'repl-diskless-sync-max-replicas': '0',
  'repl-ping-replica-period': '10',
  'repl-timeout': '60',
  'replica-announce-ip': '',
  'replica-announce-port': '0',
  'replica-announced': 'yes',
  'replica-priority': '100',
  'replica-read-only': 'yes',
  save: '',
};

class FixedSettings implements Settings {
  readonly #values: Map<string, string>;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries({ ...DEFAULTS, ...values }));
  }

  flag(name: string): boolean {
    return this.text(name) === 'yes';
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  text(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`no setting ${name}`);
    return value;
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }
}

const LIMITS = { maxBulkBytes: 1 << 29, maxHeldBytes: 1 << 30 };

export class SmallNode {
  readonly world: World;
  readonly settings: FixedSettings;
  readonly databases: readonly Keyspace[];
  readonly persistence: NodePersistence;
  readonly replication: NodeReplication;
  readonly logs: string[] = [];
  readonly events: NodeEvent[] = [];
  pausedFor: ReplicationHost['pausedFor'];
  /** Between beforeFullSync and afterFullSync. */
  loading = false;
  fatal: string | undefined;
  /** Times that replication told of an ACK. */
  acknowledged = 0;
  readonly #listener: Listener;

  constructor(
    world: World,
    port: number,
    settings: Readonly<Record<string, string>> = {},
    host = '127.0.0.1',
  ) {
    this.world = world;
    this.settings = new FixedSettings({ port: String(port), ...settings });
    const options = { now: () => world.clock.wallMs(), keepsExpired: () => this.isReplica };
    this.databases = [0, 1].map((index) => new Keyspace(index, options));
    const log = (level: LogLevel, text: string) => this.logs.push(`${level} ${text}`);
    const node = this;
    this.persistence = new NodePersistence({
      world,
      settings: this.settings,
      databases: this.databases,
      pid: 1,
      log,
      verifiesChecksums: true,
      get isReplica() {
        return node.isReplica;
      },
      history: () => this.replication.history(),
      inTransaction: false,
      isLoading: false,
      functionsLoaded: () => undefined,
      historyLoaded: (history, expired) => this.replication.historyLoaded(history, expired),
    });
    this.replication = new NodeReplication(
      {
        world,
        settings: this.settings,
        databases: this.databases,
        log,
        observe: (event) => this.events.push(event),
        verifiesChecksums: true,
        fromPrimary: new StreamExecutor(this),
        linkChanged: () => {},
        beforeFullSync: (serving) => {
          this.loading = !serving;
        },
        beforeReplacing: () => {},
        countTraffic: () => {},
        makeDatabases: () => [0, 1].map((index) => new Keyspace(index, options)),
        afterFullSync: () => {
          this.loading = false;
        },
        syncedOffset: -1,
        get pausedFor() {
          return node.pausedFor;
        },
        holdWrites: (held) => {
          this.pausedFor = held ? 'failover' : undefined;
        },
        promoted: () => {},
        replicaAcknowledged: () => {
          this.acknowledged++;
        },
      },
      this.persistence,
    );
    this.#listener = world.network.listen(
      { host, port },
      (connection) => new Session(this, connection),
      (error) => {
        if (error) throw new Error(error.message);
      },
    );
  }

  get isReplica(): boolean {
    return this.replication?.role === 'replica';
  }

  /** Loads the RDB file; then the node is up. */
  start(primary?: Address): void {
    if (primary) this.replication.follow(primary);
    this.persistence.load((fatal) => {
      this.fatal = fatal;
      if (fatal !== undefined) return;
      this.persistence.start();
      this.replication.start();
    });
  }

  stop(): void {
    this.replication.stop();
    this.persistence.stop();
    this.#listener.close();
  }

  /** A client's command on a database. */
  do(...argv: (string | number)[]): void {
    this.doIn(0, ...argv);
  }

  doIn(database: number, ...argv: (string | number)[]): void {
    const { bytes } = encodeCommand(argv.map(String));
    const decoder = new RequestDecoder(LIMITS);
    decoder.feed(bytes, 0, bytes.length);
    decoder.next();
    this.execute(this.databases[database], decoder.args);
    this.persistence.dirty++;
    if (this.replication.feeding) this.replication.feed(database, bytes, 0, bytes.length);
  }

  execute(db: Keyspace, args: Args): void {
    const name = args.binary(0).toLowerCase();
    if (name === 'set') {
      db.setString(args, 1, 2);
      if (args.count === 5 && args.is(3, 'pxat')) db.setExpireAt(args, 1, args.integer(4));
    } else if (name === 'del') for (let i = 1; i < args.count; i++) db.remove(args, i);
    else if (name === 'flushall') for (const each of this.databases) each.clear();
    else if (name === 'rpush') {
      const list = db.list(args, 1) ?? new ListValue(db.limits);
      if (list.size === 0) db.put(args, 1, list);
      for (let i = 2; i < args.count; i++) list.pushTail(args.binary(i));
    } else if (name === 'replconf' && args.is(1, 'getack')) this.replication.acknowledgeSoon();
    else if (name !== 'ping') throw new Error(`the small node knows no ${name}`);
  }

  get(key: string, database = 0): string | undefined {
    const db = this.databases[database];
    const entry = db.findKey(bytesOf(key));
    if (entry === 0) return undefined;
    const collection = db.collection(entry);
    if (collection?.kind === 'list') return [...collection.values()].join(' ');
    return Buffer.from(db.stringBytes(entry)).toString('latin1');
  }

  /** All keys and values, in order: equal for nodes with equal data. */
  get content(): string {
    const lines: string[] = [];
    for (const db of this.databases) {
      for (let slot = 0; slot < 16384; slot++) {
        for (const key of db.keysInSlot(slot, Number.POSITIVE_INFINITY)) {
          const until = db.expireAt(db.findKey(bytesOf(key)));
          lines.push(`${db.index} ${key} = ${this.get(key, db.index)} ${until}`);
        }
      }
    }
    return lines.sort().join('\n');
  }

  /** A line of INFO replication. */
  info(name: string): string | undefined {
    return new RegExp(`^${name}:(.*)\r$`, 'm').exec(this.replication.info())?.[1];
  }

  logged(text: string): boolean {
    return this.logs.some((line) => line.includes(text));
  }
}

/** The primary's stream, executed. */
class StreamExecutor implements PrimaryStream {
  database = 0;
  readonly #node: SmallNode;
  readonly #decoder = new RequestDecoder(LIMITS);

  constructor(node: SmallNode) {
    this.#node = node;
  }

  reset(database: number): void {
    this.database = database;
    this.#decoder.reset();
  }

  feed(bytes: Uint8Array, start: number, end: number): number {
    const before = this.#decoder.consumed;
    this.#decoder.feed(bytes, start, end);
    // The primary removes keys whose time is up, and nobody else: to it they are still there.
    for (const database of this.#node.databases) database.ignoresExpiry = true;
    while (this.#decoder.next()) {
      const { args } = this.#decoder;
      if (args.is(0, 'select')) this.database = args.integer(1);
      else this.#node.execute(this.#node.databases[this.database], args);
    }
    for (const database of this.#node.databases) database.ignoresExpiry = false;
    if (this.#decoder.error) throw this.#decoder.error;
    return this.#decoder.consumed - before;
  }
}

/** A replica's connection, before and after PSYNC. */
class Session implements ConnectionEvents {
  readonly #node: SmallNode;
  readonly #connection: Connection;
  readonly #decoder = new RequestDecoder(LIMITS);
  readonly #facts = {
    listeningPort: 0,
    announcedIp: '',
    eof: false,
    psync2: false,
    rdbOnly: false,
    parts: 'all' as const,
  };

  constructor(node: SmallNode, connection: Connection) {
    this.#node = node;
    this.#connection = connection;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    this.#decoder.feed(bytes, start, end);
    while (this.#decoder.next()) this.#execute(this.#decoder.args);
  }

  drained(): void {
    this.#node.replication.drained(this.#connection);
  }

  closed(): void {
    this.#node.replication.disconnected(this.#connection);
  }

  #execute(args: Args): void {
    const { replication } = this.#node;
    if (args.is(0, 'ping')) this.#reply('+PONG');
    else if (args.is(0, 'psync') || args.is(0, 'sync')) {
      if (replication.role === 'replica' && !replication.linkUp) {
        this.#reply("-NOMASTERLINK Can't SYNC while not connected with my master");
      } else this.#accept(args);
    } else if (args.is(0, 'replconf')) {
      if (args.is(1, 'ack')) {
        replication.acknowledged(this.#connection, args.integer(2), -1);
        return;
      }
      for (let i = 1; i < args.count; i += 2) {
        if (args.is(i, 'listening-port')) this.#facts.listeningPort = args.integer(i + 1);
        if (args.is(i, 'capa') && args.is(i + 1, 'eof')) this.#facts.eof = true;
        if (args.is(i, 'capa') && args.is(i + 1, 'psync2')) this.#facts.psync2 = true;
      }
      this.#reply('+OK');
    } else this.#reply('-ERR unknown command');
  }

  #accept(args: Args): void {
    const { listeningPort, announcedIp, parts, ...capabilities } = this.#facts;
    const session = {
      connection: this.#connection,
      listeningPort,
      announcedIp,
      parts,
      capabilities,
      close: () => this.#connection.destroy(),
    };
    const psync = args.is(0, 'psync')
      ? { replicationId: args.binary(1), offset: args.integer(2) }
      : undefined;
    this.#node.replication.accept(session, psync);
  }

  #reply(line: string): void {
    this.#connection.write(Buffer.from(`${line}\r\n`, 'latin1'));
  }
}

/** Runs until the replicas have what the primary has now, and compares all they hold. */
export function inSync(simulation: Simulation, primary: SmallNode, ...replicas: SmallNode[]): void {
  const { offset } = primary.replication;
  const caughtUp = () => replicas.every(({ replication: r }) => r.linkUp && r.offset >= offset);
  simulation.runUntil(caughtUp, 10_000);
  // Not `equal`: a picture of the difference would fill the screen.
  for (const replica of replicas) assert.ok(replica.content === primary.content, 'equal data');
}
