/**
 * The side of a primary (and of a replica with replicas of its own): who is attached, partial syncs, sending the stream,
 * acknowledgements, time-outs and limits. Images for full syncs are in full-sync.ts.
 */
import { Buffer } from 'node:buffer';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Connection, Timer } from '../../redis/world.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import { AttachedReplica } from './attached-replica.ts';
import type { ReplicaInfo, ReplicaSession, ReplicationHost } from './contract.ts';
import { FullSyncs } from './full-sync.ts';
import type { ReplicationHistory } from './history.ts';
import { replicaOutputLimit } from './output-limit.ts';

const PING = encodeCommand(['PING']).bytes;
const GETACK = encodeCommand(['REPLCONF', 'GETACK', '*']).bytes;
const NEWLINE = Buffer.from('\n');

export interface SyncCounts {
  full: number;
  partial: number;
  /** PSYNC that had to become a full sync. */
  refused: number;
}

export class Replicas {
  readonly counts: SyncCounts = { full: 0, partial: 0, refused: 0 };
  readonly #host: ReplicationHost;
  readonly #history: ReplicationHistory;
  readonly #attached = new Map<Connection, AttachedReplica>();
  readonly #fullSyncs: FullSyncs;
  #wantsAcks = false;
  #unsent = false;
  #flushTimer: Timer | undefined;
  /** Monotonic ms since when nobody is attached. */
  #aloneSinceMs: number;
  /** Redis counts from a run at its start, before anybody is attached: the first PING comes after a whole period. */
  #cronRuns = 1;

