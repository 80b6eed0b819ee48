/** Command files, nodes.conf and keys in code, in Chinese. */
import { commandWorkspace, useCommandFiles } from './command-files.ts';
import type { Workbench } from './workbench.ts';

export const locale = 'zh-cn';
export const workspace = commandWorkspace;

export default function commandsChinese(workbench: Workbench): Promise<void> {
  return useCommandFiles(workbench, 'commands-chinese', locale);
}
