/** Directives that the node knows better than the table, or whose change has to be looked at before it counts. */
import type { NodeServices } from './call.ts';

export function hookSettings({ settings, world, replication }: NodeServices): void {
  settings.live('replicaof', () => {
    const { primary } = replication;
    return primary === undefined ? '' : `${primary.host} ${primary.port}`;
  });
  settings.onSet('dir', () =>
    world.disk.exists(settings.text('dir')) ? undefined : 'No such file or directory',
  );
  // Better refused than thought to be safe.
  settings.onSet('appendonly', () => (settings.flag('appendonly') ? NO_APPEND_ONLY_FILE : undefined));
}

/** What is told who asks for an append-only file. */
export const NO_APPEND_ONLY_FILE =
  'this node keeps no append-only file: what SAVE and BGSAVE write is what lasts';
