/** key-load-delay and rdb-key-save-delay: images that take their time, for tests. */
import type { Settings } from '../cluster/contract.ts';

/** How long to wait behind each key, in milliseconds. A directive below 0 is a share of a microsecond: -10 a tenth. */
export function keyDelayMs(settings: Settings, directive: 'key-load-delay' | 'rdb-key-save-delay'): number {
  const microseconds = settings.number(directive);
  return (microseconds < 0 ? -1 / microseconds : microseconds) / 1000;
}
