/**
 * One Redis node. It owns all state, and whatever happens to it comes in through its World: bytes of clients, of the
 * cluster bus and of replication, and timers. One event is one turn (`turns.ts`).
 */
import { type Binary, bytesOf, hexOf } from '../redis/bytes.ts';
import { errors } from '../redis/errors.ts';
import { Args } from '../redis/resp/args.ts';
import { ReplyWriter } from '../redis/resp/reply-writer.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { ProcessWorld } from '../redis/world.ts';
import { AccessControl } from './acl/access-control.ts';
import type { Hold } from './admission.ts';
import { NodeReplay } from './aof-replay.ts';
import { BlockedKeys } from './blocked-keys.ts';
import type { ShutdownOptions } from './call.ts';
import type { Client } from './clients/client.ts';
import { ClientMemory } from './clients/client-memory.ts';
import {
  bindAddressesOf,
  ClientPort,
  type ListeningAddress,
  type PortFailure,
  portPlansOf,
} from './clients/client-port.ts';
import { Clients, describeClient } from './clients/clients.ts';
import { Pauses } from './clients/pauses.ts';
import { PendingWrites } from './clients/pending-writes.ts';
import { NodePrimaryStream } from './clients/primary-stream.ts';
import { PubSub } from './clients/pubsub.ts';
import { type ReceptionHost, receive } from './clients/reception.ts';
import { ReplyBufferSizing } from './clients/reply-buffer.ts';
import { Tracking } from './clients/tracking.ts';
import { UnixSocket } from './clients/unix-socket.ts';
import { WatchedKeys } from './clients/watch.ts';
import { ClusterNode } from './cluster/cluster.ts';
import { CommandEntry, CommandTable } from './command-table.ts';
import { catalogue, handlers } from './commands/index.ts';
import type { Configuration } from './configuration/configuration.ts';
import { NodeLimits } from './configuration/limits.ts';
import { hookSettings } from './configuration/settings-hooks.ts';
import { Cron } from './cron.ts';
import { Data } from './data.ts';
import { Dispatch } from './dispatch.ts';
import { type HostFacts, NO_HOST } from './host-facts.ts';
import { aofHostOf, clusterHostOf, dataHostOf, persistenceHostOf, replicationHostOf } from './hosts.ts';
import { crashReport, EXIT_BY_SIGNAL } from './introspection/crash-report.ts';
import { LatencyMonitor } from './introspection/latency-monitor.ts';
import { Log } from './introspection/log.ts';
import { SlowLog } from './introspection/slow-log.ts';
import { Statistics } from './introspection/statistics.ts';
import { MemoryLimit } from './memory-limit.ts';
import { MigrationTargets } from './migration.ts';
import type { NodeParts } from './node-parts.ts';
import { Notifications } from './notifications.ts';
import type { LogLevel, NodeEvent, NodeStatus, Observer } from './observer.ts';
import { AppendOnly } from './persistence/aof.ts';
import { NodePersistence } from './persistence/rdb.ts';
import { NodeReplication } from './replication/replication.ts';
import { Scripting, type ScriptingHost } from './scripting/scripting.ts';
import { Shutdown } from './shutdown.ts';
import { type StartError, startUp } from './start-up.ts';
import { statusOf } from './status.ts';
import { NodeTls } from './tls.ts';
import { type TurnHost, Turns } from './turns.ts';

export interface NodeOptions {
  /** Of this node alone: stopping the node stops all that was opened through it. */
  readonly world: ProcessWorld;
  readonly configuration: Configuration;
  readonly observer?: Observer;
  readonly host?: HostFacts;
  /** Takes the log's lines while the configuration names no file. */
  readonly print?: (line: string) => void;
  /** Its ports are open and its identity is known; data comes next. */
  readonly initialized?: () => void;
  /** The node ended by itself: SHUTDOWN (0), an error it cannot live with (1), a crash. Not called after `stop` or `kill`. */
  readonly ended?: (exitCode: number) => void;
}

