/**
 * Images for the replicas that need one: who shares one, when it begins, by which way it goes, and what becomes of it
 * when those for whom it was made leave.
 */
import { messageOf } from '../../redis/caught.ts';
import type { Timer } from '../../redis/world.ts';
import type { ImageParts } from '../persistence/contract.ts';
import type { NodePersistence } from '../persistence/rdb.ts';
import type { Snapshot } from '../persistence/snapshot.ts';
import type { AttachedReplica } from './attached-replica.ts';
import type { ReplicationHost } from './contract.ts';
import { type ReplicationHistory, randomId } from './history.ts';
import { FileSync, SocketSync } from './image-senders.ts';

export interface FullSyncOwner {
  /** All that are attached. */
  replicas(): Iterable<AttachedReplica>;
  drop(replica: AttachedReplica): void;
  /** The replica was sent all of the image: the stream follows. */
  sent(replica: AttachedReplica): void;
}

export class FullSyncs {
  readonly #host: ReplicationHost;
  readonly #history: ReplicationHistory;
  readonly #persistence: NodePersistence;
  readonly #owner: FullSyncOwner;
  /** The image that goes into sockets just now. */
  #image: { readonly snapshot: Snapshot; readonly sync: SocketSync } | undefined;
  readonly #files = new Map<AttachedReplica, FileSync>();
  #startTimer: Timer | undefined;

  constructor(
    host: ReplicationHost,
    history: ReplicationHistory,
    persistence: NodePersistence,
    owner: FullSyncOwner,
  ) {
    this.#host = host;
    this.#history = history;
    this.#persistence = persistence;
    this.#owner = owner;
    // Not at once: this may be told in the middle of a transaction, and an image must not fall into one.
    persistence.onIdle = () => {
      this.#startTimer?.cancel();
      this.#startTimer = host.world.clock.after(0, () => this.#startWhenDue());
    };
  }

  /** The image's file is on its way. */
  sendsFileTo(replica: AttachedReplica): boolean {
    return this.#files.has(replica);
  }

  /** An attached replica needs an image. */
  add(replica: AttachedReplica): void {
    if (this.#joinSave(replica)) return;
    if (this.#persistence.saving) {
      this.#host.log('notice', 'Another image is being written. Waiting for next BGSAVE for SYNC');
    }
    this.#startWhenDue();
  }

  /** Its connection can take more. */
  drained(replica: AttachedReplica): void {
    this.#files.get(replica)?.send();
    if (this.#image?.sync.flowing) this.#image.snapshot.resume();
  }

  /** The replica is not attached any more. */
  forget(replica: AttachedReplica): void {
    this.#files.get(replica)?.close();
    this.#files.delete(replica);
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

  stop(): void {
    this.#startTimer?.cancel();
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#image = undefined;
  }

  #startWhenDue(): void {
    this.#startTimer?.cancel();
    this.#startTimer = undefined;
    const all = [...this.#owner.replicas()].filter(({ state }) => state === 'waiting');
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
      for (const replica of waiting) this.#owner.drop(replica);
      return;
    }
    const enough = settings.number('repl-diskless-sync-max-replicas');
    if (diskless && (enough === 0 || waiting.length < enough)) {
      // More replicas may be about to come, and could share it.
      const waited = this.#now() - Math.min(...waiting.map(({ arrivedAtMs }) => arrivedAtMs));
      const left = settings.number('repl-diskless-sync-delay') * 1000 - waited;
      if (left > 0) {
        this.#host.log('notice', 'Delay next BGSAVE for diskless SYNC');
        this.#startTimer = world.clock.after(left, () => this.#startWhenDue());
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
      for (const replica of sync.replicas) this.#owner.drop(replica);
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
      this.#owner.sent(replica);
    }
    if (image !== undefined) this.#persistence.imageEnded(image.snapshot);
  }

  #syncByDisk(replicas: readonly AttachedReplica[]): void {
    for (const replica of replicas) this.#beginSync(replica, 'saving');
    try {
      this.#persistence.saveForReplicas((path) => this.#fileSaved(path));
    } catch {
      this.#host.log('warning', 'BGSAVE for replication failed');
      for (const replica of replicas) this.#owner.drop(replica);
      return;
    }
    this.#history.unselect();
  }

  /** A replica that comes while the file for others is being written shares it. */
  #joinSave(replica: AttachedReplica): boolean {
    const other = [...this.#owner.replicas()].find(({ state }) => state === 'saving');
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
    for (const replica of [...this.#owner.replicas()]) {
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
            this.#owner.sent(replica);
            replica.sendStream(this.#now());
          },
        );
        this.#files.set(replica, file);
        file.send();
      } catch (error) {
        const why = messageOf(error);
        this.#host.log('warning', `SYNC failed: ${why}`);
        this.#owner.drop(replica);
      }
    }
  }

  /** The file was for replicas that are gone; unless files are wanted anyway (`save`), it is not finished. */
  #endUnwantedSave(): void {
    if (this.#persistence.hasSavePoints) return;
    for (const { state } of this.#owner.replicas()) if (state === 'saving') return;
    this.#persistence.cancelBackgroundSave();
  }

  #now(): number {
    return this.#host.world.clock.monotonicMs();
  }
}
