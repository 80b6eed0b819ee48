/** A node of a cluster, seen by itself. */

import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import { isIPv4, isIPv6 } from '../../extension/redis/config/value.ts';
import type { Code, Finding, Fix, Rule, Severity } from '../finding.ts';
import type { LineMemory } from '../line-memory.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf } from '../parser.ts';

export const checkCluster: Rule = function* (document, translate) {
  yield* checkNodeTimeout(document, translate);
  yield* checkAnnounced(document, translate);
  if (document.settings.isOn('cluster-enabled')) yield* inClusterMode(document, translate);
};

/** A finding at the counting line of a directive; none where the file does not set it. */
function at(
  document: ConfDocument,
  name: string,
  code: Code,
  severity: Severity,
  message: string,
): Finding[] {
  const entry = document.settings.entry(name);
  return entry ? [{ code, severity, at: spanOf(entry), message }] : [];
}

/** What is set for a cluster, in a file that turns cluster mode on nowhere. */
export function* checkWithoutCluster(
  { settings, hasUnreadParts }: ConfDocument,
  memory: LineMemory,
  translate: Translate,
): Iterable<Finding> {
  if (hasUnreadParts || settings.isOn('cluster-enabled')) return;
  const switched = settings.entry('cluster-enabled');
  for (const [name, lines] of settings.each()) {
    if (!name.startsWith('cluster-') || name === 'cluster-enabled') continue;
    for (const entry of lines) {
      if (entry.source) continue;
      const make = (): Finding => withoutCluster(entry, switched, translate);
      // Lines of included files are read anew.
      if (switched?.source) yield make();
      else yield memory.caused(memory.withoutCluster, entry.line, switched?.line, make);
    }
  }
}

function withoutCluster(entry: ConfEntry, switched: ConfEntry | undefined, t: Translate): Finding {
  return {
    code: 'needs-cluster-enabled',
    severity: 'warning',
    at: spanOf(entry),
    message: t('{0} has no effect without cluster-enabled yes.', entry.name),
    ...(switched && { related: [{ at: spanOf(switched), message: t('Cluster mode is off here.') }] }),
    fixes: [turnOn(entry, switched, t)],
  };
}

function turnOn(entry: ConfEntry, switched: ConfEntry | undefined, t: Translate): Fix {
  const title = t('Turn cluster mode on');
  if (switched && !switched.source)
    return { title, edits: [{ at: spanOf(switched, 0), text: 'yes' }], preferred: true };
  const before = { line: entry.line, start: 0, end: 0 };
  return { title, edits: [{ at: before, text: 'cluster-enabled yes\n' }], preferred: true };
}

/** Milliseconds. Below, a short pause of a healthy node already looks like its death. */
const SHORT_TIMEOUT = 1000;
const LONG_TIMEOUT = 60_000;

function checkNodeTimeout(document: ConfDocument, t: Translate): Finding[] {
  const timeout = document.settings.number('cluster-node-timeout');
  if (timeout < SHORT_TIMEOUT) {
    const message = t('{0} ms is so short that a pause of a healthy node causes a failover.', timeout);
    return at(document, 'cluster-node-timeout', 'node-timeout-short', 'warning', message);
  }
  if (timeout <= LONG_TIMEOUT) return [];
  const message = t(
    'A dead primary is replaced after {0} seconds at the earliest.',
    Math.round(timeout / 1000),
  );
  return at(document, 'cluster-node-timeout', 'node-timeout-long', 'information', message);
}

function checkAnnounced(document: ConfDocument, t: Translate): Finding[] {
  const { settings } = document;
  const found: Finding[] = [];
  const client = settings.number('cluster-announce-port') || settings.number('cluster-announce-tls-port');
  const bus = settings.number('cluster-announce-bus-port');
  const name =
    client !== 0
      ? settings.number('cluster-announce-port')
        ? 'cluster-announce-port'
        : 'cluster-announce-tls-port'
      : 'cluster-announce-bus-port';
  if ((client === 0) !== (bus === 0) && !document.hasUnreadParts) {
    const message = t('Where ports are mapped, peers need both the client port and the bus port announced.');
    found.push(...at(document, name, 'announced-ports-incomplete', 'warning', message));
  }
  if (client !== 0 && client === bus) {
    const message = t('The announced bus port is the announced client port.');
    found.push(...at(document, 'cluster-announce-bus-port', 'announced-ports-equal', 'warning', message));
  }
  const ip = settings.text('cluster-announce-ip');
  if (ip !== '' && !isIPv4(ip) && !isIPv6(ip)) {
    const message = t(
      '“{0}” is no IP address; the server does not check it, and peers cannot reach the node.',
      ip,
    );
    found.push(...at(document, 'cluster-announce-ip', 'announced-ip-malformed', 'warning', message));
  }
  return found;
}

