/** Cuts a configuration file into lines, losing nothing. */

import { type SplitResult, splitWords } from './split-args.ts';

export interface ConfLine {
  /** Counted from 1, in the file. */
  readonly number: number;
  /** As it stands, without the LF that ends it. */
  readonly text: string;
  /** The words, with columns of `text`; undefined for a blank line or a comment. */
  readonly split: SplitResult | undefined;
  /** The line number the server would print: after a NUL byte it lags behind. */
  readonly counted: number;
  /** The text the server sees, where a NUL byte hid a part of it. */
  readonly seen?: string;
}

/** Lines end at LF, and nowhere else; `lines.map((line) => line.text).join('\n')` is the file again. */
export function readLines(text: string): ConfLine[] {
  const physical = text.split('\n');
  return text.includes('\0') ? withoutHiddenParts(physical) : physical.map(plainLine);
}

function plainLine(text: string, index: number): ConfLine {
  return { number: index + 1, text, split: splitLine(text), counted: index + 1 };
}

/** What the server strips from both ends of a line before it looks at it. */
export function trimLine(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}

function splitLine(text: string): SplitResult | undefined {
  let start = 0;
  while (start < text.length && isStripped(text.charCodeAt(start))) start++;
  if (start === text.length || text.charAt(start) === '#') return undefined;
  return splitWords(text);
}

function isStripped(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

/** The server reads a file in pieces of at most this many bytes (CONFIG_READ_LEN), each cut at its line's LF. */
const PIECE = 1024;

/**
 * A NUL byte hides the rest of its piece, the LF included, so that the next line is glued on. The glued
 * text belongs to the first of its lines; the others count as blank.
 */
function withoutHiddenParts(physical: readonly string[]): ConfLine[] {
  const lines: ConfLine[] = [];
  let glued: { index: number; text: string } | undefined;
  let counted = 1;
  for (const [index, text] of physical.entries()) {
    const visible = visiblePart(text);
    const whole = (glued?.text ?? '') + visible.text;
    const owner = glued?.index ?? index;
    lines.push({ number: index + 1, text, split: undefined, counted });
    if (visible.hidesEnd && index < physical.length - 1) {
      glued = { index: owner, text: whole };
      continue;
    }
    const line = lines[owner];
    if (line) lines[owner] = { ...line, split: splitLine(whole), seen: whole };
    glued = undefined;
    counted++;
  }
  return lines;
}

function visiblePart(text: string): { text: string; hidesEnd: boolean } {
  const withEnd = `${text}\n`;
  let visible = '';
  let hidesEnd = false;
  for (let at = 0; at < withEnd.length; at += PIECE) {
    const piece = withEnd.slice(at, at + PIECE);
    const nul = piece.indexOf('\0');
    visible += nul < 0 ? piece : piece.slice(0, nul);
    hidesEnd = nul >= 0;
  }
  return { text: hidesEnd ? visible : visible.slice(0, -1), hidesEnd };
}
