/**
 * What the user interface and the lab say to each other. The lab runs in a worker thread or in the caller's own thread;
 * either way everything that crosses is plain, cloneable data, and the interface is the same.
 */

export interface LabOptions {
  /** First client port; the others follow. Bus ports are 10000 higher. */
  readonly basePort: number;
  /** All nodes: primaries and replicas. */
  readonly nodes: number;
  readonly replicasPerPrimary: number;
  /** Where 7000/redis-7000.conf … are written and read, and the nodes keep their files. */
  readonly folder: string;
  readonly host: string;
  /** Extra directives for every node: `{ 'cluster-node-timeout': '2000' }`. */
  readonly directives: Readonly<Record<string, string>>;
  /**
   * Nobody makes a cluster of the nodes: each starts alone, or in whatever cluster its nodes.conf tells of, and the lab is
   * ready when all of them run.
   */
  readonly asFound?: boolean;
  /** The display language of whoever will read the conf files that are written; English without it. */
  readonly locale?: string;
}

/** A sentence for people. English stands in `text`; the other two are for who knows their language. */
export interface Message {
  /** Complete, in English. */
  readonly text: string;
  /** The same with places: `{0}`, `{1}` … */
  readonly template: string;
  /** What belongs there. */
  readonly args: readonly (string | number | Message)[];
  /** The line of a file that it is about. */
  readonly place?: FilePlace;
}

export interface FilePlace {
  /** Absolute path. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

export type LabState = 'stopped' | 'starting' | 'ready' | 'stopping' | 'failed';

/** What the user did to a node; how the cluster sees it is `health`. */
export type ProcessState = 'starting' | 'running' | 'paused' | 'killed' | 'stopped' | 'failed';

export interface NodeSnapshot {
  readonly port: number;
  readonly busPort: number;
  readonly host: string;
  /** 40 hex digits; undefined until it started once. */
  readonly id: string | undefined;
  readonly process: ProcessState;
  /** Why `process` is failed. */
  readonly error: Message | undefined;
  readonly role: 'primary' | 'replica';
  readonly primaryId: string | undefined;
  /** How most of the running nodes see it. */
  readonly health: 'ok' | 'pfail' | 'fail' | 'unknown';
  readonly clusterOk: boolean;
  /** It runs, and is no member of the cluster that others form: it was removed, and forgot them. */
  readonly outside: boolean;
  readonly slots: readonly (readonly [first: number, last: number])[];
  readonly keys: number;
  readonly usedBytes: number;
  readonly clients: number;
  readonly commandsProcessed: number;
  readonly replicationOffset: number;
  /** On a replica: bytes behind its primary. */
  readonly lagBytes: number | undefined;
  readonly primaryLinkUp: boolean | undefined;
  readonly configEpoch: number;
  /** On the side of a partition that was chosen; the nodes without it are the other side. */
  readonly cutOff: boolean;
  /** Milliseconds by which its network is slower, each way. */
  readonly delayMs: number;
}

export interface LabSnapshot {
  readonly state: LabState;
  readonly options: LabOptions;
  /** cluster_state as the running nodes tell it: ok only when all of them say so. */
  readonly clusterState: 'ok' | 'fail' | 'unknown';
  readonly slotsCovered: number;
  readonly currentEpoch: number;
  /** Milliseconds from the start command to ready. */
  readonly startedInMs: number | undefined;
  readonly error: Message | undefined;
  readonly nodes: readonly NodeSnapshot[];
}

export interface TimelineEntry extends Message {
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
  /** The node that tells; undefined when the user or the lab itself acted. */
  readonly port: number | undefined;
  readonly kind:
    | 'lab'
    | 'fault'
    | 'failure'
    | 'election'
    | 'role'
    | 'slots'
    | 'sync'
    | 'state'
    | 'client'
    | 'gossip'
    | 'log';
}

export type NodeAction = 'start' | 'shutdown' | 'kill' | 'restart' | 'pause' | 'resume' | 'failover';

/** What can be wrong with the network between the nodes. Clients reach every node all the same. */
export type NetworkFault =
  /** Nothing passes between these nodes and all others. */
  | { readonly type: 'partition'; readonly ports: readonly number[] }
  /** Whatever passes between one of these nodes and any other takes `ms` longer, each way. */
  | { readonly type: 'delay'; readonly ports: readonly number[]; readonly ms: number }
  /** All is well again; what waited at a cut arrives. */
  | { readonly type: 'heal' };

/** What a net split did to the writes of two clients, one on each side. */
export interface NetSplit {
  /** The primary that was cut off. */
  readonly port: number;
  /** Its replica that was elected meanwhile. */
  readonly successor: number;
  /** Writes it acknowledged while it was cut off, and how many of them were gone after healing. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Its words when it took no more. */
  readonly refusal: string;
  /** Milliseconds from the cut to these words, and the `cluster-node-timeout` by which it noticed. */
  readonly tookWritesMs: number;
  readonly nodeTimeoutMs: number;
  readonly acknowledgedBySuccessor: number;
  readonly lostBySuccessor: number;
}

/**
 * The one way to drive a lab. Every promise rejects with an Error whose message may be shown to the user as it is; most
 * carry it as a `Message` too, in `told`.
 */
export interface Lab {
  readonly snapshot: LabSnapshot;
  /** Resolves when all nodes say cluster_state:ok and replicas are linked; rejects with what went wrong. */
  start(options: LabOptions): Promise<LabSnapshot>;
  stop(): Promise<void>;
  act(port: number, action: NodeAction): Promise<void>;
  /** Disturbs the network between the nodes, or heals it. */
  disturb(fault: NetworkFault): Promise<void>;
  /**
   * Cuts this primary off while clients write on both sides, heals the network, and counts what is lost. Takes a few
   * node timeouts; the timeline tells what happens.
   */
  netSplit(port: number): Promise<NetSplit>;
  /** Tells on the timeline what goes over the cluster bus, or stops telling. */
  watchGossip(wanted: boolean): Promise<void>;
  /** Called whenever something visible changed, at most every 100 ms while things are busy. */
  onSnapshot(listener: (snapshot: LabSnapshot) => void): Unsubscribe;
  onTimeline(listener: (entries: readonly TimelineEntry[]) => void): Unsubscribe;
  /** Ends nodes and thread; the lab can't be used any more. */
  dispose(): Promise<void>;
}

export type Unsubscribe = () => void;

export interface PortProbe {
  /** The base asked for is free on both ranges. */
  readonly free: boolean;
  /** Ports found taken (client or bus). */
  readonly taken: readonly number[];
  /** Another base that is free, when the asked one is not. */
  readonly suggestion: number | undefined;
}
