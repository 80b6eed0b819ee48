/** What a node tells of the process it lives in, and cannot know by itself. */
import type { Configuration } from './configuration.ts';

export interface HostFacts {
  readonly pid: number;
  /** `Linux 6.1.0 x86_64`, as INFO's `os`. */
  readonly os: string;
  readonly executable: string;
  /** Bytes of the whole machine. */
  readonly systemMemory: number;
  /** Resident bytes of the process; of all nodes together where several live in one. */
  residentBytes(): number;
  /** Lets settings that are the process's own take effect: its title, its oom_score_adj. Returns why they cannot. */
  adopt?(settings: Configuration, isReplica: boolean): string | undefined;
  /** Seconds of processor time used so far. */
  cpu(): { readonly system: number; readonly user: number };
}

/** A node in a simulation lives nowhere. */
export const NO_HOST: HostFacts = {
  pid: 1,
  os: 'simulated',
  executable: '',
  systemMemory: 0,
  residentBytes: () => 0,
  cpu: () => ({ system: 0, user: 0 }),
};
