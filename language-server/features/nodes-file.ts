/** What nodes.conf says, and what is wrong with it. Nobody edits it by hand: there is nothing to fix, only to know. */

import type {
  Diagnostic,
  DocumentLink,
  DocumentSymbol,
  Hover,
  Position,
  SymbolKind,
} from 'vscode-languageserver';
import { countSlots, formatRange, rangesOf, type SlotRange } from '../../extension/redis/slots.ts';
import type { Code } from '../finding.ts';
import type { Translate } from '../localize.ts';
import {
  ADDRESS,
  EPOCH,
  FIRST_SLOT,
  FLAGS,
  ID,
  LINK,
  type NodeRow,
  type NodesDocument,
  type NodesLine,
  type NodesWord,
  PING,
  PONG,
  PRIMARY,
} from '../nodes-document.ts';
import type { ConfDocument } from '../parser.ts';
import { folderOf, joinPath, pathOfUri } from '../paths.ts';
import { shortId } from '../value-text.ts';

const SLOTS = 16384;
const ERROR = 1;
const WARNING = 2;
const SOURCE = 'redis-nodes';

export function nodesDiagnostics(
  nodes: NodesDocument,
  t: Translate,
  docsUri: string | undefined,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const tell = (
    code: Code,
    severity: 1 | 2,
    line: NodesLine | undefined,
    message: string,
    word?: number,
  ): void => {
    const href = docsUri && { codeDescription: { href: `${docsUri}${code}.md` } };
    found.push({ code, severity, source: SOURCE, message, range: rangeOf(line, word), ...href });
  };
  for (const line of nodes.malformed)
    tell(
      'nodes-line-malformed',
      ERROR,
      line,
      t('A server does not understand this line, and refuses the file.'),
    );
  if (nodes.rows.length === 0) return found;
  const self = nodes.rows.filter(({ flags }) => flags.includes('myself'));
  if (self.length !== 1)
    tell(
      'nodes-without-myself',
      ERROR,
      nodes.rows[0],
      t('Exactly one line of the file is about the node itself (myself): here are {0}.', self.length),
    );
  // By slot.
  const owners: Owners = Array.from({ length: SLOTS });
  for (const row of nodes.rows) {
    for (const { range, word } of row.slots) {
      const taken = takenIn(range, owners);
      if (taken !== undefined)
        tell(
          'slot-owned-twice',
          WARNING,
          row,
          t('Slot {0} belongs to {1} as well.', taken[0], shortId(taken[1].id)),
          word,
        );
      owners.fill(row, range[0], range[1] + 1);
    }
  }
  const gaps = gapsIn(owners);
  if (gaps.length > 0) {
    const most = 5;
    const listed = gaps.slice(0, most).map(formatRange).join(', ') + (gaps.length > most ? ', …' : '');
    tell(
      'slots-not-covered',
      WARNING,
      nodes.varsLine ?? nodes.rows[0],
      t('{0} of 16384 slots belong to nobody: {1}.', countSlots(gaps), listed),
    );
  }
  return found;
}

type Owners = (NodeRow | undefined)[];

function takenIn([first, last]: SlotRange, owners: Owners): readonly [number, NodeRow] | undefined {
  for (let slot = first; slot <= last; slot++) {
    const owner = owners[slot];
    if (owner !== undefined) return [slot, owner];
  }
  return undefined;
}

function gapsIn(owners: Owners): SlotRange[] {
  const free: number[] = [];
  for (let slot = 0; slot < SLOTS; slot++) if (owners[slot] === undefined) free.push(slot);
  return rangesOf(free);
}

function rangeOf(line: NodesLine | undefined, word?: number): Diagnostic['range'] {
  const number = line?.line ?? 0;
  const first = word === undefined ? line?.words[0] : line?.words[word];
  const last = word === undefined ? line?.words.at(-1) : first;
  return {
    start: { line: number, character: first?.start ?? 0 },
    end: { line: number, character: last?.end ?? 0 },
  };
}

export function nodesHover(
  nodes: NodesDocument,
  { line, character }: Position,
  t: Translate,
): Hover | undefined {
  const isThere = ({ start, end }: NodesWord): boolean => character >= start && character <= end;
  const row = nodes.rows.find((candidate) => candidate.line === line);
  const words = row?.words ?? (nodes.varsLine?.line === line ? nodes.varsLine.words : []);
  const at = words.findIndex(isThere);
  const word = words[at];
  if (word === undefined) return undefined;
  const value = row ? explain(nodes, row, at, word.text, t) : explainVar(words, at, t);
  if (value === undefined) return undefined;
  const range = { start: { line, character: word.start }, end: { line, character: word.end } };
  return { contents: { kind: 'markdown', value }, range };
}

