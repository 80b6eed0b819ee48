/** Formatting that cannot change what a file means: only blanks between words, names in lower case, the end of the file. */

import type { TextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { lowerAscii } from '../../extension/redis/config/ascii.ts';
import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import type { ConfDocument } from '../parser.ts';

/** The edits of a file, one for each line that changes. Words keep their quotes and comments their text. */
export function formatConf(document: ConfDocument, text: TextDocument): TextEdit[] {
  const edits: TextEdit[] = [];
  const { lines } = document.conf;
  const last = lastWithText(lines);
  for (const line of lines.slice(0, last + 1)) {
    const formatted = formatLine(line.text.replace(/\r$/, ''), line);
    const length = line.text.replace(/\r$/, '').length;
    if (formatted === undefined || formatted === line.text.slice(0, length)) continue;
    const offset = document.offsetOf(line);
    edits.push({ range: rangeIn(text, offset, offset + length), newText: formatted });
  }
  const end = endOfFile(document, text, last);
  return end ? [...edits, end] : edits;
}

function lastWithText(lines: readonly ConfLine[]): number {
  for (let at = lines.length - 1; at >= 0; at--) {
    if (lines[at]?.text.trim() !== '') return at;
  }
  return -1;
}

/** Undefined: the line stays as it is, because its bytes may matter. */
function formatLine(written: string, { split, seen }: ConfLine): string | undefined {
  if (seen !== undefined || /[\0\r\v\f]/.test(written)) return undefined;
  if (split === undefined) {
    // What blanks a comment begins with is its author's business.
    return written.replace(/[ \t]+$/, '').replace(/^[ \t]+(?=$)/, '');
  }
  if (!split.ok) return undefined;
  return split.words
    .map(({ raw }, at) => (at === 0 && /^[A-Za-z.-]+$/.test(raw) ? lowerAscii(raw) : raw))
    .join(' ');
}

/** One line end behind the last line, none more. */
function endOfFile(document: ConfDocument, text: TextDocument, last: number): TextEdit | undefined {
  const line = document.conf.lines[last];
  if (line === undefined || line.seen !== undefined) return undefined;
  const whole = text.getText();
  const bare = line.text.replace(/\r$/, '').length;
  const from = document.offsetOf(line) + bare;
  const lineEnd = /\r\n/.test(whole) ? '\r\n' : '\n';
  if (whole.slice(from) === lineEnd || /[^\s]|[\v\f]/.test(whole.slice(from))) return undefined;
  return { range: rangeIn(text, from, whole.length), newText: lineEnd };
}

function rangeIn(text: TextDocument, start: number, end: number): TextEdit['range'] {
  return { start: text.positionAt(start), end: text.positionAt(end) };
}
