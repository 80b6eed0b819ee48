/** The file a node keeps its view of the cluster in: one line a node, then `vars`. */

import { parseRange, type SlotRange } from '../extension/redis/slots.ts';

export interface NodesWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface NodesLine {
  /** Counted from 0. */
  readonly line: number;
  readonly words: readonly NodesWord[];
}

export interface NodeRow extends NodesLine {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: a server before 4.0 wrote the file. */
  readonly busPort: number | undefined;
  readonly hostname: string;
  readonly flags: readonly string[];
  /** Undefined: it is a primary, or its primary is not known. */
  readonly primary: string | undefined;
  readonly epoch: number;
  /** With the words they stand in, counted from 0 in the line. */
  readonly slots: readonly { readonly range: SlotRange; readonly word: number }[];
}

export interface NodesDocument {
  readonly rows: readonly NodeRow[];
  /** `currentEpoch` and the like. */
  readonly vars: ReadonlyMap<string, number>;
  readonly varsLine: NodesLine | undefined;
  /** Lines that no server would read. */
  readonly malformed: readonly NodesLine[];
}

/** Places of words in a line of the file. */
export const ID = 0;
export const ADDRESS = 1;
export const FLAGS = 2;
export const PRIMARY = 3;
export const PING = 4;
export const PONG = 5;
export const EPOCH = 6;
export const LINK = 7;
export const FIRST_SLOT = 8;

const KNOWN_FLAGS = [
  'myself',
  'master',
  'slave',
  'fail?',
  'fail',
  'handshake',
  'noaddr',
  'nofailover',
  'noflags',
] as const;

/** Lines as editors cut them: no server writes a bare CR here. */
export function readNodes(text: string): NodesDocument {
  const rows: NodeRow[] = [];
  const malformed: NodesLine[] = [];
  const vars = new Map<string, number>();
  let varsLine: NodesLine | undefined;
  for (const [line, content] of text.split(/\r\n|\n|\r/).entries()) {
    const words = [...content.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
      text: word,
      start: index,
      end: index + word.length,
    }));
    const [first] = words;
    if (first === undefined) continue;
    if (first.text === 'vars') {
      varsLine = { line, words };
      for (let at = 1; at + 1 < words.length; at += 2)
        vars.set(words[at]?.text ?? '', Number(words[at + 1]?.text));
      continue;
    }
    const row = readRow({ line, words });
    if (row) rows.push(row);
    else malformed.push({ line, words });
  }
  return { rows, vars, varsLine, malformed };
}

const ADDRESS_FORM = /^(.*):(\d{1,5})(?:@(\d{1,5}))?(?:,([^,]*)(?:,.*)?)?$/;

function readRow(line: NodesLine): NodeRow | undefined {
  const texts = line.words.map(({ text }) => text);
  const [id = '', address = '', flagList = '', primary = '', , , epoch = ''] = texts;
  const parts = ADDRESS_FORM.exec(address);
  if (texts.length < FIRST_SLOT || parts === null || !/^[0-9a-f]{40}$/.test(id) || !/^\d+$/.test(epoch))
    return undefined;
  const flags = flagList.split(',');
  if (!flags.every((flag) => KNOWN_FLAGS.some((known) => known === flag))) return undefined;
  if (primary !== '-' && !/^[0-9a-f]{40}$/.test(primary)) return undefined;
  const slots: { range: SlotRange; word: number }[] = [];
  for (const [at, text] of texts.entries()) {
    if (at < FIRST_SLOT || /^\[\d+-[<>]-[0-9a-f]{40}\]$/.test(text)) continue;
    const range = parseRange(text);
    if (range === undefined) return undefined;
    slots.push({ range, word: at });
  }
  const [, host = '', port = '', busPort, hostname = ''] = parts;
  return {
    ...line,
    id,
    host,
    port: Number(port),
    busPort: busPort === undefined ? undefined : Number(busPort),
    hostname,
    flags,
    primary: primary === '-' ? undefined : primary,
    epoch: Number(epoch),
    slots,
  };
}
