/** A lab whose nodes run in the caller's own thread. */
import type { NodeEvent } from '../node/observer.ts';
import { monotonicMs } from '../worlds/system-clock.ts';
import { Changes } from './changes.ts';
import { writeConfFiles } from './conf-files.ts';
import { Gossip } from './gossip.ts';
import { isFresh, type Joined, join, type Member } from './join.ts';
import { LabNode, PortTaken } from './lab-node.ts';
import { Listeners } from './listeners.ts';
import { LabError, say, toldBy } from './message.ts';
import { type Stage, showNetSplit } from './net-split.ts';
import { NetworkFaults } from './network-faults.ts';
import { readConfiguration } from './node-configuration.ts';
import { type PlannedNode, planNodes } from './plan.ts';
import { probePorts } from './ports.ts';
import type {
  Lab,
  LabOptions,
  LabSnapshot,
  LabState,
  Message,
  NetSplit,
  NetworkFault,
  NodeAction,
  TimelineEntry,
  Unsubscribe,
} from './protocol.ts';
import { missing } from './readiness.ts';
import { RespClient } from './resp-client.ts';
import { type NodeView, snapshotOf, stoppedSnapshot } from './snapshots.ts';
import { Timeline } from './timeline.ts';

/** Snapshots go out at most this often; keys, memory and offsets, which no event tells of, at least every second. */
const SNAPSHOT_GAP_MS = 100;
const SNAPSHOT_PERIOD_MS = 1000;
/** Primaries that come back wait two seconds before they take writes; all else takes milliseconds. */
const READY_LIMIT_MS = 30_000;
/** A manual failover gives up after five seconds (Redis' CLUSTER_MF_TIMEOUT). */
const FAILOVER_LIMIT_MS = 5000;

export class InThreadLab implements Lab {
  readonly #snapshots = new Listeners<LabSnapshot>();
  readonly #timeline = new Timeline();
  readonly #changes = new Changes(() => this.#endedTooSoon());
  readonly #gossip = new Gossip(this.#timeline);
  #options: LabOptions = stoppedSnapshot().options;
  #state: LabState = 'stopped';
  #error: Message | undefined;
  #startedInMs: number | undefined;
  #nodes: readonly LabNode[] = [];
  #faults = new NetworkFaults();
  #snapshotTimer: NodeJS.Timeout | undefined;
  #periodTimer: NodeJS.Timeout | undefined;
  #lastSnapshotAt = 0;

  get snapshot(): LabSnapshot {
    return snapshotOf({
      state: this.#state,
      options: this.#options,
      startedInMs: this.#startedInMs,
      error: this.#error,
      nodes: this.#views(),
    });
  }

