/** Command files, nodes.conf and keys in code, in English. */
import { commandWorkspace, useCommandFiles } from './command-files.ts';
import type { Workbench } from './workbench.ts';

export const workspace = commandWorkspace;

export default function commands(workbench: Workbench): Promise<void> {
  return useCommandFiles(workbench, 'commands');
}
