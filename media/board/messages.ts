/** What the extension and the board (slot map and timeline) tell each other. Texts come in the user's language. */

/** Inclusive. */
export type Range = readonly [first: number, last: number];

export interface Shard {
  /** `Shard 1` */
  readonly name: string;
  /** `127.0.0.1:7000 · 0-5460 · 12 keys` */
  readonly detail: string;
  /** Slots as each node claims them; the higher epoch is right. */
  readonly claims: readonly Claim[];
  /** Some node answers for its slots. */
  readonly served: boolean;
}

export interface Claim {
  readonly epoch: number;
  readonly ranges: readonly Range[];
}

export type Lane = 'up' | 'cut' | 'down';

export interface Entry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Place among the nodes of the one that tells; undefined when the lab does. */
  readonly node: number | undefined;
  readonly kind: string;
  /** The kind in the user's language. */
  readonly kindName: string;
  readonly text: string;
  /** How each node was then, in their order. */
  readonly lanes: readonly Lane[];
}

export interface Texts {
  readonly slotMap: string;
  readonly timeline: string;
  readonly key: string;
  readonly keyHint: string;
  readonly logs: string;
  readonly gossip: string;
  readonly clear: string;
  readonly nothing: string;
  readonly unserved: string;
  readonly time: string;
  readonly what: string;
}

export type ToBoard =
  | { readonly type: 'texts'; readonly texts: Texts }
  | { readonly type: 'cluster'; readonly shards: readonly Shard[]; readonly nodes: readonly string[] }
  | { readonly type: 'entries'; readonly entries: readonly Entry[]; readonly anew: boolean }
  /** Where a key is; no slot when none was asked for. */
  | { readonly type: 'located'; readonly slot: number | undefined; readonly text: string };

export type FromBoard =
  | { readonly type: 'ready' }
  | { readonly type: 'locate'; readonly key: string }
  | { readonly type: 'gossip'; readonly wanted: boolean }
  | { readonly type: 'clear' };
