/** Where a node's bytes are: what INFO and MEMORY STATS tell, and maxmemory is compared with. */
import type { NodeServices } from './call.ts';
import { clientBytes } from './clients.ts';

export interface MemoryUse {
  /** Keys and values. */
  readonly dataset: number;
  /** Sessions of clients; those of replicas, with what is kept of the stream for them alone. */
  readonly clients: number;
  readonly replicas: number;
  readonly scripts: number;
  /** All that is kept of the stream. */
  readonly backlog: number;
  readonly used: number;
  /** Of `used`, what no key is evicted for: the output of replicas would only grow by it. */
  readonly notCounted: number;
}

export function memoryUse(node: NodeServices): MemoryUse {
  let clients = 0;
  let replicas = 0;
  for (const client of node.clients) {
    if (client.isReplica) replicas += clientBytes(client);
    else clients += clientBytes(client);
  }
  const dataset = node.usedBytes;
  const scripts = node.scripting.usedBytes;
  const backlog = node.replication.backlogBytes;
  const used = dataset + clients + replicas + scripts + backlog;
  replicas += node.replication.laggingBytes;
  return { dataset, clients, replicas, scripts, backlog, used, notCounted: replicas };
}
