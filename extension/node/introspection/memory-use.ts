/** Where a node's bytes are: what INFO and MEMORY STATS tell, and maxmemory is compared with. */
import type { NodeServices } from '../call.ts';
import { clientBytes } from '../clients/clients.ts';
import type { AllocatorUse } from '../host-facts.ts';

export interface MemoryUse {
  /** Keys and values, without what finds them. */
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

/** What is in use, what is held for it, and how the ratios of each to the next say where memory is lost. */
export interface MemoryHeld extends AllocatorUse {
  /** Of the process. */
  readonly processBytes: number;
  /** `active` beside `allocated`, `resident` beside `active`, the process beside `resident`, and beside `used`. */
  readonly fragmentation: Excess;
  readonly untouched: Excess;
  readonly overhead: Excess;
  readonly total: Excess;
}

/** One size beside another that it should not be far from. */
export interface Excess {
  /** 0 when there is nothing to be compared with. */
  readonly ratio: number;
  readonly bytes: number;
}

/** `used` is that of `memoryUse`. Allocator and process are those of all nodes that live in the process. */
export function memoryHeld({ host }: NodeServices, used: number): MemoryHeld {
  const { allocated, active, resident } = host.allocator();
  const processBytes = host.residentBytes();
  const excess = (whole: number, part: number): Excess => ({
    ratio: part === 0 ? 0 : whole / part,
    bytes: whole - part,
  });
  return {
    allocated,
    active,
    resident,
    processBytes,
    fragmentation: excess(active, allocated),
    untouched: excess(resident, active),
    overhead: excess(processBytes, resident),
    total: excess(processBytes, used),
  };
}

export function memoryUse(node: NodeServices): MemoryUse {
  let clients = 0;
  let replicas = 0;
  for (const client of node.clients) {
    if (client.isReplica) replicas += clientBytes(client);
    else clients += clientBytes(client);
  }
  const indexes = node.databases.reduce(
    (sum, { indexBytes }) => sum + indexBytes.keys + indexBytes.expiring,
    0,
  );
  const dataset = node.usedBytes - indexes;
  const scripts = node.scripting.usedBytes;
  const backlog = node.replication.backlogBytes;
  const used = dataset + indexes + clients + replicas + scripts + backlog;
  replicas += node.replication.laggingBytes;
  return { dataset, clients, replicas, scripts, backlog, used, notCounted: replicas };
}
