/** Texts in the language of the client. English texts are their own keys. */

import zhCn from '../extension/l10n/server.zh-cn.json' with { type: 'json' };
import { meanings } from '../extension/redis/config/meanings.ts';
import { meaningsZhCn } from '../extension/redis/config/meanings.zh-cn.ts';
import { isSimplifiedChinese } from '../extension/redis/locale.ts';

/** The text with `{0}`, `{1}` … replaced. Called with one literal, so that a test can find them all. */
export type Translate = (text: string, ...args: readonly (string | number)[]) => string;

export interface Language {
  readonly translate: Translate;
  /** What a directive is for; undefined for a name that is none. */
  meaningOf(directive: string): string | undefined;
  /** Where its pages lie, seen from the folder of the English ones: `zh-cn/`. */
  readonly pages: string;
}

export function languageFor(locale: string | undefined): Language {
  return isSimplifiedChinese(locale) ? language(zhCn, meaningsZhCn, 'zh-cn/') : language({}, meanings, '');
}

function language(
  texts: Readonly<Record<string, string>>,
  explanations: Readonly<Record<string, string>>,
  pages: string,
): Language {
  const byText = new Map(Object.entries(texts));
  const byName = new Map(Object.entries(explanations));
  return {
    translate: (text, ...args) => fill(byText.get(text) ?? text, args),
    meaningOf: (directive) => byName.get(directive),
    pages,
  };
}

const pieces = new Map<string, readonly string[]>();

/** `{0}` and its like stand at the odd places of what a text is cut into. */
function fill(text: string, args: readonly (string | number)[]): string {
  if (args.length === 0) return text;
  let parts = pieces.get(text);
  if (parts === undefined) {
    parts = text.split(/\{(\d)\}/);
    pieces.set(text, parts);
  }
  let filled = '';
  for (const [at, part] of parts.entries())
    filled += at % 2 === 0 ? part : String(args[Number(part)] ?? `{${part}}`);
  return filled;
}
