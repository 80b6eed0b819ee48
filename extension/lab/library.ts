/** What a Node program imports: index.ts, whose code comes compiled where an earlier run has kept that. */
import { keepCompiled } from './code-cache.ts';
import type { Lab, LabOptions, LabSnapshot } from './protocol.ts';
import * as lab from './whole-lab.ts';

export const { checkConfFiles, probePorts, WorkerLab, writeConfFiles } = lab;

export class InThreadLab extends lab.InThreadLab {
  override async start(options: LabOptions): Promise<LabSnapshot> {
    const snapshot = await super.start(options);
    keepSoon();
    return snapshot;
  }
}

export async function startLab(options?: Partial<LabOptions>): Promise<Lab> {
  const started = await lab.startLab(options);
  keepSoon();
  return started;
}

/** Nobody waits for it. */
function keepSoon(): void {
  setImmediate(keepCompiled);
}
