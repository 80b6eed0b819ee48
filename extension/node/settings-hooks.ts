/** Directives that the node knows better than the table, or whose change has to be looked at before it counts. */
import type { NodeServices } from './call.ts';

export function hookSettings({ settings, world, replication, appendOnly }: NodeServices): void {
  settings.live('replicaof', () => {
    const { primary } = replication;
    return primary === undefined ? '' : `${primary.host} ${primary.port}`;
  });
  settings.onSet('dir', () =>
    world.disk.exists(settings.text('dir')) ? undefined : 'No such file or directory',
  );
  settings.onSet('appendonly', () => {
    if (!settings.flag('appendonly')) appendOnly.switchOff();
    else if (!appendOnly.switchOn()) return 'Unable to turn on AOF. Check server logs.';
    return undefined;
  });
  settings.onSet('aof-disable-auto-gc', () => {
    appendOnly.removeHistory();
    return undefined;
  });
}
