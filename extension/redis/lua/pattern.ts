/** Lua's patterns: no regular expressions, but a matcher that goes through subject and pattern together. */
import type { Binary } from '../bytes.ts';
import { isBlank } from './numbers.ts';

/** LUA_MAXCAPTURES. */
const MOST_CAPTURES = 32;
/** Deeper than this a pattern would exhaust the stack. */
const MOST_LEVELS = 2000;

const ESCAPE = 0x25;
/** Lengths of captures that are none: still open, and `()`. */
const OPEN = -1;
const POSITION = -2;

interface Capture {
  readonly start: number;
  length: number;
}

const code = (char: string) => char.charCodeAt(0);

export class Matcher {
  readonly #subject: Binary;
  readonly #pattern: Binary;
  readonly #fail: (message: string) => never;
  #captures: Capture[] = [];
  #levels = 0;

  constructor(subject: Binary, pattern: Binary, fail: (message: string) => never) {
    this.#subject = subject;
    this.#pattern = pattern;
    this.#fail = fail;
  }

  /** The end of the match that begins at `start`, -1 when there is none. Counted from 0. */
  match(start: number, pattern = 0): number {
    this.#captures = [];
    this.#levels = 0;
    return this.#match(start, pattern);
  }

  get count(): number {
    return this.#captures.length;
  }

  /** Capture `i`, counted from 0; without any the whole match is the first. */
  capture(i: number, start: number, end: number): Binary | number {
    const capture = this.#captures[i];
    if (capture === undefined) {
      if (i !== 0) this.#fail('invalid capture index');
      return this.#subject.slice(start, end);
    }
    if (capture.length === OPEN) this.#fail('unfinished capture');
    if (capture.length === POSITION) return capture.start + 1;
    return this.#subject.slice(capture.start, capture.start + capture.length);
  }

  captures(start: number, end: number, whole: boolean): (Binary | number)[] {
    const count = this.count === 0 && whole ? 1 : this.count;
    return Array.from({ length: count }, (_, i) => this.capture(i, start, end));
  }

  #match(start: number, from: number): number {
    if (++this.#levels > MOST_LEVELS) this.#fail('pattern too complex');
    const end = this.#matchHere(start, from);
    this.#levels--;
    return end;
  }

  #matchHere(start: number, from: number): number {
    const pattern = this.#pattern;
    let s = start;
    let p = from;
    while (p < pattern.length) {
      switch (pattern.charAt(p)) {
        case '(':
          return pattern.charAt(p + 1) === ')'
            ? this.#openCapture(s, p + 2, POSITION)
            : this.#openCapture(s, p + 1, OPEN);
        case ')':
          return this.#closeCapture(s, p + 1);
        case '$':
          if (p + 1 === pattern.length) return s === this.#subject.length ? s : -1;
          break;
        case '%': {
          const kind = pattern.charAt(p + 1);
          const isFrontier = kind === 'f';
          if (!isFrontier && kind !== 'b' && !/\d/.test(kind)) break;
          if (isFrontier) s = this.#isFrontier(s, p + 2) ? s : -1;
          else s = kind === 'b' ? this.#balanced(s, p + 2) : this.#repeated(s, kind);
          if (s < 0) return -1;
          if (isFrontier) p = this.#classEnd(p + 2);
          else p += kind === 'b' ? 4 : 2;
          continue;
        }
      }
      const end = this.#classEnd(p);
      const suffix = pattern.charAt(end);
      if (suffix === '?') {
        if (this.#single(s, p, end)) {
          const rest = this.#match(s + 1, end + 1);
          if (rest >= 0) return rest;
        }
        p = end + 1;
      } else if (suffix === '*') return this.#longest(s, p, end);
      else if (suffix === '+') return this.#single(s, p, end) ? this.#longest(s + 1, p, end) : -1;
      else if (suffix === '-') return this.#shortest(s, p, end);
      else {
        if (!this.#single(s, p, end)) return -1;
        s++;
        p = end;
      }
    }
    return s;
  }

  /** Here a set begins that what is in front is not in. */
  #isFrontier(s: number, p: number): boolean {
    if (this.#pattern.charAt(p) !== '[') this.#fail("missing '[' after '%f' in pattern");
    const end = this.#classEnd(p);
    const before = s === 0 ? 0 : this.#subject.charCodeAt(s - 1);
    const here = s < this.#subject.length ? this.#subject.charCodeAt(s) : 0;
    return !this.#inSet(before, p, end - 1) && this.#inSet(here, p, end - 1);
  }

