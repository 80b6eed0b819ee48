/** How large a tree redis-server would keep: XINFO STREAM tells it. */
import type { StreamId } from './stream-id.ts';

const KEY_DIGITS = 32;

/**
 * The nodes of a radix tree over these ids, which are in ascending order. As keys they are 16 bytes, milliseconds
 * first, the highest byte first. There is a node for each run of bytes that all keys below share, one wherever keys
 * part, and one at the end of each key; an empty tree is a single node.
 */
export function radixTreeNodes(ids: readonly StreamId[]): number {
  if (ids.length === 0) return 1;
  return nodesBelow(ids.map(hexadecimal), 0, ids.length, 0);
}

/** Two digits a byte. */
function hexadecimal({ ms, seq }: StreamId): string {
  return ms.toString(16).padStart(16, '0') + seq.toString(16).padStart(16, '0');
}

/** Nodes for the keys from `from` to before `to`, which agree in their first `depth` digits. */
function nodesBelow(keys: readonly string[], from: number, to: number, depth: number): number {
  if (to - from === 1) return depth === KEY_DIGITS ? 1 : 2;
  const first = keys[from];
  const last = keys[to - 1];
  let parting = depth;
  while (first.slice(parting, parting + 2) === last.slice(parting, parting + 2)) parting += 2;
  let nodes = parting > depth ? 2 : 1;
  for (let start = from; start < to; ) {
    const byte = keys[start].slice(parting, parting + 2);
    let end = start + 1;
    while (end < to && keys[end].startsWith(byte, parting)) end++;
    nodes += nodesBelow(keys, start, end, parting + 2);
    start = end;
  }
  return nodes;
}
