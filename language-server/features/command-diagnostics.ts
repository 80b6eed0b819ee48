/** `.redis` files: quotes that do not balance, and commands whose keys a cluster keeps apart. */

import type { Diagnostic } from 'vscode-languageserver';
import { type CommandLine, type KeyFinder, keysOf, readCommands, slotOfWord } from '../commands-document.ts';
import type { Translate } from '../localize.ts';

const ERROR = 1;
const WARNING = 2;
const SOURCE = 'redis-commands';

/** Of one file; editors show no more. */
const MOST = 1000;

export function commandDiagnostics(
  text: string,
  findKeys: KeyFinder,
  t: Translate,
  docsUri: string | undefined,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const command of readCommands(text)) {
    const diagnostic = check(command, findKeys, t);
    if (diagnostic === undefined) continue;
    const href = docsUri && { codeDescription: { href: `${docsUri}${diagnostic.code}.md` } };
    if (found.push({ ...diagnostic, ...href }) >= MOST) break;
  }
  return found;
}

function check(command: CommandLine, findKeys: KeyFinder, t: Translate): Diagnostic | undefined {
  const { line, error } = command;
  if (error !== undefined) {
    const range = { start: { line, character: error.open }, end: { line, character: error.at } };
    const message = t('This quote does not close, or text follows right behind its end.');
    return { range, severity: ERROR, source: SOURCE, code: 'unbalanced-quotes', message };
  }
  const keys = keysOf(command, findKeys);
  const [first, ...others] = keys;
  const stranger = first && others.find((key) => slotOfWord(key) !== slotOfWord(first));
  if (first === undefined || stranger === undefined) return undefined;
  const range = { start: { line, character: stranger.start }, end: { line, character: stranger.end } };
  const message = t(
    'In a cluster this fails with CROSSSLOT: {0} is in slot {1}, {2} in slot {3}. A common hash tag brings keys together.',
    first.text,
    slotOfWord(first),
    stranger.text,
    slotOfWord(stranger),
  );
  return { range, severity: WARNING, source: SOURCE, code: 'cross-slot', message };
}