  /** The same text as a capture found. */
  #repeated(s: number, digit: string): number {
    const capture = this.#captures[code(digit) - code('1')];
    if (capture === undefined || capture.length === OPEN) this.#fail('invalid capture index');
    const text = this.#subject.slice(capture.start, capture.start + capture.length);
    return this.#subject.startsWith(text, s) ? s + text.length : -1;
  }

  #balanced(s: number, p: number): number {
    if (p + 1 >= this.#pattern.length) this.#fail('unbalanced pattern');
    const subject = this.#subject;
    const opening = this.#pattern.charCodeAt(p);
    const closing = this.#pattern.charCodeAt(p + 1);
    if (s >= subject.length || subject.charCodeAt(s) !== opening) return -1;
    let depth = 1;
    for (let at = s + 1; at < subject.length; at++) {
      const char = subject.charCodeAt(at);
      if (char === closing) {
        if (--depth === 0) return at + 1;
      } else if (char === opening) depth++;
    }
    return -1;
  }

  #openCapture(s: number, p: number, length: number): number {
    if (this.#captures.length >= MOST_CAPTURES) this.#fail('too many captures');
    this.#captures.push({ start: s, length });
    const { length: level } = this.#captures;
    const end = this.#match(s, p);
    if (end < 0) this.#captures.length = level - 1;
    return end;
  }

  #closeCapture(s: number, p: number): number {
    const capture = this.#captures.findLast(({ length }) => length === OPEN);
    if (capture === undefined) this.#fail('invalid pattern capture');
    capture.length = s - capture.start;
    const end = this.#match(s, p);
    if (end < 0) capture.length = OPEN;
    return end;
  }

  #longest(s: number, p: number, end: number): number {
    let count = 0;
    while (this.#single(s + count, p, end)) count++;
    for (; count >= 0; count--) {
      const rest = this.#match(s + count, end + 1);
      if (rest >= 0) return rest;
    }
    return -1;
  }

  #shortest(start: number, p: number, end: number): number {
    for (let s = start; ; s++) {
      const rest = this.#match(s, end + 1);
      if (rest >= 0) return rest;
      if (!this.#single(s, p, end)) return -1;
    }
  }

  /** Behind the single character class at `p`. */
  #classEnd(p: number): number {
    const pattern = this.#pattern;
    const first = pattern.charAt(p);
    let at = p + 1;
    if (first === '%') {
      if (at >= pattern.length) this.#fail("malformed pattern (ends with '%')");
      return at + 1;
    }
    if (first !== '[') return at;
    if (pattern.charAt(at) === '^') at++;
    do {
      if (at >= pattern.length) this.#fail("malformed pattern (missing ']')");
      if (pattern.charCodeAt(at++) === ESCAPE) at++;
    } while (pattern.charAt(at) !== ']');
    return at + 1;
  }

  #single(s: number, p: number, end: number): boolean {
    if (s >= this.#subject.length) return false;
    const char = this.#subject.charCodeAt(s);
    switch (this.#pattern.charAt(p)) {
      case '.':
        return true;
      case '%':
        return isOfClass(char, this.#pattern.charCodeAt(p + 1));
      case '[':
        return this.#inSet(char, p, end - 1);
      default:
        return this.#pattern.charCodeAt(p) === char;
    }
  }

  /** The set from its `[` at `p` to its `]` at `end`. */
  #inSet(char: number, p: number, end: number): boolean {
    const pattern = this.#pattern;
    const negated = pattern.charAt(p + 1) === '^';
    for (let at = p + (negated ? 2 : 1); at < end; at++) {
      const first = pattern.charCodeAt(at);
      if (first === ESCAPE) {
        at++;
        if (isOfClass(char, pattern.charCodeAt(at))) return !negated;
      } else if (pattern.charAt(at + 1) === '-' && at + 2 < end) {
        at += 2;
        if (first <= char && char <= pattern.charCodeAt(at)) return !negated;
      } else if (first === char) return !negated;
    }
    return negated;
  }
}

const isLetter = (char: number) => (char >= 65 && char <= 90) || (char >= 97 && char <= 122);
const isDigit = (char: number) => char >= 48 && char <= 57;

/** By the letter of a class, as the C locale has it. */
const CLASSES: Readonly<Record<string, (char: number) => boolean>> = {
  a: isLetter,
  c: (char) => char < 32 || char === 127,
  d: isDigit,
  l: (char) => char >= 97 && char <= 122,
  p: (char) => char > 32 && char < 127 && !isLetter(char) && !isDigit(char),
  s: isBlank,
  u: (char) => char >= 65 && char <= 90,
  w: (char) => isLetter(char) || isDigit(char),
  x: (char) => isDigit(char) || (char >= 65 && char <= 70) || (char >= 97 && char <= 102),
  z: (char) => char === 0,
};

function isOfClass(char: number, name: number): boolean {
  const letter = String.fromCharCode(name);
  const isIn = CLASSES[letter.toLowerCase()];
  if (isIn === undefined) return name === char;
  return isIn(char) === (letter === letter.toLowerCase());
}
