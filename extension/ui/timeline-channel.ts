/** What the nodes tell, as a log: View > Output > Redis Cluster Lab. */
import type * as vscode from 'vscode';
import type { TimelineEntry } from '../lab/protocol.ts';
import { localized } from './localized.ts';

export function writeTimeline(channel: vscode.LogOutputChannel, entries: readonly TimelineEntry[]): void {
  for (const entry of entries) {
    const line = `${entry.port === undefined ? 'lab ' : entry.port} ${entry.kind.padEnd(8)} ${localized(entry)}`;
    switch (entry.kind) {
      case 'fault':
      case 'failure':
        channel.warn(line);
        break;
      case 'gossip':
      case 'log':
        channel.debug(line);
        break;
      default:
        channel.info(line);
    }
  }
}
