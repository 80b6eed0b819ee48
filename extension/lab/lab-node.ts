/** One node of the lab: what is a process elsewhere is a World of its own here. */
import { Node } from '../node/node.ts';
import type { NodeEvent, NodeStatus, Observer } from '../node/observer.ts';
import type { StartError } from '../node/start-up.ts';
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { Links } from '../worlds/links.ts';
import { TcpWorld } from '../worlds/tcp.ts';
import { LabError, quote, say, toldBy } from './message.ts';
import { type NodeConfiguration, readConfiguration } from './node-configuration.ts';
import { PROCESS_FACTS } from './process-facts.ts';
import type { LabOptions, Message, ProcessState } from './protocol.ts';
import type { NodeView } from './snapshots.ts';

export interface LabNodeEvents {
  /** The node tells something, or its process state changed. */
  event(port: number, event: NodeEvent): void;
  changed(): void;
  /** Somebody wants to hear of every message on the bus. */
  wantsBus(): boolean;
  /** Something about its configuration that the user should know. */
  note(port: number, text: Message): void;
}

/** Ports that cannot be opened are told by the lab, with an offer. */
export class PortTaken extends Error {}

/** Of a node that can't go on, beside codes above 128 of signals. */
const EXIT_FAILED = 1;

interface Running {
  readonly node: Node;
  readonly world: TcpWorld;
}

