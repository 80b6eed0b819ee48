/** What has to change in a conf file when its node gets another port. */

import type { ConfEntry } from '../extension/redis/config/parse-conf.ts';
import { BUS_PORT_OFFSET, MAX_PORT_WITH_BUS } from '../extension/redis/config/ports.ts';
import { type ConfDocument, type Span, spanOf } from './parser.ts';

export interface SpanEdit {
  readonly at: Span;
  readonly text: string;
}

/** Values that name files of the node. */
export const NODE_FILES = [
  'cluster-config-file',
  'pidfile',
  'logfile',
  'dbfilename',
  'appendfilename',
  'unixsocket',
] as const;

/** The first port, from `port` on, that nobody uses, nor the bus port above it; undefined: there is none. */
export function freePort(port: number, used: ReadonlySet<number>): number | undefined {
  let free = port;
  while (used.has(free) || used.has(free + BUS_PORT_OFFSET)) free++;
  return free > MAX_PORT_WITH_BUS ? undefined : free;
}

/** The port, what is announced of it, and the node's own files that carry its number. Folders stay: they must exist. */
export function portEdits(document: ConfDocument, old: number, port: number): SpanEdit[] {
  const numbers: readonly (readonly [names: readonly string[], from: number, to: number])[] = [
    [['port', 'cluster-announce-port'], old, port],
    [['cluster-port', 'cluster-announce-bus-port'], old + BUS_PORT_OFFSET, port + BUS_PORT_OFFSET],
  ];
  const edits = numbers.flatMap(([names, from, to]) =>
    entriesOf(document, ...names)
      .filter(({ words }) => words[1]?.text === String(from))
      .map((entry) => ({ at: spanOf(entry, 0), text: String(to) })),
  );
  const whole = new RegExp(`(?<!\\d)${old}(?!\\d)`, 'g');
  for (const entry of entriesOf(document, ...NODE_FILES)) {
    const raw = entry.words[1]?.raw ?? '';
    // The number may stand in the name of a folder, too.
    const slash = raw.lastIndexOf('/') + 1;
    const text = raw.slice(0, slash) + raw.slice(slash).replace(whole, String(port));
    if (text !== raw) edits.push({ at: spanOf(entry, 0), text });
  }
  return edits;
}

/** The lines of these directives that stand in the file itself. */
export function entriesOf({ conf }: ConfDocument, ...names: readonly string[]): ConfEntry[] {
  return conf.entries.filter(
    ({ directive, source }) => directive !== undefined && !source && names.includes(directive.name),
  );
}
