/** A conf file as one node among others. */

import { busPort } from '../../extension/redis/config/startup.ts';
import type { Finding } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, type Span, spanOf, topOf } from '../parser.ts';
import { folderOf, joinPath, pathOfUri } from '../paths.ts';
import { isLoopback } from './server.ts';

export type Report = (node: NodeFile, finding: Finding) => void;

/** What the rules want to know of a file. */
export class NodeFile {
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

  /** It was told to listen, and on no address that others could reach. */
  get listensOnLoopback(): boolean {
    const { settings } = this.document;
    const addresses = settings.has('bind') ? settings.bindAddresses() : [];
    return addresses.length > 0 && addresses.every((address) => isLoopback(address.replace(/^-/, '')));
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

/** More links than these nobody follows. */
const MOST_RELATED = 16;

/** Links from one file to the same thing in others. */
export function linksTo(
  others: readonly NodeFile[],
  names: readonly string[],
  t: Translate,
): NonNullable<Finding['related']> {
  return others.slice(0, MOST_RELATED).map((other) => ({
    document: other.document,
    at: other.span(...names),
    message: t('The other file.'),
  }));
}

/** Nodes by what they have in common; those of which `read` tells nothing are in no group. */
export function groupBy(
  nodes: readonly NodeFile[],
  read: (node: NodeFile) => string | undefined,
): Map<string, NodeFile[]> {
  const groups = new Map<string, NodeFile[]>();
  for (const node of nodes) {
    const value = read(node);
    if (value === undefined) continue;
    const known = groups.get(value);
    if (known) known.push(node);
    else groups.set(value, [node]);
  }
  return groups;
}