function inClusterMode(document: ConfDocument, t: Translate): Finding[] {
  const { settings } = document;
  const found: Finding[] = [];
  if (settings.number('databases') > 1) {
    const message = t('A cluster has database 0 only.');
    found.push(...at(document, 'databases', 'databases-in-cluster', 'information', message));
  }
  if (
    settings.number('port') === 0 &&
    settings.number('tls-port') === 0 &&
    settings.text('unixsocket') !== ''
  ) {
    const message = t('Without a client port no other node and no client of it can reach this one.');
    found.push(...at(document, 'port', 'no-client-port', 'warning', message));
  }
  if (settings.isOn('tls-cluster') && settings.number('tls-port') === 0) {
    const message = t('The bus port is counted from tls-port, which is 0: the bus listens on port 10000.');
    found.push(...at(document, 'tls-cluster', 'tls-cluster-without-tls-port', 'warning', message));
  }
  if (
    settings.has('cluster-replica-validity-factor') &&
    settings.number('cluster-replica-validity-factor') === 0
  ) {
    const message = t('Replicas take over however old their data are.');
    found.push(
      ...at(document, 'cluster-replica-validity-factor', 'stale-replicas-may-win', 'information', message),
    );
  }
  const hostname = settings.text('cluster-announce-hostname');
  if (settings.text('cluster-preferred-endpoint-type') === 'hostname' && hostname === '') {
    const message = t('Clients get “?” instead of a host name: cluster-announce-hostname is missing.');
    found.push(
      ...at(document, 'cluster-preferred-endpoint-type', 'announced-hostname-missing', 'warning', message),
    );
  }
  return [
    ...found,
    ...checkPasswords(document, t),
    ...checkPersistence(document, t),
    ...checkRenamed(document, t),
  ];
}

function checkPasswords(document: ConfDocument, t: Translate): Finding[] {
  const { settings } = document;
  const password = settings.text('requirepass');
  if (password === '' || settings.text('masterauth') === password || document.hasUnreadParts) return [];
  if (settings.text('masteruser') !== '') return [];
  const message =
    settings.text('masterauth') === ''
      ? t('masterauth is missing: as a replica this node could not log in to its primary.')
      : t('masterauth differs from requirepass: nodes of a cluster take over from each other.');
  return at(document, 'requirepass', 'masterauth-missing', 'warning', message);
}

function checkPersistence(document: ConfDocument, t: Translate): Finding[] {
  const { settings } = document;
  const saves = settings.has('save') ? settings.savePoints().length : 1;
  if (settings.isOn('appendonly') || saves > 0) return [];
  const message = t(
    'Without snapshots and AOF a primary that restarts is empty, and its replicas empty themselves.',
  );
  return at(document, 'save', 'no-persistence-in-cluster', 'warning', message);
}

/** What nodes and cluster tools send to nodes. */
const NEEDED: ReadonlySet<string> = new Set(
  'cluster psync replconf ping replicaof slaveof config info asking migrate restore restore-asking readonly'.split(
    ' ',
  ),
);

function checkRenamed(document: ConfDocument, t: Translate): Finding[] {
  return document.settings
    .all('rename-command')
    .filter((entry) => NEEDED.has((entry.words[1]?.text ?? '').toLowerCase()))
    .map((entry) => ({
      code: 'cluster-command-renamed',
      severity: 'warning',
      at: spanOf(entry, 0),
      message: t(
        'Other nodes or cluster tools send {0} under this name.',
        (entry.words[1]?.text ?? '').toUpperCase(),
      ),
    }));
}
