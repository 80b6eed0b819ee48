/**
 * Redis' glob patterns, as KEYS, SCAN, PSUBSCRIBE and CONFIG GET match them: `*`, `?`, `[a-z]`, `[^…]` and `\` before a
 * character that is meant literally. Time is at most |pattern| x |text|: only the last `*` is ever tried again.
 */
import type { Binary } from './bytes.ts';

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const CARET = 0x5e;
const DASH = 0x2d;

/** Whether all of `text` matches `pattern`. With `ignoreCase`, ASCII letters of both count as lower case. */
export function globMatches(pattern: Binary, text: Binary, ignoreCase = false): boolean {
  // redis-server never looks at a pattern when there is no text: `*` does not match the empty string.
  if (text === '') return pattern === '';
  let p = 0;
  let t = 0;
  let afterStar = -1;
  let retryAt = 0;
  while (t < text.length) {
    if (pattern.charCodeAt(p) === STAR) {
      afterStar = ++p;
      retryAt = t;
      continue;
    }
    const next = p < pattern.length ? step(pattern, p, text.charCodeAt(t), ignoreCase) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else {
      if (afterStar < 0) return false;
      p = afterStar;
      t = ++retryAt;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}

/** Where the pattern goes on when its element at `p` (not a star) takes the character `code`; -1 when it does not. */
function step(pattern: Binary, p: number, code: number, ignoreCase: boolean): number {
  const element = pattern.charCodeAt(p);
  if (element === QUESTION) return p + 1;
  if (element === OPEN) return stepSet(pattern, p + 1, code, ignoreCase);
  const at = element === BACKSLASH && p + 1 < pattern.length ? p + 1 : p;
  return same(pattern.charCodeAt(at), code, ignoreCase) ? at + 1 : -1;
}

/** The same for a set whose first character is at `p`. A set that never closes ends with the pattern. */
function stepSet(pattern: Binary, p: number, code: number, ignoreCase: boolean): number {
  const negated = pattern.charCodeAt(p) === CARET;
  let at = negated ? p + 1 : p;
  let matched = false;
  for (; at < pattern.length && pattern.charCodeAt(at) !== CLOSE; at++) {
    if (pattern.charCodeAt(at) === BACKSLASH && at + 1 < pattern.length) {
      at++;
      // Escaped members of a set are compared with their case, as redis-server does.
      matched ||= pattern.charCodeAt(at) === code;
    } else if (at + 2 < pattern.length && pattern.charCodeAt(at + 1) === DASH) {
      matched ||= within(pattern.charCodeAt(at), pattern.charCodeAt(at + 2), code, ignoreCase);
      at += 2;
    } else {
      matched ||= same(pattern.charCodeAt(at), code, ignoreCase);
    }
  }
  if (matched === negated) return -1;
  return Math.min(at + 1, pattern.length);
}

function within(a: number, b: number, code: number, ignoreCase: boolean): boolean {
  const low = ignoreCase ? lower(Math.min(a, b)) : Math.min(a, b);
  const high = ignoreCase ? lower(Math.max(a, b)) : Math.max(a, b);
  const looked = ignoreCase ? lower(code) : code;
  return looked >= low && looked <= high;
}

function same(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lower(a) === lower(b));
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}
