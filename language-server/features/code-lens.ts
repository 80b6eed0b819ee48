/** What can be done with a file, above its first line; and what a node timeout means, above its line. */

import type { CodeLens } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf } from '../parser.ts';
import { START_LAB_COMMAND, START_NODE_COMMAND } from '../protocol.ts';
import { rangeOf } from './diagnostics.ts';

/** A lab needs three primaries, with a replica each. */
const LEAST_NODES = 6;

const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** Of a file that others include: it is no node, and is judged with them. */
export function partOf([first = '', ...others]: readonly string[], t: Translate): CodeLens {
  const name = first.slice(first.lastIndexOf('/') + 1);
  const title =
    others.length === 0
      ? t('Part of {0}, which includes it', name)
      : t('Part of {0} and {1} more, which include it', name, others.length);
  return { range: top, command: { title, command: '' } };
}

/** `siblings`: the conf files of the set-up, this one among them. */
export function lensesOf(
  document: ConfDocument,
  text: TextDocument,
  siblings: readonly ConfDocument[],
  t: Translate,
): CodeLens[] {
  const lenses: CodeLens[] = [];
  const { settings, uri } = document;
  if (document.conf.entries.length > 0 && document.conf.problems.length === 0) {
    lenses.push({
      range: top,
      command: { title: t('Start this node'), command: START_NODE_COMMAND, arguments: [uri] },
    });
  }
  const nodes = siblings.filter((sibling) => sibling.settings.isOn('cluster-enabled'));
  if (settings.isOn('cluster-enabled') && nodes.length >= LEAST_NODES) {
    const title = t('Start lab from these {0} files', nodes.length);
    lenses.push({
      range: top,
      command: { title, command: START_LAB_COMMAND, arguments: [nodes.map((node) => node.uri)] },
    });
  }
  const timeout = settings.entry('cluster-node-timeout');
  if (timeout && !timeout.source && settings.isOn('cluster-enabled')) {
    const milliseconds = settings.number('cluster-node-timeout');
    const [least, most] = failoverSeconds(milliseconds);
    const title = t('node timeout {0}: failover in about {1}-{2} s', milliseconds, least, most);
    lenses.push({ range: rangeOf(spanOf(timeout, -1), document, text), command: { title, command: '' } });
  }
  return lenses;
}

/**
 * How long a shard is without a primary that was killed. A node is suspected after the timeout; gossip, which looks at every
 * node within half of it, brings the suspicions of a majority together; a replica then waits half a second and up to as much
 * again by chance before it asks for votes, and a tick or two pass on the way.
 */
export function failoverSeconds(nodeTimeout: number): readonly [least: number, most: number] {
  const seconds = nodeTimeout / 1000;
  const rounded = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  return [rounded(seconds * 1.05 + 1.2), rounded(seconds * 1.2 + 2)];
}
