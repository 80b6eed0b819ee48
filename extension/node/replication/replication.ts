/** Replication as the node sees it: one history, the replicas attached to it, and the primary it comes from, if any. */
import type { Binary } from '../../redis/bytes.ts';
import { errors, ReplyError } from '../../redis/errors.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Address, Connection, Timer } from '../../redis/world.ts';
import type { NodeRole } from '../observer.ts';
import type { ExpiredKey, History, InfoField } from '../persistence/contract.ts';
import { loadingFields } from '../persistence/file-load.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { ReplicaInfo, ReplicaSession, Replication, ReplicationHost } from './contract.ts';
import { CoordinatedFailover, type FailoverHost } from './coordinated-failover.ts';
import { ReplicationHistory } from './history.ts';
import { type LinkOwner, type LinkState, PrimaryLink } from './link.ts';
import { Replicas, type SyncCounts } from './primary.ts';

/** Redis' replication cron runs once a second. */
const CRON_MS = 1000;

/** A session in WAIT or WAITAOF. */
interface AcknowledgementWait {
  readonly reached: () => boolean;
  readonly over: (error?: ReplyError) => void;
}

export class NodeReplication implements Replication, LinkOwner {
  readonly #host: ReplicationHost;
  readonly #persistence: NodePersistence;
  readonly #history: ReplicationHistory;
  readonly #replicas: Replicas;
  readonly failover: CoordinatedFailover;
  #link: PrimaryLink | undefined;
  #timer: Timer | undefined;
  readonly #waits = new Set<AcknowledgementWait>();
  /** The node is up: a link may be dialled. */
  #started = false;

  constructor(host: ReplicationHost, persistence: NodePersistence) {
    this.#host = host;
    this.#persistence = persistence;
    this.#history = new ReplicationHistory(host.world.random, () => this.#backlogLimit());
    this.#replicas = new Replicas(host, this.#history, persistence);
    this.failover = new CoordinatedFailover(this.#failoverHost());
  }

  #failoverHost(): FailoverHost {
    const replication = this;
    return {
      world: this.#host.world,
      get offset() {
        return replication.offset;
      },
      replicas: () => this.replicas(),
      follow: (primary) => this.follow(primary),
      promote: () => this.promote(),
      requestAcknowledgements: () => {
        this.#replicas.requestAcknowledgements();
        this.#replicas.flush();
      },
      holdWrites: (held) => this.#host.holdWrites(held),
      log: (level, text) => this.#host.log(level, text),
    };
  }

  get role(): NodeRole {
    return this.#link === undefined ? 'primary' : 'replica';
  }

  /** 0 when the data is lost, between the old and the new of a full sync: nobody should elect this node then. */
  get offset(): number {
    return this.#history.valid ? this.#history.offset : 0;
  }

  get primary(): Address | undefined {
    return this.#link?.primary;
  }

  get linkUp(): boolean {
    return this.#link?.up ?? false;
  }

  get linkState(): LinkState | undefined {
    return this.#link?.state;
  }

  get replicationId(): string {
    return this.#history.id;
  }

  get secondReplicationId(): string {
    return this.#history.secondId;
  }

  get secondOffset(): number {
    return this.#history.secondOffset;
  }

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    Object.assign(this.#replicas.counts, { full: 0, partial: 0, refused: 0 });
  }

  get syncCounts(): Readonly<SyncCounts> {
    return this.#replicas.counts;
  }

  /** Bytes of the stream that are kept. */
  get backlogBytes(): number {
    return this.#history.backlog?.size ?? 0;
  }

  /** How many of them are kept only because a replica has yet to be sent them. */
  get laggingBytes(): number {
    // The backlog goes in blocks: what stands over without a replica is nobody's lack.
    return this.#replicas.size === 0 ? 0 : Math.max(0, this.backlogBytes - this.#backlogLimit());
  }

  // The stream.

  get feeding(): boolean {
    return this.#link === undefined && this.#history.backlog !== undefined;
  }

