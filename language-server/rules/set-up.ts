/** The conf files of one set-up, read together: what each says is fine, and together they are not. */

import { lowerAscii } from '../../extension/redis/config/ascii.ts';
import { busPort } from '../../extension/redis/config/startup.ts';
import { formatValue } from '../../extension/redis/config/value.ts';
import type { Code, Finding, Fix, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, type Span, spanOf, topOf } from '../parser.ts';
import { folderOf, joinPath, pathOfUri } from '../paths.ts';
import { portEdits } from '../port-edits.ts';
import { isLoopback } from './server.ts';

/** The findings of each file, by its URI. */
export function checkSetUp(documents: readonly ConfDocument[], translate: Translate): Map<string, Finding[]> {
  const nodes = documents.map((document) => new Node(document));
  const found = new Map<string, Finding[]>();
  const report = (node: Node, finding: Finding): void => {
    const known = found.get(node.document.uri);
    if (known) known.push(finding);
    else found.set(node.document.uri, [finding]);
  };
  if (nodes.length < 2) return found;
  for (const [index, node] of nodes.entries()) {
    for (const other of nodes.slice(0, index)) comparePair(other, node, nodes, translate, report);
    checkNumbers(node, nodes, translate, report);
  }
  compareAll(nodes, translate, report);
  return found;
}

type Report = (node: Node, finding: Finding) => void;

/** What the rules want to know of a file. */
class Node {
  readonly document: ConfDocument;
  readonly port: number;
  readonly bus: number;
  readonly clustered: boolean;
  /** Where the node is reached; '' for the machine that the files are for. */
  readonly host: string;
  /** The file's name, and the folder relative names start from. */
  readonly name: string;
  readonly folder: string;

  constructor(document: ConfDocument) {
    const { settings, uri } = document;
    const path = pathOfUri(uri);
    this.document = document;
    this.port = settings.number('port');
    this.bus = busPort(settings);
    this.clustered = settings.isOn('cluster-enabled');
    this.host = hostOf(document);
    this.name = path.slice(path.lastIndexOf('/') + 1);
    // Without `dir` a node is taken to be started where its file lies.
    this.folder = folderOf(uri, settings);
  }

  text(name: string): string {
    return this.document.settings.text(name);
  }

  /** The path a file of the node has. */
  path(name: string): string {
    const written = this.text(name);
    return written === '' ? '' : joinPath(this.folder, written);
  }

  span(...names: readonly string[]): Span {
    for (const name of names) {
      const entry = this.document.settings.entry(name);
      if (entry) return spanOf(entry);
    }
    return topOf(this.document);
  }

  isWith(other: Node): boolean {
    return this.host === other.host;
  }
}

function hostOf({ settings }: ConfDocument): string {
  const announced = settings.text('cluster-announce-ip') || settings.text('replica-announce-ip');
  if (announced !== '') return isLoopback(announced) ? '' : announced;
  const addresses = settings.has('bind') ? settings.bindAddresses() : [];
  const own = addresses
    .map((address) => address.replace(/^-/, ''))
    .find((address) => !isWildcard(address) && !isLoopback(address));
  return own ?? '';
}

function isWildcard(address: string): boolean {
  return address === '*' || address === '0.0.0.0' || address.startsWith('::');
}

function comparePair(a: Node, b: Node, nodes: readonly Node[], t: Translate, report: Report): void {
  const clash = (code: Code, severity: Severity, names: readonly string[], message: string): void => {
    const related = [{ document: a.document, at: a.span(...names), message: t('The other file.') }];
    const fixes = code === 'same-port' || code === 'port-is-bus-port' ? nextPortFix(b, nodes, t) : [];
    report(b, { code, severity, at: b.span(...names), message, related, ...(fixes.length > 0 && { fixes }) });
  };
  if (a.isWith(b)) comparePorts(a, b, t, clash);
  compareFiles(a, b, t, clash);
  const announced = a.text('cluster-announce-ip');
  const announcedPort = (node: Node): number =>
    node.document.settings.number('cluster-announce-port') || node.port;
  if (
    announced !== '' &&
    announced === b.text('cluster-announce-ip') &&
    announcedPort(a) === announcedPort(b)
  ) {
    const message = t('{0} announces the same address and port.', a.name);
    clash('same-announced-address', 'warning', ['cluster-announce-port', 'cluster-announce-ip'], message);
  }
}