  async start(options: LabOptions): Promise<LabSnapshot> {
    if (this.#state !== 'stopped' && this.#state !== 'failed')
      throw new LabError('The lab is running already.');
    const begun = monotonicMs();
    const plan = planNodes(options);
    this.#options = options;
    this.#startedInMs = undefined;
    this.#faults = new NetworkFaults();
    this.#nodes = plan.map(({ port }) => this.#createNode(port));
    this.#become('starting');
    try {
      const joined = await this.#bringUp(plan);
      this.#startedInMs = monotonicMs() - begun;
      this.#timeline.add(
        'lab',
        undefined,
        say('ready after {0} ms ({1})', Math.round(this.#startedInMs), HOW[joined]),
      );
      this.#become('ready');
      return this.snapshot;
    } catch (error) {
      if (this.#isStopped()) throw LabError.of(say('The lab was stopped.'));
      // Nodes that did start may have taken writes already.
      await this.#shutDownAll();
      this.#killAll();
      const told = error instanceof PortTaken ? await this.#describeTakenPorts(error) : toldBy(error);
      this.#timeline.add('lab', undefined, told);
      this.#become('failed', told);
      throw LabError.of(told);
    } finally {
      this.#timeline.flush();
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'stopping') return;
    this.#become('stopping');
    this.#changes.end();
    // A primary that shuts down waits for its replicas: up to ten seconds, were they cut off.
    this.#faults.set({ type: 'heal' }, this.#nodes);
    const failure = await this.#shutDownAll();
    this.#killAll();
    this.#become('stopped', failure);
    this.#timeline.add('lab', undefined, say('stopped'));
    this.#timeline.flush();
    if (failure !== undefined) throw LabError.of(failure);
  }

  async act(port: number, action: NodeAction): Promise<void> {
    const node = this.#nodeOn(port);
    this.#timeline.add(action === 'kill' || action === 'pause' ? 'fault' : 'lab', port, DONE[action]);
    switch (action) {
      case 'start':
        return node.start();
      case 'shutdown':
        return node.shutDown();
      case 'kill':
        return node.kill();
      case 'restart':
        // It is not shut down for a file that it could not start from again.
        readConfiguration(this.#options, port);
        if (node.isAlive) await node.shutDown();
        return node.start();
      case 'pause':
        return node.pause();
      case 'resume':
        return node.resume();
      case 'failover':
        return this.#failOver(node);
    }
  }

  async disturb(fault: NetworkFault): Promise<void> {
    if (this.#state !== 'ready') throw new LabError('The lab is not running.');
    this.#disturb(fault);
  }

  async watchGossip(wanted: boolean): Promise<void> {
    this.#gossip.watch(wanted);
  }

  async netSplit(port: number): Promise<NetSplit> {
    if (this.#state !== 'ready') throw new LabError('The lab is not running.');
    const stage: Stage = {
      changes: this.#changes,
      views: () => this.#views(),
      connect: (to) => RespClient.open(this.#options.host, to, this.#nodeOn(to).password),
      disturb: (fault) => this.#disturb(fault),
      tell: (kind, from, message) => this.#timeline.add(kind, from, message),
    };
    try {
      return await showNetSplit(stage, port, this.#nodeOn(port).nodeTimeoutMs);
    } finally {
      this.#timeline.flush();
    }
  }

  onSnapshot(listener: (snapshot: LabSnapshot) => void): Unsubscribe {
    return this.#snapshots.add(listener);
  }

  onTimeline(listener: (entries: readonly TimelineEntry[]) => void): Unsubscribe {
    return this.#timeline.onEntries(listener);
  }

  async dispose(): Promise<void> {
    await this.stop().catch(() => undefined);
    this.#killAll();
    this.#gossip.watch(false);
    clearTimeout(this.#snapshotTimer);
    clearTimeout(this.#periodTimer);
  }

  async #bringUp(plan: readonly PlannedNode[]): Promise<Joined | 'found'> {
    writeConfFiles(
      this.#options,
      plan.map(({ port }) => port),
    );
    // All of them: the first failure must not leave others to start behind our back.
    const starts = await Promise.allSettled(this.#nodes.map((node) => node.start()));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    if (this.#options.asFound) return 'found';
    this.#checkPasswords(plan);
    const clients: RespClient[] = [];
    try {
      const joined = await this.#join(plan, clients);
      await this.#untilReady();
      return joined;
    } catch (error) {
      // A connection that closed is news of the same.
      throw LabError.of(this.#endedTooSoon() ?? toldBy(error));
    } finally {
      // Whoever waits for the lab need not wait for farewells.
      setImmediate(() => {
        for (const client of clients) client.close();
      });
    }
  }

  /** A node that ended while the lab is starting: it would be waited for in vain. */
  #endedTooSoon(): Message | undefined {
    const node = this.#state === 'starting' ? this.#nodes.find(({ isAlive }) => !isAlive) : undefined;
    return node && say('{0} ended while the lab was starting: {1}', node.port, node.whyEnded);
  }

  /** A replica that is not let in would be waited for in vain. */
  #checkPasswords(plan: readonly PlannedNode[]): void {
    for (const { port, primaryPort } of plan) {
      if (primaryPort === undefined || this.#nodeOn(port).canFollow(this.#nodeOn(primaryPort))) continue;
      throw new LabError(
        '{0} can’t follow {1}, which asks for a password: masterauth has to say what requirepass does.',
        port,
        primaryPort,
      );
    }
  }

  async #untilReady(): Promise<void> {
    await this.#changes.until(
      () => this.#nodes.every(({ saysOk }) => saysOk) && missing(this.#views()) === undefined,
      READY_LIMIT_MS,
      () =>
        say(
          'The nodes did not become one cluster within {0} s: {1}.',
          READY_LIMIT_MS / 1000,
          missing(this.#views()) ?? say('unknown reason'),
        ),
    );
  }

  /** The caller closes the clients that this opens. */
  async #join(plan: readonly PlannedNode[], clients: RespClient[]): Promise<Joined> {
    const statuses = this.#nodes.map((node) => node.view().status);
    if (!statuses.some((status) => status !== undefined && isFresh(status))) return 'resumed';
    const { host } = this.#options;
    const opened = this.#nodes.map(({ port, password }) => RespClient.open(host, port, password));
    clients.push(...(await Promise.all(opened)));
    const members = this.#nodes.flatMap((node, i): Member[] => {
      const [client, planned, status] = [clients[i], plan[i], statuses[i]];
      if (client === undefined || planned === undefined || status?.id === undefined) return [];
      const fresh = isFresh(status);
      return [{ client, plan: planned, id: status.id, fresh, knows: (id) => node.knows(id) }];
    });
    return join(members, host, this.#changes);
  }

  /** CLUSTER FAILOVER, and waits until the replica is a primary. */
  async #failOver(node: LabNode): Promise<void> {
    const client = await RespClient.open(this.#options.host, node.port, node.password);
    try {
      await client.call('CLUSTER', 'FAILOVER');
    } finally {
      client.close();
    }
    await this.#changes.until(
      () => node.view().status?.role === 'primary',
      FAILOVER_LIMIT_MS,
      () => say('{0} did not become a primary within {1} s.', node.port, FAILOVER_LIMIT_MS / 1000),
    );
  }

  async #describeTakenPorts(error: PortTaken): Promise<Message> {
    const { free, taken, suggestion } = await probePorts(this.#options);
    // Free again by now, or taken by somebody who shares it with nobody but probes.
    if (free) return toldBy(error);
    const ports =
      taken.length === 1
        ? say('Port {0} is in use.', taken.join())
        : say('Ports {0} are in use.', taken.join(', '));
    return suggestion === undefined
      ? ports
      : say('{0} Free: {1} and the ports behind it.', ports, suggestion);
  }

  #createNode(port: number): LabNode {
    return new LabNode(port, this.#options, {
      event: (from, event) => this.#hear(from, event),
      changed: () => this.#changed(),
      wantsBus: () => this.#gossip.wanted,
      note: (from, text) => this.#timeline.add('lab', from, text),
    });
  }

  #hear(port: number, event: NodeEvent): void {
    if (event.type === 'bus') {
      this.#gossip.hear(port, event, (id) => this.#nameOf(id));
      return;
    }
    this.#timeline.event(port, event, (id) => this.#nameOf(id));
    if (event.type !== 'log') this.#changed();
  }

  #nodeOn(port: number): LabNode {
    const node = this.#nodes.find((one) => one.port === port);
    if (node === undefined) throw new LabError('The lab has no node on port {0}.', port);
    return node;
  }

  #disturb(fault: NetworkFault): void {
    const told = this.#faults.set(fault, this.#nodes);
    this.#timeline.add('fault', undefined, told);
    this.#changed();
  }

  #nameOf(id: string): string {
    const port = this.#nodes.find((node) => node.id === id)?.port;
    return port === undefined ? id.slice(0, 8) : String(port);
  }

