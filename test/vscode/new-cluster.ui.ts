/** The six files of a new cluster out of a form, and a lab from them, in English. */
import { makeNewCluster, newClusterWorkspace } from './new-cluster.ts';
import type { Workbench } from './workbench.ts';

let folder = '';

export function workspace(): string {
  folder = newClusterWorkspace();
  return folder;
}

export default function newCluster(workbench: Workbench): Promise<void> {
  return makeNewCluster(workbench, folder, 'new-cluster');
}