export class Node implements NodeParts, ReceptionHost {
  readonly world: ProcessWorld;
  readonly settings: Configuration;
  readonly host: HostFacts;
  readonly runId: string;
  readonly startedAtMs: number;
  readonly data: Data;
  readonly databases: readonly [Keyspace, ...Keyspace[]];
  readonly scripting: Scripting;
  readonly commands: CommandTable;
  readonly clients = new Clients();
  readonly clientMemory: ClientMemory;
  readonly replyBuffers = new ReplyBufferSizing();
  readonly monitors = new Set<Client>();
  readonly pubsub = new PubSub();
  readonly watchedKeys = new WatchedKeys();
  readonly tracking: Tracking;
  readonly blockedKeys: BlockedKeys;
  readonly notifications = new Notifications(this.pubsub);
  readonly statistics: Statistics;
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly pauses: Pauses;
  readonly acl: AccessControl;
  readonly limits: NodeLimits;
  readonly fromPrimary: NodePrimaryStream;
  readonly migrations: MigrationTargets;
  readonly persistence: NodePersistence;
  readonly appendOnly: AppendOnly;
  readonly replication: NodeReplication;
  readonly cluster: ClusterNode | undefined;
  readonly writer = new ReplyWriter();
  readonly sideWriter = new ReplyWriter();
  readonly pendingWrites: PendingWrites;
  readonly cron: Cron;
  readonly memoryLimit: MemoryLimit;
  readonly shutdown: Shutdown;
  readonly port: ClientPort;
  readonly unixSocket: UnixSocket;
  readonly turns: Turns;
  readonly tls: NodeTls;
  parkedCount = 0;
  activeExpiry = true;
  skipsChecksums = false;
  cronPaused = false;
  readonly #options: NodeOptions;
  readonly #log: Log;
  readonly #dispatch: Dispatch;
  #state: 'new' | 'starting' | 'running' | 'ended' = 'new';
  #fullSync: 'loading' | 'serving' | undefined;
  #failStart: ((error: StartError) => void) | undefined;

