/** One simulated machine: an address, a disk, and the node that runs on it, if one does. */

import type { ClusterNode } from '../../extension/node/cluster/cluster.ts';
import type { View } from '../../extension/node/cluster/view.ts';
import { Configuration, TARGET } from '../../extension/node/configuration/configuration.ts';
import { Node } from '../../extension/node/node.ts';
import type { NodeEvent } from '../../extension/node/observer.ts';
import { parseConf } from '../../extension/redis/config/parse-conf.ts';
import type { Simulation } from '../../extension/worlds/simulated.ts';

export const PORT = 6379;

/** What a host reports to whoever watches the cluster. */
export interface HostWatcher {
  started(host: Host): void;
  event(host: Host, event: NodeEvent): void;
  /** The node ended by itself, or did not come up: it should never. */
  died(host: Host, why: string): void;
}

export class Host {
  readonly name: string;
  readonly ip: string;
  /** The process, or undefined while none runs. */
  node: Node | undefined;
  /** What the node believes; undefined while none runs. */
  view: View | undefined;
  /** Clients are served. */
  ready = false;
  paused = false;
  /** Processes started here so far. */
  starts = 0;
  readonly #simulation: Simulation;
  readonly #conf: readonly string[];
  readonly #watcher: HostWatcher;
  #lastWarning = '';

  constructor(simulation: Simulation, at: number, conf: readonly string[], watcher: HostWatcher) {
    this.name = `n${at}`;
    this.ip = `10.0.${at >> 8}.${at & 255}`;
    this.#simulation = simulation;
    this.#conf = conf;
    this.#watcher = watcher;
  }

  start(): void {
    if (this.node !== undefined) return;
    this.starts++;
    const configuration = new Configuration('/data', '/data/redis.conf');
    configuration.load(parseConf(this.#conf.join('\n'), { target: TARGET }));
    const node = new Node({
      world: this.#simulation.world(this.ip),
      configuration,
      observer: { event: (event) => this.#event(event), wantsBus: false },
      ended: (code) => this.#watcher.died(this, `exit ${code}: ${this.#lastWarning}`),
    });
    this.node = node;
    this.view = node.cluster?.view;
    node.start((error) => {
      if (this.node !== node) return;
      this.ready = error === undefined;
      if (error !== undefined) this.#watcher.died(this, `${error.message} (${this.#lastWarning})`);
    });
    this.#watcher.started(this);
  }

  #event(event: NodeEvent): void {
    if (event.type === 'log' && event.level === 'warning') this.#lastWarning = event.text;
    // While the constructor runs there is no node to speak of.
    if (this.node !== undefined) this.#watcher.event(this, event);
  }

  /** The process is gone; how, the simulation has seen to. */
  forgetProcess(): void {
    this.node = undefined;
    this.view = undefined;
    this.ready = false;
    this.paused = false;
  }

  get running(): boolean {
    return this.node !== undefined;
  }

  /** Of a running node. */
  get cluster(): ClusterNode {
    const cluster = this.node?.cluster;
    if (cluster === undefined) throw new Error(`${this.name} does not run`);
    return cluster;
  }

  get id(): string {
    return this.cluster.myId;
  }

  get isPrimary(): boolean {
    return this.cluster.view.self.isPrimary;
  }

  /** Id of its primary, as it believes. */
  get primaryId(): string | undefined {
    return this.cluster.view.self.primary?.id;
  }
}
