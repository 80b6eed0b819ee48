/** Characters that look like something else than they are to the server. */

import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import type { Finding } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type Span, spanOfText } from '../parser.ts';

const TYPOGRAPHIC = /[“”„‟‘’‚‛«»＂＇]/;
/** Blanks beyond ASCII, zero-width characters, and a byte order mark inside the file. */
const INVISIBLE = /[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]/;

/** Almost every line is plain ASCII: one look decides. */
export function* checkText(line: ConfLine, translate: Translate): Iterable<Finding> {
  const { text } = line;
  if (!/[\0\u0080-\uffff]/.test(text)) return;
  const nul = text.indexOf('\0');
  if (nul >= 0) yield nulCharacter({ line, start: nul, end: nul + 1 }, translate);
  if (line.split !== undefined) yield* strangers(spanOfText(line), translate);
}

function nulCharacter(at: Span, t: Translate): Finding {
  return {
    code: 'nul-character',
    severity: 'warning',
    at,
    message: t('A NUL byte hides the rest of this line, and glues the next one on.'),
    fixes: [{ title: t('Remove the NUL byte'), edits: [{ at, text: '' }], preferred: true }],
  };
}

function* strangers({ line, start, end }: Span, t: Translate): Iterable<Finding> {
  for (let column = start; column < end; column++) {
    const char = line.text.charAt(column);
    const at = { line, start: column, end: column + 1 };
    if (TYPOGRAPHIC.test(char)) yield typographicQuote(at, char, t);
    // The mark at the very start has a finding of its own.
    const mark = char === '\ufeff' && column === 0 && line.number === 1;
    if (INVISIBLE.test(char) && !mark) yield invisible(at, char, t);
  }
}

function typographicQuote(at: Span, char: string, t: Translate): Finding {
  const ascii = /[‘’‚‛＇]/.test(char) ? "'" : '"';
  return {
    code: 'typographic-quotes',
    severity: 'warning',
    at,
    message: t('“{0}” is an ordinary character: it becomes part of the value. Quotes are " and \'.', char),
    fixes: [{ title: t('Change to {0}', ascii), edits: [{ at, text: ascii }], preferred: true }],
  };
}

function invisible(at: Span, char: string, t: Translate): Finding {
  const code = `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    code: 'invisible-character',
    severity: 'warning',
    at,
    message: t('The character {0} is no blank for the server: it becomes part of the word.', code),
    fixes: [
      { title: t('Change to a blank'), edits: [{ at, text: ' ' }], preferred: true },
      { title: t('Remove the character'), edits: [{ at, text: '' }] },
    ],
  };
}