  constructor(options: NodeOptions) {
    const { world, configuration: settings } = options;
    this.#options = options;
    this.world = world;
    this.settings = settings;
    this.pendingWrites = new PendingWrites(world.clock);
    this.host = options.host ?? NO_HOST;
    this.runId = hexOf(world.random.bytes(20));
    this.startedAtMs = world.clock.wallMs();
    this.statistics = new Statistics(world.clock.monotonicMs());
    this.limits = new NodeLimits(settings);
    this.commands = new CommandTable(catalogue, settings.renames);
    this.acl = new AccessControl(this);
    this.pauses = new Pauses(world.clock, () => this.#releasePostponed());
    this.#log = new Log(
      {
        disk: world.disk,
        clock: world.clock,
        pid: this.host.pid,
        print: options.print ?? (() => {}),
        role: () => (this.#state === 'new' ? 'C' : this.replication.role === 'replica' ? 'S' : 'M'),
        pathOf: (path) => settings.pathOf(path),
      },
      settings,
    );
    this.clientMemory = new ClientMemory(this);
    this.tracking = new Tracking({
      session: (id) => this.clients.get(id),
      executing: () => this.#dispatch.executing,
      broadcastLater: () => this.turns.wakeUp(),
    });
    this.blockedKeys = new BlockedKeys({
      clock: world.clock,
      kindOf: (database, key) => this.data.kindOf(database, key),
      retry: (waiting, reply) => this.#dispatch.retry(waiting, reply),
      inVain: (waiting, error) => this.#dispatch.waitedInVain(waiting, error),
      refusal: ({ client, entry, args }) => this.#dispatch.admission.route(client, entry, args, true),
    });
    this.data = new Data(dataHostOf(this, () => this.#dispatch));
    this.databases = this.data.databases;
    this.fromPrimary = new NodePrimaryStream(this, this.databases, () => this.clients.nextId());
    this.scripting = new Scripting(this.#scriptingHost());
    this.migrations = new MigrationTargets(world, () => this.tls.when('tls-cluster'));
    this.persistence = new NodePersistence(persistenceHostOf(this));
    const replay = new NodeReplay(this, () => this.#dispatch);
    this.appendOnly = new AppendOnly(aofHostOf(this, replay), this.persistence);
    this.replication = new NodeReplication(replicationHostOf(this), this.persistence);
    this.cluster = settings.flag('cluster-enabled') ? new ClusterNode(clusterHostOf(this)) : undefined;
    const first = {
      client: this.fromPrimary.client,
      entry: new CommandEntry(-1, { name: '', arity: 0, flags: 0, keys: [] }, 'server'),
      args: Args.of(''),
      db: this.databases[0],
    };
    this.#dispatch = new Dispatch(this, this.writer, first, handlers);
    this.turns = new Turns(this.#turnHost());
    this.cron = new Cron(this, (work) => this.turns.run(work));
    this.memoryLimit = new MemoryLimit(this, (work) => this.turns.run(work));
    this.tls = new NodeTls(this);
    this.port = new ClientPort(world.network, (connection) => receive(this, connection));
    this.unixSocket = new UnixSocket(world, (connection) => receive(this, connection));
    this.shutdown = new Shutdown(this, () => this.#end(0));
    hookSettings(this);
    settings.onChange = () => this.#configure();
    this.#configure();
  }

  #scriptingHost(): ScriptingHost {
    return {
      node: this,
      clientHost: this,
      dispatch: () => this.#dispatch,
      turn: (work) => this.turns.run(work),
      released: () => this.#releasePostponed(),
      fork: (world, configuration, observer) => new Node({ world, configuration, observer, host: this.host }),
    };
  }

  #turnHost(): TurnHost {
    return {
      clock: this.world.clock,
      begun: (nowMs) => {
        this.statistics.turns++;
        this.#dispatch.beginTurn(nowMs);
      },
      serveBlocked: () => {
        // Keys that went without a command, too: expired, or moved elsewhere.
        if (this.blockedKeys.hasReady && !this.scripting.suspended) this.blockedKeys.serve();
      },
      settle: () => {
        this.cluster?.beforeSleep();
        this.tracking.broadcast();
        this.#log.flush();
      },
      holdsReplies: () => this.holdsReplies,
      ended: () => {
        if (this.clientMemory.limited) this.clientMemory.evict();
        this.statistics.turnEnded(this.#dispatch.turnMs);
      },
    };
  }

  // Life.

  /** `ready` hears once: that clients are served, or why the node could not start. */
  start(ready: (error?: StartError) => void): void {
    const done = (error?: StartError): void => {
      if (this.#failStart === undefined) return;
      this.#failStart = undefined;
      if (error === undefined) {
        this.#state = 'running';
        this.observe({ type: 'started', id: this.cluster?.myId });
      } else this.#stopAll(false);
      ready(error);
    };
    this.#failStart = done;
    startUp(this, {
      begun: () => {
        this.#state = 'starting';
      },
      isWanted: () => this.#failStart !== undefined,
      initialized: () => this.#options.initialized?.(),
      done,
    });
  }

  /** Ends the node cleanly, as SHUTDOWN NOSAVE does, at once. */
  stop(): void {
    if (this.#state === 'ended') return;
    this.#stopAll(true);
  }

  /** Ends it as SIGKILL does: nothing is said to anybody, nothing is written. */
  kill(): void {
    this.#state = 'ended';
    this.turns.end();
    this.#log.flush();
    this.world.destroyAll();
    this.observe({ type: 'stopped' });
  }

  /** Ends it as a signal does that nobody survives: the log gets a report, and nothing is saved. */
  crash(signal: number, stack: string): void {
    for (const line of crashReport(this, signal, stack)) this.log('warning', line);
    this.kill();
    this.#options.ended?.(EXIT_BY_SIGNAL + signal);
  }

  /** SIGSTOP and SIGCONT. */
  pause(): void {
    this.world.freeze();
  }

  resume(): void {
    this.world.thaw();
  }

  status(): NodeStatus {
    return statusOf(this);
  }

  fatal(text: string): void {
    this.log('warning', text);
    if (this.#failStart !== undefined) this.#failStart({ code: 'EFATAL', message: text });
    else this.#end(1);
  }

  shutDown(options: ShutdownOptions, failed: () => void): void {
    this.shutdown.begin(options, failed);
  }

  abortShutdown(): boolean {
    return this.shutdown.abort();
  }

  openPorts(done: (failure?: PortFailure) => void): void {
    this.port.close();
    this.port.open(bindAddressesOf(this.settings), portPlansOf(this.settings, this.tls), done);
  }

  listenAnew(done: (error?: string) => void): void {
    this.openPorts((failure) => {
      if (failure !== undefined) this.log('warning', failure.text);
      done(failure?.text);
    });
  }

  #end(exitCode: number): void {
    if (this.#state === 'ended') return;
    this.#stopAll(exitCode === 0);
    this.#options.ended?.(exitCode);
  }

  #stopAll(clean: boolean): void {
    this.#state = 'ended';
    this.turns.end();
    this.cron.stop();
    this.memoryLimit.stop();
    this.data.stop();
    this.scripting.stop();
    this.port.close();
    this.unixSocket.close();
    this.persistence.stop();
    this.appendOnly.stop();
    this.replication.stop();
    this.cluster?.stop(clean);
    // A node that can't go on says nothing of what it may have lost.
    for (const client of this.clients) {
      if (clean) client.closeAfterReply();
      else client.close();
    }
    this.turns.flushAll();
    this.#log.flush();
    this.observe({ type: 'stopped' });
  }

  // What may leave when.

  get holdsReplies(): boolean {
    return this.appendOnly.pending;
  }

  get inTransaction(): boolean {
    return this.#dispatch.inTransaction || this.scripting.suspended;
  }

  persist(): void {
    const { clock } = this.world;
    const startMs = clock.monotonicMs();
    this.appendOnly.flush();
    this.statistics.appendOnlyMs += clock.monotonicMs() - startMs;
  }

  // Sessions.

  execute(client: Client, args: Args, more = false): void {
    this.#dispatch.execute(client, args, more);
  }

  settle(): void {
    this.#dispatch.settle();
  }

  prefetch(client: Client, ahead: readonly Args[], count: number): void {
    // A pipeline is mostly more of the same.
    const key = this.commands.find(ahead[0])?.likelyKey ?? 0;
    if (key > 0) this.databases[client.database].prefetch(ahead, count, key);
  }

  isExecuting(client: Client): boolean {
    return this.#dispatch.executing === client;
  }

  countTraffic(input: number, output: number): void {
    this.statistics.inputBytes += input;
    this.statistics.outputBytes += output;
    if (input > 0) this.statistics.reads++;
    if (output > 0) this.statistics.writes++;
  }

  drained(client: Client): void {
    if (client.isReplica) this.replication.drained(client.connection);
  }

  gone(client: Client): void {
    this.clients.remove(client);
    this.monitors.delete(client);
    this.turns.forget(client);
    this.pubsub.forget(client);
    this.watchedKeys.unwatch(client);
    this.tracking.forget(client);
    this.clientMemory.count(client);
    if (client.isReplica) this.replication.disconnected(client.connection);
  }

  logOverflow(client: Client, what: string): void {
    const line = describeClient(client, this.world.clock);
    this.log('warning', `Client ${line} scheduled to be closed ASAP for overcoming of ${what}.`);
  }

  #releasePostponed(): void {
    for (const client of this.clients) client.release();
    this.fromPrimary.release();
  }

  // Data.

  get usedBytes(): number {
    return this.data.usedBytes;
  }

  get overheadBytes(): number {
    // What a slow replica lacks does not count: each eviction would make it more (freeMemoryGetNotCountedMemory).
    const backlog = this.replication.backlogBytes - this.replication.laggingBytes;
    return this.scripting.usedBytes + this.clientMemory.total + backlog;
  }

  get loading(): boolean {
    return this.#fullSync === 'loading' || this.persistence.loading || this.appendOnly.loading;
  }

  get asyncLoading(): boolean {
    return this.#fullSync === 'serving';
  }

  hold(database: number, keys: readonly Binary[]): Hold {
    return this.#dispatch.admission.hold(database, keys, () => this.#releasePostponed());
  }

  publish(channel: Binary, message: Uint8Array, sharded: boolean): number {
    this.cluster?.publish(bytesOf(channel), message, sharded);
    return this.pubsub.publish(channel, message, sharded);
  }

  beginFullSync(serving: boolean): void {
    this.#fullSync = serving ? 'serving' : 'loading';
  }

  endFullSync(complete: boolean): void {
    this.#fullSync = undefined;
    for (const db of this.databases) this.blockedKeys.allChanged(db.index);
    if (complete) this.appendOnly.restart();
  }

  // The outside.

  log(level: LogLevel, text: string): void {
    if (!this.#log.isShown(level)) return;
    this.#log.write(level, text);
    this.observe({ type: 'log', level, text });
  }

  isLogged(level: LogLevel): boolean {
    return this.#log.isShown(level);
  }

  observe(event: NodeEvent): void {
    if (event.type === 'role') this.host.adopt?.(this.settings, event.role === 'replica');
    if (event.type === 'role' && event.role === 'replica') this.blockedKeys.endAll(errors.unblockedByRole());
    this.#options.observer?.event(event);
  }

  get observesBus(): boolean {
    return this.#options.observer?.wantsBus === true;
  }

  get addresses(): readonly ListeningAddress[] {
    return [...this.port.addresses, ...this.unixSocket.addresses];
  }

  get shutdownLeftMs(): number | undefined {
    return this.shutdown.underWay ? this.shutdown.leftMs : undefined;
  }

  #configure(): void {
    const { settings } = this;
    this.limits.configure(settings);
    this.clientMemory.configure(settings);
    this.data.configure();
    this.slowLog.configure(settings.number('slowlog-log-slower-than'), settings.number('slowlog-max-len'));
    this.tracking.maxKeys = settings.number('tracking-table-max-keys');
    this.latency.threshold = settings.number('latency-monitor-threshold');
    this.#dispatch.configure();
    this.memoryLimit.configure();
    this.appendOnly.configure();
    this.acl.configure();
    this.cluster?.configure();
  }
}