  feed(database: number, bytes: Uint8Array, start: number, end: number): void {
    // A replica's writes of its own (replica-read-only no) are local.
    if (this.#link !== undefined) return;
    this.#history.feed(database, bytes, start, end);
    this.#replicas.wrote();
  }

  // Replicas of ours.

  replicas(): readonly ReplicaInfo[] {
    return [...this.#replicas.infos()];
  }

  accept(session: ReplicaSession, psync: { replicationId: string; offset: number } | undefined): void {
    this.#replicas.accept(session, psync);
  }

  drained(connection: Connection): void {
    this.#replicas.drained(connection);
  }

  disconnected(connection: Connection): void {
    this.#replicas.disconnected(connection);
  }

  acknowledged(connection: Connection, offset: number, syncedOffset: number): void {
    this.#replicas.acknowledged(connection, offset, syncedOffset);
    this.#lookAtWaits();
    this.failover.look();
  }

  synced(): void {
    this.#lookAtWaits();
  }

  #lookAtWaits(): void {
    for (const wait of [...this.#waits]) {
      try {
        if (wait.reached()) wait.over();
      } catch (error) {
        if (!(error instanceof ReplyError)) throw error;
        wait.over(error);
      }
    }
  }

  /**
   * WAIT and WAITAOF: `over` hears once that `reached` became true, or with the error that this node is no primary any
   * more, or that `reached` throws. Returns how to stop waiting.
   */
  awaitAcknowledgements(reached: () => boolean, over: (error?: ReplyError) => void): () => void {
    const wait = { reached, over };
    this.#waits.add(wait);
    this.requestAcknowledgements();
    return () => this.#waits.delete(wait);
  }

  acknowledgements(offset: number): number {
    return this.#replicas.acknowledgements(offset);
  }

  /** How many replicas have `offset` on their disks. */
  syncedReplicas(offset: number): number {
    return this.#replicas.synced(offset);
  }

  requestAcknowledgements(): void {
    this.#replicas.requestAcknowledgements();
  }

  goodReplicas(): number {
    return this.#replicas.good();
  }

  // Our primary.

  get failingOver(): boolean {
    return this.failover.state === 'failover-in-progress';
  }

  /** What our primary-to-be said when it was asked for its stream. */
  answered(accepted: boolean): void {
    this.failover.answered(accepted);
  }

  follow(primary: Address): void {
    const current = this.#link?.primary;
    if (current?.host === primary.host && current.port === primary.port) return;
    this.#link?.stop();
    const link = new PrimaryLink(this.#host, this.#history, this.#persistence, this, primary);
    this.#link = link;
    if (current === undefined) {
      this.#replicas.becameReplica();
      this.#tellRole('replica');
      for (const wait of [...this.#waits]) wait.over(errors.unblockedByRole());
    }
    if (this.#started) link.connect();
  }

  promote(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    link.stop();
    this.#history.shift();
    // They learn of the new id by asking again, and go on where they are.
    this.#replicas.dropAll();
    this.#replicas.becamePrimary();
    this.#host.promoted();
    this.#tellRole('primary');
  }

  /** The data went without a word in the stream (CLUSTER RESET): nobody can go on from where it was. */
  forgetHistory(): void {
    this.#history.begin();
    this.#replicas.dropAll();
  }

  /** Under a new name; those who are attached stay. */
  changeId(): void {
    this.#history.begin();
  }

  /** REPLCONF GETACK from the primary. */
  acknowledgeSoon(): void {
    this.#link?.acknowledgeSoon();
  }

  primarySilenceMs(): number {
    const link = this.#link;
    if (link === undefined) return 0;
    // A connection that stalls is up until repl-timeout.
    if (link.up) return link.secondsSinceHeard * 1000;
    if (!this.#history.valid) return Number.POSITIVE_INFINITY;
    const since = link.downSinceMs;
    return since === undefined ? Number.POSITIVE_INFINITY : this.#host.world.clock.monotonicMs() - since;
  }

  historyChanged(): void {
    this.#replicas.dropAll();
  }

  applied(bytes: Uint8Array, start: number, end: number): void {
    this.#history.feed(-1, bytes, start, end);
    this.#replicas.wrote();
    this.#replicas.flush();
  }

  linkChanged(): void {
    this.#host.linkChanged();
  }

  // Files.

  /** What an RDB file is told of our history; undefined when nobody could make use of it. */
  history(): History | undefined {
    const { backlog, id, offset, database, valid } = this.#history;
    if (backlog === undefined || !valid) return undefined;
    const selected = this.#link === undefined ? database : this.#host.fromPrimary.database;
    return { replicationId: id, offset, database: selected };
  }

  /** What the RDB file that was loaded at the start told, and which of its keys were left out. */
  historyLoaded(history: History, expired: readonly ExpiredKey[]): void {
    this.#history.restore({ id: history.replicationId, offset: history.offset });
    this.#host.fromPrimary.reset(history.database);
    if (this.#link !== undefined) return;
    // As after a promotion: replicas may go on, and hear what we dropped.
    this.#history.shift();
    for (const { database, key } of expired) this.#feedDelete(database, key);
  }

  info(): string {
    return infoLines(this.#replicationInfo());
  }

  loadingInfo(): readonly InfoField[] {
    const progress = this.#link?.loadProgress;
    return progress === undefined ? [] : loadingFields(this.#host, progress);
  }

  start(): void {
    this.#started = true;
    if (this.#link?.state === 'connect') this.#link.connect();
    this.#timer = this.#host.world.clock.after(CRON_MS, () => this.#cron());
  }

  stop(): void {
    this.#started = false;
    this.#timer?.cancel();
    this.#link?.stop();
    this.#replicas.stop();
  }

  /** In a cluster the cluster tells, which knows more. */
  #tellRole(role: NodeRole): void {
    if (!this.#host.settings.flag('cluster-enabled')) this.#host.observe({ type: 'role', role });
  }

  #cron(): void {
    this.#timer = this.#host.world.clock.after(CRON_MS, () => this.#cron());
    this.#link?.cron();
    this.#replicas.cron(this.#link === undefined);
  }

  #feedDelete(database: number, key: Binary): void {
    const word = this.#host.settings.flag('lazyfree-lazy-expire') ? 'UNLINK' : 'DEL';
    const { bytes } = encodeCommand([word, key]);
    this.#history.feed(database, bytes, 0, bytes.length);
  }

  #backlogLimit(): number {
    return this.#host.settings.number('repl-backlog-size');
  }

  #replicationInfo(): (readonly [string, string | number])[] {
    const { settings } = this.#host;
    const { id, secondId, secondOffset, offset, backlog } = this.#history;
    const replicas = this.replicas();
    const wanted = settings.number('min-replicas-to-write');
    const counted = wanted > 0 && settings.number('min-replicas-max-lag') > 0;
    return [
      ['role', this.#link === undefined ? 'master' : 'slave'],
      ...(this.#link === undefined ? [] : this.#linkInfo(this.#link)),
      ['connected_slaves', replicas.length],
      ...(counted ? [['min_slaves_good_slaves', this.goodReplicas()] as const] : []),
      ...replicas.map(({ address, state, offset: acknowledged, lagSeconds }, i) => {
        const where = `ip=${address.host},port=${address.port},state=${state}`;
        return [`slave${i}`, `${where},offset=${acknowledged},lag=${lagSeconds}`] as const;
      }),
      ['master_failover_state', this.failover.state],
      ['master_replid', id],
      ['master_replid2', secondId],
      ['master_repl_offset', offset],
      ['second_repl_offset', secondOffset],
      ['repl_backlog_active', backlog === undefined ? 0 : 1],
      ['repl_backlog_size', this.#backlogLimit()],
      // As PSYNC counts, from 1.
      ['repl_backlog_first_byte_offset', backlog === undefined ? 0 : backlog.begin + 1],
      ['repl_backlog_histlen', backlog?.size ?? 0],
    ];
  }

  #linkInfo(link: PrimaryLink): (readonly [string, string | number])[] {
    const { settings } = this.#host;
    const { total, received } = link.transfer;
    const since = link.downSinceMs;
    const down = since === undefined ? -1 : Math.floor((this.#host.world.clock.monotonicMs() - since) / 1000);
    const percent = total === 0 ? 0 : (received / total) * 100;
    return [
      ['master_host', link.primary.host],
      ['master_port', link.primary.port],
      ['master_link_status', link.up ? 'up' : 'down'],
      ['master_last_io_seconds_ago', link.up ? link.secondsSinceHeard : -1],
      ['master_sync_in_progress', link.inTransfer ? 1 : 0],
      ['slave_read_repl_offset', link.readOffset],
      ['slave_repl_offset', this.#history.offset],
      ...(link.inTransfer
        ? ([
            ['master_sync_total_bytes', total],
            ['master_sync_read_bytes', received],
            ['master_sync_left_bytes', total - received],
            ['master_sync_perc', percent.toFixed(2)],
            ['master_sync_last_io_seconds_ago', link.secondsSinceHeard],
          ] as const)
        : []),
      ...(link.up ? [] : [['master_link_down_since_seconds', down] as const]),
      ['slave_priority', settings.number('replica-priority')],
      ['slave_read_only', settings.flag('replica-read-only') ? 1 : 0],
      ['replica_announced', settings.flag('replica-announced') ? 1 : 0],
    ];
  }
}

function infoLines(lines: readonly (readonly [string, string | number])[]): string {
  return lines.map(([name, value]) => `${name}:${value}\r\n`).join('');
}