  constructor(host: ReplicationHost, history: ReplicationHistory, persistence: NodePersistence) {
    this.#host = host;
    this.#history = history;
    this.#aloneSinceMs = this.#now();
    history.unsentFrom = () => this.#unsentFrom();
    this.#fullSyncs = new FullSyncs(host, history, persistence, {
      replicas: () => this.#attached.values(),
      drop: (replica) => this.drop(replica),
      sent: (replica) => this.#putOnline(replica),
    });
  }

  get size(): number {
    return this.#attached.size;
  }

  *infos(): IterableIterator<ReplicaInfo> {
    const now = this.#now();
    for (const replica of this.#attached.values()) {
      const online = replica.state === 'online';
      yield {
        address: replica.address,
        // As redis-server sees it, who is sent an image while that is made waits for it.
        state: online ? 'online' : this.#fullSyncs.sendsFileTo(replica) ? 'send_bulk' : 'wait_bgsave',
        offset: replica.acknowledged,
        lagSeconds: online ? Math.floor((now - replica.heardAtMs) / 1000) : 0,
      };
    }
  }

  // A replica arrives.

  accept(session: ReplicaSession, psync: { replicationId: string; offset: number } | undefined): void {
    const replica = new AttachedReplica(session, psync === undefined, this.#now(), (bytes) =>
      this.#host.countTraffic(0, bytes),
    );
    this.#host.log('notice', `Replica ${replica.name} asks for synchronization`);
    if (psync !== undefined && this.#continue(replica, psync.replicationId, psync.offset)) return;
    if (psync !== undefined && !psync.replicationId.startsWith('?')) this.counts.refused++;
    this.counts.full++;
    this.#attached.set(session.connection, replica);
    if (this.#history.backlog === undefined) {
      // What was done so far was not counted: nobody can have a part of this history.
      this.#history.begin();
      this.#history.startBacklog();
      const { id, secondId } = this.#history;
      const ids = `my new replication IDs are '${id}' and '${secondId}'`;
      this.#host.log('notice', `Replication backlog created, ${ids}`);
    }
    this.#fullSyncs.add(replica);
  }

  /** Partial resync: true when it can go on where it stopped. */
  #continue(replica: AttachedReplica, id: string, offset: number): boolean {
    const refusal = this.#refusal(replica, id.toLowerCase(), offset);
    if (refusal !== undefined) {
      this.#host.log('notice', refusal);
      return false;
    }
    const { backlog } = this.#history;
    const place = backlog?.find(offset - 1);
    if (backlog === undefined || place === undefined) {
      const why = `for lack of backlog (Replica request was: ${offset})`;
      this.#host.log('notice', `Unable to partial resync with replica ${replica.name} ${why}.`);
      return false;
    }
    this.counts.partial++;
    const { session } = replica;
    const bytes = backlog.end - offset + 1;
    this.#attached.set(session.connection, replica);
    replica.state = 'online';
    replica.place = place;
    const newId = session.capabilities.psync2 ? ` ${this.#history.id}` : '';
    replica.writeLine(`+CONTINUE${newId}\r\n`, this.#now());
    this.#host.log(
      'notice',
      `Partial resynchronization request from ${replica.name} accepted. ` +
        `Sending ${bytes} bytes of backlog starting from offset ${offset}.`,
    );
    this.#host.observe({ type: 'sync', step: 'partial', peer: replica.name, bytes });
    replica.sendStream(this.#now());
    return true;
  }

  /** Why the history that a replica has is not ours. */
  #refusal(replica: AttachedReplica, asked: string, offset: number): string | undefined {
    const { id, secondId, secondOffset } = this.#history;
    if (asked === id || (asked === secondId && offset <= secondOffset)) return undefined;
    if (asked.startsWith('?')) return `Full resync requested by replica ${replica.name}`;
    const refused = 'Partial resynchronization not accepted:';
    if (asked === secondId) {
      return `${refused} Requested offset for second ID was ${offset}, but I can reply up to ${secondOffset}`;
    }
    const mine = `my replication IDs are '${id}' and '${secondId}'`;
    return `${refused} Replication ID mismatch (Replica asked for '${asked}', ${mine})`;
  }

  /** It has the image. */
  #putOnline(replica: AttachedReplica): void {
    replica.state = 'online';
    replica.heardAtMs = this.#now();
    this.#host.observe({ type: 'sync', step: 'full-finished', peer: replica.name });
    if (replica.session.capabilities.rdbOnly) {
      const what = `RDB transfer completed, rdb only replica (${replica.name})`;
      this.#host.log('notice', `${what} should be disconnected asap`);
      this.#forget(replica);
      replica.session.connection.end();
      return;
    }
    this.#host.log('notice', `Synchronization with replica ${replica.name} succeeded`);
  }

  // The stream.

  /** Something was fed. */
  wrote(): void {
    this.#unsent = true;
    this.#flushSoon();
  }

  /** Clients whose commands arrived together are one write to each replica, not one for each of them. */
  #flushSoon(): void {
    if (this.#attached.size === 0 || this.#flushTimer !== undefined) return;
    this.#flushTimer = this.#host.world.clock.after(0, () => this.flush());
  }

  flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    if (this.#wantsAcks && this.#host.pausedFor === undefined) {
      this.#wantsAcks = false;
      if (this.#attached.size > 0) this.#feed(GETACK);
    }
    if (!this.#unsent) return;
    this.#unsent = false;
    const now = this.#now();
    for (const replica of this.#attached.values()) {
      replica.sendStream(now);
      if (replica.blocked || replica.state !== 'online') this.#checkLimit(replica, now);
    }
  }

  #unsentFrom(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { unsentFrom } of this.#attached.values()) lowest = Math.min(lowest, unsentFrom);
    return lowest;
  }

  /** It adds nothing more to the stream: its primary would not count that. */
  becameReplica(): void {
    this.#wantsAcks = false;
  }

  requestAcknowledgements(): void {
    this.#wantsAcks = true;
    this.#flushSoon();
  }

  acknowledged(connection: Connection, offset: number, syncedOffset: number): void {
    const replica = this.#attached.get(connection);
    if (replica === undefined) return;
    const now = this.#now();
    replica.acknowledged = Math.max(replica.acknowledged, offset);
    replica.syncedOffset = Math.max(replica.syncedOffset, syncedOffset);
    replica.heardAtMs = now;
    if (replica.waitsForAck && replica.state === 'online') {
      replica.waitsForAck = false;
      replica.sendStream(now);
    }
    this.#host.replicaAcknowledged();
  }

  acknowledgements(offset: number): number {
    let count = 0;
    for (const { state, acknowledged } of this.#attached.values()) {
      if (state === 'online' && acknowledged >= offset) count++;
    }
    return count;
  }

  /** How many have `offset` on their disks. */
  synced(offset: number): number {
    let count = 0;
    for (const { state, syncedOffset } of this.#attached.values()) {
      if (state === 'online' && syncedOffset >= offset) count++;
    }
    return count;
  }

  good(): number {
    const longest = this.#host.settings.number('min-replicas-max-lag');
    let count = 0;
    for (const { state, lagSeconds } of this.infos())
      if (state === 'online' && lagSeconds <= longest) count++;
    return count;
  }

  drained(connection: Connection): void {
    const replica = this.#attached.get(connection);
    if (replica === undefined) return;
    replica.drained();
    if (replica.state === 'online') replica.sendStream(this.#now());
    this.#fullSyncs.drained(replica);
  }

  disconnected(connection: Connection): void {
    const replica = this.#attached.get(connection);
    if (replica === undefined) return;
    this.#host.log('notice', `Connection with replica ${replica.name} lost.`);
    this.#forget(replica);
  }

  /** Ends the connections of all: they have to ask anew, because our history changed under them. */
  dropAll(): void {
    for (const replica of [...this.#attached.values()]) this.drop(replica);
  }

  drop(replica: AttachedReplica): void {
    this.#forget(replica);
    replica.session.close();
  }

  stop(): void {
    this.flush();
    this.#fullSyncs.stop();
    this.#attached.clear();
  }

  #forget(replica: AttachedReplica): void {
    if (!this.#attached.delete(replica.session.connection)) return;
    // What was kept for it alone.
    this.#history.backlog?.trim();
    if (this.#attached.size === 0) this.#aloneSinceMs = this.#now();
    this.#fullSyncs.forget(replica);
  }

  // Once a second.

  cron(isPrimary: boolean): void {
    const { settings } = this.#host;
    const now = this.#now();
    const due = this.#cronRuns++ % settings.number('repl-ping-replica-period') === 0;
    // A failover waits for the offsets to be equal: nothing may be added then.
    if (isPrimary && due && this.#attached.size > 0 && this.#host.pausedFor !== 'failover') this.#feed(PING);
    const timeoutMs = settings.number('repl-timeout') * 1000;
    for (const replica of [...this.#attached.values()]) {
      if (replica.state === 'waiting' || replica.state === 'saving') replica.write(NEWLINE, now);
      else if (this.#timedOut(replica, now, timeoutMs)) {
        const phase = replica.state === 'online' ? 'streaming sync' : 'full sync';
        this.#host.log('warning', `Disconnecting timedout replica (${phase}): ${replica.name}`);
        this.drop(replica);
      } else this.#checkLimit(replica, now);
    }
    if (isPrimary) this.#releaseBacklog(now);
    this.flush();
  }

  #timedOut(replica: AttachedReplica, now: number, timeoutMs: number): boolean {
    if (replica.state === 'online') return !replica.withoutAcks && now - replica.heardAtMs > timeoutMs;
    return replica.blocked && now - replica.blockedSinceMs > timeoutMs;
  }

  #checkLimit(replica: AttachedReplica, now: number): void {
    const limit = replicaOutputLimit(this.#host.settings);
    const pending = replica.pendingBytes(this.#history.backlog);
    const overSoft = limit.soft > 0 && pending >= limit.soft;
    if (!overSoft) replica.softLimitSinceMs = undefined;
    else replica.softLimitSinceMs ??= now;
    const since = replica.softLimitSinceMs;
    const tooLong = since !== undefined && now - since > limit.seconds * 1000;
    if (!tooLong && (limit.hard === 0 || pending < limit.hard)) return;
    const what = `Client replica ${replica.name} closed for overcoming of output buffer limits`;
    this.#host.log('warning', `${what} (${pending} bytes).`);
    this.drop(replica);
  }

  #releaseBacklog(now: number): void {
    const seconds = this.#host.settings.number('repl-backlog-ttl');
    if (this.#attached.size > 0 || seconds === 0 || this.#history.backlog === undefined) return;
    if (now - this.#aloneSinceMs <= seconds * 1000) return;
    this.#history.release();
    this.#host.log(
      'notice',
      `Replication backlog freed after ${seconds} seconds without connected replicas.`,
    );
  }

  /** Whoever was alone as a replica is counted as alone from now on: its backlog must outlive a failover. */
  becamePrimary(): void {
    this.#aloneSinceMs = this.#now();
  }

  #feed(bytes: Uint8Array): void {
    this.#history.feed(-1, bytes, 0, bytes.length);
    this.#unsent = true;
  }

  #now(): number {
    return this.#host.world.clock.monotonicMs();
  }
}
