/** What the interface says in a display language, by the English text: from the tables that are shipped. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './compile.ts';

/** The text with `{0}`, `{1}` … replaced. Throws for one that has no translation. */
export type Say = (english: string, ...args: readonly (string | number)[]) => string;

export function spokenIn(locale: string | undefined): Say {
  const texts = locale === undefined ? undefined : translations(locale);
  return (english, ...args) => {
    const text = texts === undefined ? english : texts.get(english);
    if (text === undefined) throw new Error(`“${english}” has no ${locale}`);
    return text.replace(/\{(\d)\}/g, (place, at) => String(args[Number(at)] ?? place));
  };
}

function translations(locale: string): ReadonlyMap<string, string> {
  const english = table('package.nls.json');
  const commands = Object.entries(table(`package.nls.${locale}.json`)).map(
    ([key, text]) => [english[key] ?? key, text] as const,
  );
  return new Map([
    ...Object.entries(table(`extension/l10n/bundle.l10n.${locale}.json`)),
    ...Object.entries(table(`extension/l10n/server.${locale}.json`)),
    ...commands,
  ]);
}

function table(file: string): Record<string, string> {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

/** A text as it is set in menus: with blanks that do not break. */
export function pattern(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s'));
}
