/** Everything that the editor does with conf files, in Chinese. */
import { confWorkspace, useConfFeatures } from './conf-features.ts';
import type { Workbench } from './workbench.ts';

export const locale = 'zh-cn';

let folder = '';

export function workspace(basePort: number): string {
  folder = confWorkspace(basePort, locale);
  return folder;
}

export default function confFeaturesChinese(workbench: Workbench): Promise<void> {
  return useConfFeatures(workbench, folder, 'conf-features-chinese', locale);
}
