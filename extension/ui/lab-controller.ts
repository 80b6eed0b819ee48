/** The one lab of this window: started on demand, in a worker or in this thread, and told about to whoever listens. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { LabOfFiles } from '../lab/conf-set.ts';
import { toldBy } from '../lab/message.ts';
import { probePorts } from '../lab/ports.ts';
import type {
  Lab,
  LabOptions,
  LabSnapshot,
  Message,
  NetSplit,
  NetworkFault,
  NodeAction,
  TimelineEntry,
} from '../lab/protocol.ts';
import { WorkerLab } from '../lab/worker-lab.ts';
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { localized } from './localized.ts';
import { NotRunning } from './not-running.ts';
import { labOptions, type RunIn, runIn, setBasePort } from './settings.ts';
import { writeTimeline } from './timeline-channel.ts';

const t = vscode.l10n.t;

export class LabController implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<LabSnapshot>();
  readonly #told = new vscode.EventEmitter<readonly TimelineEntry[]>();
  #lab: Lab | undefined;
  #snapshot: LabSnapshot;
  #disturbed = false;
  #watchesGossip = false;
  /** What the lab was started from last, for a restart: somebody's files, or another port than the one that was taken. */
  #files: LabOfFiles | undefined;
  #instead: { readonly taken: number; readonly used: number } | undefined;
  /** It was stopped before it had started. */
  #startEnds = false;
  /** Start, stop and restart wait for one another. */
  #queue: Promise<unknown> = Promise.resolve();

  readonly onDidChange = this.#changed.event;
  readonly onDidTell = this.#told.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
    this.#snapshot = stopped(this.#usualOptions());
    this.#announce(this.#snapshot.state);
  }

  get snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  get folder(): string {
    return this.#snapshot.state === 'stopped' ? this.#usualOptions().folder : this.#snapshot.options.folder;
  }

  start(): Promise<void> {
    return this.#oneAtATime(() => this.#start(this.#usualOptions()));
  }

  /** A lab from files that are there already; another one that runs is stopped. Its ports are what the files say. */
  startFrom(files: LabOfFiles): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#stop();
      await this.#start(this.#usualOptions(), files);
    });
  }

  /** A start is not waited for, but ended: it may take a minute to find out that it comes to nothing. */
  stop(): Promise<void> {
    const stopped = this.#oneAtATime(() => this.#stop());
    if (this.#snapshot.state === 'starting') {
      this.#startEnds = true;
      // Whoever stops the lab in its turn tells what went wrong.
      void this.#lab?.stop().catch(() => undefined);
    }
    return stopped;
  }

  /** The same lab again, with settings as they are now. */
  restart(): Promise<void> {
    return this.#oneAtATime(async () => {
      const usual = this.#usualOptions();
      const basePort = this.#instead?.taken === usual.basePort ? this.#instead.used : usual.basePort;
      const options = { ...usual, basePort };
      const { checkConfFiles } = await import('../lab/index.ts');
      checkConfFiles({ ...options, ...this.#files });
      await this.#stop();
      await this.#start(options, this.#files);
    });
  }

  async act(port: number, action: NodeAction): Promise<void> {
    if (!this.#lab) throw new NotRunning();
    await this.#lab.act(port, action);
  }

  async disturb(fault: NetworkFault): Promise<void> {
    if (!this.#lab) throw new NotRunning();
    await this.#lab.disturb(fault);
  }

  async watchGossip(wanted: boolean): Promise<void> {
    this.#watchesGossip = wanted;
    await this.#lab?.watchGossip(wanted);
  }

  async netSplit(port: number): Promise<NetSplit> {
    if (!this.#lab) throw new NotRunning();
    return this.#lab.netSplit(port);
  }

  /** Ends nodes and thread; VS Code waits a few seconds for it when it closes. */
  async close(): Promise<void> {
    await this.#lab?.dispose();
    this.#lab = undefined;
  }

  dispose(): void {
    this.#changed.dispose();
    this.#told.dispose();
  }

  #oneAtATime(work: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #usualOptions(): LabOptions {
    return labOptions(this.#context.globalStorageUri);
  }

  async #start(wanted: LabOptions, files?: LabOfFiles): Promise<void> {
    if (this.#snapshot.state === 'ready') return;
    const options = files ? await checkPorts({ ...wanted, ...files }) : await this.#freeOptions(wanted);
    if (!options) return;
    this.#files = files;
    await this.#retire();
    const lab = await createLab(runIn(), this.#context);
    this.#lab = lab;
    this.#startEnds = false;
    lab.onSnapshot((snapshot) => {
      if (this.#lab === lab) this.#adopt(snapshot);
    });
    lab.onTimeline((entries) => {
      writeTimeline(this.#log, entries);
      this.#told.fire(entries);
    });
    try {
      this.#adopt(await lab.start(options));
      await lab.watchGossip(this.#watchesGossip);
    } catch (error) {
      if (this.#startEnds) return;
      // The snapshot tells the same to the tree, but a thread that is gone can tell nothing.
      this.#adopt({ ...this.#snapshot, options, state: 'failed', error: toldBy(error) });
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const lab = this.#lab;
    if (!lab) return;
    try {
      await lab.stop();
    } finally {
      await this.#retire();
      this.#adopt(stopped(this.#snapshot.options));
    }
  }

  async #retire(): Promise<void> {
    const lab = this.#lab;
    this.#lab = undefined;
    await lab?.dispose();
  }

  /** The options with a base port that is free, or undefined when the user gave up. */
  async #freeOptions(options: LabOptions): Promise<LabOptions | undefined> {
    const probe = await probePorts(options);
    if (probe.free) return options;
    const taken = probe.taken.join(', ');
    if (probe.suggestion === undefined)
      throw new Error(t('Ports are taken: {0}. No free range was found.', taken));
    const use = t('Use {0}', probe.suggestion);
    const always = t('Always Use {0}', probe.suggestion);
    const needs = t(
      'The lab needs ports {0}-{1} and, for the cluster bus, {2}-{3}.',
      options.basePort,
      options.basePort + options.nodes - 1,
      options.basePort + BUS_PORT_OFFSET,
      options.basePort + BUS_PORT_OFFSET + options.nodes - 1,
    );
    // A program that happens to use one of them does not have them all.
    const all = probe.taken.length === 2 * options.nodes;
    const but = all ? t('All are taken, perhaps by a lab in another window.') : t('Taken: {0}.', taken);
    const message = `${needs} ${but}`;
    const answer = await vscode.window.showWarningMessage(message, use, always);
    if (answer === undefined) return undefined;
    this.#instead = { taken: options.basePort, used: probe.suggestion };
    if (answer === always) await setBasePort(probe.suggestion);
    return { ...options, basePort: probe.suggestion };
  }

  #adopt(snapshot: LabSnapshot): void {
    const before = this.#snapshot.state;
    this.#snapshot = snapshot;
    if (snapshot.state !== before) this.#announce(snapshot.state);
    this.#announceFaults(snapshot);
    this.#changed.fire(snapshot);
    // A start that fails tells the one who started; a running lab that dies has nobody else to tell.
    if (snapshot.state === 'failed' && before === 'ready') void this.#tellDeath(snapshot.error);
  }

  #announce(state: LabSnapshot['state']): void {
    void vscode.commands.executeCommand('setContext', 'redisClusterLab.state', state);
  }

  #announceFaults({ nodes }: LabSnapshot): void {
    const disturbed = nodes.some(({ cutOff, delayMs }) => cutOff || delayMs > 0);
    if (disturbed === this.#disturbed) return;
    this.#disturbed = disturbed;
    void vscode.commands.executeCommand('setContext', 'redisClusterLab.networkDisturbed', disturbed);
  }

  async #tellDeath(error: Message | undefined): Promise<void> {
    this.#log.error(`lab ${error?.text ?? 'failed'}`);
    const again = t('Start Again');
    const show = t('Show Log');
    const answer = await vscode.window.showErrorMessage(
      t(
        'Redis Cluster Lab stopped working: {0}',
        error === undefined ? t('unknown reason') : localized(error),
      ),
      again,
      show,
    );
    if (answer === again) await vscode.commands.executeCommand('redisClusterLab.restartLab');
    if (answer === show) this.#log.show();
  }
}

async function checkPorts(options: LabOptions): Promise<LabOptions> {
  const { free, taken } = await probePorts(options);
  if (!free) throw new Error(t('Ports are taken: {0}.', taken.join(', ')));
  return options;
}

async function createLab(where: RunIn, context: vscode.ExtensionContext): Promise<Lab> {
  if (where === 'worker') return new WorkerLab(path.join(context.extensionPath, 'dist', 'lab-worker.cjs'));
  // The library bundle, loaded only when it is wanted: the lab's code is large and the worker has its own.
  const { InThreadLab } = await import('../lab/index.ts');
  return new InThreadLab();
}

function stopped(options: LabOptions): LabSnapshot {
  return {
    state: 'stopped',
    options,
    clusterState: 'unknown',
    slotsCovered: 0,
    currentEpoch: 0,
    startedInMs: undefined,
    error: undefined,
    nodes: [],
  };
}
