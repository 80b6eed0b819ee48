/** How the outside watches a node: events pushed as they happen, nothing that could change the node. */

export type NodeRole = 'primary' | 'replica';

export type NodeEvent =
  | { readonly type: 'started'; readonly id: string | undefined }
  | { readonly type: 'stopped' }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'role'; readonly role: NodeRole; readonly primaryId?: string }
  | { readonly type: 'cluster-state'; readonly ok: boolean; readonly lack?: ClusterLack }
  | {
      readonly type: 'known-node';
      readonly peerId: string;
      readonly change: 'joined' | 'forgotten' | 'address';
    }
  /** This node's view of a peer changed. */
  | { readonly type: 'failure'; readonly peerId: string; readonly state: 'pfail' | 'fail' | 'ok' }
  | {
      readonly type: 'election';
      readonly step: 'started' | 'voted' | 'won' | 'lost' | 'requested';
      readonly epoch: number;
      readonly peerId?: string;
    }
  | {
      readonly type: 'slots';
      readonly ownerId: string;
      readonly ranges: readonly (readonly [number, number])[];
      readonly epoch: number;
    }
  | { readonly type: 'replication-link'; readonly up: boolean; readonly primary: string }
  | {
      readonly type: 'sync';
      readonly step: 'full-started' | 'full-finished' | 'partial';
      readonly peer: string;
      readonly bytes?: number;
    }
  | {
      readonly type: 'bus';
      readonly direction: 'sent' | 'received';
      readonly message: string;
      readonly peerId: string;
      readonly bytes: number;
    };

/** Why cluster_state is fail: so many of so many primaries with slots can be reached, or slots are served. */
export interface ClusterLack {
  readonly what: 'primaries' | 'slots';
  readonly have: number;
  readonly of: number;
}

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

export interface Observer {
  /** Must be quick and must not throw. `bus` events are only sent when `wantsBus` is true. */
  event(event: NodeEvent): void;
  readonly wantsBus: boolean;
}

/** What a node tells of itself on request: a copy, taken between two commands. */
export interface NodeStatus {
  readonly id: string | undefined;
  readonly role: NodeRole;
  readonly primaryId: string | undefined;
  /** In cluster mode: cluster_state. */
  readonly clusterOk: boolean | undefined;
  readonly configEpoch: number;
  readonly currentEpoch: number;
  readonly slots: readonly (readonly [number, number])[];
  readonly keys: number;
  readonly usedBytes: number;
  readonly replicationOffset: number;
  /** On a replica: link to the primary is up and in sync. */
  readonly primaryLinkUp: boolean | undefined;
  readonly clients: number;
  readonly commandsProcessed: number;
  /** Its view of the others. */
  readonly peers: readonly {
    readonly id: string;
    readonly host: string;
    readonly port: number;
    readonly role: NodeRole;
    readonly state: 'ok' | 'pfail' | 'fail' | 'handshake';
    readonly linkUp: boolean;
  }[];
}