/** The next port that no node of the set-up uses, with the files that are named after the old one. */
function nextPortFix(node: Node, nodes: readonly Node[], t: Translate): Fix[] {
  const entry = node.document.settings.entry('port');
  if (entry === undefined || entry.source) return [];
  const used = new Set(nodes.flatMap(({ port, bus }) => [port, bus]));
  let port = node.port + 1;
  while (used.has(port) || used.has(port + 10_000)) port++;
  if (port > 55_535) return [];
  return [
    { title: t('Use the next free port, {0}', port), edits: portEdits(node.document, node.port, port) },
  ];
}

type Clash = (code: Code, severity: Severity, names: readonly string[], message: string) => void;

function comparePorts(a: Node, b: Node, t: Translate, clash: Clash): void {
  if (a.port !== 0 && a.port === b.port) {
    clash(
      'same-port',
      'error',
      ['port'],
      t('{0} listens on port {1} as well: the second node exits.', a.name, a.port),
    );
  } else if (a.clustered && b.port === a.bus) {
    clash(
      'port-is-bus-port',
      'error',
      ['port'],
      t('Port {0} is the bus port of {1}: the second node exits.', b.port, a.name),
    );
  } else if (b.clustered && a.port === b.bus) {
    const message = t('The bus port {0} is the port of {1}: the second node exits.', b.bus, a.name);
    clash('port-is-bus-port', 'error', ['cluster-port', 'port'], message);
  } else if (a.clustered && b.clustered && a.bus === b.bus) {
    const message = t('{0} has the bus port {1} as well: the second node exits.', a.name, a.bus);
    clash('port-is-bus-port', 'error', ['cluster-port', 'port'], message);
  }
  const socket = a.path('unixsocket');
  if (socket !== '' && socket === b.path('unixsocket')) {
    clash(
      'same-unixsocket',
      'warning',
      ['unixsocket'],
      t('{0} uses the same socket: the second node takes it over.', a.name),
    );
  }
}

function compareFiles(a: Node, b: Node, t: Translate, clash: Clash): void {
  if (!a.isWith(b)) return;
  if (a.clustered && b.clustered && a.path('cluster-config-file') === b.path('cluster-config-file')) {
    const message = t('{0} uses the same nodes file: the second node exits, or takes its identity.', a.name);
    clash('same-nodes-file', 'error', ['cluster-config-file', 'dir'], message);
  }
  const aof = (node: Node): string => `${node.path('appenddirname')}/${node.text('appendfilename')}`;
  const logs = (node: Node): boolean => node.document.settings.isOn('appendonly');
  if (logs(a) && logs(b) && aof(a) === aof(b)) {
    const message = t('{0} writes the same append only file: both lose data.', a.name);
    clash(
      'same-append-only-file',
      'error',
      ['appendfilename', 'appenddirname', 'dir', 'appendonly'],
      message,
    );
  }
  const saves = (node: Node): boolean => node.document.settings.savePoints().length > 0;
  const explicit = (node: Node): boolean => node.document.settings.has('save');
  if (saves(a) && saves(b) && a.path('dbfilename') === b.path('dbfilename')) {
    const severity = explicit(a) && explicit(b) ? 'error' : 'warning';
    const message = t('{0} writes the same snapshot file: they overwrite each other.', a.name);
    clash('same-snapshot-file', severity, ['dbfilename', 'dir', 'save'], message);
  }
  for (const [name, code, message] of [
    [
      'pidfile',
      'same-pidfile',
      t('{0} writes the same pid file: whoever stops one node stops the other.', a.name),
    ],
    ['logfile', 'same-logfile', t('{0} writes to the same log file.', a.name)],
  ] as const) {
    if (a.path(name) !== '' && a.path(name) === b.path(name)) clash(code, 'warning', [name], message);
  }
}

/** Values that name files of the node. */
const PATHS = [
  'cluster-config-file',
  'pidfile',
  'logfile',
  'dbfilename',
  'appendfilename',
  'unixsocket',
] as const;

