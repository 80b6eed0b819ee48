/** A comment behind a directive is none: it has to stand on a line of its own. */

import type { ConfEntry } from '../extension/redis/config/parse-conf.ts';
import type { Fix } from './finding.ts';
import type { Translate } from './localize.ts';

/** `comment` is the word that the comment begins with, counted from 0 behind the directive. */
export function moveComment({ line, words }: ConfEntry, comment: number, t: Translate): Fix {
  const start = words[comment + 1]?.start ?? 0;
  const kept = words[comment];
  const end = line.text.trimEnd().length;
  const text = line.text.slice(start, end);
  const indent = line.text.slice(0, words[0]?.start ?? 0);
  return {
    title: t('Move the comment to a line of its own'),
    edits: [
      { at: { line, start: 0, end: 0 }, text: `${indent}${text}\n` },
      { at: { line, start: kept?.end ?? start, end }, text: '' },
    ],
    preferred: true,
  };
}