export class LabNode {
  readonly port: number;
  /** Its ways to the other nodes: they outlive its process, as cables do. */
  readonly links = new Links();
  readonly #options: LabOptions;
  readonly #events: LabNodeEvents;
  #state: ProcessState = 'stopped';
  #error: Message | undefined;
  #running: Running | undefined;
  #lastStatus: NodeStatus | undefined;
  #password = '';
  #follows: Pick<NodeConfiguration, 'primaryUser' | 'primaryPassword'> = {
    primaryUser: '',
    primaryPassword: '',
  };
  #nodeTimeoutMs = 0;
  #saysOk = false;
  /** Warnings of this moment: those of a node that ends say why. */
  #lastWords: string[] = [];
  /** Ids of the nodes it met since it started. */
  readonly #known = new Set<string>();
  /** Who waits for a start that will not end any more. */
  #interrupted: ((error: Error) => void) | undefined;
  /** Who waits for the end of a shutdown. */
  #ended: ((error: Message | undefined) => void) | undefined;

  constructor(port: number, options: LabOptions, events: LabNodeEvents) {
    this.port = port;
    this.#options = options;
    this.#events = events;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Its node id, as far as it has told one. */
  get id(): string | undefined {
    return this.#lastStatus?.id ?? this.#running?.node.status().id;
  }

  /** As its conf file says. */
  get nodeTimeoutMs(): number {
    return this.#nodeTimeoutMs;
  }

  get password(): string {
    return this.#password;
  }

  /** It could log in there as a replica; where it logs in as somebody else, nobody knows beforehand. */
  canFollow({ password }: LabNode): boolean {
    const { primaryUser, primaryPassword } = this.#follows;
    return password === '' || primaryUser !== '' || primaryPassword === password;
  }

  /** cluster_state:ok, as the node last told by itself: cheaper than asking for its status. */
  get saysOk(): boolean {
    return this.#saysOk;
  }

  /** Of a node that has ended. */
  get whyEnded(): Message {
    if (this.#error !== undefined) return this.#error;
    return this.#state === 'killed' ? say('It was killed.') : say('It was shut down.');
  }

  /** True once it has told that it knows this node by its id. */
  knows(id: string): boolean {
    return this.#known.has(id);
  }

  get busPort(): number {
    return this.port + BUS_PORT_OFFSET;
  }

  /** A copy of what is known of it now. Asks the node, so not for every event. */
  view(): Omit<NodeView, 'cutOff' | 'delayMs'> {
    if (this.#running !== undefined) this.#lastStatus = this.#running.node.status();
    const { port, busPort } = this;
    return { port, busPort, state: this.#state, error: this.#error, status: this.#lastStatus };
  }

  /** From its conf file, which is read anew. Rejects with why it did not start. */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new LabError('{0} is running already.', this.port);
    this.#become('starting');
    let running: Running;
    try {
      running = this.#create();
    } catch (error) {
      this.#become('failed', toldBy(error));
      throw error;
    }
    this.#running = running;
    const error = await new Promise<StartError | undefined>((resolve, reject) => {
      this.#interrupted = reject;
      running.node.start(resolve);
    });
    this.#interrupted = undefined;
    if (error === undefined) {
      this.#lastStatus = running.node.status();
      this.#become('running');
      return;
    }
    this.#end('failed', quote(error.message));
    throw error.code === 'EADDRINUSE'
      ? new PortTaken(error.message)
      : new LabError('{0}: {1}', this.port, error.message);
  }

  /** As SHUTDOWN does: replicas catch up, the data is saved. */
  async shutDown(): Promise<void> {
    const { node } = this.#need();
    node.resume();
    await new Promise<void>((resolve, reject) => {
      this.#ended = (error) => {
        if (error === undefined) resolve();
        else reject(new LabError('{0}: {1}', this.port, error));
      };
      node.shutDown({ save: undefined, now: false, force: false }, () => {
        this.#ended = undefined;
        reject(new LabError('{0} could not save its data, and goes on. Its log says why.', this.port));
      });
    });
  }

  /** Sockets, memory and unsaved data are gone at once. */
  kill(): void {
    this.#need().node.kill();
    this.#end('killed');
  }

  pause(): void {
    this.#need().node.pause();
    this.#become('paused');
  }

  resume(): void {
    this.#need().node.resume();
    this.#become('running');
  }

  get isAlive(): boolean {
    return this.#running !== undefined;
  }

  #create(): Running {
    const read = readConfiguration(this.#options, this.port);
    const { configuration, namesAddresses, password, notes } = read;
    for (const note of notes) this.#events.note(this.port, note);
    this.#password = password;
    this.#follows = read;
    this.#nodeTimeoutMs = configuration.number('cluster-node-timeout');
    const world = new TcpWorld({
      loopbackOnly: !namesAddresses && isLoopbackName(this.#options.host),
      links: this.links,
      crashed: (error) => this.#crash(node, error),
    });
    const node: Node = new Node({
      world,
      configuration,
      host: PROCESS_FACTS,
      observer: this.#observer(),
      ended: (exitCode) => {
        if (this.#running?.node !== node) return;
        if (exitCode === 0) this.#end('stopped');
        else this.#end('failed', this.#whyFailed(exitCode));
      },
    });
    return { node, world };
  }

  #whyFailed(exitCode: number): Message {
    const told = exitCode === EXIT_FAILED && this.#lastWords.length > 0;
    // The report of a crash is too long for anything but the log.
    return told ? quote(this.#lastWords.join(' ')) : say('It ended with an error; its log says why.');
  }

  #observer(): Observer {
    const events = this.#events;
    return {
      event: (event) => this.#hear(event),
      get wantsBus() {
        return events.wantsBus();
      },
    };
  }

  #hear(event: NodeEvent): void {
    if (event.type === 'cluster-state') this.#saysOk = event.ok;
    else if (event.type === 'known-node' && event.change === 'joined') this.#known.add(event.peerId);
    else if (event.type === 'known-node' && event.change === 'forgotten') this.#known.delete(event.peerId);
    else if (event.type === 'log' && event.level === 'warning') this.#keepLastWords(event.text);
    this.#events.event(this.port, event);
  }

  /** What was said before this moment was survived. */
  #keepLastWords(text: string): void {
    if (this.#lastWords.length === 0) {
      queueMicrotask(() => {
        this.#lastWords = [];
      });
    }
    this.#lastWords.push(text);
  }

  /** A bug of ours in one node ends that node, as a crash ends a process; the others see it fail. */
  #crash(node: Node, error: unknown): void {
    if (this.#running?.node !== node) return;
    node.log('warning', `Crashed: ${error instanceof Error ? error.stack : error}`);
    node.kill();
    this.#end('failed', say('It crashed: {0}', toldBy(error)));
  }

  #end(state: ProcessState, error?: Message): void {
    const running = this.#running;
    // The last status is kept: how it was is what the others still believe.
    this.#lastStatus = running?.node.status() ?? this.#lastStatus;
    this.#running = undefined;
    this.#saysOk = false;
    this.#known.clear();
    this.#become(state, error);
    const why = error ?? say('It was stopped while it started.');
    this.#interrupted?.(new LabError('{0}: {1}', this.port, why));
    this.#interrupted = undefined;
    this.#ended?.(error);
    this.#ended = undefined;
    // What was written last leaves first.
    setImmediate(() => running?.world.destroyAll());
  }

  #need(): Running {
    if (this.#running === undefined) throw new LabError('{0} is not running.', this.port);
    return this.#running;
  }

  #become(state: ProcessState, error?: Message): void {
    this.#state = state;
    this.#error = error;
    this.#events.changed();
  }
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
