/** Everything that the editor does with conf files, in English. */
import { confWorkspace, useConfFeatures } from './conf-features.ts';
import type { Workbench } from './workbench.ts';

let folder = '';

export function workspace(basePort: number): string {
  folder = confWorkspace(basePort);
  return folder;
}

export default function confFeatures(workbench: Workbench): Promise<void> {
  return useConfFeatures(workbench, folder, 'conf-features');
}
