/** What nodes tell of this process. */
import { machine, release, type as system, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { CpuTime, HostFacts } from '../node/host-facts.ts';

export const PROCESS_FACTS: HostFacts = {
  pid: process.pid,
  get os() {
    return `${system()} ${release()} ${machine()}`;
  },
  executable: process.execPath,
  get systemMemory() {
    return totalmem();
  },
  residentBytes: () => process.memoryUsage.rss(),
  allocator: () => {
    const heap = getHeapStatistics();
    // Array buffers, which hold keys and strings, lie outside the heap.
    const outside = heap.external_memory;
    return {
      allocated: heap.used_heap_size + outside,
      active: heap.total_heap_size + outside,
      resident: heap.total_physical_size + outside,
    };
  },
  cpu: () => seconds(process.cpuUsage()),
  // Node 20 and 22 lack it, among them that of the editor.
  threadCpu: () => ('threadCpuUsage' in process ? seconds(process.threadCpuUsage()) : undefined),
};

function seconds({ system, user }: NodeJS.CpuUsage): CpuTime {
  return { system: system / 1e6, user: user / 1e6 };
}
