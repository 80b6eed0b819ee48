/** Rows of the timeline: what several nodes tell at about the same time is one row with a mark for each of them. */
import type { Entry } from './messages.ts';

/** Gossip takes about half a second to reach the last node of a small cluster. */
const TOGETHER_MS = 1000;

export interface Row extends Entry {
  /** Places of the nodes that told it, in their order; empty when the lab did. */
  readonly tellers: readonly number[];
}

export function rowOf(entry: Entry): Row {
  return { ...entry, tellers: entry.node === undefined ? [] : [entry.node] };
}

/** Place of the row that the entry belongs to; undefined when it is news. */
export function placeOf(entry: Entry, rows: readonly Row[]): number | undefined {
  const { node } = entry;
  if (node === undefined) return undefined;
  for (let place = rows.length - 1; place >= 0; place--) {
    const row = rows[place];
    if (row === undefined || entry.at - row.at > TOGETHER_MS) return undefined;
    // What comes after a fault is another story, though it reads the same.
    if (row.kind === 'fault') return undefined;
    const same = row.kind === entry.kind && row.text === entry.text && row.tellers.length > 0;
    // A node that tells it a second time has news.
    if (same) return row.tellers.includes(node) ? undefined : place;
  }
  return undefined;
}

export function joined(row: Row, node: number): Row {
  return { ...row, tellers: [...row.tellers, node].sort((a, b) => a - b) };
}
