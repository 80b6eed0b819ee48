/** SHUTDOWN: lets replicas catch up, saves, and ends the node; or says why not. */
import type { Timer } from '../redis/world.ts';
import type { NodeServices, ShutdownOptions } from './call.ts';

/** Replicas are looked at this often, besides when they acknowledge. */
const LOOK_EVERY_MS = 10;

interface Waiting {
  readonly options: ShutdownOptions;
  /** Everybody who asked meanwhile hears of it. */
  readonly failed: (() => void)[];
  readonly endsAtMs: number;
}

export class Shutdown {
  readonly #node: NodeServices;
  readonly #end: () => void;
  #waiting: Waiting | undefined;
  #timer: Timer | undefined;

  /** The last image is being written: who is to hear that it failed. */
  #saving: (() => void)[] | undefined;
  /** A signal asked for it, and the cron, whose work it is to look at that, is paused. */
  #requested: { readonly options: ShutdownOptions; readonly failed: () => void } | undefined;

  /** `end` ends the node, cleanly. */
  constructor(node: NodeServices, end: () => void) {
    this.#node = node;
    this.#end = end;
  }

  get underWay(): boolean {
    return this.#waiting !== undefined;
  }

  /** Milliseconds until it stops waiting; INFO shows it. */
  get leftMs(): number {
    const { clock } = this.#node.world;
    return Math.max(0, Math.round((this.#waiting?.endsAtMs ?? 0) - clock.monotonicMs()));
  }

  begin(options: ShutdownOptions, failed: () => void): void {
    const node = this.#node;
    const asked = this.#waiting?.failed ?? this.#saving;
    if (asked !== undefined) {
      asked.push(failed);
      return;
    }
    node.log('notice', 'User requested shutdown...');
    const timeoutMs = node.settings.number('shutdown-timeout') * 1000;
    if (options.now || timeoutMs === 0 || !this.#replicasLag()) {
      this.#finish(options, [failed]);
      return;
    }
    const endsAtMs = node.world.clock.monotonicMs() + timeoutMs;
    node.pauses.begin('shutdown', 'write', Number.MAX_SAFE_INTEGER);
    this.#waiting = { options, failed: [failed], endsAtMs };
    node.log(
      'notice',
      `Waiting for replicas before shutting down (${node.settings.number('shutdown-timeout')} seconds).`,
    );
    node.replication.requestAcknowledgements();
    this.#lookLater();
  }

  /** A signal asks for it. */
  request(options: ShutdownOptions, failed: () => void): void {
    if (this.#node.cronPaused) this.#requested = { options, failed };
    else this.begin(options, failed);
  }

  /** The cron works again. */
  takeUp(): void {
    const requested = this.#requested;
    this.#requested = undefined;
    if (requested !== undefined) this.begin(requested.options, requested.failed);
  }

  /** A replica told how far it is. */
  look(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const now = this.#node.world.clock.monotonicMs();
    if (this.#replicasLag() && now < waiting.endsAtMs) return;
    this.#stopWaiting();
    this.#finish(waiting.options, waiting.failed);
  }

  abort(): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined && this.#requested === undefined) return false;
    if (waiting !== undefined) this.#stopWaiting();
    this.#node.log('notice', 'Shutdown manually aborted.');
    for (const failed of waiting?.failed ?? []) failed();
    this.#requested?.failed();
    this.#requested = undefined;
    return true;
  }

  #lookLater(): void {
    this.#timer = this.#node.world.clock.after(LOOK_EVERY_MS, () => {
      this.look();
      if (this.#waiting !== undefined) this.#lookLater();
    });
  }

  #stopWaiting(): void {
    this.#waiting = undefined;
    this.#timer?.cancel();
    this.#node.pauses.end('shutdown');
  }

  #replicasLag(): boolean {
    const { replication } = this.#node;
    if (replication.role === 'replica') return false;
    // One that is being sent its data has acknowledged nothing yet: it lags only where something happened at all.
    return replication.replicas().some(({ offset }) => offset !== replication.offset);
  }

  #logReplicas(): void {
    const { replication } = this.#node;
    const replicas = replication.replicas();
    if (replicas.length === 0) return;
    const lagging = replicas.filter(({ offset }) => offset !== replication.offset);
    for (const { address, state, offset, lagSeconds } of lagging) {
      this.#node.log(
        'notice',
        `Lagging replica ${address.host}:${address.port} reported offset ${replication.offset - offset} behind ` +
          `master, lag=${lagSeconds}, state=${state}.`,
      );
    }
    const inSync = replicas.length - lagging.length;
    this.#node.log('notice', `${inSync} of ${replicas.length} replicas are in sync when shutting down.`);
  }

  #finish(options: ShutdownOptions, failed: (() => void)[]): void {
    this.#logReplicas();
    const { appendOnly, asyncLoading, loading, persistence } = this.#node;
    if (!appendOnly.mayEnd(options.force)) this.#fail(failed);
    // Half of the data must not take the place of the file that all of it comes from.
    else if (!loading && !asyncLoading && (options.save ?? persistence.hasSavePoints))
      this.#saveAndEnd(options, failed);
    else this.#exit();
  }

  /** What comes meanwhile waits, for good or until the save has failed. */
  #saveAndEnd({ force }: ShutdownOptions, failed: (() => void)[]): void {
    const { pauses, persistence } = this.#node;
    this.#node.log('notice', 'Saving the final RDB snapshot before exiting.');
    this.#saving = failed;
    pauses.begin('shutdown', 'all', Number.MAX_SAFE_INTEGER);
    persistence.saveLast((saved) => {
      this.#saving = undefined;
      if (!saved) {
        const what = force ? 'Exit anyway.' : "can't exit.";
        this.#node.log('warning', `Error trying to save the DB${force ? '.' : ','} ${what}`);
      }
      if (saved || force) {
        this.#exit();
        return;
      }
      pauses.end('shutdown');
      this.#fail(failed);
    });
  }

  #exit(): void {
    if (this.#node.unixSocket.isOpen) {
      this.#node.log('notice', 'Removing the unix socket file.');
      this.#node.unixSocket.close();
    }
    this.#node.log('warning', 'Redis is now ready to exit, bye bye...');
    this.#end();
  }

  #fail(failed: readonly (() => void)[]): void {
    this.#node.log('warning', 'Errors trying to shut down the server. Check the logs for more information.');
    for (const tell of failed) tell();
  }
}
