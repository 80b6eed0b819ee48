/** The conf files of one set-up, read together: what each says is fine, and together they are not. Told at each of them. */

import { lowerAscii } from '../../extension/redis/config/ascii.ts';
import { formatValue } from '../../extension/redis/config/value.ts';
import type { Code, Finding, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf } from '../parser.ts';
import { NODE_FILES } from '../port-edits.ts';
import { checkClashes } from './clashes.ts';
import { groupBy, linksTo, NodeFile, type Report } from './node-file.ts';

/** The findings of each file, by its URI. */
export function checkSetUp(documents: readonly ConfDocument[], translate: Translate): Map<string, Finding[]> {
  const nodes = documents.map((document) => new NodeFile(document));
  const found = new Map<string, Finding[]>();
  if (nodes.length < 2) return found;
  const report: Report = ({ document: { uri } }, finding) => {
    const known = found.get(uri);
    if (known) known.push(finding);
    else found.set(uri, [finding]);
  };
  checkClashes(nodes, translate, report);
  for (const node of nodes) checkNumbers(node, nodes, translate, report);
  compareAll(nodes, translate, report);
  return found;
}

/** A copied file whose port, or whose paths, were forgotten. */
function checkNumbers(node: NodeFile, nodes: readonly NodeFile[], t: Translate, report: Report): void {
  const numbers = (text: string): number[] => (text.match(/\d{4,5}/g) ?? []).map(Number);
  const [inName] = numbers(node.name);
  if (node.port === 0) return;
  if (inName !== undefined && inName !== node.port && inName > 1023 && inName < 65536) {
    const message = t('The file is named after port {0}, and sets port {1}.', inName, node.port);
    report(node, { code: 'number-of-another-node', severity: 'warning', at: node.span('port'), message });
  }
  const others = new Set(nodes.map(({ port }) => port).filter((port) => port !== node.port));
  for (const name of [...NODE_FILES, 'dir']) {
    const entry = node.document.settings.entry(name);
    const strange = numbers(entry?.words[1]?.text ?? '').find((number) => others.has(number));
    if (entry === undefined || strange === undefined) continue;
    const message = t('{0} names port {1}, this node has port {2}.', name, strange, node.port);
    report(node, { code: 'number-of-another-node', severity: 'warning', at: spanOf(entry, 0), message });
  }
}

/** What nodes of one cluster have in common. */
interface Comparison {
  readonly code: Code;
  readonly severity: Severity;
  /** Where it is shown: at the first that the file sets. */
  readonly names: readonly string[];
  read(node: NodeFile): string;
  message(t: Translate): string;
}

const COMPARISONS: readonly Comparison[] = [
  {
    code: 'passwords-differ',
    severity: 'warning',
    names: ['requirepass', 'masterauth'],
    read: (node) => JSON.stringify([node.text('requirepass'), node.text('masterauth')]),
    message: (t) =>
      t('requirepass or masterauth differs from other nodes: after a failover replication fails.'),
  },
  {
    code: 'node-timeout-differs',
    severity: 'warning',
    names: ['cluster-node-timeout'],
    read: (node) => String(node.document.settings.number('cluster-node-timeout')),
    message: (t) =>
      t('cluster-node-timeout differs from other nodes: they do not agree when a node has failed.'),
  },
  {
    code: 'tls-cluster-differs',
    severity: 'warning',
    names: ['tls-cluster'],
    read: (node) => String(node.document.settings.isOn('tls-cluster')),
    message: (t) => t('tls-cluster differs from other nodes: they cannot talk to each other.'),
  },
  {
    code: 'renamed-commands-differ',
    severity: 'warning',
    names: ['rename-command'],
    read: renames,
    message: (t) => t('rename-command differs from other nodes: replicated commands fail.'),
  },
  {
    code: 'announced-ip-on-some-nodes',
    severity: 'warning',
    names: ['cluster-announce-ip'],
    read: (node) => String(node.text('cluster-announce-ip') !== ''),
    message: (t) => t('cluster-announce-ip is set on some nodes only.'),
  },
  ...['maxmemory', 'maxmemory-policy', 'appendonly'].map(
    (name): Comparison => ({
      code: 'memory-settings-differ',
      severity: 'information',
      names: [name],
      read: (node) => {
        const setting = node.document.settings.value(name);
        return setting === undefined ? '' : formatValue(setting);
      },
      message: (t) => t('{0} differs from other nodes.', name),
    }),
  ),
];

