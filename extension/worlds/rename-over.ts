/**
 * Renaming a file over another one. Windows refuses that while anybody has the other one open, and somebody often has: a
 * virus scanner or an indexer that looks at what was just written, an editor that shows it. They let go soon.
 */
import { renameSync } from 'node:fs';
import { isCode } from './error-code.ts';

/** Whoever has a file open for longer than that, milliseconds, means to keep it. */
const PATIENCE_MS = 500;
/** Between two attempts; each waits twice as long as the one before, up to this. */
const LONGEST_PAUSE_MS = 32;

/** The thread stands still meanwhile, as it does for all that is done to a file. */
export function renameOver(from: string, to: string, system: System = windowsOrNot): void {
  for (let waited = 0, pause = 1; ; waited += pause, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      system.rename(from, to);
      return;
    } catch (error) {
      const held = system.holdsOpenFiles && isCode(error, 'EPERM', 'EACCES', 'EBUSY');
      if (!held || waited >= PATIENCE_MS) throw error;
    }
    system.sleep(pause);
  }
}

interface System {
  /** An open file keeps its name, and nothing takes its place. */
  readonly holdsOpenFiles: boolean;
  rename(from: string, to: string): void;
  sleep(ms: number): void;
}

const windowsOrNot: System = {
  holdsOpenFiles: process.platform === 'win32',
  rename: renameSync,
  sleep: (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
};