  #views(): NodeView[] {
    return this.#nodes.map((node) => ({
      ...node.view(),
      cutOff: this.#faults.isCutOff(node.port),
      delayMs: this.#faults.delayOf(node.port),
    }));
  }

  /** A stop came in between. */
  #isStopped(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped';
  }

  /** Those that run, as SHUTDOWN does. Tells of one of them that could not, and will be ended nevertheless. */
  async #shutDownAll(): Promise<Message | undefined> {
    const alive = this.#nodes.filter(({ isAlive }) => isAlive);
    const results = await Promise.allSettled(alive.map((node) => node.shutDown()));
    const at = results.findIndex(({ status }) => status === 'rejected');
    const [node, result] = [alive[at], results[at]];
    if (node === undefined || result?.status !== 'rejected') return undefined;
    if (!node.isAlive) return toldBy(result.reason);
    return say(
      '{0} could not save its data: what was written since it last did is lost. Its log says why.',
      node.port,
    );
  }

  #killAll(): void {
    for (const node of this.#nodes) if (node.isAlive) node.kill();
  }

  #become(state: LabState, error?: Message): void {
    this.#state = state;
    this.#error = error;
    this.#changed();
  }

  #changed(): void {
    this.#changes.notify();
    if (!this.#snapshots.any || this.#snapshotTimer !== undefined) return;
    const wait = this.#lastSnapshotAt + SNAPSHOT_GAP_MS - monotonicMs();
    this.#snapshotTimer = setTimeout(() => this.#tellSnapshot(), Math.max(0, wait));
  }

  #tellSnapshot(): void {
    clearTimeout(this.#periodTimer);
    this.#snapshotTimer = undefined;
    this.#lastSnapshotAt = monotonicMs();
    this.#snapshots.tell(this.snapshot);
    if (this.#nodes.some(({ isAlive }) => isAlive)) {
      this.#periodTimer = setTimeout(() => this.#changed(), SNAPSHOT_PERIOD_MS);
    }
  }
}

const HOW: Readonly<Record<Joined | 'found', Message>> = {
  created: say('a new cluster'),
  resumed: say('the cluster of the last time'),
  completed: say('the cluster of the last time, with new nodes'),
  found: say('as its files have it'),
};

const DONE: Readonly<Record<NodeAction, Message>> = {
  start: say('is started'),
  shutdown: say('is shut down'),
  kill: say('is killed'),
  restart: say('is restarted'),
  pause: say('is paused'),
  resume: say('is resumed'),
  failover: say('is asked to take over from its primary'),
};
