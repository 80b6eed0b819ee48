/** A lab in a worker thread: long commands and crashes of its nodes never reach the thread that made it. */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../redis/caught.ts';
import { releaseLocksOfThread } from '../worlds/file-lock.ts';
import { Listeners } from './listeners.ts';
import { LabError } from './message.ts';
import type {
  Lab,
  LabOptions,
  LabSnapshot,
  NetSplit,
  NetworkFault,
  NodeAction,
  NodeSnapshot,
  TimelineEntry,
  Unsubscribe,
} from './protocol.ts';
import { stoppedSnapshot } from './snapshots.ts';
import type { Message, Order, Outcome, Request } from './worker-protocol.ts';

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

const WORKER = import.meta.url.endsWith('.ts') ? './worker.ts' : './lab-worker.cjs';

/** How long a thread may take to end its nodes, before it is ended itself. */
const DISPOSE_LIMIT_MS = 5000;

export class WorkerLab implements Lab {
  readonly #file: string | URL;
  readonly #snapshots = new Listeners<LabSnapshot>();
  readonly #timeline = new Listeners<readonly TimelineEntry[]>();
  readonly #waiting = new Map<number, Waiting>();
  #snapshot = stoppedSnapshot();
  #worker: Worker | undefined;
  #nextId = 1;
  #disposed = false;

  /** `file` is the bundle of worker.ts, or that file itself: by default the one beside this. */
  constructor(file: string | URL = new URL(WORKER, import.meta.url)) {
    this.#file = file;
  }

  get snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  async start(options: LabOptions): Promise<LabSnapshot> {
    if (this.#disposed) throw new LabError('This lab was disposed of.');
    this.#worker ??= this.#launch();
    await this.#order({ order: 'start', options });
    return this.#snapshot;
  }

  async stop(): Promise<void> {
    if (this.#worker !== undefined) await this.#order({ order: 'stop' });
  }

  async act(port: number, action: NodeAction): Promise<void> {
    if (this.#worker === undefined) throw new LabError('The lab is not running.');
    await this.#order({ order: 'act', port, action });
  }

  async disturb(fault: NetworkFault): Promise<void> {
    if (this.#worker === undefined) throw new LabError('The lab is not running.');
    await this.#order({ order: 'disturb', fault });
  }

  async watchGossip(wanted: boolean): Promise<void> {
    if (this.#worker !== undefined) await this.#order({ order: 'gossip', wanted });
  }

  async netSplit(port: number): Promise<NetSplit> {
    if (this.#worker === undefined) throw new LabError('The lab is not running.');
    const outcome = await this.#order({ order: 'netSplit', port });
    if (outcome === undefined) throw new LabError('The lab is not running.');
    return outcome;
  }

  onSnapshot(listener: (snapshot: LabSnapshot) => void): Unsubscribe {
    return this.#snapshots.add(listener);
  }

  onTimeline(listener: (entries: readonly TimelineEntry[]) => void): Unsubscribe {
    return this.#timeline.add(listener);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const timer = setTimeout(() => void worker.terminate(), DISPOSE_LIMIT_MS);
    // A thread that dies over it is gone as well.
    await this.#order({ order: 'dispose' }).catch(() => undefined);
    await ended;
    clearTimeout(timer);
  }

  #launch(): Worker {
    const worker = new Worker(this.#file);
    const { threadId } = worker;
    let reason: string | undefined;
    worker.on('message', (message: Message) => this.#hear(message));
    worker.on('error', (error: unknown) => {
      reason = messageOf(error);
    });
    worker.on('exit', (code) => {
      this.#worker = undefined;
      this.#releaseLocks(threadId);
      if (!this.#disposed || this.#waiting.size > 0) this.#died(reason ?? `exit code ${code}`);
    });
    return worker;
  }

  #order(order: Order): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const request: Request = { id: this.#nextId++, ...order };
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker?.postMessage(request);
    });
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'snapshot':
        this.#snapshot = message.snapshot;
        this.#snapshots.tell(message.snapshot);
        return;
      case 'timeline':
        this.#timeline.tell(message.entries);
        return;
      case 'result': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.outcome);
        else waiting?.reject(LabError.of(message.error));
      }
    }
  }

  /** The process lives, so nobody but us can tell that the owner of these locks is gone. */
  #releaseLocks(threadId: number): void {
    const { options, nodes } = this.#snapshot;
    for (const { port } of nodes) releaseLocksOfThread(`${options.folder}/${port}`, threadId);
  }

  #died(reason: string): void {
    const error = new LabError("The lab's thread ended unexpectedly: {0}", reason);
    const nodes = this.#snapshot.nodes.map(killed);
    this.#snapshot = { ...this.#snapshot, state: 'failed', error: error.told, nodes };
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#snapshots.tell(this.#snapshot);
  }
}

function killed(node: NodeSnapshot): NodeSnapshot {
  return { ...node, process: 'killed', health: 'unknown', clusterOk: false, clients: 0 };
}
