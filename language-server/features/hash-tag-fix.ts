/** Brings the keys of a command, or of a transaction, into one slot: a common hash tag. */

import { needsQuotes, quoteArg, type Word } from '../../extension/redis/config/split-args.ts';
import { hashTag } from '../../extension/redis/slots.ts';

export interface KeyPlace {
  readonly line: number;
  readonly word: Word;
}

export interface NewKey extends KeyPlace {
  readonly newText: string;
}

/** What each key becomes; empty when it cannot be done by writing. */
export function withCommonTag(keys: readonly KeyPlace[]): readonly NewKey[] {
  const texts = keys.map(({ word }) => word.text);
  if (texts.some((text) => !/^[ -~]*$/.test(text))) return [];
  const rename = renaming(texts);
  return keys.map(({ line, word }) => {
    const renamed = rename(word.text);
    return {
      line,
      word,
      newText: needsQuotes(renamed) || word.raw.startsWith('"') ? quoteArg(renamed) : renamed,
    };
  });
}

function renaming(texts: readonly string[]): (text: string) => string {
  const tagged = texts.map(hashTag).find((tag) => tag !== undefined);
  if (tagged !== undefined) return (text) => (hashTag(text) === tagged ? text : `{${tagged}}:${text}`);
  const common = commonPart(texts);
  if (common !== '') return (text) => `{${common}}${text.slice(common.length)}`;
  return (text) => `{tag}:${text}`;
}

/** `user:1` of `user:1:name` and `user:1:mail`: what they share up to a separator. */
function commonPart(texts: readonly string[]): string {
  const [first = ''] = texts;
  let length = first.length;
  for (const text of texts) {
    while (!text.startsWith(first.slice(0, length))) length--;
  }
  // A key that is all of the common part leaves nothing behind the tag, which is fine.
  const shared = first.slice(0, length);
  const whole = texts.every((text) => text.length === length || /[:._/|-]/.test(text.charAt(length)));
  const part = whole ? shared : shared.replace(/[^:._/|-]*$/, '');
  return part.replace(/[:._/|-]+$/, '').replace(/[{}].*$/, '');
}
