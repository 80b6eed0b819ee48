/**
 * nodes.conf on the disk: locked while its node lives, read at the start, written whole when something changed. What a
 * vote or an epoch of our own rests on is synced at once; the rest is synced behind a tick, and nobody waits for it.
 */
import { messageOf } from '../../redis/caught.ts';
import { systemError } from '../../redis/system-error.ts';
import type { DiskLock } from '../../redis/world.ts';
import type { ClusterHost } from './contract.ts';
import { CorruptConfig, nodesConfBytes, parseNodesConf, restore } from './nodes-conf.ts';
import type { View } from './view.ts';

export class NodesFile {
  readonly #host: ClusterHost;
  readonly #view: View;
  #lock: DiskLock | undefined;
  #isOpen = false;
  /** A new node's id is in no file yet; it will be before anybody hears of it. */
  #untold = false;
  /** It was written since it was last synced. */
  #cached = false;
  #waits = false;

  constructor(host: ClusterHost, view: View) {
    this.#host = host;
    this.#view = view;
  }

  get untold(): boolean {
    return this.#untold;
  }

  /** Locks it and takes what it holds into the view. Undefined when the node can't go on, and has been told so. */
  open(): 'restored' | 'new' | undefined {
    const { world, configPath, settings } = this.#host;
    try {
      this.#lock = world.disk.lock(`${configPath}.lock`);
    } catch (error) {
      this.#host.fatal(`Can't open ${configPath} in order to acquire a lock: ${systemError(error)}`);
      return undefined;
    }
    if (this.#lock === undefined) {
      this.#host.fatal(
        `Sorry, the cluster configuration file ${configPath} is already used by a different Redis Cluster node. ` +
          'Please make sure that different nodes use different cluster configuration files.',
      );
      return undefined;
    }
    try {
      const bytes = world.disk.read(configPath) ?? new Uint8Array(0);
      const stored = parseNodesConf(bytes, settings.flag('tls-cluster'));
      if (stored !== undefined) restore(this.#view, stored);
      this.#isOpen = true;
      this.#untold = stored === undefined;
      return this.#untold ? 'new' : 'restored';
    } catch (error) {
      const corrupt = error instanceof CorruptConfig;
      this.#host.fatal(
        corrupt ? error.message : `Loading the cluster node config from ${configPath}: ${systemError(error)}`,
      );
      this.#lock.release();
      return undefined;
    }
  }

  /** What the effects of a turn want. `answering`: somebody waits for a reply, which may only leave behind the save. */
  apply(answering: boolean): void {
    const { effects } = this.#view;
    if (effects.saving !== 'now') return;
    if (answering || effects.synced) this.save(effects.synced);
    else this.#saveOnceForAll();
  }

  /** Messages of several links that arrived together are one write: that is what joining a cluster looks like. */
  #saveOnceForAll(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#host.world.clock.after(0, () => {
      this.#waits = false;
      if (this.#isOpen && this.#view.effects.saving === 'now') this.save(false);
    });
  }

  /** A node that can't write it ends. */
  save(sync: boolean): void {
    try {
      this.write(sync);
    } catch (error) {
      this.#host.log('warning', `Could not write the cluster config file: ${messageOf(error)}`);
      this.#host.fatal("Fatal: can't update cluster config file.");
    }
  }

  /** Throws what the disk throws. */
  write(sync: boolean): void {
    const { effects } = this.#view;
    effects.saving = 'no';
    effects.synced = false;
    this.#untold = false;
    this.#cached = !sync;
    this.#host.world.disk.replace(this.#host.configPath, nodesConfBytes(this.#view), sync);
  }

  /** What was written only to the system's cache goes on to the disk, behind the save that a tick may have asked for. */
  syncSoon(): void {
    if (this.#cached || this.#waits) this.#host.world.clock.after(0, () => this.#syncInBackground());
  }

  #syncInBackground(): void {
    if (!this.#cached || !this.#isOpen) return;
    this.#cached = false;
    this.#host.world.disk.sync(this.#host.configPath, (error) => {
      if (error !== undefined)
        this.#host.log('warning', `Could not sync the cluster config file: ${messageOf(error)}`);
    });
  }

  /** Nothing more is written. */
  close(): void {
    this.#isOpen = false;
    this.#lock?.release();
  }
}
