/** Whether the nodes of a lab would start from their conf files: one that runs is not stopped for others. */
import { existsSync } from 'node:fs';
import { confFileOf } from './conf-files.ts';
import { readConfiguration } from './node-configuration.ts';
import { planNodes } from './plan.ts';
import type { LabOptions } from './protocol.ts';

/** Throws with the first thing that a server would refuse. Files that are missing are written at the start. */
export function checkConfFiles(options: LabOptions): void {
  for (const { port } of planNodes(options)) {
    if (existsSync(confFileOf(options.folder, port))) readConfiguration(options, port);
  }
}