function compare(
  cluster: readonly NodeFile[],
  { code, severity, names, read, message }: Comparison,
  t: Translate,
  report: Report,
): void {
  const groups = groupBy(cluster, read);
  if (groups.size < 2) return;
  for (const group of groups.values()) {
    const others = cluster.filter((other) => !group.includes(other));
    const related = linksTo(others, names, t);
    for (const node of group)
      report(node, { code, severity, at: node.span(...names), message: message(t), related });
  }
}

function compareAll(nodes: readonly NodeFile[], t: Translate, report: Report): void {
  const cluster = nodes.filter(({ clustered }) => clustered);
  if (cluster.length === 0) return;
  for (const node of nodes) {
    if (node.clustered || node.document.hasUnreadParts) continue;
    const message = t('Other files of this set-up are nodes of a cluster, this one is not.');
    const related = linksTo(cluster, ['cluster-enabled'], t);
    const at = node.span('cluster-enabled');
    report(node, { code: 'cluster-not-enabled', severity: 'warning', at, message, related });
  }
  for (const comparison of COMPARISONS) compare(cluster, comparison, t, report);
  checkReach(cluster, t, report);
  countNodes(cluster, t, report);
}

function renames(node: NodeFile): string {
  const lines = node.document.settings.all('rename-command');
  return lines
    .map(({ words }) =>
      words
        .slice(1)
        .map(({ text }) => lowerAscii(text))
        .join(' '),
    )
    .sort()
    .join('\n');
}

function countNodes(cluster: readonly NodeFile[], t: Translate, report: Report): void {
  if (cluster.length >= 6) return;
  const few = cluster.length < 3;
  const message = few
    ? t('A cluster needs at least three primaries. Nodes here: {0}.', cluster.length)
    : t(
        '{0} nodes leave primaries without a replica: three primaries with one each are six.',
        cluster.length,
      );
  for (const node of cluster) {
    const others = cluster.filter((other) => other !== node);
    report(node, {
      code: 'too-few-nodes',
      severity: few ? 'warning' : 'information',
      at: node.span('cluster-enabled'),
      message,
      related: linksTo(others, ['cluster-enabled'], t),
    });
  }
}

/** Nodes that only their own machine reaches, in a cluster that spans several. */
function checkReach(cluster: readonly NodeFile[], t: Translate, report: Report): void {
  const local = cluster.filter(({ listensOnLoopback }) => listensOnLoopback);
  const remoteTo = (node: NodeFile): NodeFile[] =>
    cluster.filter((other) => other.host !== '' && other.host !== node.host);
  const unreached = new Map<NodeFile, NodeFile[]>();
  for (const node of local) {
    const peers = remoteTo(node);
    if (peers.length === 0) continue;
    report(node, {
      code: 'loopback-with-remote-peers',
      severity: 'warning',
      at: node.span('bind'),
      message: t('Only this machine reaches the node, and {0} is on another one.', peers[0]?.name ?? ''),
      related: linksTo(peers, ['cluster-announce-ip', 'bind'], t),
    });
    for (const peer of peers) unreached.set(peer, [...(unreached.get(peer) ?? []), node]);
  }
  for (const [node, peers] of unreached) {
    // It is told so already, in its own right.
    if (local.includes(node) && remoteTo(node).length > 0) continue;
    report(node, {
      code: 'loopback-with-remote-peers',
      severity: 'warning',
      at: node.span('cluster-announce-ip', 'bind'),
      message: t(
        '{0} listens on the loopback address only: this node cannot reach it.',
        peers[0]?.name ?? '',
      ),
      related: linksTo(peers, ['bind'], t),
    });
  }
}