/** A copied file whose port, or whose paths, were forgotten. */
function checkNumbers(node: Node, nodes: readonly Node[], t: Translate, report: Report): void {
  const numbers = (text: string): number[] => (text.match(/\d{4,5}/g) ?? []).map(Number);
  const [inName] = numbers(node.name);
  if (node.port === 0) return;
  if (inName !== undefined && inName !== node.port && inName > 1023 && inName < 65536) {
    const message = t('The file is named after port {0}, and sets port {1}.', inName, node.port);
    report(node, { code: 'number-of-another-node', severity: 'warning', at: node.span('port'), message });
  }
  const others = new Set(nodes.map(({ port }) => port).filter((port) => port !== node.port));
  for (const name of [...PATHS, 'dir']) {
    const entry = node.document.settings.entry(name);
    const strange = numbers(entry?.words[1]?.text ?? '').find((number) => others.has(number));
    if (entry === undefined || strange === undefined) continue;
    const message = t('{0} names port {1}, this node has port {2}.', name, strange, node.port);
    report(node, { code: 'number-of-another-node', severity: 'warning', at: spanOf(entry, 0), message });
  }
}

/** Reports the files whose value is not the most common one. */
function differing(
  nodes: readonly Node[],
  read: (node: Node) => string,
  tell: (node: Node, typical: Node) => void,
): void {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const value = read(node);
    groups.set(value, [...(groups.get(value) ?? []), node]);
  }
  const [largest, ...others] = [...groups.values()].sort((a, b) => b.length - a.length);
  const typical = largest?.[0];
  if (typical === undefined) return;
  for (const node of others.flat()) tell(node, typical);
}

function compareAll(nodes: readonly Node[], t: Translate, report: Report): void {
  const cluster = nodes.filter(({ clustered }) => clustered);
  if (cluster.length === 0) return;
  for (const node of nodes) {
    if (node.clustered || node.document.hasUnreadParts) continue;
    const message = t('Other files of this set-up are nodes of a cluster, this one is not.');
    report(node, {
      code: 'cluster-not-enabled',
      severity: 'warning',
      at: node.span('cluster-enabled'),
      message,
    });
  }
  const compare = (
    code: Code,
    severity: Severity,
    names: readonly string[],
    read: (node: Node) => string,
    message: string,
  ): void =>
    differing(cluster, read, (node, typical) => {
      const related = [
        { document: typical.document, at: typical.span(...names), message: t('The other file.') },
      ];
      report(node, { code, severity, at: node.span(...names), message, related });
    });
  compare(
    'passwords-differ',
    'warning',
    ['requirepass', 'masterauth'],
    (node) => JSON.stringify([node.text('requirepass'), node.text('masterauth')]),
    t('requirepass or masterauth differs from other nodes: after a failover replication fails.'),
  );
  compare(
    'node-timeout-differs',
    'warning',
    ['cluster-node-timeout'],
    (node) => String(node.document.settings.number('cluster-node-timeout')),
    t('cluster-node-timeout differs from other nodes: they do not agree when a node has failed.'),
  );
  compare(
    'tls-cluster-differs',
    'warning',
    ['tls-cluster'],
    (node) => String(node.document.settings.isOn('tls-cluster')),
    t('tls-cluster differs from other nodes: they cannot talk to each other.'),
  );
  compare(
    'renamed-commands-differ',
    'warning',
    ['rename-command'],
    renames,
    t('rename-command differs from other nodes: replicated commands fail.'),
  );
  compare(
    'announced-ip-on-some-nodes',
    'warning',
    ['cluster-announce-ip'],
    (node) => String(node.text('cluster-announce-ip') !== ''),
    t('cluster-announce-ip is set on some nodes only.'),
  );
  for (const name of ['maxmemory', 'maxmemory-policy', 'appendonly']) {
    const value = (node: Node): string => {
      const setting = node.document.settings.value(name);
      return setting === undefined ? '' : formatValue(setting);
    };
    compare('memory-settings-differ', 'information', [name], value, t('{0} differs from other nodes.', name));
  }
  countNodes(cluster, t, report);
}

function renames(node: Node): string {
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

function countNodes(cluster: readonly Node[], t: Translate, report: Report): void {
  const [first] = cluster;
  if (first === undefined || cluster.length >= 6) return;
  const few = cluster.length < 3;
  const message = few
    ? t('A cluster needs at least three primaries, these are {0} nodes.', cluster.length)
    : t(
        '{0} nodes leave primaries without a replica: three primaries with one each are six.',
        cluster.length,
      );
  report(first, {
    code: 'too-few-nodes',
    severity: few ? 'warning' : 'information',
    at: first.span('cluster-enabled'),
    message,
  });
}
