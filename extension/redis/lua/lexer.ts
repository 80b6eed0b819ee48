/** Lua 5.1's tokens, and its complaints about what is none. */
import type { Binary } from '../bytes.ts';
import { LuaError } from './error.ts';
import { isBlank, parseNumber } from './numbers.ts';

/** A keyword or an operator is its own type. */
export interface Token {
  readonly type: string;
  /** Of a name or a string. */
  readonly text: Binary;
  readonly number: number;
  readonly line: number;
  /** As it is written, for complaints. */
  readonly source: Binary;
}

const KEYWORDS = new Set(
  (
    'and break do else elseif end false for function if in local nil not or repeat return then true until ' +
    'while'
  ).split(' '),
);

/** Longest first. */
const OPERATORS = ['...', '..', '==', '~=', '<=', '>='];

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export const END = '<eof>';

export class Lexer {
  readonly #text: Binary;
  readonly #chunk: string;
  #at = 0;
  line = 1;

  /** `chunk` is how complaints call the source. */
  constructor(text: Binary, chunk: string) {
    this.#text = text;
    this.#chunk = chunk;
    // A first line that begins with # is for the shell.
    if (text.startsWith('#')) while (this.#at < text.length && !this.#isLineEnd()) this.#at++;
  }

  /** Throws what Lua says of a chunk that is none; `near` is left out when it is empty. */
  fail(message: string, near: string, line = this.line): never {
    throw new LuaError(`${this.#chunk}:${line}: ${message}${near === '' ? '' : ` near '${near}'`}`, -1);
  }

  next(): Token {
    this.#skipBlanks();
    const text = this.#text;
    const start = this.#at;
    const { line } = this;
    const token = (type: string, value = '', number = 0): Token => ({
      type,
      text: value,
      number,
      line,
      source: type === END ? END : text.slice(start, this.#at),
    });
    if (start >= text.length) return token(END);
    const char = text.charAt(start);
    if (/[A-Za-z_]/.test(char)) {
      while (/[A-Za-z0-9_]/.test(text.charAt(this.#at))) this.#at++;
      const word = text.slice(start, this.#at);
      return KEYWORDS.has(word) ? token(word) : token('name', word);
    }
    if (/\d/.test(char) || (char === '.' && /\d/.test(text.charAt(start + 1)))) {
      return token('number', '', this.#number());
    }
    if (char === '"' || char === "'") return token('string', this.#string(char));
    if (char === '[') {
      const level = this.#longLevel();
      if (level >= 0) return token('string', this.#long(level, 'string'));
      if (level === -2) this.fail('invalid long string delimiter', text.slice(start, this.#at));
    }
    const operator = OPERATORS.find((word) => text.startsWith(word, start)) ?? char;
    this.#at += operator.length;
    const code = operator.charCodeAt(0);
    return token(operator.length === 1 && (code < 32 || code === 127) ? `char(${code})` : operator);
  }

  #skipBlanks(): void {
    const text = this.#text;
    while (this.#at < text.length) {
      if (this.#isLineEnd()) this.#lineEnd();
      else if (isBlank(text.charCodeAt(this.#at))) this.#at++;
      else if (text.startsWith('--', this.#at)) {
        this.#at += 2;
        const level = text.charAt(this.#at) === '[' ? this.#longLevel() : -1;
        if (level >= 0) this.#long(level, 'comment');
        else while (this.#at < text.length && !this.#isLineEnd()) this.#at++;
      } else return;
    }
  }

  #isLineEnd(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return code === 10 || code === 13;
  }

  /** CR LF and LF CR count as one. */
  #lineEnd(): void {
    const code = this.#text.charCodeAt(this.#at++);
    if (this.#isLineEnd() && this.#text.charCodeAt(this.#at) !== code) this.#at++;
    this.line++;
  }

  #number(): number {
    const text = this.#text;
    const start = this.#at;
    while (/[\d.]/.test(text.charAt(this.#at))) this.#at++;
    if (/[eE]/.test(text.charAt(this.#at))) {
      this.#at++;
      if (/[+-]/.test(text.charAt(this.#at))) this.#at++;
    }
    while (/[A-Za-z0-9_]/.test(text.charAt(this.#at))) this.#at++;
    const source = text.slice(start, this.#at);
    return parseNumber(source) ?? this.fail('malformed number', source);
  }

  #string(quote: string): Binary {
    const text = this.#text;
    let value = '';
    let copied = ++this.#at;
    for (;;) {
      const char = text.charAt(this.#at);
      if (char === '') this.fail('unfinished string', END);
      if (char === '\n' || char === '\r')
        this.fail('unfinished string', quote + value + text.slice(copied, this.#at));
      if (char === quote) break;
      if (char !== '\\') {
        this.#at++;
        continue;
      }
      value += text.slice(copied, this.#at);
      value += this.#escape(quote + value);
      copied = this.#at;
    }
    return value + text.slice(copied, this.#at++);
  }

  /** `before`: the string so far, for complaints. */
  #escape(before: string): string {
    const text = this.#text;
    this.#at++;
    const char = text.charAt(this.#at);
    if (char === '') this.fail('unfinished string', END);
    if (char === '\n' || char === '\r') {
      this.#lineEnd();
      return '\n';
    }
    const digits = /^\d{1,3}/.exec(text.slice(this.#at, this.#at + 3))?.[0];
    if (digits !== undefined) {
      this.#at += digits.length;
      if (Number(digits) > 255) this.fail('escape sequence too large', before);
      return String.fromCharCode(Number(digits));
    }
    this.#at++;
    return ESCAPES[char] ?? char;
  }

  /** Of `[==[` the number of `=`, and the text goes on behind it; -1: a plain `[`; -2: neither. */
  #longLevel(): number {
    const opening = /^\[(=*)(\[?)/.exec(this.#text.slice(this.#at, this.#at + 256));
    const equals = opening?.[1]?.length ?? 0;
    if (opening?.[2] !== '[') {
      if (equals === 0) return -1;
      this.#at += equals + 1;
      return -2;
    }
    this.#at += equals + 2;
    return equals;
  }

  #long(level: number, what: 'string' | 'comment'): Binary {
    const text = this.#text;
    const closing = `]${'='.repeat(level)}]`;
    if (this.#isLineEnd()) this.#lineEnd();
    let value = '';
    for (;;) {
      if (this.#at >= text.length) this.fail(`unfinished long ${what}`, END);
      if (text.startsWith(closing, this.#at)) break;
      if (level === 0 && text.startsWith('[[', this.#at)) {
        this.fail('nesting of [[...]] is deprecated', '[');
      }
      if (this.#isLineEnd()) {
        this.#lineEnd();
        value += '\n';
      } else value += text.charAt(this.#at++);
    }
    this.#at += closing.length;
    return value;
  }
}
