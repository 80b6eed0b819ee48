/** Files that nobody needs any more. */
import type { Disk } from '../../redis/world.ts';

/**
 * Removes what is worth nothing any more, be it half written. Where that can't be, it stays: it is no reason not to go on,
 * and what comes next is often written over it.
 */
export function removeLeftover(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // As redis-server, which does not look whether its unlink succeeded.
  }
}
