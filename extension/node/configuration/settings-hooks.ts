/** Directives that the node knows better than the table, or whose change has to be looked at before it counts. */
import type { NodeServices } from '../call.ts';
import { TLS_DIRECTIVES } from '../tls.ts';

const TLS_REFUSED = 'Unable to update TLS configuration. Check server logs.';

export function hookSettings(node: NodeServices): void {
  const { settings, world, replication, appendOnly, tls } = node;
  for (const name of ['oom-score-adj', 'oom-score-adj-values', 'proc-title-template']) {
    settings.onSet(name, () => node.host.adopt?.(settings, replication.role === 'replica'));
  }
  settings.live('replicaof', () => {
    const { primary } = replication;
    return primary === undefined ? '' : `${primary.host} ${primary.port}`;
  });
  settings.onSet('dir', () =>
    world.disk.exists(settings.text('dir')) ? undefined : 'No such file or directory',
  );
  for (const name of [...TLS_DIRECTIVES, 'tls-port']) {
    settings.onSet(name, () => (tls.wanted && !tls.configure() ? TLS_REFUSED : undefined));
  }
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
