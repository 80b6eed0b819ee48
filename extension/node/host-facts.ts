/** What a node tells of the process it lives in, and cannot know by itself. */
import type { Configuration } from './configuration/configuration.ts';

/** Seconds of processor time. */
export interface CpuTime {
  readonly system: number;
  readonly user: number;
}

/**
 * Bytes of whoever hands out memory: in use, with what is unused on pages that it holds, and of that what takes up real
 * memory.
 */
export interface AllocatorUse {
  readonly allocated: number;
  readonly active: number;
  readonly resident: number;
}

export interface HostFacts {
  readonly pid: number;
  /** `Linux 6.1.0 x86_64`, as INFO's `os`. */
  readonly os: string;
  readonly executable: string;
  /** Bytes of the whole machine. */
  readonly systemMemory: number;
  /** Resident bytes of the process; of all nodes together where several live in one. */
  residentBytes(): number;
  /** Of all nodes together, too. */
  allocator(): AllocatorUse;
  /** Lets settings that are the process's own take effect: its title, its oom_score_adj. Returns why they cannot. */
  adopt?(settings: Configuration, isReplica: boolean): string | undefined;
  /** Used so far. */
  cpu(): CpuTime;
  /** By the thread that the node lives in; undefined where the system does not tell. */
  threadCpu(): CpuTime | undefined;
}

/** A node in a simulation lives nowhere. */
export const NO_HOST: HostFacts = {
  pid: 1,
  os: 'simulated',
  executable: '',
  systemMemory: 0,
  residentBytes: () => 0,
  allocator: () => ({ allocated: 0, active: 0, resident: 0 }),
  cpu: () => ({ system: 0, user: 0 }),
  threadCpu: () => undefined,
};
