/** How much of the stream may wait for a slow replica before it is dropped. */
import type { Settings } from '../cluster/contract.ts';

export interface OutputLimit {
  /** Bytes; 0: no limit. */
  readonly hard: number;
  readonly soft: number;
  readonly seconds: number;
}

/** client-output-buffer-limit as CONFIG GET prints it: class, hard, soft, seconds, for each class. */
export function replicaOutputLimit(settings: Settings): OutputLimit {
  const words = settings.text('client-output-buffer-limit').split(' ');
  const at = words.findIndex((word) => word === 'slave' || word === 'replica');
  const [hard = 0, soft = 0, seconds = 0] = at < 0 ? [] : words.slice(at + 1, at + 4).map(Number);
  // Dropping a replica for less than the backlog holds would be pointless: it could continue at once.
  return { hard: hard === 0 ? 0 : Math.max(hard, settings.number('repl-backlog-size')), soft, seconds };
}