function explain(
  nodes: NodesDocument,
  row: NodeRow,
  at: number,
  text: string,
  t: Translate,
): string | undefined {
  switch (at) {
    case ID:
      return t(
        'Node id, made by chance when the node first started and kept for good. This node: {0}.',
        summary(row, t),
      );
    case ADDRESS:
      return [
        t('Clients: port {0} of {1}', row.port, row.host || '?'),
        ...(row.busPort === undefined ? [] : [t('Cluster bus: port {0}', row.busPort)]),
        ...(row.hostname === '' ? [] : [t('Announced host name: {0}', row.hostname)]),
      ].join('  \n');
    case FLAGS:
      return row.flags.map((flag) => `**${flag}**: ${flagText(flag, t)}`).join('  \n');
    case PRIMARY: {
      const primary = nodes.rows.find(({ id }) => id === row.primary);
      if (row.primary === undefined) return t('It replicates nobody.');
      return primary
        ? t('It replicates {0}.', summary(primary, t))
        : t('It replicates a node that the file does not know.');
    }
    case PING:
      return text === '0'
        ? t('No PING waits for its PONG.')
        : t('A PING was sent at {0} and is not answered yet.', timeOf(text));
    case PONG:
      return text === '0' ? t('No PONG has come yet.') : t('The last PONG came at {0}.', timeOf(text));
    case EPOCH:
      return t(
        'Config epoch: of two nodes that claim a slot the one with the higher epoch gets it. A replica takes its primary’s.',
      );
    case LINK:
      return t('The link to this node on the cluster bus, when the file was written.');
    default:
      return at >= FIRST_SLOT ? slotText(row, at, text, t) : undefined;
  }
}

function summary(row: NodeRow, t: Translate): string {
  const role = row.flags.includes('slave') ? t('replica') : t('primary');
  const count = countSlots(row.slots.map(({ range }) => range));
  return `${row.host}:${row.port}, ${role}, ${t('{0} slots', count)}`;
}

function flagText(flag: string, t: Translate): string {
  switch (flag) {
    case 'myself':
      return t('the node whose file this is');
    case 'master':
      return t('a primary: it may own slots and votes in elections');
    case 'slave':
      return t('a replica of the node that is named next');
    case 'fail?':
      return t('PFAIL: this node does not reach it');
    case 'fail':
      return t('FAIL: most primaries do not reach it');
    case 'handshake':
      return t('met, but not yet known by its true id');
    case 'noaddr':
      return t('its address is not known');
    case 'nofailover':
      return t('a replica that does not stand for election');
    default:
      return t('nothing is known of it');
  }
}

function slotText(row: NodeRow, at: number, text: string, t: Translate): string {
  const moving = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(text);
  if (moving) {
    const [, slot = '', direction, id = ''] = moving;
    return direction === '>'
      ? t('Slot {0} is moving to {1}.', slot, shortId(id))
      : t('Slot {0} is coming from {1}.', slot, shortId(id));
  }
  const range = row.slots.find(({ word }) => word === at)?.range;
  const count = range ? countSlots([range]) : 0;
  return t('{0} slots, {1} % of all', count, Math.round((count * 1000) / SLOTS) / 10);
}

function explainVar(words: readonly NodesWord[], at: number, t: Translate): string | undefined {
  const name = words[at % 2 === 0 ? at - 1 : at]?.text;
  if (name === 'currentEpoch')
    return t('The highest epoch this node has heard of: each election counts it up.');
  if (name === 'lastVoteEpoch')
    return t('The epoch of the last election it voted in: it votes once in each.');
  return undefined;
}

/** Milliseconds since 1970, as the file has them. */
function timeOf(text: string): string {
  const time = new Date(Number(text));
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

const OBJECT: SymbolKind = 19;

export function nodesSymbols(nodes: NodesDocument): DocumentSymbol[] {
  return nodes.rows.map((row) => ({
    name: `${row.host}:${row.port}`,
    detail: row.flags.join(', '),
    kind: OBJECT,
    range: rangeOf(row),
    selectionRange: rangeOf(row, ADDRESS),
  }));
}

/** From each address to the conf file of that node; for the node itself, to the one that names this very file. */
export function nodesLinks(
  uri: string,
  nodes: NodesDocument,
  confs: readonly ConfDocument[],
): DocumentLink[] {
  const own = confs.find(
    ({ uri: conf, settings }) =>
      joinPath(folderOf(conf, settings), settings.text('cluster-config-file')) === pathOfUri(uri),
  );
  return nodes.rows.flatMap((row) => {
    const samePort = confs.filter(({ settings }) => settings.number('port') === row.port);
    const conf = row.flags.includes('myself') ? (own ?? samePort[0]) : samePort[0];
    return conf ? [{ range: rangeOf(row, ADDRESS), target: conf.uri }] : [];
  });
}
