/**
 * How Redis cuts a configuration line or an inline command into words (sdssplitargs), and how it writes
 * one back (sdscatrepr). One reader for the server, the editor's checks and CONFIG REWRITE.
 */

import { type Encoding, joinStrayBytes, textOfByte } from './encoded-text.ts';

/** One word of a line. Columns count from 0; `raw` is `line.slice(start, end)`, quotes and all. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly raw: string;
}

/** A line that cannot be split: the quote opened at `open` never closes, or text follows its close at `at`. */
export interface Unbalanced {
  readonly open: number;
  readonly at: number;
}

export type SplitResult =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly words: readonly Word[]; readonly error: Unbalanced };

const NUL = 0;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/** What isspace() of the C locale takes for blank: tab, LF, vertical tab, form feed, CR, space. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Vertical tab and form feed are skipped before a word but do not end one. */
function endsWord(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d || code === NUL;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** What `\n` and its like stand for inside double quotes; any other character stands for itself. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['a', '\x07'],
]);

/** The words of a line, or undefined when its quotes do not balance. */
export function splitArgs(line: string, encoding: Encoding = 'bytes'): string[] | undefined {
  const split = splitWords(line, encoding);
  return split.ok ? split.words.map((word) => word.text) : undefined;
}

/** The words of a line with their places; on an error, those before it. */
export function splitWords(line: string, encoding: Encoding = 'bytes'): SplitResult {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line.charCodeAt(at))) at++;
    if (at >= line.length || line.charCodeAt(at) === NUL) return { ok: true, words };
    const word = readWord(line, at, encoding);
    if ('open' in word) return { ok: false, words, error: word };
    words.push(word);
    at = word.end;
  }
}

function readWord(line: string, start: number, encoding: Encoding): Word | Unbalanced {
  let at = start;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (endsWord(code)) break;
    if (code !== QUOTE && code !== APOSTROPHE) {
      at++;
      continue;
    }
    // A quote may open in the middle of a word, but its close ends the word.
    const quoted = code === QUOTE ? readDoubleQuoted(line, at, encoding) : readSingleQuoted(line, at);
    if (quoted === undefined) return { open: at, at: line.length };
    if (quoted.end < line.length && !closesCleanly(line.charCodeAt(quoted.end)))
      return { open: at, at: quoted.end };
    const raw = line.slice(start, quoted.end);
    const text = joinStrayBytes(line.slice(start, at) + quoted.text);
    return { text, start, end: quoted.end, raw };
  }
  const text = line.slice(start, at);
  return { text, start, end: at, raw: text };
}

function closesCleanly(code: number): boolean {
  return isSpace(code) || code === NUL;
}

interface Quoted {
  readonly text: string;
  /** Behind the closing quote. */
  readonly end: number;
}

function readDoubleQuoted(line: string, open: number, encoding: Encoding): Quoted | undefined {
  let text = '';
  let at = open + 1;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === NUL) return undefined;
    if (code === QUOTE) return { text, end: at + 1 };
    if (code !== BACKSLASH || at + 1 >= line.length) {
      text += line.charAt(at++);
      continue;
    }
    const high = hexDigit(line.charCodeAt(at + 2));
    const low = hexDigit(line.charCodeAt(at + 3));
    if (line.charAt(at + 1) === 'x' && high >= 0 && low >= 0) {
      text += textOfByte(high * 16 + low, encoding);
      at += 4;
      continue;
    }
    const escaped = line.charAt(at + 1);
    text += ESCAPES.get(escaped) ?? escaped;
    at += 2;
  }
  return undefined;
}

function readSingleQuoted(line: string, open: number): Quoted | undefined {
  let text = '';
  let at = open + 1;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === NUL) return undefined;
    if (code === APOSTROPHE) return { text, end: at + 1 };
    if (code === BACKSLASH && line.charCodeAt(at + 1) === APOSTROPHE) at++;
    text += line.charAt(at++);
  }
  return undefined;
}

const WRITTEN: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
]);

/** Any text in double quotes, so that splitArgs reads it back; bytes that do not print become `\xHH`. */
export function quoteArg(text: string): string {
  let quoted = '"';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const code = text.charCodeAt(at);
    const printable = code >= 0x20 && code <= 0x7e;
    quoted += WRITTEN.get(char) ?? (printable ? char : hexEscape(code));
  }
  return `${quoted}"`;
}

function hexEscape(code: number): string {
  return `\\x${(code & 0xff).toString(16).padStart(2, '0')}`;
}

/** Whether a value must be quoted to survive a line: empty, blanks, quotes, bytes that do not print. */
export function needsQuotes(text: string): boolean {
  return text === '' || !/^[!#-&(-[\]-~]+$/.test(text);
}
