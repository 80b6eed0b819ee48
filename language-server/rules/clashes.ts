/** Ports and files that two nodes of one machine cannot both have: told at each of them. */

import type { Code, Finding, Fix, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { freePort, portEdits } from '../port-edits.ts';
import { groupBy, linksTo, type NodeFile, type Report } from './node-file.ts';

export function checkClashes(nodes: readonly NodeFile[], t: Translate, report: Report): void {
  checkPorts(nodes, t, report);
  for (const kind of SHARED) checkShared(nodes, kind, t, report);
}

/** A number that a node listens on, and the lines that say so. */
interface Listener {
  readonly node: NodeFile;
  readonly names: readonly string[];
  readonly bus: boolean;
}

const BUS = ['cluster-port', 'port'];

function listenersOf(node: NodeFile): readonly (readonly [port: number, Listener])[] {
  const { settings } = node.document;
  const clients = ['port', 'tls-port'].map(
    (name) => [settings.number(name), { node, names: [name], bus: false }] as const,
  );
  const all = node.clustered ? [...clients, [node.bus, { node, names: BUS, bus: true }] as const] : clients;
  return all.filter(([port]) => port !== 0);
}

function checkPorts(nodes: readonly NodeFile[], t: Translate, report: Report): void {
  const places = new Map<string, Listener[]>();
  for (const node of nodes) {
    for (const [port, listener] of listenersOf(node)) {
      const place = `${node.host} ${port}`;
      places.set(place, [...(places.get(place) ?? []), listener]);
    }
  }
  for (const [place, listeners] of places) {
    const port = Number(place.split(' ').at(-1));
    for (const listener of listeners) {
      const others = listeners.filter(({ node }) => node !== listener.node);
      // Two nodes with one port have one bus port as well: that goes without saying.
      const told = others.filter(
        ({ node, bus }) => !(bus && listener.bus && node.port === listener.node.port),
      );
      if (told.length > 0) report(listener.node, portClash(listener, told, port, nodes, t));
    }
  }
}

function portClash(
  { node, names, bus }: Listener,
  others: readonly Listener[],
  port: number,
  nodes: readonly NodeFile[],
  t: Translate,
): Finding {
  const other = others.find((candidate) => candidate.bus === bus) ?? others[0];
  const name = other?.node.name ?? '';
  const message = bus
    ? other?.bus
      ? t('{0} has the bus port {1} as well: the second node exits.', name, port)
      : t('The bus port {0} is the port of {1}: the second node exits.', port, name)
    : other?.bus
      ? t('Port {0} is the bus port of {1}: the second node exits.', port, name)
      : t('{0} listens on port {1} as well: the second node exits.', name, port);
  const fixes = node.port === port || bus ? nextPortFix(node, nodes, t) : [];
  return {
    code: bus || other?.bus ? 'port-is-bus-port' : 'same-port',
    severity: 'error',
    at: node.span(...names),
    message,
    related: others.flatMap((one) => linksTo([one.node], one.names, t)),
    ...(fixes.length > 0 && { fixes }),
  };
}

/** The next port that no node of the set-up uses, with the files that are named after the old one. */
function nextPortFix(node: NodeFile, nodes: readonly NodeFile[], t: Translate): Fix[] {
  const entry = node.document.settings.entry('port');
  if (entry === undefined || entry.source) return [];
  const used = new Set(nodes.flatMap(({ port, bus }) => [port, bus]));
  const port = freePort(node.port + 1, used);
  if (port === undefined) return [];
  return [
    { title: t('Use the next free port, {0}', port), edits: portEdits(node.document, node.port, port) },
  ];
}

/** Something that is named in the files, and that only one node can have. */
interface Shared {
  readonly code: Code;
  /** Where it is told: at the first of these lines that a file has. */
  readonly names: readonly string[];
  /** The same text for the same thing; undefined for a node that has none. */
  readonly read: (node: NodeFile) => string | undefined;
  readonly severity: (node: NodeFile, others: readonly NodeFile[]) => Severity;
  readonly message: (other: string, t: Translate) => string;
}

const always = (severity: Severity) => (): Severity => severity;
const named = (text: string): string | undefined => (text === '' ? undefined : text);
const setsSave = (node: NodeFile): boolean => node.document.settings.has('save');

const SHARED: readonly Shared[] = [
  {
    code: 'same-unixsocket',
    names: ['unixsocket'],
    read: (node) => named(node.path('unixsocket')),
    severity: always('warning'),
    message: (other, t) => t('{0} uses the same socket: the second node takes it over.', other),
  },
  {
    code: 'same-nodes-file',
    names: ['cluster-config-file', 'dir'],
    read: (node) => (node.clustered ? named(node.path('cluster-config-file')) : undefined),
    severity: always('error'),
    message: (other, t) =>
      t('{0} uses the same nodes file: the second node exits, or takes its identity.', other),
  },
  {
    code: 'same-append-only-file',
    names: ['appendfilename', 'appenddirname', 'dir', 'appendonly'],
    read: (node) =>
      node.document.settings.isOn('appendonly')
        ? `${node.path('appenddirname')}/${node.text('appendfilename')}`
        : undefined,
    severity: always('error'),
    message: (other, t) => t('{0} writes the same append only file: both lose data.', other),
  },
  {
    code: 'same-snapshot-file',
    names: ['dbfilename', 'dir', 'save'],
    read: (node) =>
      node.document.settings.savePoints().length > 0 ? named(node.path('dbfilename')) : undefined,
    // Who says nothing of snapshots may never have thought of them.
    severity: (node, others) => (setsSave(node) && others.some(setsSave) ? 'error' : 'warning'),
    message: (other, t) => t('{0} writes the same snapshot file: they overwrite each other.', other),
  },
  {
    code: 'same-pidfile',
    names: ['pidfile'],
    read: (node) => named(node.path('pidfile')),
    severity: always('warning'),
    message: (other, t) => t('{0} writes the same pid file: whoever stops one node stops the other.', other),
  },
  {
    code: 'same-logfile',
    names: ['logfile'],
    read: (node) => named(node.path('logfile')),
    severity: always('warning'),
    message: (other, t) => t('{0} writes to the same log file.', other),
  },
  {
    code: 'same-announced-address',
    names: ['cluster-announce-port', 'cluster-announce-ip'],
    read: (node) => {
      const ip = node.text('cluster-announce-ip');
      const port = node.document.settings.number('cluster-announce-port') || node.port;
      return ip === '' ? undefined : `${ip} ${port}`;
    },
    severity: always('warning'),
    message: (other, t) => t('{0} announces the same address and port.', other),
  },
];

function checkShared(nodes: readonly NodeFile[], kind: Shared, t: Translate, report: Report): void {
  const { code, names, read, severity, message } = kind;
  const groups = groupBy(nodes, (node) => {
    const value = read(node);
    return value === undefined ? undefined : `${node.host}\n${value}`;
  });
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    for (const node of group) {
      const others = group.filter((other) => other !== node);
      report(node, {
        code,
        severity: severity(node, others),
        at: node.span(...names),
        message: message(others[0]?.name ?? '', t),
        related: linksTo(others, names, t),
      });
    }
  }
}
