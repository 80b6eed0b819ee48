/**
 * The lab as a library, for Node programs and tests:
 *
 *     const lab = await startLab({ basePort: 7100 });
 *     // … any Redis Cluster client on 127.0.0.1:7100 …
 *     await lab.dispose();
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InThreadLab } from './in-thread-lab.ts';
import type { Lab, LabOptions } from './protocol.ts';

export { checkConfFiles } from './check-conf-files.ts';
export { writeConfFiles } from './conf-files.ts';
export { InThreadLab } from './in-thread-lab.ts';
export { probePorts } from './ports.ts';
export type * from './protocol.ts';
export { WorkerLab } from './worker-lab.ts';

/**
 * Starts a cluster and resolves when it is ready. By default: six nodes (three primaries, a replica each) on
 * 127.0.0.1:7000-7005, in a new folder under the system's temporary one, gone with `dispose`. Name a `folder` to keep data and node ids.
 */
export async function startLab(options: Partial<LabOptions> = {}): Promise<Lab> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'redis-cluster-lab-')));
  const lab = options.folder === undefined ? new TemporaryLab() : new InThreadLab();
  const started = lab.start({
    basePort: 7000,
    nodes: 6,
    replicasPerPrimary: 1,
    host: '127.0.0.1',
    directives: {},
    ...options,
    folder,
  });
  await started.catch(async (error: unknown) => {
    await lab.dispose();
    throw error;
  });
  return lab;
}

/** Nobody knows its folder. */
class TemporaryLab extends InThreadLab {
  override async dispose(): Promise<void> {
    await super.dispose();
    const { folder } = this.snapshot.options;
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  }
}
