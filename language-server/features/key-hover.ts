/** What a key's hover says: slot, hash tag, and who owns the slot. */

import { hashTag, keySlotOfText } from '../../extension/redis/slots.ts';
import type { KeyFinder } from '../commands-document.ts';
import type { Translate } from '../localize.ts';
import type { SlotMap } from '../protocol.ts';

/** `slot` is given where the key is not plain text. */
export function keyHover(
  key: string,
  maps: readonly SlotMap[],
  t: Translate,
  slot = keySlotOfText(key),
): string {
  const tag = hashTag(key);
  const lines = [
    t('**Slot {0}** of 16384', slot),
    tag === undefined
      ? t('No hash tag: the whole key decides.')
      : t('Hash tag {0}: only it decides.', code(tag)),
  ];
  for (const map of maps) {
    const owner = map.ranges.find(([first, last]) => slot >= first && slot <= last);
    lines.push(
      owner === undefined
        ? t('No node of {0} serves this slot.', map.source)
        : t('On {0} ({1}, slots {2})', code(owner[2]), map.source, `${owner[0]}-${owner[1]}`),
    );
  }
  return lines.join('  \n');
}

/** Markdown code, whatever backticks the text has. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

export interface KeyLiteral {
  readonly key: string;
  /** Columns of the literal, quotes and all. */
  readonly start: number;
  readonly end: number;
}

/** Maps, headers and environments have a `get` as well: in other files a slot would only be in the way. */
export function speaksOfRedis(source: string): boolean {
  return /redis|valkey/i.test(source);
}

/** Names that client libraries give to commands whose own name is a word of the language. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['delete', 'del'],
  ['hdelete', 'hdel'],
]);

/**
 * The key literal at a column of a line of JavaScript, TypeScript or Python: the first argument of a method
 * that is named like a command with a key in front, `redis.get('user:1')`, `client.hGetAll("user:1")`.
 */
export function keyLiteralAt(line: string, column: number, findKeys: KeyFinder): KeyLiteral | undefined {
  const calls = /\.\s*([A-Za-z_]+)\s*\(\s*(?:b|r|u)?(['"`])((?:(?!\2)[^\\])*)\2/g;
  for (const match of line.matchAll(calls)) {
    const [whole, method = '', , key = ''] = match;
    const end = match.index + whole.length;
    const start = end - key.length - 2;
    if (column < start || column > end) continue;
    const name = method.toLowerCase().replaceAll('_', '');
    // A key put together while the program runs is not known here.
    const isKey = findKeys([RENAMED.get(name) ?? name, key, '1', '1']).includes(1);
    return isKey && !key.includes('${') ? { key, start, end } : undefined;
  }
  return undefined;
}
