/** Cuts a configuration file into lines, losing nothing. */

import { decodeText, type Encoding, encodeText } from './encoded-text.ts';
import type { SplitResult } from './split-args.ts';
import type { Statement, StatementReader } from './statement.ts';

export interface ConfLine {
  /** Counted from 1, in the file. */
  readonly number: number;
  /** As it stands, without the LF that ends it. */
  readonly text: string;
  /** The words, with columns of `text`; undefined for a blank line or a comment. */
  readonly split: SplitResult | undefined;
  readonly statement: Statement | undefined;
  /** The line number the server would print: after a NUL byte it lags behind. */
  readonly counted: number;
  /** The text the server sees, where a NUL byte hid a part of it. */
  readonly seen: string | undefined;
}

/**
 * Lines end at LF, and nowhere else; `lines.map((line) => line.text).join('\n')` is the file again. `before` are the lines of
 * the same file before an edit, read by the same reader: those that are still in their places are taken over.
 */
export function readLines(
  text: string,
  reader: StatementReader,
  before: readonly ConfLine[] = [],
): ConfLine[] {
  const physical = text.split('\n');
  if (text.includes('\0')) return withoutHiddenParts(physical, reader);
  return physical.map((line, index) => {
    const known = before[index];
    if (known !== undefined && known.text === line && known.counted === index + 1 && known.seen === undefined)
      return known;
    return lineOf(index + 1, line, index + 1, reader.read(line));
  });
}

function lineOf(
  number: number,
  text: string,
  counted: number,
  statement: Statement | undefined,
  seen?: string,
): ConfLine {
  return { number, text, split: statement?.split, statement, counted, seen };
}

/** What the server strips from both ends of a line before it looks at it. */
export function trimLine(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}

/** The server reads a file in pieces of at most this many bytes (CONFIG_READ_LEN), each cut at its line's LF. */
const PIECE = 1024;

/**
 * A NUL byte hides the rest of its piece, the LF included, so that the next line is glued on. The glued
 * text belongs to the first of its lines; the others count as blank.
 */
function withoutHiddenParts(physical: readonly string[], reader: StatementReader): ConfLine[] {
  const lines: ConfLine[] = [];
  let glued: { index: number; text: string } | undefined;
  let counted = 1;
  for (const [index, text] of physical.entries()) {
    const visible = visiblePart(text, reader.encoding);
    const whole = (glued?.text ?? '') + visible.text;
    const owner = glued?.index ?? index;
    lines.push(lineOf(index + 1, text, counted, undefined));
    if (visible.hidesEnd && index < physical.length - 1) {
      glued = { index: owner, text: whole };
      continue;
    }
    const line = lines[owner];
    if (line) lines[owner] = lineOf(line.number, line.text, line.counted, reader.read(whole), whole);
    glued = undefined;
    counted++;
  }
  return lines;
}

function visiblePart(line: string, encoding: Encoding): { text: string; hidesEnd: boolean } {
  // A piece may end within a character.
  const { bytes, hidesEnd } = visibleBytes(encoding === 'bytes' ? line : encodeText(line));
  return { text: encoding === 'bytes' ? bytes : decodeText(bytes), hidesEnd };
}

function visibleBytes(line: string): { bytes: string; hidesEnd: boolean } {
  const withEnd = `${line}\n`;
  let visible = '';
  let hidesEnd = false;
  for (let at = 0; at < withEnd.length; at += PIECE) {
    const piece = withEnd.slice(at, at + PIECE);
    const nul = piece.indexOf('\0');
    visible += nul < 0 ? piece : piece.slice(0, nul);
    hidesEnd = nul >= 0;
  }
  return { bytes: hidesEnd ? visible : visible.slice(0, -1), hidesEnd };
}
