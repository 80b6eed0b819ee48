/** Strings. */
import type { Binary } from '../../bytes.ts';
import { Arguments } from '../arguments.ts';
import { Matcher } from '../pattern.ts';
import { type LuaState, NOWHERE, toText, typeName } from '../state.ts';
import {
  first,
  isRunning,
  isTrue,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  type Running,
  type Values,
} from '../values.ts';
import { format } from './format.ts';

export function openString(state: LuaState): void {
  const take = new Arguments(state);
  const functions: Record<string, LuaFunction> = {
    ...plain(state, take),
    ...matching(state, take),
    gsub: (...args) => substitute(state, take, args),
    format: (...args) => format(take, args, (message) => state.fail(message)),
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  library.set('gfind', functions['gmatch']);
  state.globals.set('string', library);
  state.stringMetatable.set('__index', library);
}

/** Counted from the end when negative. */
function position(at: number, length: number): number {
  const from = at < 0 ? at + length + 1 : at;
  return Math.max(from, 0);
}

/** LUA_SIGNATURE and the version, as any bytecode begins. */
const BYTECODE_MARK = '\x1bLuaQ';

const UPPER = /[a-z]+/g;
const LOWER = /[A-Z]+/g;

function plain(state: LuaState, take: Arguments): Record<string, LuaFunction> {
  return {
    len: (...args) => take.text(args, 1).length,
    sub: (...args) => {
      const text = take.text(args, 1);
      const from = Math.max(position(take.integer(args, 2), text.length), 1);
      const to = Math.min(position(take.integerOr(args, 3, -1), text.length), text.length);
      return from > to ? '' : text.slice(from - 1, to);
    },
    // Only ASCII has cases.
    upper: (...args) => take.text(args, 1).replace(UPPER, (letters) => letters.toUpperCase()),
    lower: (...args) => take.text(args, 1).replace(LOWER, (letters) => letters.toLowerCase()),
    rep: (...args) => take.text(args, 1).repeat(Math.max(0, take.integer(args, 2))),
    reverse: (...args) => Array.from(take.text(args, 1)).reverse().join(''),
    byte: (...args) => {
      const text = take.text(args, 1);
      const start = position(take.integerOr(args, 2, 1), text.length);
      const from = Math.max(start, 1);
      const to = Math.min(position(take.integerOr(args, 3, start), text.length), text.length);
      if (to - from >= 8000) state.fail('string slice too long');
      const bytes: number[] = [];
      for (let i = from; i <= to; i++) bytes.push(text.charCodeAt(i - 1));
      return bytes;
    },
    char: (...args) => {
      let text = '';
      for (let i = 1; i <= args.length; i++) {
        const code = take.integer(args, i);
        if (code < 0 || code > 255) take.fail(i, 'invalid value');
        text += String.fromCharCode(code);
      }
      return text;
    },
    // Bytecode, which nothing loads: Redis forbids it, and there is none here.
    dump: (...args) => {
      take.function(args, 1);
      return BYTECODE_MARK;
    },
  };
}

function matching(state: LuaState, take: Arguments): Record<string, LuaFunction> {
  const fail = (message: string): never => state.fail(message);
  const find = (args: Values, wantsPlace: boolean): LuaValue | Values => {
    const text = take.text(args, 1);
    const pattern = take.text(args, 2);
    const init = Math.max(position(take.integerOr(args, 3, 1), text.length) - 1, 0);
    const from = Math.min(init, text.length);
    if (wantsPlace && (isTrue(args[3]) || !/[\^$*+?.([%-]/.test(pattern))) {
      const at = text.indexOf(pattern, from);
      return at < 0 ? undefined : [at + 1, at + pattern.length];
    }
    const anchored = pattern.startsWith('^');
    const matcher = new Matcher(text, pattern, fail);
    for (let start = from; start <= text.length; start++) {
      const end = matcher.match(start, anchored ? 1 : 0);
      if (end >= 0) {
        return wantsPlace
          ? [start + 1, end, ...matcher.captures(start, end, false)]
          : matcher.captures(start, end, true);
      }
      if (anchored) break;
    }
    return undefined;
  };
  return {
    find: (...args) => find(args, true),
    match: (...args) => find(args, false),
    gmatch: (...args) => {
      const text = take.text(args, 1);
      const matcher = new Matcher(text, take.text(args, 2), fail);
      let from = 0;
      return () => {
        for (let start = from; start <= text.length; start++) {
          const end = matcher.match(start);
          if (end < 0) continue;
          from = end === start ? end + 1 : end;
          return matcher.captures(start, end, true);
        }
        from = text.length + 1;
        return undefined;
      };
    },
  };
}

const DIGIT = /\d/;

function substitute(state: LuaState, take: Arguments, args: Values): LuaValue | Values | Running {
  const text = take.text(args, 1);
  const pattern = take.text(args, 2);
  const replacement = args[2];
  const kind = typeof replacement;
  if (kind !== 'string' && kind !== 'number' && kind !== 'function' && !(replacement instanceof LuaTable)) {
    take.fail(3, 'string/function/table expected');
  }
  const matcher = new Matcher(text, pattern, (message) => state.fail(message));
  const template = toText(replacement);
  const matches = eachMatch(matcher, text, pattern.startsWith('^'), take.integerOr(args, 4, text.length + 1));
  if (template !== undefined) {
    let result = '';
    let copied = 0;
    let count = 0;
    for (const [start, end] of matches) {
      result += text.slice(copied, start) + expand(state, matcher, template, text, start, end);
      copied = end;
      count++;
    }
    return [result + text.slice(copied), count];
  }
  return substituteCalling(state, matcher, text, matches, replacement);
}

/** Start and end of each match; the matcher holds its captures until the next is asked for. */
function* eachMatch(
  matcher: Matcher,
  text: Binary,
  anchored: boolean,
  limit: number,
): Generator<[start: number, end: number]> {
  let start = 0;
  for (let count = 0; count < limit && start <= text.length; ) {
    const end = matcher.match(start, anchored ? 1 : 0);
    if (end >= 0) {
      count++;
      yield [start, end];
    }
    start = end > start ? end : start + 1;
    if (anchored) return;
  }
}

/** The text for a match is what a function answers, or a table holds; nil or false leave it as it is. */
function* substituteCalling(
  state: LuaState,
  matcher: Matcher,
  text: Binary,
  matches: Generator<[start: number, end: number]>,
  replacement: LuaValue,
): Running {
  const { coroutine, at } = state;
  coroutine.boundaries++;
  let result = '';
  let copied = 0;
  let count = 0;
  try {
    for (const [start, end] of matches) {
      const captures = matcher.captures(start, end, true);
      state.at = NOWHERE;
      const answer =
        typeof replacement === 'function'
          ? replacement(...captures)
          : state.index(replacement, captures[0], NOWHERE);
      const value = first(isRunning(answer) ? yield answer : answer);
      const shown = isTrue(value) ? toText(value) : text.slice(start, end);
      if (shown === undefined) state.fail(`invalid replacement value (a ${typeName(value)})`, at);
      result += text.slice(copied, start) + shown;
      copied = end;
      count++;
    }
  } finally {
    coroutine.boundaries--;
  }
  return [result + text.slice(copied), count];
}

/** %0 stands for the match, %1 … %9 for its captures. */
function expand(
  state: LuaState,
  matcher: Matcher,
  template: Binary,
  text: Binary,
  start: number,
  end: number,
): Binary {
  if (!template.includes('%')) return template;
  return template.replace(/%([\s\S]?)/g, (_, next: string) => {
    if (!DIGIT.test(next)) return next;
    if (next === '0') return text.slice(start, end);
    const capture = toText(matcher.capture(Number(next) - 1, start, end));
    return capture ?? state.fail('invalid capture index');
  });
}
