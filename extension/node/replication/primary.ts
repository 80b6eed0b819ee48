/**
 * The side of a primary (and of a replica with replicas of its own): who is attached, full and partial syncs, sending
 * the stream, acknowledgements, time-outs and limits.
 */
import { Buffer } from 'node:buffer';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Connection, Timer } from '../../redis/world.ts';
import type { ImageParts } from '../persistence/contract.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { Snapshot } from '../persistence/snapshot.ts';
import { AttachedReplica } from './attached-replica.ts';
import type { ReplicaInfo, ReplicaSession, ReplicationHost } from './contract.ts';
import { FileSync, SocketSync } from './full-sync.ts';
import { type ReplicationHistory, randomId } from './history.ts';
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
  readonly #persistence: NodePersistence;
  readonly #attached = new Map<Connection, AttachedReplica>();
  /** The image that goes into sockets just now. */
  #image: { readonly snapshot: Snapshot; readonly sync: SocketSync } | undefined;
  readonly #files = new Map<AttachedReplica, FileSync>();
  #startTimer: Timer | undefined;
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
    this.#persistence = persistence;
    this.#aloneSinceMs = this.#now();
    history.unsentFrom = () => this.#unsentFrom();
    // Not at once: this may be told in the middle of a transaction, and an image must not fall into one.
    persistence.onIdle = () => {
      this.#startTimer?.cancel();
      this.#startTimer = host.world.clock.after(0, () => this.#startSyncWhenDue());
    };
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
        state: online ? 'online' : this.#files.has(replica) ? 'send_bulk' : 'wait_bgsave',
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
    if (this.#joinSave(replica)) return;
    if (this.#persistence.saving) {
      this.#host.log('notice', 'Another image is being written. Waiting for next BGSAVE for SYNC');
    }
    this.#startSyncWhenDue();
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

  // Full sync.

  #startSyncWhenDue(): void {
    this.#startTimer?.cancel();
    this.#startTimer = undefined;
    const all = [...this.#attached.values()].filter(({ state }) => state === 'waiting');
    if (all.length === 0 || this.#persistence.saving || this.#persistence.loading) return;
    const { settings, world } = this.#host;
    // Who wants another image has its turn next.
    const { parts } = all[0].session;
    const waiting = all.filter(({ session }) => session.parts === parts);
    // The file holds everything: it is of no use to who wants less.
    const diskless =
      (settings.flag('repl-diskless-sync') || parts !== 'all') &&
      waiting.every(({ session }) => session.capabilities.eof);
    if (!diskless && parts !== 'all') {
      this.#host.log('warning', 'rdb-filter-only takes a replica with the capability eof');
      for (const replica of waiting) this.drop(replica);
      return;
    }
    const enough = settings.number('repl-diskless-sync-max-replicas');
    if (diskless && (enough === 0 || waiting.length < enough)) {
      // More replicas may be about to come, and could share it.
      const waited = this.#now() - Math.min(...waiting.map(({ arrivedAtMs }) => arrivedAtMs));
      const left = settings.number('repl-diskless-sync-delay') * 1000 - waited;
      if (left > 0) {
        this.#host.log('notice', 'Delay next BGSAVE for diskless SYNC');
        this.#startTimer = world.clock.after(left, () => this.#startSyncWhenDue());
        return;
      }
    }
    const target = diskless ? 'replicas sockets' : 'disk';
    this.#host.log('notice', `Starting BGSAVE for SYNC with target: ${target}`);
    if (diskless) this.#syncBySockets(waiting, parts);
    else this.#syncByDisk(waiting);
  }

  /** The stream from here on is what the image lacks; the replica's own first words about it. */
  #beginSync(replica: AttachedReplica, state: 'saving' | 'receiving'): void {
    const { id, offset, backlog } = this.#history;
    replica.state = state;
    replica.place = backlog?.find(offset);
    if (!replica.withoutAcks) replica.writeLine(`+FULLRESYNC ${id} ${offset}\r\n`, this.#now());
    this.#host.observe({ type: 'sync', step: 'full-started', peer: replica.name });
  }

  #syncBySockets(replicas: readonly AttachedReplica[], parts: ImageParts): void {
    for (const replica of replicas) this.#beginSync(replica, 'receiving');
    const mark = randomId(this.#host.world.random);
    const sync = new SocketSync(
      replicas,
      mark,
      () => this.#now(),
      () => this.#imageSent(sync),
    );
    const snapshot = this.#persistence.beginImage(sync, parts, () => {
      this.#image = undefined;
      for (const replica of sync.replicas) this.drop(replica);
    });
    this.#image = { snapshot, sync };
    // After the header, which tells what was selected so far.
    this.#history.unselect();
    snapshot.start();
  }

  #imageSent(sync: SocketSync): void {
    const image = this.#image;
    this.#image = undefined;
    const count = sync.replicas.size;
    this.#host.log('notice', `Diskless rdb transfer, done reading from pipe, ${count} replicas still up.`);
    for (const replica of sync.replicas) {
      replica.waitsForAck = true;
      this.#putOnline(replica);
    }
    if (image !== undefined) this.#persistence.imageEnded(image.snapshot);
  }

  #syncByDisk(replicas: readonly AttachedReplica[]): void {
    for (const replica of replicas) this.#beginSync(replica, 'saving');
    try {
      this.#persistence.saveForReplicas((path) => this.#fileSaved(path));
    } catch {
      this.#host.log('warning', 'BGSAVE for replication failed');
      for (const replica of replicas) this.drop(replica);
      return;
    }
    this.#history.unselect();
  }

  /** A replica that comes while the file for others is being written shares it. */
  #joinSave(replica: AttachedReplica): boolean {
    const other = [...this.#attached.values()].find(({ state }) => state === 'saving');
    if (other?.place === undefined || replica.session.parts !== 'all') return false;
    const offset = other.place.block.start + other.place.at;
    replica.state = 'saving';
    replica.place = { ...other.place };
    if (!replica.withoutAcks) {
      replica.writeLine(`+FULLRESYNC ${this.#history.id} ${offset}\r\n`, this.#now());
    }
    this.#host.log('notice', 'Waiting for end of BGSAVE for SYNC');
    this.#host.observe({ type: 'sync', step: 'full-started', peer: replica.name });
    return true;
  }

  #fileSaved(path: string | undefined): void {
    for (const replica of [...this.#attached.values()]) {
      if (replica.state !== 'saving') continue;
      try {
        if (path === undefined) throw new Error('BGSAVE for replication failed');
        replica.state = 'receiving';
        const file = new FileSync(
          this.#host.world,
          path,
          replica,
          () => this.#now(),
          () => {
            this.#files.delete(replica);
            this.#putOnline(replica);
            replica.sendStream(this.#now());
          },
        );
        this.#files.set(replica, file);
        file.send();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#host.log('warning', `SYNC failed: ${why}`);
        this.drop(replica);
      }
    }
  }

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
    else this.#files.get(replica)?.send();
    if (this.#image?.sync.flowing) this.#image.snapshot.resume();
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
    this.#startTimer?.cancel();
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#attached.clear();
    this.#image = undefined;
  }

  #forget(replica: AttachedReplica): void {
    if (!this.#attached.delete(replica.session.connection)) return;
    this.#files.get(replica)?.close();
    this.#files.delete(replica);
    // What was kept for it alone.
    this.#history.backlog?.trim();
    if (this.#attached.size === 0) this.#aloneSinceMs = this.#now();
    if (replica.state === 'saving') this.#endUnwantedSave();
    const image = this.#image;
    if (!image?.sync.replicas.delete(replica)) return;
    if (image.sync.replicas.size > 0) {
      if (image.sync.flowing) image.snapshot.resume();
      return;
    }
    // Nobody is left to whom it could be sent.
    this.#image = undefined;
    this.#host.log('warning', 'Diskless rdb transfer, last replica dropped, killing fork child.');
    this.#persistence.imageEnded(image.snapshot);
  }

  /** The file was for replicas that are gone; unless files are wanted anyway (`save`), it is not finished. */
  #endUnwantedSave(): void {
    if (this.#persistence.hasSavePoints) return;
    for (const { state } of this.#attached.values()) if (state === 'saving') return;
    this.#persistence.cancelBackgroundSave();
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
