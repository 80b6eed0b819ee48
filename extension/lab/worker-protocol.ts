/** What a lab and its worker thread send each other: plain data. */
import type {
  LabOptions,
  LabSnapshot,
  NetSplit,
  NetworkFault,
  NodeAction,
  TimelineEntry,
  Message as Told,
} from './protocol.ts';

/** Answered by a `result` of the same `id`. */
export type Request = { readonly id: number } & Order;

export type Order =
  | { readonly order: 'start'; readonly options: LabOptions }
  | { readonly order: 'stop' | 'dispose' }
  | { readonly order: 'act'; readonly port: number; readonly action: NodeAction }
  | { readonly order: 'disturb'; readonly fault: NetworkFault }
  | { readonly order: 'gossip'; readonly wanted: boolean }
  | { readonly order: 'netSplit'; readonly port: number };

/** What an order comes to; most come to nothing more than being done. */
export type Outcome = NetSplit | undefined;

export type Message =
  | {
      readonly type: 'result';
      readonly id: number;
      readonly error: Told | undefined;
      readonly outcome?: Outcome;
    }
  | { readonly type: 'snapshot'; readonly snapshot: LabSnapshot }
  | { readonly type: 'timeline'; readonly entries: readonly TimelineEntry[] };
