/** The six files of a new cluster out of a form, and a lab from them, in Chinese. */
import { makeNewCluster, newClusterWorkspace } from './new-cluster.ts';
import type { Workbench } from './workbench.ts';

export const locale = 'zh-cn';

let folder = '';

export function workspace(): string {
  folder = newClusterWorkspace();
  return folder;
}

export default function newClusterChinese(workbench: Workbench): Promise<void> {
  return makeNewCluster(workbench, folder, 'new-cluster-chinese', locale);
}
